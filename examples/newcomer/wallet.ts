/** A marketplace: deposits by webhook, purchases with a fee of 5 %, payouts, statements. */
import { AccountFilterFlags, AccountFlags, amount_max, open, TransferFlags } from 'tallystick';
import {
  accountTransfersOf,
  balanceOf,
  chain,
  each,
  formatMoney,
  idOf,
  sendAccounts,
  sendTransfers,
  times,
} from 'tallystick/helpers';

const ledger = await open(':memory:');
const EUR = { ledger: 978 };
const [bank, fees, alice, bob] = ['bank', 'fees', 'alice', 'bob'].map((name) => idOf(name)) as [
  bigint,
  bigint,
  bigint,
  bigint,
];
const flags = AccountFlags.debits_must_not_exceed_credits;
await sendAccounts(ledger, [
  ...[bank, fees].map((id) => ({ ...EUR, id, code: 1 })),
  ...[alice, bob].map((id) => ({ ...EUR, id, code: 2, flags })),
]);

const move = (name: string, debit_account_id: bigint, credit_account_id: bigint, amount: bigint) =>
  ({ ...EUR, id: idOf(name), debit_account_id, credit_account_id, amount, code: 1 }) as const;
const deposit = (user: bigint, amount: bigint, webhook: string) =>
  sendTransfers(ledger, [move(webhook, bank, user, amount)]);
const buy = (order: string, buyer: bigint, seller: bigint, price: bigint) => {
  const fee = move(`${order} fee`, seller, fees, times(price, '0.05', 'half-even'));
  return sendTransfers(ledger, chain([move(order, buyer, seller, price), fee]));
};
const balance = async (user: bigint) => formatMoney(balanceOf((await ledger.lookupAccounts([user]))[0]).available, 2);

await deposit(alice, 100_00n, 'stripe 1');
console.log(await deposit(alice, 100_00n, 'stripe 1')); // { created: 0, existed: 1 }
await buy('order 1', alice, bob, 30_00n);
console.log(await buy('order 1', alice, bob, 30_00n)); // { created: 0, existed: 2 }
console.log(await buy('order 2', alice, bob, 300_00n).catch(({ statusName }) => statusName)); // exceeds_credits
await sendTransfers(ledger, [{ ...move('payout', bob, bank, amount_max), flags: TransferFlags.balancing_debit }]);
console.log(await balance(alice), await balance(bob)); // 70.00 0.00
const newest = { account_id: alice, flags: AccountFilterFlags.reversed, limit: 1 };
for await (const { amount } of each(accountTransfersOf(ledger, newest))) {
  console.log(formatMoney(amount, 2)); // 30.00
  break;
}
await ledger.close();
