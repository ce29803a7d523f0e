/**
 * Wallet: a marketplace with deposits, purchases with a fee, payouts and statements.
 *
 * Users' money is what you owe them: their accounts have credit balances and may not be overdrawn. A webhook that comes
 * twice deposits once, because the id is made of its reference. A purchase that is refused throws with the reason; it
 * has used up its id, so the next attempt says that it is another one.
 */
import assert from 'node:assert/strict';
import { AccountFilterFlags, AccountFlags, amount_max, open, TransferFlags, type TransferInput } from 'tallystick';
import {
  accountTransfersOf,
  balanceOf,
  chain,
  formatMoney,
  idOf,
  isoOf,
  nanosecondsOf,
  sendAccounts,
  sendTransfers,
  times,
} from 'tallystick/helpers';

const EUR = 978;
const Code = { bank: 1, user: 2, fees: 3, deposit: 11, purchase: 12, fee: 13, payout: 14 } as const;
const ledger = await open(':memory:', { now: nanosecondsOf('2026-01-31T12:00:00Z') });
const userOf = (name: string): bigint => idOf('user', name);
const [bank, fees] = [idOf('bank'), idOf('fees')];
await sendAccounts(ledger, [
  { id: bank, ledger: EUR, code: Code.bank },
  { id: fees, ledger: EUR, code: Code.fees },
  ...['alice', 'bob'].map((name) => ({
    id: userOf(name),
    ledger: EUR,
    code: Code.user,
    flags: AccountFlags.debits_must_not_exceed_credits,
  })),
]);

const move = (id: bigint, from: bigint, to: bigint, amount: bigint, code: number, flags = 0): TransferInput => ({
  id,
  debit_account_id: from,
  credit_account_id: to,
  amount,
  ledger: EUR,
  code,
  flags,
});

const deposit = (user: string, amount: bigint, reference: string) =>
  sendTransfers(ledger, [move(idOf('deposit', reference), bank, userOf(user), amount, Code.deposit)]);

const buy = (buyer: string, seller: string, price: bigint, order: number, attempt: number) =>
  sendTransfers(
    ledger,
    chain([
      move(idOf('order', order, attempt), userOf(buyer), userOf(seller), price, Code.purchase),
      move(idOf('fee', order, attempt), userOf(seller), fees, times(price, '0.05', 'half-even'), Code.fee),
    ]),
  );

/** All there is. Which amount that was, the ledger knows. */
async function payOut(user: string, reference: string): Promise<bigint> {
  const id = idOf('payout', reference);
  await sendTransfers(ledger, [move(id, userOf(user), bank, amount_max, Code.payout, TransferFlags.balancing_debit)]);
  const [payout] = await ledger.lookupTransfers([id]);
  return payout!.amount;
}

async function available(user: string): Promise<string> {
  const [account] = await ledger.lookupAccounts([userOf(user)]);
  return formatMoney(balanceOf(account).available, 2);
}

await deposit('alice', 100_00n, 'stripe_1');
await deposit('alice', 100_00n, 'stripe_1'); // The webhook came twice.
await buy('alice', 'bob', 30_00n, 1, 1);
await buy('alice', 'bob', 30_00n, 1, 1); // The answer was lost, so the program asked again.
await assert.rejects(buy('alice', 'bob', 300_00n, 2, 1), { statusName: 'exceeds_credits' });
await deposit('alice', 300_00n, 'stripe_2');
await buy('alice', 'bob', 300_00n, 2, 2); // A new attempt, which has new ids.

console.log('alice', await available('alice'), 'bob', await available('bob')); // alice 70.00 bob 313.50
console.log('paid out', formatMoney(await payOut('bob', 'w1'), 2)); // paid out 313.50
console.log('and again', formatMoney(await payOut('bob', 'w1'), 2)); // and again 313.50

// A statement: newest first, as many pages as there are.
const statement: string[] = [];
const filter = { account_id: userOf('alice'), flags: AccountFilterFlags.reversed, limit: 2 };
for await (const page of accountTransfersOf(ledger, filter)) {
  for (const { amount, credit_account_id, timestamp } of page) {
    const sign = credit_account_id === userOf('alice') ? '+' : '-';
    statement.push(`${isoOf(timestamp).slice(0, 10)} ${sign}${formatMoney(amount, 2)}`);
  }
}
console.log(statement[0]); // 2026-01-31 -300.00
console.log(statement.length, statement.at(-1)); // 4 2026-01-31 +100.00
await ledger.close();
