/**
 * Requests on their way to a server: each is encoded at once, where it will be sent from, one behind the other, so that
 * all calls of a turn leave in one write. Each call stays a request of its own, with its own chains and imports. The
 * bytes stay until the answer is there: then they can be sent again.
 */
import { CELL_SIZE, TallystickError, type Write } from '../model/index.ts';
import { type FrameHeader, frameSize, type Slab, Slabs, sealFrame } from '../wire/index.ts';

/** Where a request's frame lies. */
export interface Encoded {
  readonly slab: Slab;
  readonly at: number;
  readonly size: number;
}

export class Batcher {
  readonly #session: Uint8Array;
  readonly #slabs = new Slabs();

  /** `session`: 16 bytes that stand in every frame. */
  constructor(session: Uint8Array) {
    this.#session = session;
  }

  /** Makes a frame of a header and of what `write` writes; what that throws is thrown, and nothing was made. */
  encode(header: FrameHeader, write: Write): Encoded {
    const size = frameSize(header.size);
    if (size > Slabs.frameMax) throw new TallystickError('too_much_data');
    const slab = this.#slabs.withRoom(size);
    const at = slab.used;
    write(slab.cells, at + CELL_SIZE);
    sealFrame(slab.cells, at, header, this.#session);
    this.#slabs.claim(slab, size);
    return { slab, at, size };
  }

  /** The request was answered, or given up. */
  release(slab: Slab): void {
    this.#slabs.release(slab);
  }
}
