/** The file that names of accounts are kept in, in a ledger's folder. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatNames, type Names, NO_NAMES, parseNames } from 'tallystick/internal/books';
import { DiskStorage, storageError } from 'tallystick/internal/platform';

export const NAMES_FILE = 'names.json';

/** What the accounts and commodities in a ledger's folder are called. */
export function loadNames(folder: string): Names {
  const path = join(folder, NAMES_FILE);
  return existsSync(path) ? parseNames(readFileSync(path, 'utf8')) : NO_NAMES;
}

/**
 * Durable when it returns: a new file, synced, in the place of the old one, and the folder synced. Throws as {@link
 * DiskStorage} does.
 */
export function saveNames(folder: string, names: Names): void {
  const storage = new DiskStorage();
  storage.makeFolder(folder);
  const path = join(folder, NAMES_FILE);
  try {
    const fresh = openSync(`${path}.new`, 'w');
    try {
      writeFileSync(fresh, formatNames(names));
      fsyncSync(fresh);
    } finally {
      closeSync(fresh);
    }
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw storageError(`write ${path}`, error);
  }
  storage.syncFolder(folder);
}
