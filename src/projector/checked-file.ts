/**
 * A run file whose bytes are checked before they are believed: every chunk of 16 KiB has a checksum, compared when the chunk is first touched
 * and remembered as good. Opening reads little, a first query pays a few chunks, and no flipped bit passes for "not found".
 */

import { TallystickError } from '../model/index.ts';
import { crc32, type File } from '../platform/index.ts';
import { CHUNK_SIZE, RUN_HEADER_SIZE, wholeBlocks } from './run-format.ts';

const chunk = new Uint8Array(CHUNK_SIZE);

export class CheckedFile {
  readonly path: string;
  readonly #file: File;
  readonly #checksums: Uint32Array;
  readonly #good: Uint8Array;
  /** End of the checked bytes. */
  readonly #end: number;

  constructor(file: File, checksums: Uint32Array, end: number) {
    this.path = file.path;
    this.#file = file;
    this.#checksums = checksums;
    this.#good = new Uint8Array(checksums.length);
    this.#end = end;
  }

  /** Fills `target` from byte `position` of the file. Throws `run_corrupt`. */
  read(target: Uint8Array, position: number): void {
    const last = Math.floor((position + target.length - 1 - RUN_HEADER_SIZE) / CHUNK_SIZE);
    for (let index = Math.floor((position - RUN_HEADER_SIZE) / CHUNK_SIZE); index <= last; index++) {
      if (this.#good[index] !== 1) this.#check(index);
    }
    if (this.#file.read(target, position) !== target.length) throw this.corrupt('ends too early');
  }

  /**
   * The same for what is kept in memory: reads it once, in large pieces, from `direct`, the file opened past the page cache. `staging`: memory for direct transfers, a
   * multiple of CHUNK_SIZE.
   */
  load(target: Uint8Array, position: number, direct: File, staging: Uint8Array): void {
    const end = position + target.length;
    let at = position - ((position - RUN_HEADER_SIZE) % CHUNK_SIZE);
    for (; at < end; at += staging.length) {
      const size = Math.min(staging.length, wholeBlocks(Math.min(end + CHUNK_SIZE, this.#end) - at));
      if (direct.read(staging.subarray(0, size), at) !== size) throw this.corrupt('ends too early');
      for (let from = at; from < Math.min(end, at + size); from += CHUNK_SIZE) {
        this.#compare((from - RUN_HEADER_SIZE) / CHUNK_SIZE, staging.subarray(from - at, from - at + CHUNK_SIZE));
      }
      const from = Math.max(at, position);
      target.set(staging.subarray(from - at, Math.min(end - at, size)), from - position);
    }
  }

  /** Checks every chunk again, those known as good too. Throws `run_corrupt`. */
  verify(): void {
    for (let index = 0; index < this.#checksums.length; index++) this.#check(index);
  }

  close(): void {
    this.#file.close();
  }

  corrupt(why: string): TallystickError {
    return new TallystickError('run_corrupt', `${this.path} ${why}`);
  }

  #check(index: number): void {
    const position = RUN_HEADER_SIZE + index * CHUNK_SIZE;
    const size = this.#file.read(chunk, position);
    this.#compare(index, chunk.subarray(0, size));
  }

  /** Compares what was read of a chunk and behind it. */
  #compare(index: number, bytes: Uint8Array): void {
    const position = RUN_HEADER_SIZE + index * CHUNK_SIZE;
    const size = Math.min(CHUNK_SIZE, this.#end - position);
    if (index >= this.#checksums.length || bytes.length < size) throw this.corrupt('ends too early');
    if (crc32(bytes.subarray(0, size)) !== this.#checksums[index]) {
      throw this.corrupt(`does not match its checksum between bytes ${position} and ${position + size}`);
    }
    this.#good[index] = 1;
  }
}
