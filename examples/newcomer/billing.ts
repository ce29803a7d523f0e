/** A subscription service's tests: months in milliseconds, each test with a ledger of its own. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { AccountFlags, amount_max, type MemoryLedger, open, TransferFlags } from 'tallystick';
import {
  balanceAt,
  balanceOf,
  idOf,
  nanosecondsIn,
  nanosecondsOf,
  sendAccounts,
  sendTransfers,
  timeoutOf,
} from 'tallystick/helpers';

const [bank, customer, revenue] = [1n, 2n, 3n];
const fixture = await open(':memory:', { now: nanosecondsOf('2026-01-01T00:00:00Z') });
const flags = AccountFlags.debits_must_not_exceed_credits;
await sendAccounts(fixture, [
  ...[bank, revenue].map((id) => ({ id, ledger: 978, code: 1 })),
  { id: customer, ledger: 978, code: 2, flags },
]);
const common = { debit_account_id: customer, credit_account_id: revenue, ledger: 978, code: 1 };
const gift = { ...common, id: 1n, debit_account_id: bank, credit_account_id: customer };
await sendTransfers(fixture, [{ ...gift, amount: 50_00n }]);
let ledger: MemoryLedger;
beforeEach(() => (ledger = fixture.fork()));

const reserve = (order: string, amount: bigint) => {
  const pending = { flags: TransferFlags.pending, timeout: timeoutOf({ days: 14 }) };
  return sendTransfers(ledger, [{ ...common, ...pending, id: idOf(order), amount }]);
};
const settle = (order: string) => {
  const post = { pending_id: idOf(order), amount: amount_max, flags: TransferFlags.post_pending_transfer };
  return sendTransfers(ledger, [{ ...post, id: idOf(order, 'settled') }]);
};

test('a trial that is settled within two weeks is paid, and the balance of then is known', async () => {
  await reserve('trial', 20_00n);
  await ledger.advance(nanosecondsIn({ days: 13 }));
  await settle('trial');
  const then = await balanceAt(ledger, customer, nanosecondsOf('2026-01-10T00:00:00Z'));
  assert.deepEqual([then.posted, then.available], [50_00n, 30_00n]);
});
test('a trial that is forgotten frees the money, exactly when it expires', async () => {
  await reserve('trial', 20_00n);
  await ledger.advanceTo((await ledger.lookupPendings([idOf('trial')]))[0]!.expires_at);
  await assert.rejects(settle('trial'), { statusName: 'pending_transfer_expired' });
  assert.equal(balanceOf((await ledger.lookupAccounts([customer]))[0]).available, 50_00n);
});
test('a customer who has not enough hears so', () =>
  assert.rejects(reserve('trial', 60_00n), { statusName: 'exceeds_credits' }));
