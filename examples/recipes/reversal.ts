/**
 * Reversal: a payment that should not have been is undone, once, and both stay in the books.
 *
 * The mirror image of a transfer swaps its accounts and keeps its amount. Its id is made of the id that it undoes: two
 * people who press the button reverse it once. Several transfers (a payment and its fee) are undone in one chain, the
 * last one first.
 */
import { open, type Transfer, type TransferInput } from 'tallystick';
import { balanceOf, chain, idOf, sendAccounts, sendTransfers } from 'tallystick/helpers';

const EUR = 978;
const Code = { payment: 1, fee: 2, reversal: 9 } as const;
const ledger = await open(':memory:');

const [alice, bob, fees] = [idOf('alice'), idOf('bob'), idOf('fees')];
await sendAccounts(
  ledger,
  [alice, bob, fees].map((id) => ({ id, ledger: EUR, code: 1 })),
);

const payment = chain([
  { id: idOf('p1'), debit_account_id: alice, credit_account_id: bob, amount: 80_00n, ledger: EUR, code: Code.payment },
  { id: idOf('p1', 'fee'), debit_account_id: bob, credit_account_id: fees, amount: 2_00n, ledger: EUR, code: Code.fee },
]);
await sendTransfers(ledger, payment);

const mirrorOf = (transfer: Transfer): TransferInput => ({
  id: idOf('reversal', transfer.id),
  debit_account_id: transfer.credit_account_id,
  credit_account_id: transfer.debit_account_id,
  amount: transfer.amount,
  ledger: transfer.ledger,
  code: Code.reversal,
  user_data_128: transfer.id,
});

async function reverse(ids: readonly bigint[]): Promise<string> {
  const transfers = await ledger.lookupTransfers(ids);
  const mirrored = chain(transfers.map(mirrorOf).reverse());
  const { created } = await sendTransfers(ledger, mirrored);
  return created > 0 ? 'reversed' : 'had been reversed before';
}

console.log(await reverse([idOf('p1'), idOf('p1', 'fee')])); // reversed
console.log(await reverse([idOf('p1'), idOf('p1', 'fee')])); // had been reversed before

const accounts = await ledger.lookupAccounts([alice, bob, fees]);
console.log(accounts.map((account) => balanceOf(account, 'credit').posted)); // [ 0n, 0n, 0n ]
await ledger.close();
