/** The event record of any position of any part, by way of the block that was looked at last. */
import { BLOCK_ENTRIES } from '../model/index.ts';
import { EventBlock } from './event-block.ts';
import type { Part } from './part.ts';

export class Events {
  readonly block: EventBlock = new EventBlock();

  /** Makes sure that `block` holds the record of position `pos` and returns its index there. Throws `run_corrupt`. */
  at(part: Part, pos: number): number {
    const number = Math.floor(pos / BLOCK_ENTRIES);
    const firstEntry = part.firstEntry + number * BLOCK_ENTRIES;
    const index = pos % BLOCK_ENTRIES;
    // The block of a filling generation grows.
    if (this.block.firstEntry !== firstEntry || this.block.count <= index) {
      this.block.firstEntry = -1;
      part.loadEvents(number, this.block);
      this.block.firstEntry = firstEntry;
    }
    return index;
  }

  /**
   * Records of entries from `entry` on may have moved or changed: they lie in memory that is written again, or were
   * undone.
   */
  forget(entry: number): void {
    if (this.block.firstEntry >= entry) this.block.firstEntry = -1;
  }
}
