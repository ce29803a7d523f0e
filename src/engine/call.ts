/** A request on the callers' side, from the call to its answer. */
import {
  Cells,
  Operation,
  operationShapes,
  type Request,
  TallystickError,
  TRANSFER_SIZE,
  TransferFlags,
  TransferOffset,
  type Write,
} from '../model/index.ts';

/** Where a request was written into the ring. */
export interface Placed {
  /** Byte offset of its header cell. */
  readonly header: number;
  /** Ring position behind it. */
  readonly end: number;
  /**
   * Ring position that must be durable before its reply may leave: behind it, or for a read behind the last batch
   * before it.
   */
  readonly durableEnd: number;
  /** The op of the last batch that its answer can show: its own, or for a read the last one before it. */
  readonly op: number;
}

export class Call<T = unknown> {
  readonly request: Request;
  readonly promise: Promise<T>;
  resolve!: (value: never) => void;
  reject!: (error: unknown) => void;
  /** Writes the events: the request's own `write`, or that of a copy which was taken meanwhile. */
  write: Write;
  /** Its place in the order, once it has one. */
  placed: Placed | undefined = undefined;
  /** The ticket of a query that has its place in the order. */
  ticket: number | undefined = undefined;
  /** Nobody waits for it any more: it is not placed. */
  givenUp = false;

  constructor(request: Request<T>) {
    this.request = request;
    this.write = request.write;
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve as (value: never) => void;
      this.reject = reject;
    });
  }

  /**
   * Reads the events now: the caller may change them as soon as the call has returned. What `write` throws is thrown.
   */
  keep(): void {
    const { operation, count } = this.request;
    if (operation === Operation.pulse) return;
    const events = Cells.of(count * operationShapes[operation].eventSize);
    this.write(events, 0);
    this.write = (cells, at) => cells.bytes.set(events.bytes, at);
  }
}

export function deadlineExceeded(timeoutMs: number): TallystickError {
  return new TallystickError('deadline_exceeded', `no answer within ${timeoutMs} ms; nothing was done`);
}

/** Where there is no room for more pending transfers, posts and voids must still pass: they make it. */
export function refusePendings({ view }: Cells, at: number, count: number): void {
  for (let event = at; event < at + count * TRANSFER_SIZE; event += TRANSFER_SIZE) {
    if ((view.getUint16(event + TransferOffset.flags, true) & TransferFlags.pending) !== 0) {
      throw new TallystickError('too_many_pendings');
    }
  }
}
