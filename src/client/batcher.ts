/**
 * Requests on their way to a server: each is encoded at once, where it will be sent from, one behind the other, so that all calls of a turn leave in one
 * write. Each call stays a request of its own, with its own chains and imports. The bytes stay until the answer is there: then they can be sent again.
 */
import { type Cells, TallystickError } from '../model/index.ts';
import { CELL_SIZE, type FrameHeader, frameSize, sealFrame } from '../wire/index.ts';

const SLAB_SIZE = 256 * 1024;
const SLAB_SIZE_LARGE = 2 ** 20;
/** Larger requests get a slab of their own. */
const SHARED_MAX = 64 * 1024;
/** Slabs of each size that are kept for later. */
const FREE_MAX = 8;

/** Memory that requests are encoded into. */
export interface Slab {
  readonly cells: Cells;
  used: number;
  /** Requests in it that are not answered. */
  requests: number;
}

/** Where a request's frame lies. */
export interface Encoded {
  readonly slab: Slab;
  readonly at: number;
  readonly size: number;
}

export class Batcher {
  readonly #session: Uint8Array;
  #current: Slab | undefined;
  readonly #free: Slab[] = [];
  readonly #freeLarge: Slab[] = [];

  /** `session`: 16 bytes that stand in every frame. */
  constructor(session: Uint8Array) {
    this.#session = session;
  }

  /** Makes a frame of a header and of what `write` writes; what that throws is thrown, and nothing was made. */
  encode(header: FrameHeader, write: (cells: Cells, at: number) => void): Encoded {
    const size = frameSize(header.size);
    if (size > SLAB_SIZE_LARGE) throw new TallystickError('too_much_data');
    const slab = this.#slabFor(size);
    const at = slab.used;
    write(slab.cells, at + CELL_SIZE);
    sealFrame(slab.cells, at, header, this.#session);
    slab.used += size;
    slab.requests++;
    return { slab, at, size };
  }

  /** The request was answered, or given up. */
  release(slab: Slab): void {
    slab.requests--;
    if (slab.requests > 0) return;
    slab.used = 0;
    if (slab === this.#current) return;
    const free = slab.cells.bytes.length === SLAB_SIZE ? this.#free : this.#freeLarge;
    if (free.length < FREE_MAX) free.push(slab);
  }

  #slabFor(size: number): Slab {
    if (size > SHARED_MAX) return this.#freeLarge.pop() ?? newSlab(SLAB_SIZE_LARGE);
    let slab = this.#current;
    if (slab === undefined || SLAB_SIZE - slab.used < size) {
      slab = this.#free.pop() ?? newSlab(SLAB_SIZE);
      this.#current = slab;
    }
    return slab;
  }
}

function newSlab(size: number): Slab {
  const buffer = new ArrayBuffer(size);
  const cells = { view: new DataView(buffer), bytes: new Uint8Array(buffer), u32: new Uint32Array(buffer) };
  return { cells, used: 0, requests: 0 };
}
