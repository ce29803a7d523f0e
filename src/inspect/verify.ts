/**
 * Reads every byte of a ledger and compares it with every checksum there is. Changes nothing and needs no lock: a
 * writer may be at work.
 */
import {
  type Evidence,
  readWitness,
  Snapshot,
  Superblock,
  type SuperblockContent,
  WITNESS_NAME,
  WITNESS_USED_SIZE,
} from '../journal/index.ts';
import { TallystickError } from '../model/index.ts';
import { BLOCK_SIZE, type Storage } from '../platform/index.ts';
import { readRunHeader, runDamage } from '../projector/index.ts';
import { type Damage, firstByte, sizeOf } from './damage.ts';
import { ifThere, type LedgerFile, ledgerFiles } from './files.ts';
import { type Expected, type FoundJournal, JournalCheck, NO_JOURNAL } from './journal-check.ts';

export type { Damage } from './damage.ts';

export interface Verification extends FoundJournal {
  /** Undefined when the superblock does not say. */
  readonly ledgerId: bigint | undefined;
  readonly snapshots: number;
  readonly runs: number;
  /** Entries in runs. */
  readonly entries: number;
  readonly damage: readonly Damage[];
}

/** Bytes of a superblock's copy that its checksum covers. */
const SUPERBLOCK_USED = 128;

/**
 * `visit` hears of bytes that were read. Throws `not_found`, `format_newer`, or what the storage throws; damage is
 * returned.
 */
export function verify(storage: Storage, folder: string, visit: (bytes: number) => void = () => {}): Verification {
  const files = ledgerFiles(storage, folder);
  const damage: Damage[] = [];
  const superblock = checkSuperblock(storage, folder, damage);
  // Without its id no checksum of the journal means anything.
  if (superblock === undefined) return { ...NOTHING, damage };
  // Before the journal is read: a writer at work is always ahead of it.
  const witness = checkWitness(storage, folder, superblock, damage);
  const snapshots = new Snapshots(storage, superblock, witness, damage, visit);
  for (const file of files.snapshots) ifThere(() => snapshots.check(file));
  const journal = new JournalCheck(storage, `${folder}/journal`, superblock, snapshots, damage, visit).run();
  snapshots.compareRest();
  const runs = new Runs(storage, superblock.ledgerId, damage, visit);
  for (const file of files.runs) ifThere(() => runs.check(file));
  const { entries } = runs;
  return { ...journal, ledgerId: superblock.ledgerId, snapshots: snapshots.count, runs: runs.count, entries, damage };
}

const NOTHING: Omit<Verification, 'damage'> = { ...NO_JOURNAL, ledgerId: undefined, snapshots: 0, runs: 0, entries: 0 };

function checkSuperblock(storage: Storage, folder: string, damage: Damage[]): SuperblockContent | undefined {
  const path = `${folder}/superblock`;
  try {
    const { content, damaged } = Superblock.read(storage, folder);
    for (const offset of damaged) damage.push({ file: path, offset, what: 'this copy does not match its checksum' });
    const size = sizeOf(storage, path);
    if (size !== 2 * BLOCK_SIZE) damage.push({ file: path, offset: size, what: 'the file ends elsewhere' });
    for (const offset of [0, BLOCK_SIZE]) {
      const strange = firstByte(storage, path, offset + SUPERBLOCK_USED, offset + BLOCK_SIZE);
      if (strange !== undefined) damage.push({ file: path, offset: strange, what: 'what should be zero is not' });
    }
    return content;
  } catch (error) {
    if (!(error instanceof TallystickError) || !/^(journal_corrupt|format_foreign)$/.test(error.code)) throw error;
    damage.push({ file: path, offset: 0, what: error.message });
    return undefined;
  }
}

/** What the witness knows of the journal. */
function checkWitness(storage: Storage, folder: string, superblock: SuperblockContent, damage: Damage[]): Evidence[] {
  const path = `${folder}/${WITNESS_NAME}`;
  const found = readWitness(storage, folder, superblock.ledgerId);
  if (!found.exists) {
    if (superblock.witnessed) damage.push({ file: path, offset: 0, what: 'the file is missing' });
    return [];
  }
  for (const offset of found.damaged)
    damage.push({ file: path, offset, what: 'this slot does not match its checksum' });
  const size = sizeOf(storage, path);
  if (size !== 2 * BLOCK_SIZE) damage.push({ file: path, offset: size, what: 'the file ends elsewhere' });
  for (const offset of [0, BLOCK_SIZE]) {
    const strange = firstByte(storage, path, offset + WITNESS_USED_SIZE, offset + BLOCK_SIZE);
    if (strange !== undefined) damage.push({ file: path, offset: strange, what: 'what should be zero is not' });
  }
  if (found.content === undefined || found.content.position.op === 0) return [];
  const { op, parent } = found.content.position;
  return [{ op, checksum: parent, source: path }];
}

class Snapshots implements Expected {
  count = 0;
  readonly #storage: Storage;
  readonly #superblock: SuperblockContent;
  readonly #damage: Damage[];
  readonly #visit: (bytes: number) => void;
  /** By op: what the journal must have there. */
  readonly #expected = new Map<number, { readonly path: string; readonly parent: number }>();
  readonly #others: Evidence[];

  /** `witness`: what else the journal must have. */
  constructor(
    storage: Storage,
    superblock: SuperblockContent,
    witness: readonly Evidence[],
    damage: Damage[],
    visit: (bytes: number) => void,
  ) {
    this.#storage = storage;
    this.#superblock = superblock;
    const { clean } = superblock;
    this.#others = [...witness];
    if (clean !== undefined && clean.op > 0) this.#others.push({ op: clean.op, source: 'the clean close' });
    this.#damage = damage;
    this.#visit = visit;
  }

  /** What the journal must have; whether a snapshot's batch is the same one is compared on the way. */
  get evidence(): Evidence[] {
    const snapshots = [...this.#expected].map(([op, { path }]) => ({ op, source: path }));
    return [...this.#others, ...snapshots.filter(({ op }) => op > 0)];
  }

  check({ path, size }: LedgerFile): void {
    let snapshot: Snapshot | undefined;
    try {
      snapshot = Snapshot.open(this.#storage, path, this.#superblock.ledgerId);
    } catch (error) {
      if (!(error instanceof TallystickError) || error.code !== 'format_foreign') throw error;
      this.#damage.push({ file: path, offset: 0, what: error.message });
      return;
    }
    this.count++;
    if (snapshot === undefined) {
      this.#damage.push({ file: path, offset: 0, what: 'the head or the table of checksums is damaged' });
      return;
    }
    try {
      const offset = snapshot.damagedAt();
      if (offset !== undefined) this.#damage.push({ file: path, offset, what: 'a MiB does not match its checksum' });
      this.#expected.set(snapshot.position.op, { path, parent: snapshot.position.parent });
    } finally {
      snapshot.close();
    }
    this.#visit(size);
  }

  /** The journal has a batch `op` with this checksum. */
  compare(op: number, checksum: number): void {
    const expected = this.#expected.get(op);
    if (expected === undefined) return;
    this.#expected.delete(op);
    if (expected.parent === checksum) return;
    this.#damage.push({ file: expected.path, offset: 0, what: `the journal has another batch at op ${op}` });
  }

  /** Behind the journal. */
  compareRest(): void {
    for (const [op, { path }] of this.#expected) {
      if (op > 0) this.#damage.push({ file: path, offset: 0, what: `the journal has no batch at op ${op}` });
    }
  }
}

class Runs {
  count = 0;
  entries = 0;
  readonly #storage: Storage;
  readonly #ledgerId: bigint;
  readonly #damage: Damage[];
  readonly #visit: (bytes: number) => void;

  constructor(storage: Storage, ledgerId: bigint, damage: Damage[], visit: (bytes: number) => void) {
    this.#storage = storage;
    this.#ledgerId = ledgerId;
    this.#damage = damage;
    this.#visit = visit;
  }

  check({ path }: LedgerFile): void {
    this.count++;
    const found = runDamage(this.#storage, path, this.#visit);
    if (found !== undefined) {
      this.#damage.push({ file: path, ...found });
      if (found.offset === 0) return;
    }
    const { ledgerId, firstEntry, count } = readRunHeader(this.#storage, path);
    if (ledgerId !== this.#ledgerId) this.#damage.push({ file: path, offset: 24, what: 'a run of another ledger' });
    if (firstEntry !== this.entries) {
      const what = `begins at entry ${firstEntry}, but the runs before it end at ${this.entries}`;
      this.#damage.push({ file: path, offset: 16, what });
    }
    this.entries = firstEntry + count;
  }
}
