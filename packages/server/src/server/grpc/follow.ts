/**
 * The change feed: everything that changed balances, oldest first, from any time on and for ever, in pages. One page is
 * on its way at a time: the next is asked for when the kernel has taken the last, so a client that reads slowly is
 * waited for. A feed that waits for changes holds nothing.
 *
 *   FollowChangesRequest ──> port.request ──page──> HTTP/2 ──taken──> port.request …, or wait for the newest
 */
import { CHANGE_EVENT_SIZE, ChangeEventsFilterOffset, Operation, TallystickError } from 'tallystick/internal/model';
import {
  asTallystickError,
  changesSizeMax,
  FieldWriter,
  GRPC_PREFIX_SIZE,
  type GrpcFollow,
  malformed,
  readFollow,
  writeChanges,
} from 'tallystick/internal/wire';
import { CONSISTENCY_NAME, isStale } from '../consistency.ts';
import { contextOf } from '../context.ts';
import type { GrpcCall } from './call.ts';
import { type GrpcDoor, type OpenCall, told, traceOf, wishOf } from './door.ts';
import { Incoming, type Receiver } from './incoming.ts';

/** Changes in a page: a small page, because one stands for each of many clients that read slowly. */
const PAGE = 128;
const REQUEST_SIZE_MAX = 1024;
/** The lane was full: whether anything is new is not known. */
const BUSY = -1;
/** Rules for lanes look at transfers alone. */
const NO_EVENTS = new Uint8Array(0);

export class FollowCall implements Receiver, OpenCall {
  readonly #call: GrpcCall;
  readonly #door: GrpcDoor;
  readonly #incoming: Incoming;
  readonly #ended = new AbortController();
  #request: Uint8Array | undefined;
  #since = 0n;
  /** Bytes of the budget that the page holds, from when it is asked for until it is taken. */
  #cost = 0;
  /** When the page was handed over that the client has not taken; 0: there is none. */
  #standingSince = 0;

  constructor(call: GrpcCall, door: GrpcDoor) {
    this.#call = call;
    this.#door = door;
    this.#incoming = new Incoming(call.stream, this, REQUEST_SIZE_MAX);
    call.stream.once('close', () => this.#stop());
  }

  admits(): boolean {
    return true;
  }

  message(bytes: Uint8Array): void {
    if (this.#request !== undefined) throw malformed('a second message where one is taken');
    this.#request = bytes;
  }

  end(): void {
    if (this.#request === undefined) {
      this.#call.fail(malformed('a call without its message'));
      return;
    }
    this.#follow(this.#request).catch((error: unknown) => this.#call.fail(asTallystickError(error)));
  }

  async #follow(bytes: Uint8Array): Promise<void> {
    const asked = readFollow(bytes);
    this.#since = asked.since;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const count = await this.#page(asked);
      if (count === PAGE || signal.aborted) continue;
      if (count !== BUSY && asked.untilNewest) {
        this.#call.finish();
        return;
      }
      await this.#door.newest.wait(this.#since, signal);
    }
  }

  /** Sends the next page, and waits until it is taken. Returns how many changes it had. */
  async #page({ form }: GrpcFollow): Promise<number> {
    await this.#room(changesSizeMax(PAGE, form));
    if (this.#ended.signal.aborted) return 0;
    const { port, counters } = this.#door;
    const call = this.#call;
    const operation = Operation.get_change_events;
    const stale = isStale(call.headers[CONSISTENCY_NAME]);
    const heard = { operation, events: NO_EVENTS, wish: wishOf(call), traceparent: traceOf(call), stale };
    let taken: Promise<void> | undefined;
    try {
      const count = await port.request({
        operation,
        count: 1,
        write: ({ view }, at) => {
          view.setBigUint64(at + ChangeEventsFilterOffset.timestamp_min, this.#since + 1n, true);
          view.setUint32(at + ChangeEventsFilterOffset.limit, PAGE, true);
        },
        read: (cells, at, size) => {
          call.begin(told(this.#door.served));
          if (size === 0) return 0;
          const writer = new FieldWriter(size + 64);
          writer.at = GRPC_PREFIX_SIZE;
          const last = writeChanges(writer, form, cells, at, size);
          taken = this.#hand(writer);
          this.#since = last;
          return size / CHANGE_EVENT_SIZE;
        },
        context: contextOf(call.terms(0), counters, heard),
      });
      await taken;
      return count;
    } catch (error) {
      // A full lane is no reason to end a feed: it asks again, as if there had been nothing new.
      if (error instanceof TallystickError && error.code === 'lane_full' && call.stream.headersSent) return BUSY;
      throw error;
    } finally {
      this.#settle(0);
    }
  }

  /** Resolves when the kernel has the page, or nobody wants it any more. */
  #hand(writer: FieldWriter): Promise<void> | undefined {
    if (this.#call.ended) return undefined;
    writer.bytes[0] = 0;
    writer.bytes.writeUInt32BE(writer.at - GRPC_PREFIX_SIZE, 1);
    this.#settle(writer.at);
    this.#standingSince = performance.now();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#standingSince = 0;
        this.#ended.signal.removeEventListener('abort', done);
        resolve();
      };
      this.#ended.signal.addEventListener('abort', done);
      this.#call.write(writer.bytes.subarray(0, writer.at), done);
    });
  }

  /** Takes room for a page; resolves without it when the feed has ended. */
  #room(size: number): Promise<void> {
    const { budget } = this.#door;
    const { signal } = this.#ended;
    return new Promise((resolve) => {
      const ask = (): void => {
        if (!signal.aborted && !budget.take(size)) {
          budget.wait(ask);
          return;
        }
        signal.removeEventListener('abort', leave);
        if (!signal.aborted) this.#cost = size;
        resolve();
      };
      const leave = (): void => {
        budget.forget(ask);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      ask();
    });
  }

  /** The page is there, and mostly smaller than was feared; or gone. */
  #settle(size: number): void {
    const less = Math.max(this.#cost - size, 0);
    this.#cost -= less;
    this.#door.budget.give(less);
  }

  #stop(): void {
    this.#incoming.stop();
    this.#ended.abort();
  }

  failed(error: TallystickError): void {
    this.#stop();
    this.#call.fail(error);
  }

  /** Behind its last change a client goes on, with another token or at another server. */
  drain(reason?: TallystickError): void {
    this.failed(reason ?? new TallystickError('closed', 'the server is going down; go on behind the last change'));
  }

  expire(): void {
    this.failed(new TallystickError('deadline_exceeded', 'the deadline of the feed has passed'));
  }

  get unread(): number {
    return this.#incoming.unread;
  }

  sweep(now: number, writeMs: number): void {
    this.#incoming.sweep(now, this.#door.limits.messageMs);
    if (this.#standingSince > 0 && now - this.#standingSince >= writeMs) this.#call.abandon();
  }
}
