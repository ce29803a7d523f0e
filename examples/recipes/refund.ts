/**
 * Refund: money goes back for a payment, in whole or in parts, and never more than was paid.
 *
 * A transfer never changes, so a refund is a transfer in the other direction that names the payment in `user_data_128`.
 * What may still be refunded is counted by an account of its own, one for each order, on a ledger of its own. Payment
 * and refund move money and counter in one chain, so that the ledger itself refuses a refund too many, whoever asks.
 */
import assert from 'node:assert/strict';
import { AccountFlags, open } from 'tallystick';
import { balanceOf, chain, formatMoney, idOf, sendAccounts, sendTransfers } from 'tallystick/helpers';

const EUR = 978;
const REFUNDABLE = 1; // A ledger that counts, in cents, what may still be refunded.
const Code = { payment: 1, refund: 2 } as const;
const ledger = await open(':memory:');

const [alice, shop, counter] = [idOf('alice'), idOf('shop'), idOf('refundable')];
await sendAccounts(ledger, [
  { id: alice, ledger: EUR, code: 1 },
  { id: shop, ledger: EUR, code: 2 },
  { id: counter, ledger: REFUNDABLE, code: 3 },
]);

async function pay(order: string, amount: bigint): Promise<void> {
  const payment = idOf(order, 'payment');
  // An account and a transfer may have the same id: this account counts for this payment.
  const left = { id: payment, ledger: REFUNDABLE, code: 3, flags: AccountFlags.debits_must_not_exceed_credits };
  await sendAccounts(ledger, [left]);
  const leg = { amount, code: Code.payment, user_data_128: payment };
  const legs = chain([
    { ...leg, id: payment, debit_account_id: alice, credit_account_id: shop, ledger: EUR },
    { ...leg, id: idOf(order, 'paid'), debit_account_id: counter, credit_account_id: left.id, ledger: REFUNDABLE },
  ]);
  await sendTransfers(ledger, legs);
}

/** `reference`: your own name of this refund. The same one twice refunds once. */
async function refund(order: string, amount: bigint, reference: string): Promise<void> {
  const payment = idOf(order, 'payment');
  const leg = { amount, code: Code.refund, user_data_128: payment };
  const [money, count] = [idOf(order, 'refund', reference), idOf(order, 'refunded', reference)];
  const legs = chain([
    { ...leg, id: money, debit_account_id: shop, credit_account_id: alice, ledger: EUR },
    { ...leg, id: count, debit_account_id: payment, credit_account_id: counter, ledger: REFUNDABLE },
  ]);
  await sendTransfers(ledger, legs);
}

await pay('order 17', 50_00n);
await refund('order 17', 20_00n, 'broken cup');
await refund('order 17', 20_00n, 'broken cup'); // The button was pressed twice.
await assert.rejects(refund('order 17', 40_00n, 'all of it'), { statusName: 'exceeds_credits' });
await refund('order 17', 30_00n, 'the rest');

const [account] = await ledger.lookupAccounts([shop]);
console.log('the shop keeps', formatMoney(balanceOf(account, 'credit').posted, 2)); // the shop keeps 0.00

const found = await ledger.queryTransfers({ user_data_128: idOf('order 17', 'payment'), ledger: EUR });
console.log(found.map(({ amount }) => formatMoney(amount, 2))); // [ '50.00', '20.00', '30.00' ]
await ledger.close();
