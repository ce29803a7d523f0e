/**
 * The evidence in a ledger's files: a file that knows a later op than the journal proves that batches are missing.
 */
import {
  type Evidence,
  readWitness,
  Snapshot,
  type SuperblockContent,
  snapshotNames,
  snapshotOp,
  WITNESS_NAME,
  type WitnessFound,
} from '../journal/index.ts';
import { TallystickError } from '../model/index.ts';
import type { Storage } from '../platform/index.ts';
import { readRunHeader } from '../projector/index.ts';
import { Folders } from './builds.ts';

/** The part of a superblock that matters here. */
export type Said = Pick<SuperblockContent, 'ledgerId' | 'clean' | 'open' | 'witnessed'>;

/**
 * Everything that knows of an op before the journal is walked. Throws `format_newer`, `format_foreign`, or what the
 * storage throws.
 */
export function collectEvidence(storage: Storage, path: string, { ledgerId, clean }: Said): Evidence[] {
  const evidence: Evidence[] = [];
  if (clean !== undefined) {
    evidence.push({ op: clean.op, checksum: clean.parent, source: `${path}/superblock (the last clean close)` });
  }
  const witness = readWitness(storage, path, ledgerId).content;
  if (witness !== undefined) {
    const { op, parent } = witness.position;
    evidence.push({ op, checksum: parent, source: `${path}/${WITNESS_NAME}` });
  }
  const folder = `${path}/${Folders.snapshots}`;
  storage.makeFolder(folder);
  for (const name of snapshotNames(storage, folder)) {
    const source = `${folder}/${name}`;
    const snapshot = Snapshot.open(storage, source, ledgerId);
    snapshot?.close();
    // A snapshot gets its name when the op in it is durable, whatever became of its bytes since.
    if (snapshot === undefined) evidence.push({ op: snapshotOp(name), source });
    else evidence.push({ op: snapshot.position.op, checksum: snapshot.position.parent, source });
  }
  return evidence.filter(({ op }) => op > 0);
}

/**
 * Throws `journal_corrupt` when a writer was killed and the witness that it had is gone: then nothing says where the
 * journal must end.
 */
export function refuseWithoutWitness(path: string, said: Said, { content, exists }: WitnessFound): void {
  if (content !== undefined || !said.open || !said.witnessed) return;
  const what = exists ? 'is damaged' : 'is missing';
  throw new TallystickError(
    'journal_corrupt',
    `${path}/${WITNESS_NAME} ${what}, and the last writer did not close the ledger: nothing says where its ` +
      'journal must end',
  );
}

/** Throws `journal_corrupt` when the superblock is older than the lock: then so may be what lies beside it. */
export function refuseOlderSuperblock(path: string, superblock: bigint, lock: bigint): void {
  if (superblock >= lock) return;
  throw new TallystickError(
    'journal_corrupt',
    `${path}/superblock knows of writer ${superblock}, and the lock knows that it knew of writer ${lock}: it ` +
      'is a copy of an earlier time',
  );
}

/** The first run that knows more entries than `entries`; undefined when none does. Runs are made of durable batches. */
export function runBeyond(
  storage: Storage,
  folder: string,
  entries: number,
): { path: string; entries: number } | undefined {
  for (const name of storage.list(folder)) {
    if (!name.endsWith('.run')) continue;
    const path = `${folder}/${name}`;
    const known = entriesOf(storage, path);
    if (known !== undefined && known > entries) return { path, entries: known };
  }
  return undefined;
}

/** How many entries a ledger with this run has had; undefined where the run's head is damaged. */
function entriesOf(storage: Storage, path: string): number | undefined {
  try {
    const { firstEntry, count } = readRunHeader(storage, path);
    return firstEntry + count;
  } catch (error) {
    if (error instanceof TallystickError && error.code === 'run_corrupt') return undefined;
    throw error;
  }
}

/** `journal_corrupt`: the journal in `folder` ends at `op`, too early because of `why`. */
export function behindEvidence(folder: string, op: number, why: string): TallystickError {
  return new TallystickError('journal_corrupt', `${folder} ends at op ${op}, and ${why}: later batches are lost`);
}

/** The run that an error speaks of; undefined when it is of something else. */
export function damagedRun(error: unknown, names: readonly string[]): string | undefined {
  if (!(error instanceof TallystickError) || !/^(run_corrupt|format_foreign)$/.test(error.code)) return undefined;
  return names.find((name) => name.endsWith('.run') && error.message.includes(name));
}
