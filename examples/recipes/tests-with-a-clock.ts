/**
 * Tests with a clock: a subscription service is tested over months, in milliseconds, and no test sees another's money.
 *
 * `open(':memory:', { now })` is a ledger whose clock stands still until the test moves it with `advance`; `fork`
 * copies it, clock included, so that what all tests start from is made once. The code under test takes any `Ledger`.
 * Run it with `node --test`.
 */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { AccountFlags, amount_max, type Ledger, type MemoryLedger, open, TransferFlags } from 'tallystick';
import {
  balanceOf,
  idOf,
  isoOf,
  nanosecondsIn,
  nanosecondsOf,
  postedAt,
  sendAccounts,
  sendTransfers,
  timeoutOf,
} from 'tallystick/helpers';

const EUR = 978;
const [bank, customer, revenue] = [idOf('bank'), idOf('customer'), idOf('revenue')];

/** The code under test: a trial reserves its price for two weeks, and is settled or forgotten. */
class Billing {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  async reserve(order: string, price: bigint): Promise<void> {
    const between = { debit_account_id: customer, credit_account_id: revenue, ledger: EUR, code: 1 };
    const held = { flags: TransferFlags.pending, timeout: timeoutOf({ days: 14 }) };
    const transfers = [{ ...between, ...held, id: idOf(order), amount: price }];
    await sendTransfers(this.#ledger, transfers);
  }

  async settle(order: string): Promise<void> {
    const flags = TransferFlags.post_pending_transfer;
    const transfers = [{ id: idOf(order, 'settled'), pending_id: idOf(order), amount: amount_max, flags }];
    await sendTransfers(this.#ledger, transfers);
  }
}

const balanceAt = (time: string): Promise<bigint> => postedAt(ledger, customer, nanosecondsOf(time));

const fixture = await open(':memory:', { now: nanosecondsOf('2026-01-01T00:00:00Z') });
await sendAccounts(fixture, [
  { id: bank, ledger: EUR, code: 1 },
  {
    id: customer,
    ledger: EUR,
    code: 2,
    flags: AccountFlags.debits_must_not_exceed_credits | AccountFlags.history,
  },
  { id: revenue, ledger: EUR, code: 3 },
]);
const gift = { debit_account_id: bank, credit_account_id: customer, ledger: EUR, code: 9 };
await sendTransfers(fixture, [{ ...gift, id: idOf('gift'), amount: 50_00n }]);

let ledger: MemoryLedger;
let billing: Billing;
beforeEach(() => {
  ledger = fixture.fork();
  billing = new Billing(ledger);
});
after(() => fixture.close());

test('a trial that is settled within two weeks is paid', async () => {
  await billing.reserve('trial', 20_00n);
  await ledger.advance(nanosecondsIn({ days: 13 }));
  await billing.settle('trial');
  assert.equal(await balanceAt('2026-01-31T23:59:59Z'), 30_00n);
});

test('a trial that is forgotten frees the money', async () => {
  await billing.reserve('trial', 20_00n);
  // Every event has a time of its own, a nanosecond at least after the one before, and a timeout counts from there.
  await ledger.advance(nanosecondsIn({ days: 14, seconds: 1 }));
  await assert.rejects(billing.settle('trial'), { statusName: 'pending_transfer_expired' });
  const [account] = await ledger.lookupAccounts([customer]);
  assert.equal(balanceOf(account).available, 50_00n);
});

test('a customer who has not enough hears so', async () => {
  await assert.rejects(billing.reserve('trial', 60_00n), { statusName: 'exceeds_credits' });
});

test('balances as of the ends of months', async () => {
  await ledger.advance(nanosecondsIn({ days: 20 }));
  await billing.reserve('january', 20_00n);
  await billing.settle('january');
  await ledger.advance(nanosecondsIn({ days: 20 }));
  await billing.reserve('february', 10_00n);
  await billing.settle('february');
  assert.equal(await balanceAt('2026-01-31T23:59:59Z'), 30_00n);
  assert.equal(await balanceAt('2026-02-28T23:59:59Z'), 20_00n);
});

test('timestamps are those of the clock', async () => {
  const [transfer] = await ledger.lookupTransfers([idOf('gift')]);
  assert.match(isoOf(transfer!.timestamp), /^2026-01-01T00:00:00\.00000000\dZ$/);
});
