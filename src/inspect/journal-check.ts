/** Reads the journal from its first batch to its last. */

import {
  type Evidence,
  followJournal,
  POSITION_FIRST,
  readNumber,
  type SuperblockContent,
  segmentName,
  segmentOf,
} from '../journal/index.ts';
import { CELL_SIZE, HeaderOffset, SEGMENT_CELLS, TallystickError } from '../model/index.ts';
import type { Storage } from '../platform/index.ts';
import { type Damage, firstByte } from './damage.ts';
import { SumsCheck } from './sums-check.ts';

export interface FoundJournal {
  readonly batches: number;
  readonly events: number;
  /** The last good batch; 0 when there is none. */
  readonly op: number;
  readonly timestamp: bigint;
  /**
   * Cells behind the last batch that are not zero: batches that were being written, and that nobody was told about. No
   * damage.
   */
  readonly tornCells: number;
  readonly tornAt: string | undefined;
}

export const NO_JOURNAL: FoundJournal = {
  batches: 0,
  events: 0,
  op: 0,
  timestamp: 0n,
  tornCells: 0,
  tornAt: undefined,
};

/** What snapshots know of the journal. */
export interface Expected {
  /** Ops that it must have. */
  readonly evidence: readonly Evidence[];
  /** It has a batch `op` with this checksum. */
  compare(op: number, checksum: number): void;
}

/** Holds the largest batch and is fast to read. */
const WINDOW_SIZE = 4 << 20;
export class JournalCheck {
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #superblock: SuperblockContent;
  readonly #expected: Expected;
  readonly #damage: Damage[];
  readonly #report: (bytes: number) => void;
  readonly #window = new Uint8Array(WINDOW_SIZE);
  readonly #view = new DataView(this.#window.buffer);
  readonly #sums: SumsCheck;
  #batches = 0;
  #events = 0;
  /** The first cell behind the last batch. */
  #free = 1;

  constructor(
    storage: Storage,
    folder: string,
    superblock: SuperblockContent,
    expected: Expected,
    damage: Damage[],
    report: (bytes: number) => void,
  ) {
    this.#storage = storage;
    this.#folder = folder;
    this.#superblock = superblock;
    this.#expected = expected;
    this.#damage = damage;
    this.#report = report;
    const segments = { storage, folder, ledgerId: superblock.ledgerId, segmentCells: SEGMENT_CELLS };
    this.#sums = new SumsCheck(segments, damage);
  }

  run(): FoundJournal {
    const { ledgerId, clean } = this.#superblock;
    const evidence = this.#expected.evidence;
    if (!this.#storage.exists(this.#folder)) {
      if (evidence.length > 0) this.#damage.push({ file: this.#folder, offset: 0, what: 'the journal is missing' });
      return NO_JOURNAL;
    }
    const visit = (offset: number): void => this.#batch(offset);
    let found: ReturnType<typeof followJournal>;
    try {
      found = followJournal(this.#storage, this.#folder, POSITION_FIRST, this.#window, visit, { ledgerId, evidence });
    } catch (error) {
      if (!(error instanceof TallystickError) || error.code !== 'format_foreign') throw error;
      this.#damage.push({ ...this.#place(this.#free), what: error.message });
      return { ...NO_JOURNAL, batches: this.#batches, events: this.#events };
    }
    const { position, behind, damage } = found;
    this.#sums.finish(!this.#superblock.open);
    if (damage !== undefined) this.#damage.push({ ...this.#place(damage.cell), what: damage.error.message });
    // Nobody was writing when the ledger was closed in order.
    if (behind?.tornCell !== undefined && !this.#superblock.open && clean?.op === position.op) {
      this.#damage.push({
        ...this.#place(behind.tornCell),
        what: 'something follows the last batch of a closed ledger',
      });
      return {
        batches: this.#batches,
        events: this.#events,
        op: position.op,
        timestamp: position.timestamp,
        tornCells: 0,
        tornAt: undefined,
      };
    }
    return {
      batches: this.#batches,
      events: this.#events,
      op: position.op,
      timestamp: position.timestamp,
      tornCells: behind?.tornCells ?? 0,
      tornAt: behind?.tornAt,
    };
  }

  #batch(offset: number): void {
    const cell = readNumber(this.#view, offset + HeaderOffset.cell);
    const cells = this.#view.getUint32(offset + HeaderOffset.cells, true);
    this.#expected.compare(
      readNumber(this.#view, offset + HeaderOffset.op),
      this.#view.getUint32(offset + HeaderOffset.checksum, true),
    );
    const segment = segmentOf(cell);
    // Nothing checks what lies between the last batch of a segment and its end, and nothing should be there.
    if (segmentOf(this.#free) < segment && this.#free % SEGMENT_CELLS !== 0) {
      const { file, offset: from } = this.#place(this.#free);
      const strange = firstByte(this.#storage, file, from, SEGMENT_CELLS * CELL_SIZE);
      if (strange !== undefined) this.#damage.push({ file, offset: strange, what: 'what should be zero is not' });
    }
    this.#free = cell + 1 + cells;
    this.#sums.add(cell, this.#window.subarray(offset, offset + CELL_SIZE * (1 + cells)));
    this.#batches++;
    // A pulse counts the timestamps that it may use, and has no events.
    if (cells > 0) this.#events += this.#view.getUint32(offset + HeaderOffset.count, true);
    this.#report((1 + cells) * CELL_SIZE);
  }

  #place(cell: number): { file: string; offset: number } {
    return {
      file: `${this.#folder}/${segmentName(segmentOf(cell))}`,
      offset: (cell % SEGMENT_CELLS) * CELL_SIZE,
    };
  }
}
