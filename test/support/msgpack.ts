/** A small client of the MessagePack door. */
import { connect, type Socket } from 'node:net';
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
  #next = 1;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1' });
    this.socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  #receive(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= 4 && this.#bytes.length >= 4 + this.#bytes.readUInt32BE(0)) {
      const end = 4 + this.#bytes.readUInt32BE(0);
      const reply = decode(this.#bytes.subarray(4, end)) as MessagePackReply;
      this.#bytes = this.#bytes.subarray(end);
      const waiting = this.#waiting.get(reply.id as number);
      this.#waiting.delete(reply.id as number);
      if (waiting === undefined) this.others.push(reply);
      else waiting(reply);
    }
  }

  /** What is answered: results or a refusal. */
  call(op: string, events: unknown, more: object = {}): Promise<MessagePackReply> {
    const id = this.#next++;
    this.socket.write(frame({ id, op, events, ...more }));
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  close(): Promise<void> {
    this.socket.destroy();
    return this.closed;
  }
}
