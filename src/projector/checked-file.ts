/**
 * A run file whose bytes are checked before they are believed: every chunk has a checksum, compared whenever bytes of
 * it are read. The page cache may have let go of a chunk since the last time, and what comes back from the disk may be
 * something else.
 */

import { RUN_HEADER_SIZE, TallystickError } from '../model/index.ts';
import { BLOCK_SIZE, crc32, type File } from '../platform/index.ts';
import { wholeBlocks } from './run-format.ts';

/** Whole chunks around what is wanted. */
let scratch = new Uint8Array(32_768);

export class CheckedFile {
  readonly path: string;
  readonly #file: File;
  readonly #checksums: Uint32Array;
  /** End of the checked bytes. */
  readonly #end: number;
  readonly #chunkSize: number;

  constructor(file: File, checksums: Uint32Array, end: number, chunkSize: number) {
    this.path = file.path;
    this.#file = file;
    this.#checksums = checksums;
    this.#end = end;
    this.#chunkSize = chunkSize;
  }

  /** Fills `target` from byte `position` of the file. Throws `run_corrupt`. */
  read(target: Uint8Array, position: number): void {
    const size = this.#chunkSize;
    const skipped = (position - RUN_HEADER_SIZE) % size;
    const start = position - skipped;
    const chunks = Math.ceil((skipped + target.length) / size);
    const end = Math.min(this.#end, start + chunks * size);
    if (position + target.length > end) throw this.corrupt('ends too early');
    if (end - start > scratch.length) scratch = new Uint8Array((end - start) * 2);
    const bytes = scratch.subarray(0, end - start);
    this.#compare(start, bytes.subarray(0, this.#file.read(bytes, start)), end);
    target.set(bytes.subarray(skipped, skipped + target.length));
  }

  /**
   * The same for what is kept in memory: reads it once, in large pieces, from `direct`, the file opened past the page
   * cache. `staging`: memory for direct transfers, whole chunks.
   */
  load(target: Uint8Array, position: number, direct: File, staging: Uint8Array): void {
    const end = position + target.length;
    const aligned = Math.max(this.#chunkSize, BLOCK_SIZE);
    let at = position - ((position - RUN_HEADER_SIZE) % aligned);
    for (; at < end; at += staging.length) {
      const size = Math.min(staging.length, wholeBlocks(Math.min(end + this.#chunkSize, this.#end) - at));
      if (direct.read(staging.subarray(0, size), at) !== size) throw this.corrupt('ends too early');
      this.#compare(at, staging.subarray(0, size), Math.min(end, at + size));
      const from = Math.max(at, position);
      target.set(staging.subarray(from - at, Math.min(end - at, size)), from - position);
    }
  }

  /** Checks every chunk. Throws `run_corrupt`. */
  verify(): void {
    const piece = new Uint8Array(64 * this.#chunkSize);
    for (let at = RUN_HEADER_SIZE; at < this.#end; at += piece.length) {
      this.#compare(at, piece.subarray(0, this.#file.read(piece, at)), Math.min(this.#end, at + piece.length));
    }
  }

  close(): void {
    this.#file.close();
  }

  corrupt(why: string): TallystickError {
    return new TallystickError('run_corrupt', `${this.path} ${why}`);
  }

  /**
   * Compares the chunks that begin from byte `start`, where one does, to before `end`; `bytes` are what was read there.
   */
  #compare(start: number, bytes: Uint8Array, end: number): void {
    let index = (start - RUN_HEADER_SIZE) / this.#chunkSize;
    for (let at = start; at < end; at += this.#chunkSize, index++) {
      const to = Math.min(this.#end, at + this.#chunkSize);
      if (bytes.length < to - start) throw this.corrupt('ends too early');
      if (crc32(bytes.subarray(at - start, to - start)) !== this.#checksums[index]) {
        throw this.corrupt(`does not match its checksum between bytes ${at} and ${to}`);
      }
    }
  }
}
