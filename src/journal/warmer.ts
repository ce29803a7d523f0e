import type { File, Storage } from '../platform/index.ts';
import { segmentName } from './cells.ts';

/** Read back in one go: 0.02 ms, or 0.2 where a virtual machine's host must find the memory for it first. */
const SLICE_SIZE = 64 * 1024;

/**
 * Fills the page cache behind direct writes. A query that reads a cold cell waits 60 us for the disk, a warm one 1 us;
 * reading back in idle time costs nobody anything, while writing through the cache would cost every batch.
 */
export class Warmer {
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #scratch = new Uint8Array(SLICE_SIZE);
  #segment: number;
  #position: number;
  #file: File | undefined;

  /** Begins at byte `position` of `segment`. */
  constructor(storage: Storage, folder: string, segment: number, position: number) {
    this.#storage = storage;
    this.#folder = folder;
    this.#segment = segment;
    this.#position = position;
  }

  /** Reads a slice of what lies before byte `end` of `segment`; false when there is not enough to be worth it. */
  step(segment: number, end: number): boolean {
    const behind = this.#segment < segment;
    if (!behind && end - this.#position < SLICE_SIZE) return false;
    this.#file ??= this.#storage.open(`${this.#folder}/${segmentName(this.#segment)}`, { mode: 'read' });
    const count = this.#file.read(this.#scratch, this.#position);
    this.#position += count;
    if (behind && count < SLICE_SIZE) {
      this.close();
      this.#segment++;
      this.#position = 0;
    }
    return true;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
