/**
 * Memory for frames, cut from slabs, one frame behind the other. A slab is used again when none of its frames is needed
 * any more.
 */
import { Cells } from '../model/index.ts';

const SLAB_SIZE = 256 * 1024;
const SLAB_SIZE_LARGE = 2 ** 20;
/** Larger frames get a slab of their own. */
const SHARED_MAX = 64 * 1024;
/** Slabs of each size that are kept for later. */
const FREE_MAX = 8;

export interface Slab {
  readonly cells: Cells;
  /** Bytes given out. */
  used: number;
  /** Frames in it that are needed. */
  frames: number;
}

export class Slabs {
  /** Bytes of a frame at most. */
  static readonly frameMax: number = SLAB_SIZE_LARGE;
  #current: Slab | undefined;
  readonly #free: Slab[] = [];
  readonly #freeLarge: Slab[] = [];

  /** A slab with room for `size` bytes from `used` on. They are the caller's once {@link claim} was called. */
  withRoom(size: number): Slab {
    if (size > SHARED_MAX) return this.#freeLarge.pop() ?? newSlab(SLAB_SIZE_LARGE);
    let slab = this.#current;
    if (slab === undefined || SLAB_SIZE - slab.used < size) {
      slab = this.#free.pop() ?? newSlab(SLAB_SIZE);
      this.#current = slab;
    }
    return slab;
  }

  /** Takes `size` bytes of what {@link withRoom} returned. Returns where they begin. */
  claim(slab: Slab, size: number): number {
    const at = slab.used;
    slab.used += size;
    slab.frames++;
    return at;
  }

  /** One of its frames is not needed any more. */
  release(slab: Slab): void {
    slab.frames--;
    if (slab.frames > 0) return;
    slab.used = 0;
    if (slab === this.#current) return;
    const free = slab.cells.bytes.length === SLAB_SIZE ? this.#free : this.#freeLarge;
    if (free.length < FREE_MAX) free.push(slab);
  }
}

function newSlab(size: number): Slab {
  return { cells: Cells.of(size), used: 0, frames: 0 };
}
