/**
 * The ring: cells of 128 bytes in shared memory, written by one thread, read by two. A request is one header cell and
 * its body, never wrapped: where the rest of the ring is too short, a padding header fills it. Positions count cells
 * since the start, modulo 2^32; only their difference has a meaning, and it never exceeds the ring.
 *
 *   released            executed      journaled          cursor
 *      │ ─ ─ free ─ ─ ─ ─ ┤ ── done ──── ┤ ── in flight ─── │ ─ ─ free ─ ─
 */
import { assert } from '../base/index.ts';
import { CELL_SIZE, HeaderOffset, OPERATION_PADDING } from '../model/index.ts';

export interface RingLayout {
  /** Byte offset of cell 0. */
  readonly cells: number;
  /** A power of two. */
  readonly cellsCount: number;
}

/** How far b is ahead of a: positions wrap at 2^32, their difference does not. */
export function ahead(a: number, b: number): number {
  return (b - a) | 0;
}

/** The producer's side. Not shared: one thread claims. */
export class RingWriter {
  readonly #layout: RingLayout;
  readonly #view: DataView;
  readonly #mask: number;
  /** Behind the last request claimed. */
  position = 0;

  constructor(buffer: SharedArrayBuffer, layout: RingLayout) {
    assert((layout.cellsCount & (layout.cellsCount - 1)) === 0, 'a ring has a power of two of cells');
    this.#layout = layout;
    this.#view = new DataView(buffer);
    this.#mask = layout.cellsCount - 1;
  }

  /**
   * The byte offset of a header cell with room for `cells` behind it, or -1 if slower readers are still in the way;
   * `released` is the position that all of them have passed. Nothing is claimed before {@link advance}.
   */
  claim(cells: number, released: number): number {
    const index = this.position & this.#mask;
    const rest = this.#layout.cellsCount - index;
    const padding = 1 + cells > rest ? rest : 0;
    if (ahead(released, this.position) + padding + 1 + cells > this.#layout.cellsCount) return -1;
    if (padding === 0) return this.#layout.cells + index * CELL_SIZE;
    const at = this.#layout.cells + index * CELL_SIZE;
    this.#view.setUint16(at + HeaderOffset.operation, OPERATION_PADDING, true);
    this.#view.setUint32(at + HeaderOffset.cells, padding - 1, true);
    this.position = (this.position + padding) | 0;
    return this.#layout.cells;
  }

  /** Takes what {@link claim} gave; the caller publishes the new position. */
  advance(cells: number): void {
    this.position = (this.position + 1 + cells) | 0;
  }
}

/** A consumer's side: walks headers between its own position and the producer's. */
export class RingReader {
  readonly #layout: RingLayout;
  readonly #view: DataView;
  readonly #mask: number;
  /** Behind the last request taken. */
  position: number;

  constructor(buffer: SharedArrayBuffer, layout: RingLayout, position = 0) {
    this.#layout = layout;
    this.#view = new DataView(buffer);
    this.#mask = layout.cellsCount - 1;
    this.position = position;
  }

  /** The next request's header, as a byte offset, or -1 when `cursor` is reached. Padding is skipped. */
  next(cursor: number): number {
    while (this.position !== cursor) {
      const at = this.#layout.cells + (this.position & this.#mask) * CELL_SIZE;
      const cells = this.#view.getUint32(at + HeaderOffset.cells, true);
      this.position = (this.position + 1 + cells) | 0;
      if (this.#view.getUint16(at + HeaderOffset.operation, true) !== OPERATION_PADDING) return at;
    }
    return -1;
  }
}
