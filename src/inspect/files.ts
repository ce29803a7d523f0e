/** The files of a ledger as somebody sees them who only looks. */
import { statSync } from 'node:fs';
import { segmentName, segmentNumbers, snapshotNames } from '../journal/index.ts';
import { TallystickError } from '../model/index.ts';
import type { Storage } from '../platform/index.ts';

export interface LedgerFile {
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

export interface LedgerFiles {
  readonly segments: readonly LedgerFile[];
  readonly snapshots: readonly LedgerFile[];
  readonly runs: readonly LedgerFile[];
}

/** Throws `not_found` when there is no ledger. */
export function ledgerFiles(storage: Storage, folder: string): LedgerFiles {
  if (!storage.exists(`${folder}/superblock`)) {
    throw new TallystickError('not_found', `There is no ledger in ${folder}.`);
  }
  const list = (part: string, names: (path: string) => string[]): LedgerFile[] => {
    const path = `${folder}/${part}`;
    if (!storage.exists(path)) return [];
    return names(path).flatMap((name) => fileOf(name, `${path}/${name}`));
  };
  return {
    segments: list('journal', (path) => segmentNumbers(storage, path).map(segmentName)),
    snapshots: list('snapshots', (path) => snapshotNames(storage, path)),
    runs: list('runs', (path) => storage.list(path).filter((name) => /^\d{8}\.run$/.test(name))),
  };
}

/** None when it has gone meanwhile: a writer keeps the two newest snapshots. */
function fileOf(name: string, path: string): LedgerFile[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? [] : [{ name, path, size: stat.size }];
}

/** Undefined when the file has gone meanwhile. */
export function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof TallystickError && error.code === 'not_found') return undefined;
    throw error;
  }
}
