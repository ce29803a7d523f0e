/** One big ledger does what became of a town's transfers: its callers' accounts must have the same balances. */
import { type Account, CreateTransferStatus, type Transfer, TransferFlags } from '../../src/model/index.ts';
import { ModelLedger } from '../../testing/ports/model-ledger.ts';
import { Broken } from '../failure.ts';
import { accounts } from './clients.ts';

const { pending, post_pending_transfer, void_pending_transfer } = TransferFlags;
/** Longer than any timeout. */
const LONG = 3_600_000_000_000n;

/** `all`: every transfer, as callers see it. Each is sent without what only decided whether it may be done. */
export async function oneLedger(all: readonly Transfer[], found: readonly Account[]): Promise<void> {
  const ledger = new ModelLedger();
  await ledger.createAccounts(accounts().map((account) => ({ ...account, flags: 0 })));
  const kept = pending | post_pending_transfer | void_pending_transfer;
  const order = (transfer: Transfer): number => (transfer.pending_id === 0n ? 0 : 1);
  const events = all
    .toSorted((a, b) => order(a) - order(b))
    .map((transfer) => ({ ...transfer, flags: transfer.flags & kept, timestamp: 0n }));
  const results = await ledger.createTransfers(events);
  for (const [index, { status }] of results.entries()) {
    if (status === CreateTransferStatus.created) continue;
    const why = CreateTransferStatus[status];
    throw new Broken('one ledger', `transfer ${events[index]!.id} is there, and one ledger says ${why}`);
  }
  await ledger.advance(LONG);
  const expected = await ledger.lookupAccounts(accounts().map(({ id }) => id));
  for (const [index, account] of expected.entries()) {
    const got = found[index];
    for (const name of ['debits_pending', 'debits_posted', 'credits_pending', 'credits_posted'] as const) {
      if (got?.[name] === account[name]) continue;
      throw new Broken(
        'one ledger',
        `account ${account.id} has ${name} ${got?.[name]}, and one ledger ${account[name]}`,
      );
    }
  }
}
