/**
 * A copy of a ledger as it was behind one op, taken while a writer may be at work.
 *
 *   1 snapshot   newest first; it names a durable op and the runs it needs
 *   2 runs       never change, never go
 *   3 journal    walked from the snapshot to its last good batch: that is the op; synced; copied up to there and
 *                not further
 *   4 superblock says that the copy was closed in order behind that op
 *   5 verified   every byte of the copy
 *
 * The journal comes last, so that no snapshot in the copy is ahead of it. It only grows: what was walked is never
 * written again with other bytes, and once it is synced no crash of the writer can take it back. The superblock's clean
 * close makes opening the copy find exactly that op, or say that it is damaged. All of it happens in `TO.partial`,
 * which gets its name when it is whole.
 */

import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import {
  type Evidence,
  followJournal,
  POSITION_FIRST,
  type Position,
  positionAfter,
  readWitness,
  Snapshot,
  Superblock,
  type SuperblockContent,
  segmentName,
  segmentOf,
  WITNESS_NAME,
} from '../journal/index.ts';
import { CELL_SIZE, SEGMENT_CELLS, TallystickError } from '../model/index.ts';
import { BLOCK_SIZE, type Storage } from '../platform/index.ts';
import { readRunHeader, runName } from '../projector/index.ts';
import { ifThere, ledgerFiles } from './files.ts';
import { checkReached, isWithin, type Until } from './until.ts';
import { verify } from './verify.ts';

export interface Backup {
  /** The last batch in the copy; 0 when there is none. */
  readonly op: number;
  readonly timestamp: bigint;
  /** Of the journal, in the copy. */
  readonly batches: number;
  /** Op of the snapshot that came along; 0 without one. */
  readonly snapshotOp: number;
  readonly runs: number;
  /** Copied. */
  readonly bytes: number;
}

/** What was copied, and what was verified: together twice the bytes of the ledger. */
export type Visit = (bytes: number) => void;

const WINDOW_SIZE = 4 << 20;
const FOLDERS = ['journal', 'snapshots', 'runs'] as const;
/** Other files that belong to the ledger: what accounts of imported books are called. */
const COMPANIONS = ['names.json'];

/**
 * Copies the ledger in `from` to `target`, which must be absent or an empty folder; with `until` only as far as that.
 * Throws `not_found`, `invalid_argument` (there is something in `to`, or the ledger ends before the op of `until`),
 * `journal_corrupt`, or what the storage throws; then there is no copy.
 */
export function backup(storage: Storage, from: string, target: string, visit: Visit = () => {}, until?: Until): Backup {
  const to = withoutSlashes(target);
  ledgerFiles(storage, from);
  if (existsSync(to) && (!statSync(to).isDirectory() || readdirSync(to).length > 0)) {
    throw new TallystickError(
      'invalid_argument',
      `There is something in ${to} already; a backup wants a folder of its own.`,
    );
  }
  const partial = `${to}.partial`;
  clear(partial);
  try {
    const copied = new Copy({ storage, from, to: partial, visit, until }).run();
    const found = verify(storage, partial, visit);
    const [damage] = found.damage;
    if (damage !== undefined || found.op !== copied.op) {
      const where =
        damage === undefined ? `ends at op ${found.op}` : `${damage.file} offset ${damage.offset}: ${damage.what}`;
      throw new TallystickError(
        'journal_corrupt',
        `the copy of ${from} is damaged, and so may be the ledger: ${where}`,
      );
    }
    storage.rename(partial, to);
    storage.syncFolder(dirname(to));
    return { ...copied, batches: found.batches };
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

/** Removes what an earlier try left, if it is that. */
function clear(partial: string): void {
  if (!existsSync(partial)) return;
  const known = new Set<string>([...FOLDERS, ...COMPANIONS, 'superblock', 'superblock.draft']);
  const strange = readdirSync(partial).find((name) => !known.has(name));
  if (strange !== undefined) {
    throw new TallystickError(
      'invalid_argument',
      `${partial} is in the way, and not a backup that was cut short (${strange}).`,
    );
  }
  rmSync(partial, { recursive: true });
}

interface CopyOptions {
  readonly storage: Storage;
  readonly from: string;
  readonly to: string;
  readonly visit: Visit;
  readonly until: Until | undefined;
}

class Copy {
  readonly #storage: Storage;
  readonly #from: string;
  readonly #to: string;
  readonly #visit: Visit;
  readonly #until: Until | undefined;
  readonly #window = new Uint8Array(WINDOW_SIZE);
  #bytes = 0;

  constructor({ storage, from, to, visit, until }: CopyOptions) {
    this.#storage = storage;
    this.#from = from;
    this.#to = to;
    this.#visit = visit;
    this.#until = until;
  }

  run(): Omit<Backup, 'batches'> {
    const storage = this.#storage;
    const { content } = Superblock.read(storage, this.#from);
    storage.makeFolder(this.#to);
    const superblock = Superblock.create(storage, this.#to, content);
    try {
      for (const folder of FOLDERS) storage.makeFolder(`${this.#to}/${folder}`);
      const { position: start, runs } = this.#snapshot(content.ledgerId);
      const position = this.#journal(content, start);
      for (const name of COMPANIONS) this.#companion(name);
      for (const folder of FOLDERS) storage.syncFolder(`${this.#to}/${folder}`);
      // Read again: whoever wrote the last batches had this token or a lower one.
      const { fence } = Superblock.read(storage, this.#from).content;
      const token = fence > position.fence ? fence : position.fence;
      if (token > 0n) superblock.opened(token);
      superblock.closed(position);
      storage.syncFolder(this.#to);
      const { op, timestamp } = position;
      return { op, timestamp, snapshotOp: start.op, runs, bytes: this.#bytes };
    } finally {
      superblock.close();
    }
  }

  /**
   * Copies the newest snapshot that is whole and whose runs are there. Without any, opening the copy replays the
   * journal from its start.
   */
  #snapshot(ledgerId: bigint): { position: Position; runs: number } {
    const storage = this.#storage;
    const none = { position: POSITION_FIRST, runs: 0 };
    const { snapshots } = ledgerFiles(storage, this.#from);
    for (const { name, path } of snapshots.toReversed()) {
      const to = `${this.#to}/snapshots/${name}`;
      // The writer keeps two: it may have gone, and then there is a newer one.
      if (ifThere(() => this.#file(path, to)) === undefined) {
        if (snapshots.at(-1)?.name === name) return this.#snapshot(ledgerId);
        continue;
      }
      const snapshot = Snapshot.open(storage, to, ledgerId);
      const whole = snapshot?.damagedAt() === undefined && isWithin(this.#until, snapshot?.position ?? POSITION_FIRST);
      snapshot?.close();
      const runs = snapshot !== undefined && whole ? this.#runs(Number(snapshot.meta)) : undefined;
      if (snapshot !== undefined && runs !== undefined) return { position: snapshot.position, runs };
      storage.remove(to);
    }
    return none;
  }

  /** Copies the runs of the first `entries` entries; returns how many, or undefined when they are not all there. */
  #runs(entries: number): number | undefined {
    const names: string[] = [];
    for (let next = 0; next < entries; ) {
      const name = runName(names.length);
      const header = ifThere(() => readRunHeader(this.#storage, `${this.#from}/runs/${name}`));
      if (header === undefined || header.firstEntry !== next || next + header.count > entries) return undefined;
      names.push(name);
      next += header.count;
    }
    for (const name of names) this.#file(`${this.#from}/runs/${name}`, `${this.#to}/runs/${name}`);
    return names.length;
  }

  /** What the journal must have. Read before the journal is: a writer at work is always ahead of it. */
  #evidence({ ledgerId, clean }: SuperblockContent, start: Position): Evidence[] {
    const witness = readWitness(this.#storage, this.#from, ledgerId).content;
    const known = [
      { op: clean?.op ?? 0, source: `${this.#from}/superblock` },
      { op: start.op, source: 'the snapshot' },
      { op: witness?.position.op ?? 0, source: `${this.#from}/${WITNESS_NAME}` },
    ];
    return known.filter(({ op }) => op > 0);
  }

  #journal(content: SuperblockContent, start: Position): Position {
    const { ledgerId } = content;
    const storage = this.#storage;
    const folder = `${this.#from}/journal`;
    const evidence = this.#evidence(content, start);
    if (!storage.exists(folder)) {
      if (evidence.length === 0) return POSITION_FIRST;
      throw new TallystickError('journal_corrupt', `${folder} is missing`);
    }
    const options = { ledgerId, evidence };
    const view = new DataView(this.#window.buffer);
    let position = start;
    const visit = (at: number): void => {
      const after = positionAfter(view, at);
      if (isWithin(this.#until, after)) position = after;
    };
    const found = followJournal(storage, folder, start, this.#window, visit, options);
    if (found.damage !== undefined) throw found.damage.error;
    checkReached(this.#until, position, this.#from);
    const last = segmentOf(position.cell - 1);
    // A batch may have been seen before it was durable: nobody was told about it yet, and a crash could take it back.
    for (let number = segmentOf(start.cell); number <= last; number++) this.#sync(`${folder}/${segmentName(number)}`);
    for (let number = 0; number <= last; number++) {
      const name = segmentName(number);
      if (position.op === 0 && !storage.exists(`${folder}/${name}`)) break;
      const cells = number < last ? SEGMENT_CELLS : position.cell - number * SEGMENT_CELLS;
      this.#file(`${folder}/${name}`, `${this.#to}/journal/${name}`, cells * CELL_SIZE);
    }
    return position;
  }

  #sync(path: string): void {
    if (!this.#storage.exists(path)) return;
    const file = this.#storage.open(path, { mode: 'read' });
    try {
      file.sync();
    } finally {
      file.close();
    }
  }

  #companion(name: string): void {
    ifThere(() => this.#file(`${this.#from}/${name}`, `${this.#to}/${name}`));
  }

  /** Copies a file, or its first `size` bytes and zeros to the end of their block. Returns the bytes. */
  #file(from: string, to: string, size?: number): number {
    const source = this.#storage.open(from, { mode: 'read' });
    try {
      const end = Math.min(source.size(), size ?? Number.POSITIVE_INFINITY);
      const target = this.#storage.open(to, { mode: 'create' });
      try {
        for (let at = 0; at < end; at += this.#window.length) {
          const wanted = this.#window.subarray(0, Math.min(this.#window.length, end - at));
          const count = source.read(wanted, at);
          if (count < wanted.length)
            throw new TallystickError('disk_failed', `${from} ends at ${at + count}, not at ${end}`);
          target.write(wanted, at);
          this.#bytes += count;
          this.#visit(count);
        }
        if (size !== undefined && end % BLOCK_SIZE !== 0)
          target.write(new Uint8Array(BLOCK_SIZE - (end % BLOCK_SIZE)), end);
        target.sync();
      } finally {
        target.close();
      }
      return end;
    } finally {
      source.close();
    }
  }
}

/** The root is nothing but a slash. */
function withoutSlashes(path: string): string {
  return basename(path) === '' ? path : path.replace(/\/+$/, '');
}
