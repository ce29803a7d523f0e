/**
 * Many to many: several accounts pay, several are paid, in one step or not at all (a split bill, a journal entry).
 *
 * A transfer has one debit and one credit account. An entry with more of them goes through a control account: all
 * payers into it, all payees out of it, in one chain. The control account may not be overdrawn, and what goes in must
 * be what goes out, so it is empty before and after.
 */
import assert from 'node:assert/strict';
import { AccountFlags, open } from 'tallystick';
import { balanceOf, chain, idOf, sendAccounts, sendTransfers, split } from 'tallystick/helpers';

const EUR = 978;
const ledger = await open(':memory:');
const control = idOf('control');
const names = ['ann', 'ben', 'cleo', 'restaurant', 'waiter'];
await sendAccounts(ledger, [
  { id: control, ledger: EUR, code: 1, flags: AccountFlags.debits_must_not_exceed_credits },
  ...names.map((name) => ({ id: idOf(name), ledger: EUR, code: 2 })),
]);

/** Each account of one side with what it moves, in cents. */
type Legs = Readonly<Record<string, bigint>>;

const sum = (legs: Legs): bigint => Object.values(legs).reduce((total, amount) => total + amount, 0n);

async function post(entry: string, debits: Legs, credits: Legs): Promise<void> {
  assert.equal(sum(debits), sum(credits), 'what is paid must be what is received');
  const common = { ledger: EUR, code: 1, user_data_128: idOf(entry) };
  const legs = chain([
    ...Object.entries(debits).map(([name, amount]) => ({
      ...common,
      id: idOf(entry, 'debit', name),
      debit_account_id: idOf(name),
      credit_account_id: control,
      amount,
    })),
    ...Object.entries(credits).map(([name, amount]) => ({
      ...common,
      id: idOf(entry, 'credit', name),
      debit_account_id: control,
      credit_account_id: idOf(name),
      amount,
    })),
  ]);
  await sendTransfers(ledger, legs);
}

// A dinner of 90.00 and a tip of 10.00, shared by three: nobody loses a cent.
const [ann, ben, cleo] = split(100_00n, [1n, 1n, 1n]) as [bigint, bigint, bigint];
await post('dinner', { ann, ben, cleo }, { restaurant: 90_00n, waiter: 10_00n });
await assert.rejects(post('typo', { ann: 10_00n }, { restaurant: 9_00n }), /what is paid must be what is received/);

const accounts = await ledger.lookupAccounts([control, ...names.map((name) => idOf(name))]);
const [left, ...balances] = accounts.map((account) => balanceOf(account, 'credit').posted);
console.log(left, balances); // 0n [ -3334n, -3333n, -3333n, 9000n, 1000n ]
await ledger.close();
