/** Results as the ledger sent them: numbers in a buffer, made into objects only when asked for. */
import type { Cells } from './cells.ts';
import { CREATE_TRANSFER_RESULT_SIZE, CreateTransferResultOffset } from './gen/layout.ts';
import { invalid } from './scalars.ts';

const CREATED = 0xffff_ffff;

/** The answer to a batch: one status and one timestamp for each event, in order. */
export class ResultBatch<Status extends number> {
  /** Results in the batch. */
  readonly count: number;
  /** All of them as they lie in a reply, 16 bytes each. */
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  /** Copies the `size` bytes of results at byte `at`. */
  constructor(cells: Cells, at: number, size: number) {
    this.count = size / CREATE_TRANSFER_RESULT_SIZE;
    this.bytes = cells.bytes.slice(at, at + size);
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, size);
  }

  status(index: number): Status {
    return this.#view.getUint32(this.#at(index) + CreateTransferResultOffset.status, true) as Status;
  }

  /** Nanoseconds since the epoch: of the object when `created` or `exists`, otherwise of the attempt. */
  timestamp(index: number): bigint {
    return this.#view.getBigUint64(this.#at(index) + CreateTransferResultOffset.timestamp, true);
  }

  /** Index of the first event that was not `created` now, or -1. */
  firstFailure(): number {
    for (let index = 0; index < this.count; index++) {
      if ((this.status(index) as number) !== CREATED) return index;
    }
    return -1;
  }

  toArray(): { timestamp: bigint; status: Status }[] {
    return Array.from({ length: this.count }, (_, index) => ({
      timestamp: this.timestamp(index),
      status: this.status(index),
    }));
  }

  #at(index: number): number {
    if (!(Number.isInteger(index) && index >= 0 && index < this.count))
      throw invalid(`there is no result ${index} of ${this.count}`);
    return index * CREATE_TRANSFER_RESULT_SIZE;
  }
}
