/**
 * Spans around requests, for OpenTelemetry: whichever port it is put in front of, it says how long a request took and
 * where.
 *
 *   create_transfers                        client: until the answer is there
 *   └─ create_transfers                     server, with its door
 *      ├─ sequencer                         until the request lies in the ring
 *      └─ durable                           until its reply: journalled and executed
 *
 * Only the API is used: without an SDK there are no spans. A request that is not sampled passes unchanged; the server
 * hears that its caller decided so, and does not decide again.
 */
import {
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { type Cells, Operation, type RequestPort, type RequestTerms, TallystickError } from '../model/index.ts';

/** The context that goes along with a request from room to room. */
export interface TraceContext extends RequestTerms {
  /** The caller's span, as W3C writes it: `00-<32 hex>-<16 hex>-<2 hex>`. Text that cannot be read is ignored. */
  readonly traceparent?: string;
}

/** A port that hears about its callers. */
export interface ContextPort<C> extends Omit<RequestPort, 'request'> {
  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number, op?: number) => T,
    context?: C,
  ): Promise<T>;
}

export interface TraceOptions {
  /** `server` for what stands behind a door, `client` in front of a connection. */
  readonly side: 'client' | 'server';
  /** Attributes of every span, such as the door. */
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly tracer?: Tracer;
}

export class TracedPort<C extends TraceContext> implements ContextPort<C> {
  readonly #port: ContextPort<C>;
  readonly #tracer: Tracer;
  readonly #kind: SpanKind;
  readonly #attributes: Readonly<Record<string, string | number>>;

  constructor(port: ContextPort<C>, options: TraceOptions) {
    this.#port = port;
    this.#tracer = options.tracer ?? trace.getTracer('tallystick');
    this.#kind = options.side === 'server' ? SpanKind.SERVER : SpanKind.CLIENT;
    this.#attributes = options.attributes ?? {};
  }

  get eventsMax(): number {
    return this.#port.eventsMax;
  }

  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number, op?: number) => T,
    context?: C,
  ): Promise<T> {
    const name = Operation[operation] ?? `operation ${operation}`;
    const span = this.#tracer.startSpan(
      name,
      { kind: this.#kind, attributes: { ...this.#attributes, 'tallystick.events': count } },
      parentOf(context?.traceparent),
    );
    if (this.#kind === SpanKind.SERVER) {
      if (!span.isRecording()) return this.#port.request(operation, count, write, read, context);
      return this.#record(span, this.#inParts(span, operation, count, write, read, context));
    }
    // Without an SDK there may be a caller's span all the same, to be handed on.
    const below = isSpanContextValid(span.spanContext()) ? contextBelow(span, context) : context;
    if (!span.isRecording()) return this.#port.request(operation, count, write, read, below);
    return this.#record(span, this.#port.request(operation, count, write, measured(span, read), below));
  }

  /** The server's side: what the request waits for is told apart. */
  async #inParts<T>(
    span: Span,
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number, op?: number) => T,
    context: C | undefined,
  ): Promise<T> {
    const within = trace.setSpan(ROOT_CONTEXT, span);
    let part = this.#tracer.startSpan('sequencer', {}, within);
    try {
      return await this.#port.request(
        operation,
        count,
        (cells, at) => {
          write(cells, at);
          part.end();
          part = this.#tracer.startSpan('durable', {}, within);
        },
        measured(span, (cells, at, size, op) => {
          part.end();
          return read(cells, at, size, op);
        }),
        contextBelow(span, context),
      );
    } finally {
      // An answer has ended the span already; a failure has not.
      if (part.isRecording()) part.end();
    }
  }

  /** Ends the span with the request, and says how that went. */
  async #record<T>(span: Span, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      const code = error instanceof TallystickError ? error.code : 'unknown';
      span.setAttribute('error.type', code);
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      span.end();
    }
  }

  close(): Promise<void> {
    return this.#port.close();
  }
}

function measured<T>(
  span: Span,
  read: (cells: Cells, at: number, size: number, op?: number) => T,
): (cells: Cells, at: number, size: number, op?: number) => T {
  return (cells, at, size, op) => {
    span.setAttribute('tallystick.reply_bytes', size);
    return read(cells, at, size, op);
  };
}

function contextBelow<C extends TraceContext>(span: Span, context: C | undefined): C {
  return { ...context, traceparent: traceparentOf(span) } as unknown as C;
}

const FORM = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-|$)/;

function parentOf(traceparent: string | undefined): Context | undefined {
  const found = traceparent === undefined ? null : FORM.exec(traceparent);
  if (found === null) return undefined;
  const [, traceId, spanId, flags] = found;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: traceId!,
    spanId: spanId!,
    traceFlags: Number.parseInt(flags!, 16) & 1,
    isRemote: true,
  });
}

/** The `traceparent` to hand on, so that the next span is below this one. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${(traceFlags & 1).toString(16).padStart(2, '0')}`;
}
