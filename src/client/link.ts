/**
 * One connection to a server, from the first byte to the last: connects, says hello, sends bytes, hands out the frames
 * that come.
 */

import { connect as connectSocket, type OnReadOpts, type Socket } from 'node:net';
import { CELL_SIZE, type Cells, FrameOffset, FrameStatus, TallystickError } from '../model/index.ts';
import {
  Control,
  decodeError,
  decodeWelcome,
  encodeHello,
  frameSize,
  opAt,
  sealFrame,
  type Welcome,
} from '../wire/index.ts';
import type { Encoded } from './batcher.ts';
import { Inbox } from './inbox.ts';
import type { Pinned } from './pinned.ts';
import { adviceOf, reasonOf } from './tls-advice.ts';

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/** A server on this machine, by the file of its socket. */
export interface FileAddress {
  readonly path: string;
}

export type Address = TcpAddress | FileAddress;

/** Opens a socket that reads as `onread` says: plain TCP by default. */
export type OpenSocket = (address: TcpAddress, onread: OnReadOpts) => Socket;

export interface LinkOptions {
  /** 0: any. */
  readonly cluster: bigint;
  readonly token?: string;
  /** 16 bytes. */
  readonly session: Uint8Array;
  /** For connecting and hello together. */
  readonly timeoutMs: number;
  readonly openSocket?: OpenSocket;
  readonly signal?: AbortSignal;
  /** The ledger and the op that the server must have. */
  readonly pinned: Pinned;
}

/** The events of a link, for its owner. */
export interface LinkEvents {
  /** The server has answered hello. */
  opened(link: Link): void;
  /** The frame whose header lies at byte `at`; nothing of the memory may be kept. */
  frame(cells: Cells, at: number): void;
  /**
   * Over. `error`: what the server said, or what happened; undefined: it just ended. Told once, and only after
   * `opened`.
   */
  ended(error: TallystickError | undefined): void;
}

const KEEP_ALIVE_MS = 30_000;
/** Said where something else than the native door has answered. */
const WRONG_PORT =
  'Check the port, which is 3000 by default: a server has other ports for grpc:// (50051), HTTP (8080) and ' +
  'MessagePack ' +
  '(3001), and one with certificates wants tcps://.';
/** How long a caller waits before it asks again at a file whose queue of connections is full. */
const QUEUE_FULL_MS = 5;

export class Link {
  readonly welcome: Welcome;
  readonly #socket: Socket;

  private constructor(socket: Socket, welcome: Welcome) {
    this.#socket = socket;
    this.welcome = welcome;
  }

  /**
   * Resolves when the server has answered hello. Rejects with `unreachable`, `timed_out`, `wrong_cluster`,
   * `version_mismatch`, `frame_invalid`, `ledger_changed`, `ledger_behind`, what else the server says, or the signal's
   * reason.
   */
  static open(address: Address, options: LinkOptions, events: LinkEvents): Promise<void> {
    const { signal } = options;
    const where = 'path' in address ? address.path : `${address.host}:${address.port}`;
    return new Promise((resolve, reject) => {
      const inbox = new Inbox();
      let link: Link | undefined;
      let over = false;
      let socket: Socket | undefined;
      let again: NodeJS.Timeout | undefined;

      const timer = setTimeout(
        () => finish(new TallystickError('timed_out', `${where} did not answer within ${options.timeoutMs} ms`)),
        options.timeoutMs,
      );
      const abort = (): void => finish(signal!.reason);
      const settled = (): void => {
        clearTimeout(timer);
        clearTimeout(again);
        signal?.removeEventListener('abort', abort);
      };
      /** Ends it, whatever state it is in. */
      const finish = (error: unknown): void => {
        if (over) return;
        over = true;
        socket?.destroy();
        settled();
        if (link === undefined) reject(error);
        else events.ended(error as TallystickError | undefined);
      };
      const receive = (size: number): boolean => {
        inbox.arrived(size);
        try {
          for (let at = inbox.next(); at !== -1 && !over; at = inbox.next()) {
            if (link === undefined) {
              link = new Link(socket!, welcomed(inbox.cells, at, options.pinned));
              settled();
              events.opened(link);
              resolve();
            } else if (isFailure(inbox.cells, at)) finish(errorAt(inbox.cells, at));
            else events.frame(inbox.cells, at);
          }
        } catch (error) {
          finish(link === undefined ? stranger(where, error) : error);
        }
        return true;
      };

      const onread: OnReadOpts = { buffer: () => inbox.room(), callback: receive };
      const begin = (): void => {
        let cause: Error | undefined;
        socket = opened(address, onread, options.openSocket);
        socket.setNoDelay(true);
        socket.setKeepAlive(true, KEEP_ALIVE_MS);
        socket.on('error', (error) => {
          cause = error;
        });
        socket.on('close', () => {
          if (!over && isQueueFull(cause)) again = setTimeout(begin, QUEUE_FULL_MS);
          else finish(ending(where, link !== undefined, cause));
        });
        socket.write(helloFrame(options));
      };
      signal?.addEventListener('abort', abort);
      if (signal?.aborted === true) abort();
      else begin();
    });
  }

  /** Hands frames to the socket, in order, in one write. */
  send(frames: readonly Encoded[]): void {
    const socket = this.#socket;
    if (frames.length > 1) socket.cork();
    for (let i = 0; i < frames.length; ) {
      const { slab, at } = frames[i]!;
      let end = at;
      for (; i < frames.length && frames[i]!.slab === slab && frames[i]!.at === end; i++) end += frames[i]!.size;
      socket.write(slab.cells.bytes.subarray(at, end));
    }
    if (frames.length > 1) socket.uncork();
  }

  /** Nothing more will be sent. The server answers what it has and ends. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Whether the process stays alive for it. */
  ref(on: boolean): void {
    if (on) this.#socket.ref();
    else this.#socket.unref();
  }
}

function opened(address: Address, onread: OnReadOpts, openSocket: OpenSocket | undefined): Socket {
  if ('path' in address) return connectSocket({ path: address.path, onread });
  return openSocket?.(address, onread) ?? connectSocket({ ...address, onread });
}

/**
 * Whether more callers wait at a server's file than its queue holds. Over TCP the kernel asks again by itself; at a
 * file it says EAGAIN, at once, and asking again is left to us.
 */
function isQueueFull(cause: Error | undefined): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'EAGAIN';
}

/** What to say of a connection that is over; undefined: the server ended it in order. */
function ending(where: string, wasOpen: boolean, cause: Error | undefined): TallystickError | undefined {
  if (wasOpen && cause === undefined) return undefined;
  if (wasOpen) {
    return new TallystickError('connection_lost', `the connection to ${where} broke: ${cause!.message}`, { cause });
  }
  if (cause === undefined) {
    return new TallystickError('unreachable', `${where} ended the connection at once`, { next: WRONG_PORT });
  }
  return new TallystickError('unreachable', `${where} cannot be reached: ${reasonOf(cause)}`, {
    cause,
    next: adviceOf(cause),
  });
}

/** The first bytes were no frame: that port belongs to another protocol. */
function stranger(where: string, error: unknown): unknown {
  if (!(error instanceof TallystickError) || error.code !== 'frame_invalid') return error;
  const message = `${where} does not speak the native protocol: ${error.message}`;
  return new TallystickError('frame_invalid', message, { cause: error, next: WRONG_PORT });
}

function helloFrame({ cluster, token, session }: LinkOptions): Uint8Array {
  const body = encodeHello({ cluster, token });
  const bytes = new Uint8Array(frameSize(body.length));
  bytes.set(body, CELL_SIZE);
  const header = { operation: Control.hello, request: 0, count: 0, size: body.length, lane: 0, timestamp: 0n };
  sealFrame({ bytes, view: new DataView(bytes.buffer) }, 0, { ...header, status: FrameStatus.ok }, session);
  return bytes;
}

/**
 * The answer to hello at byte `at`. Throws what the server says instead, and what is said to one that has the wrong
 * ledger.
 */
function welcomed(cells: Cells, at: number, pinned: Pinned): Welcome {
  if (cells.view.getUint32(at + FrameOffset.status, true) !== FrameStatus.ok) throw errorAt(cells, at);
  if (cells.view.getUint16(at + FrameOffset.operation, true) !== Control.hello) {
    // A server that is leaving says goodbye instead.
    throw new TallystickError('unreachable', 'the server is shutting down');
  }
  const welcome = decodeWelcome(bodyAt(cells, at));
  pinned.meet(welcome.ledgerId, opAt(cells.view, at));
  return welcome;
}

/** The server gives the connection up. */
function isFailure({ view }: Cells, at: number): boolean {
  return (
    view.getUint16(at + FrameOffset.operation, true) === Control.goodbye &&
    view.getUint32(at + FrameOffset.status, true) !== FrameStatus.ok
  );
}

/** The error that the frame at byte `at` carries. */
export function errorAt(cells: Cells, at: number): TallystickError {
  return decodeError(bodyAt(cells, at));
}

function bodyAt({ bytes, view }: Cells, at: number): Uint8Array {
  const body = at + CELL_SIZE;
  return bytes.subarray(body, body + view.getUint32(at + FrameOffset.size, true));
}
