/** Imported events bring their own times: rising, past, and never one that is taken. */
import assert from 'node:assert/strict';
import { accountFlag, TIMESTAMP_MAX, transferFlag, U64_MAX, U128_MAX } from '../model/names.ts';
import type { Account, Transfer } from '../model/records.ts';
import { account, ending, type Teller, transfer } from './scenario.ts';
import { type Story, scenarios } from './story.ts';

export const importStories: Story[] = [];
const scenario = scenarios(importStories);
const timedScenario = scenarios(importStories, true);

const { pending, post_pending_transfer: post, void_pending_transfer: cancel, imported } = transferFlag;

function old(id: bigint, timestamp: bigint, rest: Partial<Account> = {}): Partial<Account> {
  return account(id, { ...rest, timestamp, flags: (rest.flags ?? 0n) | accountFlag.imported });
}

function moved(id: bigint, timestamp: bigint, rest: Partial<Transfer> = {}): Partial<Transfer> {
  return transfer(id, 1n, 2n, 1n, { ...rest, timestamp, flags: (rest.flags ?? 0n) | imported });
}

async function twoOld(ledger: Teller): Promise<void> {
  await ledger.accounts([old(1n, 100n), 'created'], [old(2n, 200n), 'created']);
}

scenario('the first event says whether a request imports, and all others must agree', async (ledger) => {
  await ledger.accounts(
    [old(1n, 100n), 'created'],
    [account(2n), 'imported_event_expected'],
    [account(2n, { timestamp: 5n }), 'imported_event_expected'],
    [old(2n, 200n), 'created'],
  );
  await ledger.accounts([account(3n), 'created'], [old(4n, 0n), 'imported_event_not_expected']);
  await ledger.transfers(
    [moved(1n, 300n, { amount: 7n }), 'created'],
    [transfer(2n, 1n, 2n, 1n), 'imported_event_expected'],
    [moved(2n, 300n), 'imported_event_timestamp_must_not_regress'],
  );
  await ledger.transfers([transfer(2n, 1n, 2n, 1n), 'created'], [moved(3n, 0n), 'imported_event_not_expected']);
  await ledger.transfers(
    [transfer(0n, 1n, 2n, 1n), 'id_must_not_be_zero'],
    [moved(3n, 1n), 'imported_event_not_expected'],
  );
});

timedScenario('imported times are times, and lie before the request', async (ledger) => {
  const soon = ledger.now + 1000n + 7n; // when the request of seven events below happens: the time of its last one
  await ledger.accounts(
    [old(1n, 0n), 'imported_event_timestamp_out_of_range'],
    [old(1n, TIMESTAMP_MAX + 1n), 'imported_event_timestamp_out_of_range'],
    [old(1n, U64_MAX), 'imported_event_timestamp_out_of_range'],
    [old(1n, TIMESTAMP_MAX), 'imported_event_timestamp_must_not_advance'],
    [old(1n, soon), 'imported_event_timestamp_must_not_advance'],
    [old(1n, soon + 1n), 'imported_event_timestamp_must_not_advance'],
    // Later than its own moment in the request, and still before the request's.
    [old(1n, soon - 1n), 'created'],
  );
  const [time] = await ledger.accounts([old(2n, ledger.now), 'created']);
  assert.equal(time, ledger.now - 1001n);
  const later = ledger.now + 1000n + 3n;
  await ledger.transfers(
    [moved(1n, 0n), 'imported_event_timestamp_out_of_range'],
    [moved(1n, later), 'imported_event_timestamp_must_not_advance'],
    [moved(1n, later - 1n), 'created'],
  );
  assert.equal((await ledger.transfer(1n)).timestamp, later - 1n);
});

scenario('accounts and transfers each go forward in time, and never share a moment', async (ledger) => {
  await ledger.accounts(
    [old(1n, 100n), 'created'],
    [old(2n, 200n), 'created'],
    [old(3n, 200n), 'imported_event_timestamp_must_not_regress'],
    [old(3n, 150n), 'imported_event_timestamp_must_not_regress'],
  );
  await ledger.transfers(
    [moved(1n, 300n), 'created'],
    [moved(2n, 300n), 'imported_event_timestamp_must_not_regress'],
    [moved(2n, 299n), 'imported_event_timestamp_must_not_regress'],
  );
  await ledger.accounts(
    [old(3n, 300n), 'imported_event_timestamp_must_not_regress'],
    [old(3n, 250n), 'created'],
    [old(4n, 400n), 'created'],
  );
  await ledger.transfers([moved(2n, 400n), 'imported_event_timestamp_must_not_regress'], [moved(2n, 401n), 'created']);
});

scenario(
  'an imported transfer is later than both its accounts; then its timeout, then closed accounts',
  async (ledger) => {
    await twoOld(ledger);
    await ledger.accounts([old(3n, 300n, { flags: accountFlag.closed }), 'created']);
    const late = { flags: pending, timeout: 1n };
    await ledger.transfers(
      [moved(1n, 100n, late), 'imported_event_timestamp_must_not_regress'],
      [moved(1n, 99n, late), 'imported_event_timestamp_must_postdate_debit_account'],
      [moved(1n, 101n, late), 'imported_event_timestamp_must_postdate_credit_account'],
      [moved(1n, 199n, late), 'imported_event_timestamp_must_postdate_credit_account'],
      [moved(1n, 200n, late), 'imported_event_timestamp_must_not_regress'],
      [moved(1n, 201n, { ...late, credit_account_id: 3n }), 'imported_event_timestamp_must_postdate_credit_account'],
      [moved(1n, 301n, { ...late, credit_account_id: 3n }), 'imported_event_timeout_must_be_zero'],
      [moved(1n, 201n, late), 'imported_event_timeout_must_be_zero'],
      [moved(1n, 201n, { flags: pending }), 'created'],
      [moved(2n, 301n, { credit_account_id: 3n }), 'credit_account_already_closed'],
      [moved(2n, 301n), 'id_already_failed'],
    );
  },
);

scenario('imports come before ordinary traffic: nothing older follows it', async (ledger) => {
  await twoOld(ledger);
  await ledger.transfers([moved(1n, 300n), 'created']);
  await ledger.transfers([transfer(2n, 1n, 2n, 1n), 'created']);
  await ledger.transfers(
    [moved(3n, 400n), 'imported_event_timestamp_must_not_regress'],
    [moved(3n, ledger.now), 'imported_event_timestamp_must_not_regress'],
    [moved(3n, ledger.now + 1n), 'created'],
  );
  // Of accounts, only imported ones were there so far.
  await ledger.accounts([old(3n, 400n), 'created']);
  await ledger.accounts([account(4n), 'created']);
  await ledger.accounts([old(5n, 500n), 'imported_event_timestamp_must_not_regress']);
});

scenario('importing again with another time finds what is there, with its first time', async (ledger) => {
  await twoOld(ledger);
  const [first] = await ledger.transfers([moved(1n, 300n), 'created']);
  const accounts = await ledger.accounts([old(1n, 100n), 'exists'], [old(1n, 50n), 'exists']);
  const transfers = await ledger.transfers([moved(1n, 300n), 'exists'], [moved(1n, 7n), 'exists']);
  assert.deepEqual([...accounts, ...transfers], [100n, 100n, first, first]);
  await ledger.transfers([transfer(1n, 1n, 2n, 1n), 'exists_with_different_flags']);
});

scenario('imported transfers can be posted and voided in the past, too', async (ledger) => {
  await twoOld(ledger);
  await ledger.transfers(
    [moved(1n, 300n, { flags: pending, amount: 5n }), 'created'],
    [moved(2n, 301n, { flags: pending, amount: 7n }), 'created'],
    [ending(3n, 1n, U128_MAX, post | imported, { timestamp: 301n }), 'imported_event_timestamp_must_not_regress'],
    [ending(3n, 1n, U128_MAX, post | imported, { timestamp: 302n }), 'created'],
    [ending(4n, 2n, 0n, cancel | imported, { timestamp: 302n }), 'imported_event_timestamp_must_not_regress'],
  );
  const [today] = await ledger.transfers([ending(4n, 2n, 0n, cancel), 'created']);
  assert.deepEqual(await ledger.balances(1n), [0n, 5n, 0n, 0n]);
  assert.deepEqual(
    (await ledger.changeEvents({ limit: 10n })).map((event) => [event.transfer_id, event.timestamp]),
    [
      [1n, 300n],
      [2n, 301n],
      [3n, 302n],
      [4n, today],
    ],
  );
});

scenario(
  'an imported post may end a pending transfer that has a timeout, and it does not expire then',
  async (ledger) => {
    await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
    await ledger.transfers([transfer(1n, 1n, 2n, 5n, { flags: pending, timeout: 1n }), 'created']);
    await ledger.transfers([ending(2n, 1n, U128_MAX, post | imported, { timestamp: ledger.now + 1n }), 'created']);
    await ledger.advance(2_000_000_000n);
    assert.deepEqual(await ledger.balances(1n), [0n, 5n, 0n, 0n]);
  },
);

scenario('imported objects are found in the order of their own times', async (ledger) => {
  await twoOld(ledger);
  await ledger.accounts([account(9n), 'created']);
  await ledger.transfers([moved(7n, 300n), 'created'], [moved(3n, 400n), 'created'], [moved(5n, 500n), 'created']);
  await ledger.transfers([transfer(1n, 1n, 2n, 1n), 'created']);
  const ids = (found: readonly { id: bigint }[]): bigint[] => found.map(({ id }) => id);
  assert.deepEqual(ids(await ledger.queryTransfers({ limit: 10n })), [7n, 3n, 5n, 1n]);
  assert.deepEqual(ids(await ledger.queryTransfers({ limit: 2n, flags: 1n, timestamp_max: 500n })), [5n, 3n]);
  assert.deepEqual(ids(await ledger.queryTransfers({ limit: 10n, timestamp_min: 300n, timestamp_max: 400n })), [
    7n,
    3n,
  ]);
  assert.deepEqual(ids(await ledger.queryAccounts({ limit: 10n, timestamp_max: 200n })), [1n, 2n]);
});
