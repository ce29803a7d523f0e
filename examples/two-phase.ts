/**
 * Reserve now, settle later: a hotel holds 300.00 on a guest's account, takes 220.00 at check-out, and the rest is free
 * again.
 */
import { amount_max, CreateTransferStatus, id, open, TransferFlags } from 'tallystick';

const EUR = 978;
const ledger = await open(':memory:');

const [guest, hotel] = [id(), id()];
await ledger.createAccounts([
  { id: guest, ledger: EUR, code: 1 },
  { id: hotel, ledger: EUR, code: 2 },
]);
const between = { debit_account_id: guest, credit_account_id: hotel, ledger: EUR, code: 10 };

async function show(when: string): Promise<void> {
  const [account] = await ledger.lookupAccounts([guest]);
  console.log(`${when}: ${account!.debits_pending} reserved, ${account!.debits_posted} paid`);
}

// Held for two days at most; what is neither posted nor voided by then expires by itself.
const hold = id();
await ledger.createTransfers([
  { ...between, id: hold, amount: 300_00n, flags: TransferFlags.pending, timeout: 2 * 24 * 3600 },
]);
await show('check-in');

// Post a part of it. `amount_max` would post all of it.
await ledger.createTransfers([
  { ...between, id: id(), pending_id: hold, amount: 220_00n, flags: TransferFlags.post_pending_transfer },
]);
await show('check-out');

const [again] = await ledger.createTransfers([
  { ...between, id: id(), pending_id: hold, amount: amount_max, flags: TransferFlags.post_pending_transfer },
]);
console.log('once more:', CreateTransferStatus[again!.status]);

await ledger.close();
