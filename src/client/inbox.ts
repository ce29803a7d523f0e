/**
 * Bytes from a server: the socket reads straight into one buffer, whose frames lie in a row, each whole one aligned to
 * its cells. The buffer grows to the largest frame announced.
 */

import { CELL_SIZE, Cells } from '../model/index.ts';
import { crc32 } from '../platform/index.ts';
import { checkBody, checkHeader } from '../wire/index.ts';

const SIZE_MIN = 256 * 1024;
/** Bytes that must be free at the end; with fewer the unread bytes move to the front. */
const ROOM_MIN = 64 * 1024;

export class Inbox {
  /** Nothing until something arrives: many a connection comes to nothing. */
  #cells: Cells = Cells.none;
  /** Unread bytes, from and to. */
  #start = 0;
  #end = 0;
  /** Cells of the body whose header, at `#start`, was checked already; -1: none. */
  #body = -1;

  /** The memory that {@link next} speaks of; another one after each call of {@link room}. */
  get cells(): Cells {
    return this.#cells;
  }

  /** Where the socket may write next. */
  room(): Uint8Array {
    const { bytes } = this.#cells;
    if (this.#start === this.#end) {
      this.#start = 0;
      this.#end = 0;
    }
    const needed = this.#body === -1 ? 0 : CELL_SIZE * (1 + this.#body);
    if (this.#start + needed > bytes.length || bytes.length - this.#end < ROOM_MIN) {
      const unread = bytes.subarray(this.#start, this.#end);
      if (needed + ROOM_MIN > bytes.length) this.#cells = Cells.of(needed + SIZE_MIN);
      this.#cells.bytes.set(unread);
      this.#start = 0;
      this.#end = unread.length;
    }
    return this.#cells.bytes.subarray(this.#end);
  }

  /** So many bytes were written to the room. */
  arrived(size: number): void {
    this.#end += size;
  }

  /**
   * Byte offset of the next whole frame in {@link cells}, -1 if there is none. Throws `frame_invalid` or
   * `version_mismatch`.
   */
  next(): number {
    const at = this.#start;
    if (this.#body === -1) {
      if (this.#end - at < CELL_SIZE) return -1;
      this.#body = checkHeader(this.#cells, at);
    }
    const end = at + CELL_SIZE * (1 + this.#body);
    if (this.#end < end) return -1;
    const checksum = this.#body === 0 ? 0 : crc32(this.#cells.bytes.subarray(at + CELL_SIZE, end));
    checkBody(this.#cells.view, at, checksum);
    this.#body = -1;
    this.#start = end;
    return at;
  }
}
