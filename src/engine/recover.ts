/** From a folder's files to a machine that goes on: the newest snapshot whose runs are there, then the journal behind it (docs/internals/recovery.md). */
import {
  beginSums,
  CellReader,
  findSnapshot,
  POSITION_FIRST,
  type Position,
  recoverJournal,
  removeDrafts,
  removeTornSums,
  SEGMENT_CELLS,
  type Snapshot,
  segmentOf,
} from '../journal/index.ts';
import { applyBefores, type ImageHead, imageHead } from '../machine/index.ts';
import { TallystickError } from '../model/index.ts';
import type { Storage } from '../platform/index.ts';
import type { Run } from '../projector/index.ts';
import { Folders, InlineBuilds } from './builds.ts';
import { Executor, type Folder } from './executor.ts';
import type { EngineMemory } from './memory.ts';
import { openRunsUpTo, readerOf, removeRunsFrom } from './runs.ts';

/** What opening found; for people and tests. */
export interface Recovery {
  /** Batches replayed behind the snapshot. */
  readonly replayed: number;
  /** Op that the snapshot was taken behind; 0 without one. */
  readonly snapshotOp: number;
  /** Cells of batches that were being written when the last process ended and that nobody was told about. */
  readonly tornCells: number;
  readonly tornAt: string | undefined;
  /** Snapshots that did not match their checksums. */
  readonly damagedSnapshots: readonly string[];
  readonly milliseconds: number;
}

/** What an engine goes on from. Its files are the caller's: {@link letFilesGo}. */
export interface Recovered {
  readonly recovery: Recovery;
  readonly executor: Executor;
  readonly builds: InlineBuilds;
  readonly position: Position;
  readonly cells: CellReader;
}

/** Newest snapshot whose runs are there, then the journal behind it. `leaveRuns`: generations may be left sealed for a builder's thread. */
export function recover(
  storage: Storage,
  path: string,
  ledgerId: bigint,
  clean: Position | undefined,
  memory: EngineMemory,
  leaveRuns: boolean,
): Recovered {
  const started = performance.now();
  const runsFolder = `${path}/${Folders.runs}`;
  const journalFolder = `${path}/${Folders.journal}`;
  const { layout } = memory;
  const cells = new CellReader(storage, journalFolder, ledgerId);
  let runs: Run[] = [];
  let executor: Executor | undefined;
  try {
    storage.makeFolder(runsFolder);
    removeDrafts(storage, `${path}/${Folders.snapshots}`);
    const { snapshot, damaged } = findSnapshot(storage, `${path}/${Folders.snapshots}`, ledgerId, (candidate) => {
      runs = openRunsUpTo(storage, runsFolder, ledgerId, Number(candidate.meta));
      const last = runs.at(-1);
      const covered = last === undefined ? 0 : last.firstEntry + last.count;
      // Runs that are missing are made again from the journal behind an older snapshot, or from its start.
      const outcome = covered !== Number(candidate.meta) ? 'passed' : load(candidate, memory) ? 'taken' : 'damaged';
      if (outcome !== 'taken') {
        for (const run of runs) run.close();
        runs = [];
      }
      return outcome;
    });
    const from = snapshot?.position ?? POSITION_FIRST;
    memory.counters.builder.found(from.op, from.timestamp);
    const folder: Folder = { storage, path: runsFolder, ledgerId, cells: readerOf(cells) };
    const rowsFirst = runs.reduce((sum, run) => sum + run.count, 0);
    const builds = new InlineBuilds(memory, storage, path, ledgerId, from.last);
    const executing = new Executor(memory, folder, builds, rowsFirst);
    executor = executing;
    executor.machine.initialize();
    executor.cell = from.last;
    for (const run of runs) executor.addRun(run);
    let replayed = 0;
    const window = memory.bytes.subarray(layout.ring.cells, layout.ring.cells + layout.ring.cellsCount * 128);
    const visit = (offset: number): void => {
      executing.execute(layout.ring.cells + offset, layout.spare);
      replayed++;
    };
    const end = recoverJournal(storage, journalFolder, from, window, visit, { ledgerId, opAtLeast: clean?.op ?? 0 });
    const live = memory.liveSums();
    const segments = { storage, folder: journalFolder, ledgerId, segmentCells: SEGMENT_CELLS };
    if (clean?.op !== end.op) removeTornSums(segments, segmentOf(end.cell) - 1);
    beginSums(segments, end, live);
    cells.follow(live);
    removeRunsFrom(storage, runsFolder, executor.history.runs.length);
    if (!leaveRuns) builds.replayed(executor);
    return {
      executor,
      builds,
      cells,
      position: end,
      recovery: {
        replayed,
        snapshotOp: from.op,
        tornCells: end.tornCells,
        tornAt: end.tornAt,
        damagedSnapshots: damaged,
        milliseconds: performance.now() - started,
      },
    };
  } catch (error) {
    // Whoever opens a damaged ledger again and again must not run out of files.
    cells.close();
    for (const run of new Set([...runs, ...(executor?.history.runs ?? [])])) run.close();
    throw error;
  }
}

/** Reads the snapshot's sections to where they lie in memory; false, and the memory as it was, when it is damaged. */
function load(snapshot: Snapshot, memory: EngineMemory): boolean {
  const { machine } = memory.layout;
  const { bytes } = memory;
  const places: { readonly [name: string]: number } = {
    state: machine.state,
    accounts: machine.accounts,
    pendings: machine.pendings,
  };
  let head: ImageHead | undefined;
  const whole = snapshot.read((name, offset, piece) => {
    const at = places[name];
    if (at !== undefined) {
      bytes.set(piece, at + offset);
      return;
    }
    head ??= imageHead(memory.memory, machine);
    if (name !== 'befores' || !applyBefores(bytes, machine, head, piece)) {
      throw new TallystickError('snapshot_corrupt', `${snapshot.path} has a section ${name} that is not known`);
    }
  });
  if (whole) return true;
  for (const { name, size } of snapshot.sections) {
    const at = places[name];
    if (at !== undefined) bytes.fill(0, at, at + size);
  }
  return false;
}

export function letFilesGo(recovered: Recovered | undefined): void {
  recovered?.cells.close();
  for (const run of recovered?.executor.history.runs ?? []) run.close();
}
