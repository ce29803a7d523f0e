/** The HTTP door in this process, and requests to it. */
import type { IncomingHttpHeaders } from 'node:http';
import { type HttpOptions, HttpServer, Ingress } from '../../packages/server/src/server/index.ts';
import { openMemory } from '../../src/engine/index.ts';
import type { Port } from '../../src/model/index.ts';
import { atEnd } from './endings.ts';

/** What is looked at in answers, whichever they are. */
export interface Shown {
  readonly status: string | number;
  readonly timestamp: string;
  readonly timestamp_iso: string;
  readonly debits_posted: string;
  readonly debits_pending: string;
  readonly amount: string;
  readonly code: string;
  readonly detail: string;
  readonly retriable: boolean;
  readonly retry_after_ms: number;
  readonly next: string | null;
  readonly accounts: readonly Shown[];
  readonly transfers: readonly Shown[];
  readonly balances: readonly Shown[];
  readonly changes: readonly Shown[];
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Shown & readonly Shown[];
}

/** A server on a port of its own, over a ledger in memory unless given a port. */
export async function startHttp(
  options: HttpOptions = {},
  port?: Port,
): Promise<[server: HttpServer, base: string, close: () => Promise<void>]> {
  const engine = port ?? openMemory().engine;
  const ingress = new Ingress(engine);
  const started = await HttpServer.listen(ingress, options);
  const { port: number } = started.address;
  const stop = atEnd(async () => {
    await started.drain();
    await ingress.close();
    await engine.close();
  });
  return [started, `http://127.0.0.1:${number}`, stop];
}

/** One request to the server at `base`; a body that is no text is sent as JSON. */
export async function call(
  base: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(base + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: text }),
  });
  const answer = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text: answer,
    json: /[/+]json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(answer) : undefined,
  };
}
