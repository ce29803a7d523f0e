import { createHash } from 'node:crypto';
import { Broken } from '../failure.ts';
import type { Opened } from '../world.ts';

/** Digest of the machine's accounts: rows in the order of creation, with their balances. */
export function machineDigest({ engine }: Pick<Opened, 'engine'>): string {
  const { bytes, layout, accountsCount, pendingsOpen } = engine.memory;
  const rows = bytes.slice(layout.machine.accounts + 128, layout.machine.accounts + 128 * (accountsCount + 1));
  return createHash('sha256').update(rows).update(`${pendingsOpen}`).digest('hex');
}

/** The same journal gives the same ledger. */
export function sameDigest(live: string, replayed: string, how: string): void {
  if (live !== replayed) throw new Broken('determinism', `${how}: the machine's state is not what it was`);
}
