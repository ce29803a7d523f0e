import { AccountFlags, open } from 'tallystick';
import { type Balance, balanceAt, balanceOf, nanosecondsOf, postedAt, type Side } from 'tallystick/helpers';

await using ledger = await open(':memory:', { now: nanosecondsOf('2026-01-15T12:00:00Z') });
await ledger.createAccounts([
  { id: 1n, ledger: 978, code: 1 },
  { id: 2n, ledger: 978, code: 2, flags: AccountFlags.history },
]);
await ledger.createTransfers([
  { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 20_00n, ledger: 978, code: 1 },
]);
const [customer] = await ledger.lookupAccounts([2n]);
const side: Side = 'credit';
const balance: Balance = balanceOf(customer, side);
console.log(balance.posted, balance.available); // 2000n 2000n
const january = nanosecondsOf('2026-01-31T23:59:59.999999999Z');
console.log((await postedAt(ledger, 2n, january, side)).toString()); // 2000
console.log((await balanceAt(ledger, 1n, january, 'debit')).posted); // 2000n
