/**
 * Spans around requests, for OpenTelemetry: whichever port it is put in front of, it says how long a request took and
 * where.
 *
 *   create_transfers                        client: until the answer is there
 *   └─ create_transfers                     server, with its door
 *      ├─ lane                              until its lane lets it go
 *      ├─ sequencer                         until it lies in the ring
 *      ├─ quorum                            in a cluster: until two of three servers have it
 *      ├─ durable                           until it is journalled and executed
 *      └─ reply                             until its reply is written
 *
 * Only the API is used: without an SDK there are no spans. A request that is not sampled passes unchanged; the server
 * hears that its caller decided so, and does not decide again.
 */
import type { Context as Parents, Span, SpanKind, Tracer } from '@opentelemetry/api';
import {
  type Before,
  before,
  type Context,
  Operation,
  type Port,
  type Read,
  type Request,
  type Stage,
  TallystickError,
} from '../model/index.ts';
import type { TraceOptions } from './options.ts';

/** Not imported, and by no words that a bundler knows: it would look for a package that most programs do not have. */
const { createRequire } = process.getBuiltinModule('node:module');
const api = createRequire(import.meta.url)('@opentelemetry/api') as typeof import('@opentelemetry/api');
const { isSpanContextValid, ROOT_CONTEXT, SpanStatusCode, trace } = api;

/** `tracer`: by default the one of the SDK that the program has set up. */
export function spans(options: TraceOptions, tracer: Tracer = trace.getTracer('tallystick')): Before {
  const around = new Spans(options, tracer);
  return before((port, request) => around.request(port, request));
}

class Spans {
  readonly #tracer: Tracer;
  readonly #kind: SpanKind;
  readonly #attributes: Readonly<Record<string, string | number>>;

  constructor({ side, attributes = {} }: TraceOptions, tracer: Tracer) {
    this.#tracer = tracer;
    this.#kind = side === 'server' ? api.SpanKind.SERVER : api.SpanKind.CLIENT;
    this.#attributes = attributes;
  }

  request<T>(port: Port, request: Request<T>): Promise<T> {
    const span = this.#tracer.startSpan(
      Operation[request.operation] ?? `operation ${request.operation}`,
      { kind: this.#kind, attributes: { ...this.#attributes, 'tallystick.events': request.count } },
      parentOf(request.context.traceparent),
    );
    if (this.#kind === api.SpanKind.SERVER) {
      if (!span.isRecording()) return port.request(request);
      return this.#record(span, this.#inParts(span, port, request));
    }
    // Without an SDK there may be a caller's span all the same, to be handed on.
    const below = isSpanContextValid(span.spanContext())
      ? { ...request, context: contextBelow(span, request.context) }
      : request;
    if (!span.isRecording()) return port.request(below);
    return this.#record(span, port.request({ ...below, read: measured(span, request.read) }));
  }

  /** The server's side: what the request waits for is told apart. */
  async #inParts<T>(span: Span, port: Port, request: Request<T>): Promise<T> {
    const within = trace.setSpan(ROOT_CONTEXT, span);
    let stage: Stage = 'lane';
    let part = this.#tracer.startSpan(stage, {}, within);
    const enters = (next: Stage): void => {
      part.end();
      stage = next;
      part = this.#tracer.startSpan(next, {}, within);
    };
    try {
      return await port.request({
        ...request,
        write: (cells, at) => {
          request.write(cells, at);
          // What is written for a quorum, or again, is in that part already.
          if (stage === 'lane' || stage === 'sequencer') enters('durable');
        },
        read: measured(span, (cells, at, size, op) => {
          enters('reply');
          return request.read(cells, at, size, op);
        }),
        context: { ...contextBelow(span, request.context), enters },
      });
    } finally {
      part.end();
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
}

function measured<T>(span: Span, read: Read<T>): Read<T> {
  return (cells, at, size, op) => {
    span.setAttribute('tallystick.reply_bytes', size);
    return read(cells, at, size, op);
  };
}

function contextBelow(span: Span, context: Context): Context {
  return { ...context, traceparent: traceparentOf(span) };
}

const FORM = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-|$)/;

function parentOf(traceparent: string | undefined): Parents | undefined {
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
