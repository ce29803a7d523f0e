/** A client of the native door that does only what it is told: for tests of what a server makes of anything at all. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeAddress } from '../../packages/server/src/server/index.ts';
import { CELL_SIZE, FrameStatus } from '../../src/model/index.ts';
import {
  Control,
  decodeError,
  encodeHello,
  type Frame,
  type FrameHeader,
  FrameReader,
  frameSize,
  sealFrame,
} from '../../src/wire/index.ts';

const NO_SESSION = new Uint8Array(16);

export function frameOf(
  fields: Partial<FrameHeader>,
  body: Uint8Array = new Uint8Array(0),
  session: Uint8Array = NO_SESSION,
): Uint8Array {
  const bytes = new Uint8Array(frameSize(body.length));
  bytes.set(body, CELL_SIZE);
  const header = { operation: Control.ping, request: 1, count: 0, status: 0, lane: 0, timestamp: 0n, ...fields };
  sealFrame({ bytes, view: new DataView(bytes.buffer) }, 0, { ...header, size: body.length }, session);
  return bytes;
}

export function helloFrame(cluster = 0n, token?: string): Uint8Array {
  return frameOf({ operation: Control.hello }, encodeHello({ cluster, token }));
}

export class NativePeer {
  readonly socket: Socket;
  readonly #reader = new FrameReader();
  readonly #frames: Frame[] = [];
  /** The server has ended the connection. */
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#reader.push(chunk);
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) this.#frames.push(frame);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static async open({ host, port }: NativeAddress): Promise<NativePeer> {
    const socket = connect({ host, port });
    const peer = new NativePeer(socket);
    await once(socket, 'connect');
    return peer;
  }

  /** Connected, and welcome. */
  static async greeted(address: NativeAddress, cluster = 0n): Promise<NativePeer> {
    const peer = await NativePeer.open(address);
    peer.socket.write(helloFrame(cluster));
    await peer.next();
    return peer;
  }

  send(...frames: Uint8Array[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  /** The next frame, or undefined when the server has ended the connection, or is silent for two seconds. */
  async next(): Promise<Frame | undefined> {
    for (let waited = 0; waited < 2000; waited += 2) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (this.closed) return undefined;
      await sleep(2);
    }
    return undefined;
  }

  /** The code of the error that the next frame carries; undefined when there is none. */
  async nextError(): Promise<string | undefined> {
    const frame = await this.next();
    if (frame === undefined || frame.status === FrameStatus.ok) return undefined;
    return decodeError(frame.body).code;
  }

  /** Whether the server ends the connection within that time. */
  async endsWithin(milliseconds: number): Promise<boolean> {
    for (let waited = 0; waited < milliseconds && !this.closed; waited += 2) await sleep(2);
    return this.closed;
  }
}
