/**
 * The API, asked over the same origin: `v1/…` beside the page. Every answer is JSON in which large numbers are text, so
 * parsing rounds none. A request that was refused is a `Problem` that says what to do next.
 */
import { type Signal, signal } from '@preact/signals';
import type { Session } from './records.ts';

/** The folder of the page, wherever a proxy may have put it. */
const BASE: URL = new URL('.', document.baseURI);

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly next: string;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: string, detail: string, next: string, retryAfterMs?: number) {
    super(detail);
    this.status = status;
    this.code = code;
    this.next = next;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether nobody can say if the request was done: the connection broke, or whoever answered was not the ledger. */
  get unknown(): boolean {
    return this.code === 'connection_lost' || this.status >= 500;
  }
}

export const session: Signal<Session | undefined> = signal<Session | undefined>(undefined);

export interface Asking {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: string | object;
  readonly key?: string;
  readonly signal?: AbortSignal;
  readonly accept?: string;
}

export async function request(path: string, asking: Asking = {}): Promise<Response> {
  const { body, key, signal: abort, accept = 'application/json' } = asking;
  const method = asking.method ?? (body === undefined ? 'GET' : 'POST');
  const headers: Record<string, string> = { accept };
  const csrf = session.peek()?.csrf;
  if (method !== 'GET' && csrf != null) headers['tallystick-csrf'] = csrf;
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (key !== undefined) headers['idempotency-key'] = key;
  let response: Response;
  try {
    response = await fetch(new URL(path, BASE), {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(abort === undefined ? {} : { signal: abort }),
      cache: 'no-store',
    });
  } catch (error) {
    if (abort?.aborted) throw error;
    throw new Problem(0, 'connection_lost', 'the server cannot be reached', '');
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  // The session is over: the page asks for a token again, and keeps where it was.
  if (response.status === 401 && session.peek()?.signed_in === true) {
    session.value = { signed_in: false, wants_token: true, issuer: session.peek()?.issuer === true };
  }
  throw problem;
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '');
  try {
    const { code, detail, next, retry_after_ms } = JSON.parse(text) as Record<string, unknown>;
    const wait = typeof retry_after_ms === 'number' ? retry_after_ms : undefined;
    return new Problem(response.status, String(code ?? ''), String(detail ?? ''), String(next ?? ''), wait);
  } catch {
    return new Problem(response.status, 'unknown', `${response.status} ${response.statusText}`, '');
  }
}

export async function ask<T>(path: string, asking?: Asking): Promise<T> {
  const response = await request(path, asking);
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (asking?.signal?.aborted) throw error;
    throw new Problem(0, 'connection_lost', 'the answer broke off', '');
  }
}

/** One operation with one event: the first record of the answer. */
export async function askOne<T>(operation: string, event: object, signal?: AbortSignal): Promise<T | undefined> {
  const [found] = await ask<T[]>(`v1/${operation}`, { body: [event], ...(signal === undefined ? {} : { signal }) });
  return found;
}

/** A record by its id; undefined: there is none. */
export async function find<T>(
  collection: 'accounts' | 'transfers',
  id: string,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const [found] = await ask<T[]>(`v1/lookup_${collection}`, {
    body: [id],
    ...(signal === undefined ? {} : { signal }),
  });
  return found;
}

/** Whether the person may do what takes a scope. */
export function may(scope: string): boolean {
  const { scopes } = session.value ?? {};
  return scopes === null || scopes?.includes(scope) === true;
}

export async function lookWhoIsThere(): Promise<void> {
  session.value = await ask<Session>('session');
}
