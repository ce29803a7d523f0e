/** SQLite in this machine's Node, through better-sqlite3: the fastest way to it from JavaScript. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure, Peer, Work } from './peer.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'bench', 'peers');
const module = join(folder, 'node_modules', 'better-sqlite3');

export const sqlite: Peer = {
  name: 'SQLite',
  about: 'better-sqlite3, WAL, synchronous=FULL, prepared statements, one writer',
  missing: () => (existsSync(module) ? undefined : 'no better-sqlite3 (bench/peers/setup.sh)'),
  async measure(work: readonly Work[], seconds: number): Promise<readonly Figure[]> {
    // One writer: callers would only queue in front of it.
    return work.filter(({ callers }) => callers === 1).map((one) => measureOne(one, seconds));
  },
};

function measureOne({ name, batch }: Work, seconds: number): Figure {
  const data = mkdtempSync(join(process.cwd(), 'peer-sqlite-'));
  try {
    const program = join(folder, 'programs', 'sqlite.mjs');
    const args = [program, module, join(data, 'ledger.db'), `${batch}`, `${seconds}`];
    return { work: name, ...JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) };
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}
