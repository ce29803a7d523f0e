/**
 * From a folder's files to a machine that goes on: the newest snapshot whose runs are there, then the journal behind
 * it (docs/internals/recovery.md).
 */

import {
  beginSums,
  CellReader,
  cellsThere,
  cutSegments,
  type Evidence,
  findSnapshot,
  type Kept,
  type Loss,
  type LostFound,
  POSITION_FIRST,
  type Position,
  recoverJournal,
  removeDrafts,
  type Snapshot,
  segmentOf,
  snapshotNames,
  snapshotOp,
  sumsEvidence,
  tornSums,
  Walk,
} from '../journal/index.ts';
import { CELL_SIZE, SEGMENT_CELLS, TallystickError } from '../model/index.ts';
import type { Storage } from '../platform/index.ts';
import { type Run, runName } from '../projector/index.ts';
import { Folders, InlineBuilds } from './builds.ts';
import { behindEvidence, damagedRun, runBeyond } from './evidence.ts';
import { Executor, type Folder } from './executor.ts';
import { fromDisk } from './failure.ts';
import { loadSnapshot } from './load-snapshot.ts';
import type { EngineMemory } from './memory.ts';
import { ReplyWindow } from './reply-window.ts';
import { openRunsUpTo, readerOf } from './runs.ts';

/** The findings of opening; for people and tests. */
export interface Recovery {
  /** Batches replayed behind the snapshot. */
  readonly replayed: number;
  /** Op that the snapshot was taken behind; 0 without one. */
  readonly snapshotOp: number;
  /** Cells of batches that were being written when the last process ended, and were never acknowledged. */
  readonly tornCells: number;
  readonly tornAt: string | undefined;
  /** Snapshots that did not match their checksums. */
  readonly damagedSnapshots: readonly string[];
  /** The bytes that were given up: why, and where they lie now, below `lost+found`. */
  readonly kept: readonly Kept[];
  /** Batches that had been durable and are not there; only with `acceptLoss`. */
  readonly loss: Loss | undefined;
  readonly milliseconds: number;
}

/** The recovered state, from which an engine goes on. The caller owns its files: {@link letFilesGo}. */
export interface Recovered {
  readonly recovery: Recovery;
  readonly executor: Executor;
  readonly builds: InlineBuilds;
  readonly position: Position;
  readonly cells: CellReader;
}

/** The folder to recover, in a form that can be sent to another thread. */
export interface RecoveryTask {
  readonly evidence: readonly Evidence[];
  /** Where the ledger was closed in order; undefined: it was not. */
  readonly clean: Position | undefined;
  /** Go on where batches are missing; a number: if the ledger reaches at least that op. */
  readonly acceptLoss: boolean | number;
  /** Damaged runs go to lost+found and are made again. */
  readonly repair: boolean;
}

export interface RecoverOptions extends RecoveryTask {
  readonly ledgerId: bigint;
  readonly lostFound: LostFound;
  /** Called between pieces of work, each of them short; what it throws ends the recovery. */
  readonly pause?: () => void;
}

/** Newest snapshot whose runs are there, then the journal behind it. */
export function recover(storage: Storage, path: string, memory: EngineMemory, options: RecoverOptions): Recovered {
  const recovering = new Recovering(storage, path, memory, options);
  try {
    return recovering.run();
  } catch (error) {
    // A process that opens a damaged ledger again and again must not run out of file descriptors.
    recovering.close();
    throw error;
  }
}

class Recovering {
  readonly #storage: Storage;
  readonly #path: string;
  readonly #memory: EngineMemory;
  readonly #options: RecoverOptions;
  readonly #runsFolder: string;
  readonly #journalFolder: string;
  readonly #window: Uint8Array;
  readonly #cells: CellReader;
  #runs: Run[] = [];
  #replies: ReplyWindow = new ReplyWindow();
  #executor: Executor | undefined;

  constructor(storage: Storage, path: string, memory: EngineMemory, options: RecoverOptions) {
    this.#storage = storage;
    this.#path = path;
    this.#memory = memory;
    this.#options = options;
    this.#runsFolder = `${path}/${Folders.runs}`;
    this.#journalFolder = `${path}/${Folders.journal}`;
    const { cells, cellsCount } = memory.layout.ring;
    this.#window = memory.bytes.subarray(cells, cells + cellsCount * CELL_SIZE);
    this.#cells = new CellReader(storage, this.#journalFolder, options.ledgerId);
  }

  run(): Recovered {
    const started = performance.now();
    const memory = this.#memory;
    const { ledgerId, evidence, lostFound, acceptLoss, pause } = this.#options;
    const progress = memory.counters.recovery;
    this.#storage.makeFolder(this.#runsFolder);
    this.#storage.makeFolder(this.#journalFolder);
    removeDrafts(this.#storage, `${this.#path}/${Folders.snapshots}`);
    const { snapshot, damaged } = this.#findSnapshot();
    const from = snapshot?.position ?? POSITION_FIRST;
    memory.counters.builder.found(from.op, from.timestamp);
    const { executor, builds } = this.#begin(from);
    progress.begin(from.cell, cellsThere(this.#storage, this.#journalFolder));
    let replayed = 0;
    const visit = (offset: number): void => {
      pause?.();
      this.#replay(executor, memory.layout.ring.cells + offset);
      progress.reached(executor.cell);
      replayed++;
    };
    const end = recoverJournal(this.#storage, this.#journalFolder, from, this.#window, visit, {
      ledgerId,
      evidence,
      lostFound,
      acceptLoss: acceptLoss !== false,
      judge: (position) => this.#judge(position),
    });
    progress.ended(end.cell);
    const live = memory.liveSums();
    this.#giveUp(end, damaged);
    beginSums(this.#segments, end, live, (name) =>
      lostFound.move(`${Folders.journal}/${name}`, 'sums that do not fit on the batches'),
    );
    this.#cells.follow(live);
    const { tornCells, tornAt, loss } = end;
    const milliseconds = performance.now() - started;
    const found = { replayed, snapshotOp: from.op, tornCells, tornAt, damagedSnapshots: damaged, loss, milliseconds };
    return { executor, builds, cells: this.#cells, position: end, recovery: { ...found, kept: lostFound.kept } };
  }

  #replay(executor: Executor, header: number): void {
    const what = `${this.#journalFolder}: op ${executor.op + 1} does not fit what came before it`;
    fromDisk('journal_corrupt', what, () => executor.execute(header, this.#memory.layout.spare));
  }

  close(): void {
    this.#cells.close();
    for (const run of new Set([...this.#runs, ...(this.#executor?.history.runs ?? [])])) run.close();
  }

  get #segments(): { storage: Storage; folder: string; ledgerId: bigint; segmentCells: number } {
    const { ledgerId } = this.#options;
    return { storage: this.#storage, folder: this.#journalFolder, ledgerId, segmentCells: SEGMENT_CELLS };
  }

  #findSnapshot(): ReturnType<typeof findSnapshot> {
    const folder = `${this.#path}/${Folders.snapshots}`;
    return findSnapshot(this.#storage, folder, this.#options.ledgerId, (candidate) => {
      if (this.#options.acceptLoss !== false && !this.#isBehind(candidate.position)) return 'passed';
      this.#runs = this.#openRuns(Number(candidate.meta));
      const last = this.#runs.at(-1);
      const covered = last === undefined ? 0 : last.firstEntry + last.count;
      // Runs that are missing are made again from the journal behind an older snapshot, or from its start.
      const outcome = covered === Number(candidate.meta) ? this.#load(candidate) : 'passed';
      if (outcome !== 'taken') {
        for (const run of this.#runs) run.close();
        this.#runs = [];
      }
      return outcome;
    });
  }

  #load(snapshot: Snapshot): 'taken' | 'damaged' {
    const replies = loadSnapshot(snapshot, this.#memory, this.#options.pause);
    if (replies === undefined) return 'damaged';
    this.#replies = replies;
    return 'taken';
  }

  /** Whether the journal has the batch that a snapshot was taken behind. */
  #isBehind(position: Position): boolean {
    const { ledgerId } = this.#options;
    const walk = new Walk(this.#storage, this.#journalFolder, position, this.#window, { ledgerId });
    try {
      return walk.startsWell();
    } finally {
      walk.close();
    }
  }

  #openRuns(entries: number): Run[] {
    for (;;) {
      try {
        return openRunsUpTo(this.#storage, this.#runsFolder, this.#options.ledgerId, entries);
      } catch (error) {
        const name = this.#options.repair ? damagedRun(error, this.#storage.list(this.#runsFolder)) : undefined;
        if (name === undefined) throw error;
        this.#options.lostFound.move(`${Folders.runs}/${name}`, `damaged: ${(error as Error).message}`);
      }
    }
  }

  #begin(from: Position): { executor: Executor; builds: InlineBuilds } {
    const memory = this.#memory;
    const { ledgerId } = this.#options;
    const folder: Folder = {
      storage: this.#storage,
      path: this.#runsFolder,
      ledgerId,
      cells: readerOf(this.#cells),
    };
    const rowsFirst = this.#runs.reduce((sum, run) => sum + run.count, 0);
    const builds = new InlineBuilds(memory, this.#storage, this.#path, ledgerId, from.last);
    const executor = new Executor(memory, folder, builds, rowsFirst, this.#replies);
    this.#executor = executor;
    const what = `${this.#path}/${Folders.snapshots}: the state behind op ${from.op} contradicts itself`;
    fromDisk('snapshot_corrupt', what, () => executor.machine.initialize());
    executor.cell = from.last;
    for (const run of this.#runs) executor.addRun(run);
    return { executor, builds };
  }

  /** Throws `journal_corrupt` when runs or sums know more than a journal that ends at `end`, before anything is cut. */
  #judge(end: Position): void {
    const { acceptLoss } = this.#options;
    if (typeof acceptLoss === 'number' && end.op < acceptLoss) {
      throw new TallystickError(
        'journal_corrupt',
        `${this.#journalFolder} ends at op ${end.op}; a loss was accepted only of what is behind op ${acceptLoss}`,
      );
    }
    if (acceptLoss !== false) return;
    const lastSegment = end.op === 0 ? 0 : segmentOf(end.last);
    const [cut] = cutSegments(this.#segments, lastSegment);
    if (cut !== undefined) throw new TallystickError('journal_corrupt', `${cut} is shorter than it was`);
    const run = runBeyond(this.#storage, this.#runsFolder, this.#memory.entries);
    if (run !== undefined) {
      const entries = `${run.path} was made when the ledger had ${run.entries} entries`;
      throw behindEvidence(this.#journalFolder, end.op, `${entries}; now it has ${this.#memory.entries}`);
    }
    const sums = sumsEvidence(this.#segments, lastSegment).find(({ op }) => op > end.op);
    if (sums === undefined) return;
    throw behindEvidence(this.#journalFolder, end.op, `${sums.source} says that op ${sums.op} was durable`);
  }

  /** Moves to lost+found what does not fit on the journal as it is now. */
  #giveUp(end: Position, damaged: readonly string[]): void {
    const { lostFound, clean } = this.#options;
    for (const path of damaged) {
      lostFound.move(path.slice(this.#path.length + 1), 'a snapshot that does not match its checksums');
    }
    for (const name of snapshotNames(this.#storage, `${this.#path}/${Folders.snapshots}`)) {
      if (snapshotOp(name) <= end.op) continue;
      lostFound.move(`${Folders.snapshots}/${name}`, `a snapshot behind op ${end.op}, where the journal ends now`);
    }
    const torn = clean?.op === end.op ? [] : tornSums(this.#segments, segmentOf(end.cell) - 1);
    for (const name of torn) lostFound.move(`${Folders.journal}/${name}`, 'sums that do not match their checksum');
    for (const { op, source } of sumsEvidence(this.#segments, segmentOf(end.cell))) {
      if (op > end.op) lostFound.move(source.slice(this.#path.length + 1), `sums behind op ${end.op}`);
    }
    const { runs } = this.#executor!.history;
    for (const name of this.#storage.list(this.#runsFolder)) {
      if (!name.endsWith('.run') || name < runName(runs.length)) continue;
      lostFound.move(`${Folders.runs}/${name}`, 'a run that is made again from the journal');
    }
  }
}

export function letFilesGo(recovered: Recovered | undefined): void {
  recovered?.cells.close();
  for (const run of recovered?.executor.history.runs ?? []) run.close();
}
