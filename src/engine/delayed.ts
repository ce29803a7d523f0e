/** A request on the callers' side, from the call to its place in the order. */
import {
  type Cells,
  Operation,
  type RequestTerms,
  TallystickError,
  TRANSFER_SIZE,
  TransferFlags,
  TransferOffset,
} from '../model/index.ts';
import { eventSize } from './sequencer.ts';

export interface Delayed {
  readonly operation: number;
  readonly count: number;
  write: (cells: Cells, at: number) => void;
  readonly read: (cells: Cells, at: number, size: number, op?: number) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly terms: EngineTerms;
  /** The ticket of a query that has its place in the order. */
  ticket: number | undefined;
  /** It has its place in the order. */
  placed: boolean;
  /** Nobody waits for it any more: it is not placed. */
  givenUp: boolean;
}

/** The terms of a request, besides its events. */
export interface EngineTerms extends RequestTerms {
  /** The timestamp of the request's last event, in place of the clock's: for replay. */
  readonly timestamp?: bigint;
  /** Other nodes do it, too: it is not refused, however little room is left (`admit` has looked). */
  readonly agreed?: boolean;
}

/**
 * Its events are read now: the caller may change them as soon as the call has returned. What `write` throws is thrown.
 */
export function kept(request: Delayed): Delayed {
  if (request.operation === Operation.pulse) return request;
  const size = request.count * eventSize(request.operation);
  const buffer = new ArrayBuffer(Math.ceil(size / 8) * 8);
  const bytes = new Uint8Array(buffer, 0, size);
  request.write({ view: new DataView(buffer), bytes, u32: new Uint32Array(buffer) }, 0);
  return Object.assign(request, { write: (cells: Cells, at: number) => cells.bytes.set(bytes, at) });
}

/** Longer timeouts are none: a timer takes no more. */
export const TIMEOUT_MS_MAX: number = 2 ** 31 - 1;

export function deadlineExceeded(timeoutMs: number): TallystickError {
  return new TallystickError('deadline_exceeded', `no answer within ${timeoutMs} ms; nothing was done`);
}

/** A promise, and what settles it. */
export function settling<T>(): {
  promise: Promise<T>;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: never) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes as (value: never) => void;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Where there is no room for more pending transfers, posts and voids must still pass: they make it. */
export function refusePendings({ view }: Cells, at: number, count: number): void {
  for (let event = at; event < at + count * TRANSFER_SIZE; event += TRANSFER_SIZE) {
    if ((view.getUint16(event + TransferOffset.flags, true) & TransferFlags.pending) !== 0) {
      throw new TallystickError('too_many_pendings');
    }
  }
}
