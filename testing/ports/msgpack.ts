/** A small client of the MessagePack door. */
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { decode, encode } from '@msgpack/msgpack';

/** A reply, sent as a map. */
export interface MessagePackReply {
  readonly id: number | string | null;
  readonly results?: readonly { readonly [field: string]: unknown }[];
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly retriable: boolean;
    readonly next: string;
  };
}

const LOST = { code: 'connection_lost', message: 'the connection ended', retriable: true, next: '' };

export function frame(value: unknown): Buffer {
  return framed(encode(value, { useBigInt64: true }));
}

export function framed(body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeUInt32BE(body.length);
  bytes.set(body, 4);
  return bytes;
}

export class MessagePackClient {
  readonly socket: Socket;
  /** Replies that nobody waited for. */
  readonly others: (MessagePackReply | readonly unknown[])[] = [];
  /** When the connection has ended. */
  readonly closed: Promise<void>;
  readonly #waiting = new Map<number, (reply: MessagePackReply) => void>();
  #bytes: Buffer = Buffer.alloc(0);
  readonly #wide: boolean;
  #next = 1;

  /** `wide`: 64-bit integers come as bigints, instead of rounded. */
  constructor(port: number, tls?: ConnectionOptions, wide = false) {
    this.#wide = wide;
    const host = '127.0.0.1';
    this.socket = tls === undefined ? connect({ port, host }) : connectTls({ ...tls, port, host });
    this.socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) =>
      this.socket.once('close', () => {
        for (const waiting of this.#waiting.values()) waiting({ id: null, error: LOST });
        this.#waiting.clear();
        resolve();
      }),
    );
  }

  #receive(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= 4 && this.#bytes.length >= 4 + this.#bytes.readUInt32BE(0)) {
      const end = 4 + this.#bytes.readUInt32BE(0);
      const reply = decode(this.#bytes.subarray(4, end), { useBigInt64: this.#wide }) as MessagePackReply;
      this.#bytes = this.#bytes.subarray(end);
      const waiting = this.#waiting.get(Number(reply.id));
      this.#waiting.delete(Number(reply.id));
      if (waiting === undefined) this.others.push(reply);
      else waiting(reply);
    }
  }

  /** What is answered: results or a refusal. */
  call(op: string, events: unknown, more: object = {}): Promise<MessagePackReply> {
    const id = this.#next++;
    if (this.socket.destroyed) return Promise.resolve({ id, error: LOST });
    this.socket.write(frame({ id, op, ...(events === undefined ? {} : { events }), ...more }));
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  close(): Promise<void> {
    this.socket.destroy();
    return this.closed;
  }
}
