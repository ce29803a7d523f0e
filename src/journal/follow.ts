/**
 * Reads a journal that a writer may be writing: it changes nothing, and batches that the writer adds meanwhile are not
 * damage.
 */
import { CELL_SIZE, HeaderOffset, SEGMENT_CELLS, TallystickError } from '../model/index.ts';
import type { Storage } from '../platform/index.ts';
import type { Behind } from './behind.ts';
import { segmentName } from './cells.ts';
import { bodyChecksum, checksumSeed, isHeader, readNumber } from './header.ts';
import { byteInSegment, type Position } from './position.ts';
import { segmentNumbers } from './segment-reader.ts';
import { Walk, type WalkOptions } from './walk.ts';

export interface Followed {
  /** Behind the last good batch. */
  readonly position: Position;
  /** The cells behind it; undefined if they are damaged. */
  readonly behind: Behind | undefined;
  readonly damage: { readonly cell: number; readonly error: TallystickError } | undefined;
}

/** How often a segment may vanish under the reader: opening the ledger cuts a torn tail once. */
const CUTS_MAX = 3;

/**
 * Visits every good batch from `from` on, as `recoverJournal` does, up to the last one that is there. A place without a
 * good batch is looked at again before it is called the end, and before it is called damaged: a writer fills it sooner
 * than it says anywhere that it has. Throws what the storage throws, `format_newer` and `format_foreign`.
 */
export function followJournal(
  storage: Storage,
  folder: string,
  from: Position,
  window: Uint8Array,
  visit: (offset: number) => void,
  options: WalkOptions,
): Followed {
  const walk = new Walk(storage, folder, from, window, options);
  let cuts = 0;
  const ended = (behind: Behind | undefined, error: TallystickError | undefined): Followed => ({
    position: walk.position,
    behind,
    damage: error === undefined ? undefined : { cell: walk.damagedCell ?? walk.position.cell, error },
  });
  try {
    try {
      walk.checkStart();
    } catch (error) {
      return ended(undefined, corruption(error));
    }
    for (;;) {
      try {
        while (walk.step(visit));
        walk.refresh();
        if (walk.step(visit)) continue;
        return ended(walk.behind(), undefined);
      } catch (error) {
        if (error instanceof TallystickError && error.code === 'not_found' && cuts++ < CUTS_MAX) {
          walk.refresh();
          continue;
        }
        const damage = corruption(error);
        walk.refresh();
        if (!walk.step(visit)) return ended(undefined, damage);
      }
    }
  } finally {
    walk.close();
  }
}

/** Throws anything else. */
function corruption(error: unknown): TallystickError {
  if (error instanceof TallystickError && error.code === 'journal_corrupt') return error;
  throw error;
}

/** A header cell as people look at it; numbers as in docs/internals/formats.md. */
export interface Batch {
  readonly op: number;
  readonly timestamp: bigint;
  readonly operation: number;
  /** Events. */
  readonly count: number;
  /** Cells of the body. */
  readonly cells: number;
  /** The header's cell number, absolute. */
  readonly cell: number;
  readonly fence: bigint;
  readonly durableOp: number;
  readonly parent: number;
  readonly checksum: number;
  readonly checksumBody: number;
  readonly session: bigint;
  readonly request: number;
  readonly lane: number;
  /** Requests with a session that share it; their parts follow the events. */
  readonly parts: number;
  readonly checksumEvents: number;
  readonly answered: number;
}

const WINDOW_SIZE = 1 << 20;

/** The headers of one segment, in order, as far as they follow one another; bodies are passed over unread. */
export function* batchHeaders(
  storage: Storage,
  folder: string,
  segment: number,
  ledgerId: bigint,
  segmentCells: number = SEGMENT_CELLS,
): Generator<Batch, void> {
  const seed = checksumSeed(ledgerId);
  const file = storage.open(`${folder}/${segmentName(segment)}`, { mode: 'read' });
  const window = new Uint8Array(WINDOW_SIZE);
  const view = new DataView(window.buffer);
  let loadedAt = 0;
  let loaded = 0;
  try {
    const end = (segment + 1) * segmentCells;
    for (let cell = segment * segmentCells + 1; cell < end; ) {
      const position = byteInSegment(cell, segmentCells);
      if (position < loadedAt || position + CELL_SIZE > loadedAt + loaded) {
        loadedAt = position;
        loaded = file.read(window, position);
      }
      const at = position - loadedAt;
      if (at + CELL_SIZE > loaded || !isHeader(window, view, at, cell, seed)) return;
      const batch = decodeHeader(view, at);
      // No batch spans two segments: this header was never ours.
      if (cell + 1 + batch.cells > end) return;
      yield batch;
      cell += 1 + batch.cells;
    }
  } finally {
    file.close();
  }
}

function decodeHeader(view: DataView, at: number): Batch {
  return {
    op: readNumber(view, at + HeaderOffset.op),
    timestamp: view.getBigUint64(at + HeaderOffset.timestamp, true),
    operation: view.getUint16(at + HeaderOffset.operation, true),
    count: view.getUint32(at + HeaderOffset.count, true),
    cells: view.getUint32(at + HeaderOffset.cells, true),
    cell: readNumber(view, at + HeaderOffset.cell),
    fence: view.getBigUint64(at + HeaderOffset.fence, true),
    durableOp: readNumber(view, at + HeaderOffset.durableOp),
    parent: view.getUint32(at + HeaderOffset.parent, true),
    checksum: view.getUint32(at + HeaderOffset.checksum, true),
    checksumBody: view.getUint32(at + HeaderOffset.checksumBody, true),
    session:
      view.getBigUint64(at + HeaderOffset.session, true) |
      (view.getBigUint64(at + HeaderOffset.session + 8, true) << 64n),
    request: view.getUint32(at + HeaderOffset.request, true),
    lane: view.getUint32(at + HeaderOffset.lane, true),
    parts: view.getUint32(at + HeaderOffset.parts, true),
    checksumEvents: view.getUint32(at + HeaderOffset.checksumEvents, true),
    answered: view.getUint32(at + HeaderOffset.answered, true),
  };
}

/** The body of a batch, or undefined when it does not match its checksum. */
export function readBatch(
  storage: Storage,
  folder: string,
  batch: Batch,
  segmentCells: number = SEGMENT_CELLS,
): Uint8Array | undefined {
  const bytes = new Uint8Array(CELL_SIZE * (1 + batch.cells));
  const file = storage.open(`${folder}/${segmentName(Math.floor(batch.cell / segmentCells))}`, { mode: 'read' });
  try {
    if (file.read(bytes, byteInSegment(batch.cell, segmentCells)) !== bytes.length) return undefined;
  } finally {
    file.close();
  }
  return bodyChecksum(bytes, 0, batch.cells) === batch.checksumBody ? bytes.subarray(CELL_SIZE) : undefined;
}

/** The header of op `op`; undefined when no good header has it. */
export function findBatch(
  storage: Storage,
  folder: string,
  op: number,
  ledgerId: bigint,
  segmentCells: number = SEGMENT_CELLS,
): Batch | undefined {
  // From the newest on: a segment's first header says whether to look further back.
  for (const segment of segmentNumbers(storage, folder).toReversed()) {
    for (const batch of batchHeaders(storage, folder, segment, ledgerId, segmentCells)) {
      if (batch.op === op) return batch;
      if (batch.op > op) break;
    }
  }
  return undefined;
}
