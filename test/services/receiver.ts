/** A receiver of webhooks that answers as a test says, and a small town that it hears of. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import {
  MemoryRecords,
  type PaymentEvent,
  type Payments,
  Webhooks,
  type WebhooksOptions,
  type WebhookView,
} from '../../packages/services/src/index.ts';
import { embedded, town } from '../../packages/services/test/ledgers.ts';
import type { Ledger } from '../../src/index.ts';

export interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly event: PaymentEvent;
}

/** Somebody who receives webhooks, and answers as a test says. */
export class Receiver {
  readonly heard: Heard[] = [];
  /** Status of the next answers; 200 when it is empty. 0: the connection is cut; -1: there is none. */
  readonly answers: number[] = [];
  readonly headers: Record<string, string> = {};
  #server: Server | undefined;
  port = 0;

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        this.heard.push({ headers: request.headers, body, event: JSON.parse(body) as PaymentEvent });
        const status = this.answers.shift() ?? 200;
        if (status === 0) request.socket.destroy();
        else if (status > 0) response.writeHead(status, this.headers).end('thanks');
      });
    });
    this.#server.listen(this.port, '127.0.0.1');
    await new Promise((resolve) => this.#server!.once('listening', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks`;
  }

  get ids(): string[] {
    return this.heard.map(({ event }) => event.id);
  }

  get types(): string[] {
    return this.heard.map(({ event }) => event.type);
  }

  async end(): Promise<void> {
    const server = this.#server;
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  }
}

export const KEY = 'a key of the server, which nobody else knows';
/** What is ended when the file is done, the last first. */
export const ends: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const end of ends.reverse()) await end();
});

export interface Stage {
  readonly ledger: Ledger;
  readonly records: MemoryRecords;
  readonly payments: Payments;
  readonly receiver: Receiver;
}

export async function stage(ledger?: Ledger): Promise<Stage> {
  const receiver = new Receiver();
  await receiver.start();
  const own = ledger ?? (await embedded.open());
  const records = new MemoryRecords();
  const payments = await town(own, { records });
  ends.push(
    () => own.close(),
    () => receiver.end(),
  );
  return { ledger: own, records, payments, receiver };
}

export async function begin({ ledger, records }: Stage, more: Partial<WebhooksOptions> = {}): Promise<Webhooks> {
  const fast = { backoffMs: 5, pollMs: 5, timeoutMs: 10_000 };
  const webhooks = new Webhooks(ledger, { records, key: KEY, allowed: ['127.0.0.1'], ...fast, ...more });
  await webhooks.start();
  ends.push(() => webhooks.close());
  return webhooks;
}

export const add = (webhooks: Webhooks, { receiver }: Stage, more: object = {}): Promise<WebhookView> =>
  webhooks.add('hook', { url: receiver.url, after: '0', ...more });
export const pay = (payments: Payments, key: string, amount: string): Promise<unknown> =>
  payments.pay(key, { from: 'alice', to: 'shop', asset: 'EUR', amount });

export async function until(holds: () => boolean | Promise<boolean>, why: () => unknown = () => ''): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < 3000, `it never was so: ${JSON.stringify(why())}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
