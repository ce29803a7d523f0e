/**
 * Rate limit: ten requests a minute for each user, over a sliding window, exact under any concurrency.
 *
 * A ledger counts whatever must add up. Here the unit is a request: each user has ten, a request reserves one with a
 * pending transfer, and the reservation expires by itself a minute later. Nothing is ever posted or reset, and two
 * servers that ask at once cannot both get the last one.
 */
import { AccountFlags, CreateTransferStatus, id, open, TransferFlags } from 'tallystick';
import {
  balanceOf,
  idOf,
  nanosecondsIn,
  nanosecondsOf,
  sendAccounts,
  sendTransfers,
  timeoutOf,
} from 'tallystick/helpers';

const REQUESTS = 1;
const LIMIT = 10n;
// A clock that stands still until `advance`. In your program it is that of the machine.
const ledger = await open(':memory:', { now: nanosecondsOf('2026-01-01T00:00:00Z') });

const operator = idOf('operator');
const user = idOf('user', 'alice');
await sendAccounts(ledger, [
  { id: operator, ledger: REQUESTS, code: 1 },
  { id: user, ledger: REQUESTS, code: 2, flags: AccountFlags.debits_must_not_exceed_credits },
]);
await sendTransfers(ledger, [
  {
    id: idOf('limit', 'alice'),
    debit_account_id: operator,
    credit_account_id: user,
    amount: LIMIT,
    ledger: REQUESTS,
    code: 1,
  },
]);

/** `cost`: a request that costs more counts as several. */
async function allowed(cost = 1n): Promise<boolean> {
  const [result] = await ledger.createTransfers([
    {
      id: id(),
      debit_account_id: user,
      credit_account_id: operator,
      amount: cost,
      ledger: REQUESTS,
      code: 2,
      flags: TransferFlags.pending,
      timeout: timeoutOf({ minutes: 1 }),
    },
  ]);
  return result?.status === CreateTransferStatus.created;
}

const burst = await Promise.all(Array.from({ length: 15 }, () => allowed()));
console.log(burst.filter(Boolean).length, 'of 15 at once'); // 10 of 15 at once

await ledger.advance(nanosecondsIn({ seconds: 61 }));
console.log('a minute later:', await allowed(4n), await allowed(7n)); // a minute later: true false

const [account] = await ledger.lookupAccounts([user]);
console.log('left:', balanceOf(account).available); // left: 6n
await ledger.close();
