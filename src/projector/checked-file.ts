/**
 * A run file whose bytes are checked before they are believed: every chunk of 64 KiB has a checksum, compared when the chunk is first touched
 * and remembered as good. Opening reads little, a first query pays a few chunks, and no flipped bit passes for "not found".
 */

import { TallystickError } from '../model/index.ts';
import { crc32, type File } from '../platform/index.ts';
import { CHUNK_SIZE, RUN_HEADER_SIZE } from './run-format.ts';

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
    const bytes = chunk.subarray(0, Math.min(CHUNK_SIZE, this.#end - position));
    if (index >= this.#checksums.length || this.#file.read(bytes, position) !== bytes.length) {
      throw this.corrupt('ends too early');
    }
    if (crc32(bytes) !== this.#checksums[index]) {
      throw this.corrupt(`does not match its checksum between bytes ${position} and ${position + bytes.length}`);
    }
    this.#good[index] = 1;
  }
}
