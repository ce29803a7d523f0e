/**
 * Close an account: pay out what is left and refuse every later transfer; reopen it if that was a mistake.
 *
 * An account is never deleted, because its history must stay. The payout is a balancing transfer, which moves whatever
 * there is at that moment; the closing is a pending transfer of nothing. In one chain no deposit can slip in between.
 * Voiding the closing transfer opens the account again.
 */
import assert from 'node:assert/strict';
import { AccountFlags, amount_max, open, TransferFlags } from 'tallystick';
import { balanceOf, chain, idOf, sendAccounts, sendTransfers } from 'tallystick/helpers';

const EUR = 978;
const Code = { deposit: 1, payout: 2, closing: 3 } as const;
const ledger = await open(':memory:');

const [bank, alice] = [idOf('bank'), idOf('alice')];
await sendAccounts(ledger, [
  { id: bank, ledger: EUR, code: 1 },
  { id: alice, ledger: EUR, code: 2, flags: AccountFlags.debits_must_not_exceed_credits },
]);

async function deposit(reference: string, amount: bigint): Promise<void> {
  const transfers = [
    {
      id: idOf('deposit', reference),
      debit_account_id: bank,
      credit_account_id: alice,
      amount,
      ledger: EUR,
      code: Code.deposit,
    },
  ];
  await sendTransfers(ledger, transfers);
}

await deposit('d1', 12_34n);

const outward = { debit_account_id: alice, credit_account_id: bank, ledger: EUR };
const closing = idOf('alice', 'closing', 1);
const legs = chain([
  // As much as there is: at most `amount_max`.
  {
    ...outward,
    id: idOf('alice', 'payout', 1),
    amount: amount_max,
    code: Code.payout,
    flags: TransferFlags.balancing_debit,
  },
  {
    ...outward,
    id: closing,
    amount: 0n,
    code: Code.closing,
    flags: TransferFlags.pending | TransferFlags.closing_debit,
  },
]);
await sendTransfers(ledger, legs);

const [payout] = await ledger.lookupTransfers([idOf('alice', 'payout', 1)]);
console.log('paid out', payout?.amount); // paid out 1234n
await assert.rejects(deposit('d2', 1n), { statusName: 'credit_account_already_closed' });

await sendTransfers(ledger, [
  { id: idOf('alice', 'reopening', 1), pending_id: closing, flags: TransferFlags.void_pending_transfer },
]);
// The id of the deposit that was refused is used up, so this is another one.
await deposit('d2, again', 1n);
const [account] = await ledger.lookupAccounts([alice]);
console.log('open again, with', balanceOf(account).available); // open again, with 1n
await ledger.close();
