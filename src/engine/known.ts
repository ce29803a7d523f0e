/** Whether this version may open a folder at all: looked at before anything in it is touched. */
import { checkSegment, Snapshot, Superblock, segmentNumbers, snapshotNames } from '../journal/index.ts';
import { TallystickError } from '../model/index.ts';
import type { Storage } from '../platform/index.ts';
import { readRunHeader } from '../projector/index.ts';
import { Folders } from './builds.ts';

/**
 * Throws `format_newer` or `format_foreign` when a file in `path` is of a version that is not known, of another ledger,
 * or not a ledger's at all. Damage is left for recovery to judge. Returns what the superblock says: the token that it
 * knows, 0 where there is none yet, and whether its writer did not close the ledger in order.
 */
export function refuseUnknown(
  storage: Storage,
  path: string,
  repair = false,
): { readonly fence: bigint; readonly open: boolean } {
  if (!Superblock.exists(storage, path)) {
    Superblock.refuseStrange(storage, path);
    return { fence: 0n, open: true };
  }
  const superblock = Superblock.open(storage, path);
  superblock.close();
  const { ledgerId } = superblock;
  const journal = `${path}/${Folders.journal}`;
  const snapshots = `${path}/${Folders.snapshots}`;
  const runs = `${path}/${Folders.runs}`;
  each(
    () => segmentNumbers(storage, journal),
    (number) => checkSegment(storage, journal, number, ledgerId),
  );
  each(
    () => snapshotNames(storage, snapshots),
    (name) => Snapshot.open(storage, `${snapshots}/${name}`, ledgerId)?.close(),
  );
  each(
    () => storage.list(runs).filter((name) => name.endsWith('.run')),
    (name) => unlessForeign(() => readRunHeader(storage, `${runs}/${name}`), repair),
  );
  return { fence: superblock.fence, open: superblock.open };
}

/** A repair counts a file that is not a run as damage, and moves it aside. */
function unlessForeign(look: () => unknown, repair: boolean): void {
  try {
    look();
  } catch (error) {
    if (!repair || !(error instanceof TallystickError) || error.code !== 'format_foreign') throw error;
  }
}

function each<Name>(names: () => readonly Name[], look: (name: Name) => unknown): void {
  for (const name of unlessDamaged(names) ?? []) unlessDamaged(() => look(name));
}

/** Returns undefined for a file that is damaged, missing, or that a writer removed in this moment. */
function unlessDamaged<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof TallystickError && !/^format_/.test(error.code)) return undefined;
    throw error;
  }
}
