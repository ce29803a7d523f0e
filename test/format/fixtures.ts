/** Ledgers as releases left them: `test/format/<version>/`, each file packed, and what can be read of them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

const home = join(import.meta.dirname, '../../../test/format');
/** What can be read of a ledger, as requests and replies. */
const EVERYTHING = 'everything.jsonl';

export interface Line {
  readonly op: string;
  readonly events: string;
  /** Of the last event; the ledger's own clock if left out. */
  readonly timestamp?: string;
  readonly reply: string;
}

/** Oldest first. */
export const versions: readonly string[] = readdirSync(home)
  .filter((name) => /^v\d+/.test(name))
  .sort((a, b) => Number.parseInt(a.slice(1), 10) - Number.parseInt(b.slice(1), 10) || a.localeCompare(b));

function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(path.length + 1))
    .sort();
}

/** Makes the folder `path` the ledger of that version. */
export function unpack(version: string, path: string): void {
  for (const name of filesIn(join(home, version))) {
    if (name === `${EVERYTHING}.gz`) continue;
    const target = join(path, name.replace(/\.gz$/, ''));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, gunzipSync(readFileSync(join(home, version, name))));
  }
}

/** What was read of it when it was written. */
export function expected(version: string): Line[] {
  const text = gunzipSync(readFileSync(join(home, version, `${EVERYTHING}.gz`))).toString();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

/**
 * Keeps the ledger in `path`, which is closed. Throws when that version is kept already: what a release has left is
 * never written again.
 */
export function keep(version: string, path: string, lines: readonly Line[]): void {
  if (existsSync(join(home, version))) throw new Error(`${version} is there already`);
  const pack = (name: string, bytes: Uint8Array): void => {
    const target = join(home, version, `${name}.gz`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, gzipSync(bytes, { level: 9 }));
  };
  for (const name of filesIn(path)) {
    // A lock names the machine that it was made on, and a later writer has one of its own.
    if (!name.startsWith('writer-')) pack(name, readFileSync(join(path, name)));
  }
  pack(EVERYTHING, Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
}
