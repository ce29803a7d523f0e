/**
 * Correction: a payment had a wrong amount; the books show the mistake, its reversal and what was meant.
 *
 * A ledger has no update, and an auditor is glad of it. The reversal of the wrong transfer and the right one go in one
 * chain, so that nobody sees the moment between them, and an account that could not pay both is not overdrawn: the
 * money comes back before it goes out again. The code tells why each moved, `user_data_128` ties them together.
 */
import assert from 'node:assert/strict';
import { AccountFlags, open, type Transfer } from 'tallystick';
import { balanceOf, chain, formatMoney, idOf, parseMoney, sendAccounts, sendTransfers } from 'tallystick/helpers';

const EUR = 978;
const Code = { deposit: 1, invoice: 2, reversal: 9, correction: 10 } as const;
const ledger = await open(':memory:');

const [bank, alice, supplier] = [idOf('bank'), idOf('alice'), idOf('supplier')];
await sendAccounts(ledger, [
  { id: bank, ledger: EUR, code: 1 },
  { id: alice, ledger: EUR, code: 2, flags: AccountFlags.debits_must_not_exceed_credits },
  { id: supplier, ledger: EUR, code: 3 },
]);
const invoice = { debit_account_id: alice, credit_account_id: supplier, ledger: EUR, code: Code.invoice };
await sendTransfers(ledger, [
  { ...invoice, id: idOf('d1'), debit_account_id: bank, credit_account_id: alice, amount: 100_00n, code: Code.deposit },
  { ...invoice, id: idOf('invoice 7'), amount: 91_00n }, // 19.00 was meant.
]);

/** `revision`: 1 for the first correction of this transfer. */
async function correct(wrong: Transfer, amount: bigint, revision: number): Promise<void> {
  const { id, debit_account_id, credit_account_id, code } = wrong;
  const common = { ledger: wrong.ledger, user_data_128: id };
  const legs = chain([
    {
      ...common,
      id: idOf(id, 'reversal', revision),
      debit_account_id: credit_account_id,
      credit_account_id: debit_account_id,
      amount: wrong.amount,
      code: Code.reversal,
      user_data_32: code,
    },
    {
      ...common,
      id: idOf(id, 'correction', revision),
      debit_account_id,
      credit_account_id,
      amount,
      code: Code.correction,
      user_data_32: code,
    },
  ]);
  await sendTransfers(ledger, legs);
}

const [wrong] = await ledger.lookupTransfers([idOf('invoice 7')]);
assert.ok(wrong !== undefined);
await correct(wrong, parseMoney('19.00', 2), 1);
await correct(wrong, parseMoney('19.00', 2), 1); // Sent again, done once.

const [account] = await ledger.lookupAccounts([alice]);
console.log('alice has', formatMoney(balanceOf(account).available, 2)); // alice has 81.00

const history = await ledger.queryTransfers({ user_data_128: wrong.id });
console.log(history.map(({ code, amount }) => `${code}: ${formatMoney(amount, 2)}`)); // [ '9: 91.00', '10: 19.00' ]
await ledger.close();
