/** Collects a run's bytes into slices, and a checksum of every chunk of them. */

import { assert } from '../base/index.ts';
import { RUN_HEADER_SIZE } from '../model/index.ts';
import { crc32, type File } from '../platform/index.ts';
import { CHUNK_SIZE, type SectionPlace, wholeBlocks } from './run-format.ts';

/** Bytes in one write. */
export const SLICE_SIZE: number = 1 << 20;

export class SliceWriter {
  /** Byte of the file that comes next. */
  position: number = RUN_HEADER_SIZE;
  readonly #file: File;
  readonly #slice: Uint8Array;
  #filled = 0;
  readonly #checksums: number[] = [];
  /** True once only the table of checksums is left to add, which itself has no checksums. */
  #sealed = false;

  /** `slice`: SLICE_SIZE bytes from the storage's `buffer`. */
  constructor(file: File, slice: Uint8Array) {
    this.#file = file;
    this.#slice = slice;
  }

  /** Zeros to the next multiple of 64 bytes; returns where that is. */
  align(): number {
    // A slice is a multiple of 64 bytes, so one that is filled is never found here unaligned.
    this.#zeros((64 - (this.position % 64)) % 64);
    return this.position;
  }

  /** Takes the pieces one after another; yields after each write to the file. */
  *write(pieces: readonly Uint8Array[]): Generator<void, void> {
    for (const piece of pieces) {
      for (let from = 0; from < piece.length; ) {
        if (this.#filled === SLICE_SIZE) {
          this.#flush();
          yield;
        }
        const size = Math.min(piece.length - from, SLICE_SIZE - this.#filled);
        this.#slice.set(piece.subarray(from, from + size), this.#filled);
        this.#filled += size;
        this.position += size;
        from += size;
      }
    }
  }

  /** Writes what is left and the checksums of all chunks. Returns where those stand, and the checksum of them. */
  *finish(): Generator<void, { readonly place: SectionPlace; readonly checksum: number }> {
    this.align();
    this.#check();
    this.#sealed = true;
    const checksums = new Uint8Array(Uint32Array.from(this.#checksums).buffer);
    const place = { offset: this.position, size: checksums.length };
    yield* this.write([checksums]);
    this.#zeros(wholeBlocks(this.position) - this.position);
    this.#flush();
    yield;
    return { place, checksum: crc32(checksums) };
  }

  /** After everything else. */
  writeHeader(header: Uint8Array): void {
    assert(this.#filled === 0 && header.length === RUN_HEADER_SIZE, 'the header comes last');
    this.#slice.set(header);
    this.#file.write(this.#slice.subarray(0, RUN_HEADER_SIZE), 0);
  }

  #zeros(size: number): void {
    this.#slice.fill(0, this.#filled, this.#filled + size);
    this.#filled += size;
    this.position += size;
  }

  #flush(): void {
    if (!this.#sealed) this.#check();
    this.#file.write(this.#slice.subarray(0, this.#filled), this.position - this.#filled);
    this.#filled = 0;
  }

  #check(): void {
    for (let from = 0; from < this.#filled; from += CHUNK_SIZE) {
      this.#checksums.push(crc32(this.#slice.subarray(from, Math.min(from + CHUNK_SIZE, this.#filled))));
    }
  }
}
