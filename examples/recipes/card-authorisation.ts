/**
 * Card authorisation: hold the money now, capture all or a part of it later, release the rest (authorise and capture).
 *
 * An authorisation is a pending transfer: the money stays on the card's account and cannot be spent twice. A capture
 * posts it, wholly or in part, and what is not captured is free again; a release voids it; otherwise it expires by
 * itself. A hold cannot grow, so a larger one (an incremental authorisation) replaces it in one chain.
 */
import { AccountFlags, amount_max, CreateTransferStatus, open, PendingState, TransferFlags } from 'tallystick';
import {
  balanceOf,
  chain,
  idOf,
  nanosecondsIn,
  nanosecondsOf,
  sendAccounts,
  sendTransfers,
  timeoutOf,
} from 'tallystick/helpers';

const USD = 840;
const ledger = await open(':memory:', { now: nanosecondsOf('2026-01-01T00:00:00Z') });

const [bank, card, merchant] = [idOf('bank'), idOf('card'), idOf('merchant')];
await sendAccounts(ledger, [
  { id: bank, ledger: USD, code: 1 },
  { id: card, ledger: USD, code: 2, flags: AccountFlags.debits_must_not_exceed_credits },
  { id: merchant, ledger: USD, code: 3 },
]);
const load = { debit_account_id: bank, credit_account_id: card, ledger: USD, code: 9 };
await sendTransfers(ledger, [{ ...load, id: idOf('load'), amount: 500_00n }]);

const holdOf = (name: string, amount: bigint) => ({
  id: idOf(name),
  debit_account_id: card,
  credit_account_id: merchant,
  amount,
  ledger: USD,
  code: 1,
  flags: TransferFlags.pending,
  timeout: timeoutOf({ days: 7 }),
});

/** A declined card is an answer that a shop expects, so this tells the status. */
async function authorise(name: string, amount: bigint): Promise<string> {
  const [result] = await ledger.createTransfers([holdOf(name, amount)]);
  return CreateTransferStatus[result!.status]!;
}

/** Without an amount: all of it. */
const capture = (name: string, amount: bigint = amount_max) =>
  sendTransfers(ledger, [
    { id: idOf(name, 'capture'), pending_id: idOf(name), amount, flags: TransferFlags.post_pending_transfer },
  ]);

const release = (name: string) =>
  sendTransfers(ledger, [
    { id: idOf(name, 'release'), pending_id: idOf(name), flags: TransferFlags.void_pending_transfer },
  ]);

/** Both or neither: if the larger hold is declined, the old one stays. */
const increase = (name: string, larger: string, amount: bigint) =>
  sendTransfers(
    ledger,
    chain([
      { id: idOf(name, 'replaced'), pending_id: idOf(name), flags: TransferFlags.void_pending_transfer },
      holdOf(larger, amount),
    ]),
  );

console.log(await authorise('hotel', 200_00n)); // created
console.log(await authorise('car', 250_00n)); // created
console.log(await authorise('bicycle', 100_00n)); // exceeds_credits

await capture('hotel', 120_00n); // The other 80.00 are free again.
await increase('car', 'larger car', 300_00n);
await release('larger car');
await authorise('train', 40_00n);
await ledger.advance(nanosecondsIn({ days: 8 }));

const [account] = await ledger.lookupAccounts([card]);
console.log(balanceOf(account)); // { posted: 38000n, pendingIn: 0n, pendingOut: 0n, available: 38000n }

// What became of each hold can be asked, and so can the holds that are open.
const holds = await ledger.lookupPendings(['hotel', 'car', 'larger car', 'train'].map((name) => idOf(name)));
console.log(holds.map(({ state }) => PendingState[state])); // [ 'posted', 'voided', 'voided', 'expired' ]
console.log(holds[0]!.amount_posted); // 12000n
await ledger.close();
