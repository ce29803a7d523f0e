import { type Operation, operationShapes } from '../../src/model/index.ts';
import { op } from '../../testing/model/names.ts';
import { accountLayout, decode, transferLayout } from '../../testing/model/records.ts';
import { Broken } from '../failure.ts';
import { takeInventory } from '../inventory.ts';
import type { SimulatedTown } from '../network/town.ts';
import { conserved } from './conservation.ts';

/**
 * Reads everything through the lanes. What the ledger says is compared with the model where it is said; the rest is
 * looked at here.
 */
export async function audit(town: SimulatedTown): Promise<void> {
  const { scheduler, exactlyOnce } = town;
  const { port, life } = town.server!;
  const found = { accounts: [] as Uint8Array[], transfers: [] as Uint8Array[] };
  await takeInventory(async ({ operation, events }) => {
    let reply: Uint8Array | undefined;
    scheduler.current = life;
    const count = events.length / operationShapes[operation as Operation].eventSize;
    void port
      .request({
        operation: operation as Operation,
        count,
        write: ({ bytes }, at) => bytes.set(events, at),
        read: ({ bytes }, at, size) => bytes.slice(at, at + size),
        context: { wish: 'critical' },
      })
      .then((bytes) => {
        reply = bytes;
      });
    if (!(await scheduler.run(() => reply !== undefined, scheduler.now + 60_000))) {
      throw new Broken('liveness', `operation ${operation} was not answered within a minute`);
    }
    if (operation === op.query_accounts) found.accounts.push(reply!);
    if (operation === op.query_transfers) found.transfers.push(reply!);
    return reply!;
  });
  const accounts = decode(accountLayout, Buffer.concat(found.accounts));
  conserved(accounts);
  exactlyOnce.check(op.create_accounts, accounts);
  exactlyOnce.check(op.create_transfers, decode(transferLayout, Buffer.concat(found.transfers)));
}
