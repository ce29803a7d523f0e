/** The files that books are read from and names are kept in. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { formatNames, type Names, NO_NAMES, parseNames, type Source } from '../books/index.ts';
import { TallystickError } from '../model/index.ts';
import { DiskStorage, storageError } from '../platform/index.ts';

/** A book's text. @throws TallystickError `not_found`, `book_invalid` when it is not UTF-8. */
export function readSource(path: string): Source {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new TallystickError('not_found', `The book ${path} cannot be read.`, { cause });
  }
  try {
    return { path, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (cause) {
    // Two names that differ in letters that cannot be read would be one account, for ever.
    const message = `The book ${path} is not UTF-8: save it as that, or convert it (iconv -f latin1 -t utf8).`;
    throw new TallystickError('book_invalid', message, { cause });
  }
}

/** What an `include` in `from` names, in order: a path, or a pattern with `*`, `?` and `**`. */
export function readIncluded(pattern: string, from: string): Source[] {
  const base = resolve(dirname(from));
  if (!/[*?]/.test(pattern)) {
    const path = resolve(base, pattern);
    return existsSync(path) ? [readSource(path)] : [];
  }
  const path = resolve(base, pattern).split(sep);
  const fixed =
    path
      .slice(
        0,
        path.findIndex((part) => /[*?]/.test(part)),
      )
      .join(sep) || sep;
  const matches = patternOf(relative(fixed, resolve(base, pattern)));
  if (!existsSync(fixed)) return [];
  return readdirSync(fixed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => matches.test(relative(fixed, file).split(sep).join('/')) && file !== resolve(from))
    .sort()
    .map(readSource);
}

/** `*` and `?` stay within a folder, `**` does not. */
export function patternOf(pattern: string): RegExp {
  const source = pattern
    .split(sep)
    .join('/')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*|\?/g, (wild) => ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' })[wild]!);
  return new RegExp(`^${source}$`);
}

const NAMES_FILE = 'names.json';

/** What the accounts and commodities in a ledger's folder are called. */
export function loadNames(folder: string): Names {
  const path = join(folder, NAMES_FILE);
  return existsSync(path) ? parseNames(readFileSync(path, 'utf8')) : NO_NAMES;
}

/** Durable when it returns: a new file, synced, in the place of the old one, and the folder synced. Throws as {@link DiskStorage} does. */
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
