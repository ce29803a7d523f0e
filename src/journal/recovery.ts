/**
 * Finds the end of the journal after whatever happened, handing out every good batch on the way
 * (docs/internals/recovery.md). A torn tail, which was never acknowledged, goes to lost+found; damage to an
 * acknowledged batch is an error that names its place.
 */

import { assert } from '../base/index.ts';
import { CELL_SIZE, HeaderOffset, SEGMENT_CELLS, TallystickError } from '../model/index.ts';
import { BLOCK_SIZE, type File, type Storage } from '../platform/index.ts';
import type { Behind, Loss } from './behind.ts';
import { segmentName, segmentOf } from './cells.ts';
import { furthest } from './evidence.ts';
import { readNumber } from './header.ts';
import type { LostFound } from './lost-found.ts';
import { byteInSegment, type Position } from './position.ts';
import { segmentNumbers } from './segment-reader.ts';
import { Walk, type WalkOptions } from './walk.ts';

export interface Recovered extends Position {
  /**
   * Cells behind the end that were not zero and were cut: batches that were being written and that no caller was told
   * about.
   */
  readonly tornCells: number;
  /** Where the first of them was; undefined when there were none. */
  readonly tornAt: string | undefined;
  /** Batches that had been durable and are not there; only where a loss was accepted. */
  readonly loss: Loss | undefined;
}

export interface RecoveryOptions extends WalkOptions {
  /** Where what is cut goes; left out, in tests of the journal alone: nowhere. */
  readonly lostFound?: LostFound;
  /**
   * Called at the end of the walk, before anything is changed; throws when something else proves that batches are
   * missing.
   */
  readonly judge?: (end: Position) => void;
}

/**
 * Walks the journal from `from` and calls `visit` for each good batch in the order of ops, its header at byte `offset`
 * of `window`, its body right behind.
 * `window` must hold a whole batch; 4 MiB or more is fast. Returns where the next batch goes; the files end there.
 * Throws `journal_corrupt`, `format_foreign`, `format_newer`, or what the storage throws.
 */
export function recoverJournal(
  storage: Storage,
  folder: string,
  from: Position,
  window: Uint8Array,
  visit: (offset: number) => void,
  options: RecoveryOptions,
): Recovered {
  storage.makeFolder(folder);
  settle(storage, folder);
  const walk = new Walk(storage, folder, from, window, options);
  const proven = Math.max(from.op, furthest(options.evidence ?? [])?.op ?? 0);
  const unproven = new Unproven(window, proven);
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
    options.judge?.(walk.position);
    walk.close();
    cut(storage, folder, behind, options);
    if (unproven.from !== undefined) rewrite(storage, folder, unproven.from, walk.position.op, window, options);
    assert(options.acceptLoss === true || walk.position.op >= proven, 'recovery ends no earlier than the evidence');
    return { ...walk.position, tornCells: behind.tornCells, tornAt: behind.tornAt, loss: walk.loss };
  } finally {
    walk.close();
  }
}

/**
 * Makes durable what is found. A process that was killed may have written batches that the disk has not settled: what
 * is read here is shown to callers and goes into snapshots, so the power going next must not take it away. The writer
 * is never more than one segment ahead of what is durable.
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

  /**
   * The batch whose header lies at byte `offset` of the window follows `before`; it knows what had been durable when
   * it was written.
   */
  add(offset: number, before: Position): void {
    const durableOp = readNumber(this.#view, offset + HeaderOffset.durableOp);
    if (durableOp > this.#opProven) {
      this.#opProven = durableOp;
      this.#batches = this.#batches.filter(({ op }) => op > durableOp);
    }
    const op = readNumber(this.#view, offset + HeaderOffset.op);
    if (op > this.#opProven) this.#batches.push({ op, before });
  }

  /** Behind the last batch that is proven; undefined when all are. */
  get from(): Position | undefined {
    return this.#batches[0]?.before;
  }
}

/**
 * Writes once more what is there behind `from`, up to `op`. Where a sync has failed, the page cache shows bytes that
 * are not on the disk and takes them for written: another sync does nothing for them, another write does. Only what has
 * the right checksums is written, however it was read.
 */
function rewrite(
  storage: Storage,
  folder: string,
  from: Position,
  op: number,
  window: Uint8Array,
  { ledgerId, segmentCells = SEGMENT_CELLS }: RecoveryOptions,
): void {
  const view = new DataView(window.buffer, window.byteOffset, window.byteLength);
  const walk = new Walk(storage, folder, from, window, { ledgerId, segmentCells });
  const files = new Map<number, File>();
  try {
    const write = (offset: number): void => {
      const cell = readNumber(view, offset + HeaderOffset.cell);
      const number = segmentOf(cell, segmentCells);
      const file = files.get(number) ?? storage.open(`${folder}/${segmentName(number)}`, { mode: 'write' });
      files.set(number, file);
      const size = CELL_SIZE * (1 + view.getUint32(offset + HeaderOffset.cells, true));
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

const TORN = 'batches that were being written when the last process ended, and that nobody was told about';

/** Makes the files end at cell `end`. Later segments go first, so that a crash in here leaves no gap. */
function cut(storage: Storage, folder: string, { end, later }: Behind, options: RecoveryOptions): void {
  const { segmentCells = SEGMENT_CELLS, lostFound, acceptLoss } = options;
  const why = acceptLoss === true ? `${TORN}, or batches behind a loss that was accepted` : TORN;
  for (const { number, holds } of later.toReversed()) {
    const name = segmentName(number);
    if (holds && lostFound !== undefined) lostFound.move(`${baseOf(folder)}/${name}`, why);
    else storage.remove(`${folder}/${name}`);
  }
  if (later.length > 0) storage.syncFolder(folder);
  const name = segmentName(segmentOf(end, segmentCells));
  const path = `${folder}/${name}`;
  if (!storage.exists(path)) return;

  const file = storage.open(path, { mode: 'write' });
  try {
    const position = byteInSegment(end, segmentCells);
    if (file.size() <= position) return;
    const size = usedSize(file, position);
    if (size > 0) lostFound?.copy(`${baseOf(folder)}/${name}`, position, size, why);
    const zeros = new Uint8Array((BLOCK_SIZE - (position % BLOCK_SIZE)) % BLOCK_SIZE);
    file.write(zeros, position);
    file.truncate(position + zeros.length);
    file.sync();
  } finally {
    file.close();
  }
}

/** Bytes from `position` to the last one that is not zero. */
function usedSize(file: File, position: number): number {
  const piece = new Uint8Array(1024 * 1024);
  let used = 0;
  for (let at = position; ; at += piece.length) {
    const count = file.read(piece, at);
    for (let index = count - 1; index >= 0; index--) {
      if (piece[index] === 0) continue;
      used = at + index + 1 - position;
      break;
    }
    if (count < piece.length) return used;
  }
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
