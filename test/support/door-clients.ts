/** A ledger behind each door that has no client of its own here, as a port: HTTP, and MessagePack. */
import { Agent, type AgentOptions, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { type ErrorCode, TallystickError } from '../../src/model/index.ts';
import { MessagePackClient } from '../../testing/ports/msgpack.ts';
import { PlainPort } from './plain-port.ts';

/** How a client shows itself. */
export interface Access {
  readonly token?: string;
  readonly tls?: ConnectionOptions;
  /** At the MessagePack door: begins with a hello, token or not. */
  readonly hello?: true;
}

export interface HttpReply {
  readonly status: number;
  readonly text: string;
}

/** Requests over one connection at a time, which is kept. */
export class HttpPeer {
  readonly #base: string;
  readonly #agent: Agent;
  readonly #access: Access;

  constructor(base: string, access: Access = {}, sockets = 1) {
    this.#base = base;
    this.#access = access;
    const options: AgentOptions = { keepAlive: true, maxSockets: sockets };
    this.#agent = base.startsWith('https:') ? new TlsAgent({ ...options, ...access.tls }) : new Agent(options);
  }

  /** A body makes it a POST, `key` an `Idempotency-Key`. Rejects with `unreachable` or `connection_lost`. */
  ask(path: string, body?: unknown, key?: string): Promise<HttpReply> {
    const { token } = this.#access;
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = (this.#base.startsWith('https:') ? tlsRequest : plainRequest)(
        this.#base + path,
        {
          agent: this.#agent,
          method: text === undefined ? 'GET' : 'POST',
          headers: {
            // Some servers answer nobody who does not name a program.
            'user-agent': 'tallystick-test',
            ...(text === undefined ? {} : { 'content-type': 'application/json' }),
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(key === undefined ? {} : { 'idempotency-key': key }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', lost);
          response.on('end', () => resolve({ status: response.statusCode!, text: Buffer.concat(chunks).toString() }));
        },
      );
      const lost = (cause: Error & { readonly code?: string }): void =>
        reject(new TallystickError(cause.code === 'ECONNREFUSED' ? 'unreachable' : 'connection_lost', '', { cause }));
      request.on('error', lost);
      request.end(text);
    });
  }

  async call(operation: string, events: readonly unknown[]): Promise<readonly unknown[]> {
    const { status, text } = await this.ask(`/v1/${operation}`, events);
    const answer = JSON.parse(text) as readonly unknown[] & { code: ErrorCode; detail: string };
    if (status !== 200) throw new TallystickError(answer.code, answer.detail);
    return answer;
  }

  close(): void {
    this.#agent.destroy();
  }
}

export function httpPort(url: string, access: Access = {}, sockets = 16): PlainPort {
  const peer = new HttpPeer(url, access, sockets);
  return new PlainPort(
    (operation, events) => peer.call(operation, events),
    async () => peer.close(),
  );
}

/** `msgpack://host:port` */
export async function messagePackPort(url: string, access: Access = {}): Promise<PlainPort> {
  const client = new MessagePackClient(Number(new URL(url).port), access.tls, true);
  const call = async (operation: string, events: unknown, more?: object): Promise<readonly unknown[]> => {
    const { results, error } = await client.call(operation, events, more);
    if (error !== undefined) throw new TallystickError(error.code as ErrorCode, error.message);
    return results!;
  };
  if (access.token !== undefined) await call('hello', undefined, { token: access.token });
  else if (access.hello === true) await call('hello', undefined);
  return new PlainPort(call, () => client.close());
}
