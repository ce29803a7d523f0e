import { op } from '../../testing/model/names.ts';
import { type Account, accountLayout, decode, encode, queryFilterLayout } from '../../testing/model/records.ts';
import { Broken } from '../failure.ts';
import type { Opened, World } from '../world.ts';

/** On every ledger the debits are the credits, posted and pending. */
export async function conservation(world: World, ledger: Opened): Promise<void> {
  const all: Account[] = [];
  for (let from = 0n; ; ) {
    const filter = encode(queryFilterLayout, [{ timestamp_min: from, limit: 8189n }]);
    const accounts = decode(accountLayout, await ledger.port.request(op.query_accounts, filter, world.model.now));
    all.push(...accounts);
    if (accounts.length < 8189) break;
    from = accounts.at(-1)!.timestamp + 1n;
  }
  conserved(all);
}

/** `accounts`: all of them, at one moment. */
export function conserved(accounts: readonly Account[]): void {
  const sums = new Map<bigint, { posted: bigint; pending: bigint }>();
  for (const account of accounts) {
    const sum = sums.get(account.ledger) ?? { posted: 0n, pending: 0n };
    sum.posted += account.debits_posted - account.credits_posted;
    sum.pending += account.debits_pending - account.credits_pending;
    sums.set(account.ledger, sum);
  }
  for (const [number, { posted, pending }] of sums) {
    if (posted === 0n && pending === 0n) continue;
    throw new Broken('conservation', `ledger ${number}: debits are ${posted} posted and ${pending} pending too many`);
  }
}
