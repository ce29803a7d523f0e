/**
 * Finds the end of the journal after whatever happened, handing out every good batch on the way (docs/internals/recovery.md). A torn tail, which
 * nobody was told about, is cut; damage to a batch that somebody was told about is an error that names its place.
 */
import { BLOCK_SIZE, type Storage } from '../platform/index.ts';
import { SEGMENT_CELLS, segmentName, segmentOf } from './cells.ts';
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
  const walk = new Walk(storage, folder, from, window, options);
  try {
    walk.checkStart();
    while (walk.step(visit));
    const behind = walk.behind();
    walk.close();
    cut(storage, folder, behind, options.segmentCells ?? SEGMENT_CELLS);
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
