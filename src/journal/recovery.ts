/**
 * Finds the end of the journal after whatever happened, handing out every good batch on the way (docs/internals/recovery.md). A torn tail, which
 * nobody was told about, is cut; damage to a batch that somebody was told about is an error that names its place.
 */
import { TallystickError } from '../model/index.ts';
import { BLOCK_SIZE, type File, type Storage } from '../platform/index.ts';
import { CELL_SIZE, SEGMENT_CELLS, segmentName, segmentOf } from './cells.ts';
import { Field, readNumber } from './header.ts';
import { byteInSegment, type Position } from './position.ts';
import { type Behind, segmentNumbers, Walk, type WalkOptions } from './walk.ts';

export interface Recovered extends Position {
  /** Cells behind the end that were not zero and were cut: batches that were being written and that nobody was told about. */
  readonly tornCells: number;
  /** Where the first of them was; undefined when there were none. */
  readonly tornAt: string | undefined;
}

/**
 * Walks the journal from `from` and calls `visit` for each good batch in the order of ops, its header at byte `offset` of `window`, its body right behind.
 * `window` must hold a whole batch; 4 MiB or more is fast. Returns where the next batch goes; the files end there.
 * Throws `journal_corrupt`, `format_foreign`, `format_newer`, or what the storage throws.
 */
export function recoverJournal(
  storage: Storage,
  folder: string,
  from: Position,
  window: Uint8Array,
  visit: (offset: number) => void,
  options: WalkOptions,
): Recovered {
  storage.makeFolder(folder);
  settle(storage, folder);
  const segmentCells = options.segmentCells ?? SEGMENT_CELLS;
  const walk = new Walk(storage, folder, from, window, options);
  const unproven = new Unproven(window, Math.max(from.op, options.opAtLeast ?? 0));
  try {
    walk.checkStart();
    for (let before = walk.position; ; before = walk.position) {
      const found = walk.step((offset) => {
        unproven.add(offset, before);
        visit(offset);
      });
      if (!found) break;
    }
    const behind = walk.behind();
    walk.close();
    cut(storage, folder, behind, segmentCells);
    if (unproven.from !== undefined) rewrite(storage, folder, unproven.from, walk.position.op, window, options);
    return { ...walk.position, tornCells: behind.tornCells, tornAt: behind.tornAt };
  } finally {
    walk.close();
  }
}

/**
 * Makes durable what is found. A process that was killed may have written batches that the disk has not settled: what is read here is shown to callers
 * and goes into snapshots, so the power going next must not take it away. The writer is never more than one segment ahead of what is durable.
 */
function settle(storage: Storage, folder: string): void {
  for (const number of segmentNumbers(storage, folder).slice(-2)) {
    const file = storage.open(`${folder}/${segmentName(number)}`, { mode: 'write' });
    try {
      file.sync();
    } finally {
      file.close();
    }
  }
  storage.syncFolder(folder);
}

/** Batches at the end of the journal of which nothing says that they were durable. */
class Unproven {
  readonly #view: DataView;
  #opProven: number;
  #batches: { readonly op: number; readonly before: Position }[] = [];

  constructor(window: Uint8Array, opProven: number) {
    this.#view = new DataView(window.buffer, window.byteOffset, window.byteLength);
    this.#opProven = opProven;
  }

  /** The batch whose header lies at byte `offset` of the window follows `before`; it knows what had been durable when it was written. */
  add(offset: number, before: Position): void {
    const durableOp = readNumber(this.#view, offset + Field.durableOp);
    if (durableOp > this.#opProven) {
      this.#opProven = durableOp;
      this.#batches = this.#batches.filter(({ op }) => op > durableOp);
    }
    const op = readNumber(this.#view, offset + Field.op);
    if (op > this.#opProven) this.#batches.push({ op, before });
  }

  /** Behind the last batch that is proven; undefined when all are. */
  get from(): Position | undefined {
    return this.#batches[0]?.before;
  }
}

/**
 * Writes once more what is there behind `from`, up to `op`. Where a sync has failed, the page cache shows bytes that are not on the disk and takes them for
 * written: another sync does nothing for them, another write does. Only what has the right checksums is written, however it was read.
 */
function rewrite(
  storage: Storage,
  folder: string,
  from: Position,
  op: number,
  window: Uint8Array,
  options: WalkOptions,
): void {
  const segmentCells = options.segmentCells ?? SEGMENT_CELLS;
  const view = new DataView(window.buffer, window.byteOffset, window.byteLength);
  const walk = new Walk(storage, folder, from, window, options);
  const files = new Map<number, File>();
  try {
    const write = (offset: number): void => {
      const cell = readNumber(view, offset + Field.cell);
      const number = segmentOf(cell, segmentCells);
      const file = files.get(number) ?? storage.open(`${folder}/${segmentName(number)}`, { mode: 'write' });
      files.set(number, file);
      const size = CELL_SIZE * (1 + view.getUint32(offset + Field.cells, true));
      file.write(window.subarray(offset, offset + size), byteInSegment(cell, segmentCells));
    };
    while (walk.position.op < op) {
      if (walk.step(write)) continue;
      throw new TallystickError(
        'journal_corrupt',
        `${folder}: op ${walk.position.op + 1} was there and is not any more`,
      );
    }
    for (const file of files.values()) file.sync();
  } finally {
    walk.close();
    for (const file of files.values()) file.close();
  }
}

/** Makes the files end at cell `end`. Later segments hold nothing that anybody was told about; they go first, so that a crash in here leaves no gap. */
function cut(storage: Storage, folder: string, { end, later }: Behind, segmentCells: number): void {
  for (const number of later.toReversed()) storage.remove(`${folder}/${segmentName(number)}`);
  if (later.length > 0) storage.syncFolder(folder);
  const path = `${folder}/${segmentName(segmentOf(end, segmentCells))}`;
  if (!storage.exists(path)) return;

  const file = storage.open(path, { mode: 'write' });
  try {
    const position = byteInSegment(end, segmentCells);
    if (file.size() <= position) return;
    const zeros = new Uint8Array((BLOCK_SIZE - (position % BLOCK_SIZE)) % BLOCK_SIZE);
    file.write(zeros, position);
    file.truncate(position + zeros.length);
    file.sync();
  } finally {
    file.close();
  }
}
