/** Looks at a place for a socket's file. */
import { lstatSync, rmSync, statSync } from 'node:fs';

/**
 * Why a folder is no place where only root and this process's user can put something in the way; undefined: it is one.
 */
export function untrustedFolder(folder: string): string | undefined {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return 'it does not exist';
  if (!found.isDirectory()) return 'it is not a folder';
  const { mode, uid } = found;
  if (uid !== 0 && uid !== process.getuid?.()) return `it belongs to user ${uid}`;
  const othersWrite = (mode & 0o022) !== 0;
  // Where it is sticky, as in /tmp, others may write, and take away what is theirs.
  const sticky = (mode & 0o1000) !== 0;
  return othersWrite && !sticky ? `its mode is ${(mode & 0o1777).toString(8)}` : undefined;
}

/** The file at the path; links are not followed. */
export function socketFile(path: string): { readonly isSocket: boolean; readonly mode: number } | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found && { isSocket: found.isSocket(), mode: found.mode & 0o777 };
}

export function removeSocketFile(path: string): void {
  rmSync(path, { force: true });
}

/** Files that `make` makes are their owner's alone from the beginning. On the main thread only. */
export function asOwnerOnly<T>(make: () => T): T {
  const before = process.umask(0o177);
  try {
    return make();
  } finally {
    process.umask(before);
  }
}
