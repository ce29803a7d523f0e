/** One request over HTTP and its answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TallystickError } from 'tallystick/internal';
import type { Caller } from './callers.ts';

const BODY_MAX = 64 * 1024 * 1024;
const MS_A_SECOND = 1000;

/** Status codes of errors; others are our own mistake. */
const statuses: { readonly [code: string]: number } = {
  invalid_argument: 400,
  model_invalid: 400,
  frame_invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  too_much_data: 413,
  model_busy: 429,
  deadline_exceeded: 504,
  stage_lost: 503,
  package_missing: 503,
  closed: 503,
};

export const statusOf = (error: unknown): number =>
  (error instanceof TallystickError ? statuses[error.code] : undefined) ?? 500;

/** What a caller may read of an error: of our own mistakes, that there was one. */
export const wordsOf = (error: unknown): string =>
  error instanceof TallystickError ? error.message : 'the server made a mistake; its log says which';

/** A name in a path. Throws `invalid_argument` for what is no text. */
export function nameIn(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new TallystickError('invalid_argument', `${path} is no name: its escapes are no text`);
  }
}

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: Caller;
  /** Aborts when the caller has gone. */
  readonly gone: AbortSignal;

  constructor(request: IncomingMessage, response: ServerResponse, caller: Caller) {
    this.request = request;
    this.response = response;
    this.caller = caller;
    const gone = new AbortController();
    this.gone = gone.signal;
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** Rejects with `too_much_data`, or with `closed` if the caller leaves meanwhile. */
  async body(): Promise<Uint8Array<ArrayBuffer>> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of this.request as AsyncIterable<Uint8Array>) {
        size += chunk.length;
        if (size > BODY_MAX) throw new TallystickError('too_much_data', `a request has at most ${BODY_MAX} bytes`);
        chunks.push(chunk);
      }
    } catch (cause) {
      if (cause instanceof TallystickError) throw cause;
      throw new TallystickError('closed', 'the caller left before its request was whole', { cause });
    }
    const whole = new Uint8Array(size);
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  /** Rejects with `invalid_argument` if the body is no object of JSON. */
  async json(): Promise<{ readonly [key: string]: unknown }> {
    return parseObject(await this.body());
  }

  send(status: number, value: object, headers: { readonly [name: string]: string } = {}): void {
    this.sendBytes(status, new TextEncoder().encode(JSON.stringify(value)), {
      'content-type': 'application/json',
      ...headers,
    });
  }

  sendBytes(status: number, bytes: Uint8Array, headers: { readonly [name: string]: string }): void {
    if (this.response.headersSent || this.response.destroyed) return;
    this.response.writeHead(status, { ...headers, 'content-length': bytes.length });
    this.response.end(bytes);
  }
}

/** The header that says when to come again, in whole seconds. */
export function retryHeaders(error: unknown): { readonly [name: string]: string } {
  if (!(error instanceof TallystickError) || error.code !== 'model_busy') return {};
  return { 'retry-after': String(Math.max(1, Math.ceil((error.retryAfterMs ?? MS_A_SECOND) / MS_A_SECOND))) };
}

/** Throws `invalid_argument`. */
export function parseObject(bytes: Uint8Array): { readonly [key: string]: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new TallystickError('invalid_argument', `the body is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as { [key: string]: unknown };
  throw new TallystickError('invalid_argument', 'the body is no object');
}
