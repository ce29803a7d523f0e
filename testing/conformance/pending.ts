/** Pending transfers: posted, voided or expired, once. */
import assert from 'node:assert/strict';
import { changeType, SECOND, TIMESTAMP_MAX, transferFlag, U32_MAX, U128_MAX } from '../model/names.ts';
import { account, ending, type Teller, transfer } from './scenario.ts';
import { type Story, scenarios } from './story.ts';

export const pendingStories: Story[] = [];
const scenario = scenarios(pendingStories);
const timedScenario = scenarios(pendingStories, true);

const { pending, post_pending_transfer: post, void_pending_transfer: cancel, balancing_debit } = transferFlag;

async function twoAccounts(ledger: Teller): Promise<void> {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
}

scenario('a post takes part or all of what was reserved, and releases the rest', async (ledger) => {
  await twoAccounts(ledger);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 10n, { flags: pending }), 'created'],
    [transfer(2n, 1n, 2n, 10n, { flags: pending }), 'created'],
    [transfer(3n, 1n, 2n, 10n, { flags: pending }), 'created'],
  );
  assert.deepEqual(await ledger.balances(1n), [30n, 0n, 0n, 0n]);
  assert.deepEqual(await ledger.balances(2n), [0n, 0n, 30n, 0n]);
  await ledger.transfers(
    [ending(11n, 1n, U128_MAX, post), 'created'],
    [ending(12n, 2n, 4n, post), 'created'],
    [ending(13n, 3n, 0n, post), 'created'],
  );
  assert.deepEqual(await ledger.balances(1n), [0n, 14n, 0n, 0n]);
  assert.deepEqual(await ledger.balances(2n), [0n, 0n, 0n, 14n]);
  assert.deepEqual(
    (await ledger.lookupTransfers(11n, 12n, 13n)).map((t) => t.amount),
    [10n, 4n, 0n],
  );
});

scenario('a void gives everything back, and must name all of it or nothing', async (ledger) => {
  await twoAccounts(ledger);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 10n, { flags: pending }), 'created'],
    [transfer(2n, 1n, 2n, 10n, { flags: pending }), 'created'],
    [ending(11n, 1n, 9n, cancel), 'pending_transfer_has_different_amount'],
    [ending(11n, 1n, 11n, cancel), 'exceeds_pending_transfer_amount'],
    [ending(11n, 1n, U128_MAX, cancel), 'exceeds_pending_transfer_amount'],
    [ending(11n, 1n, 0n, cancel), 'created'],
    [ending(12n, 2n, 10n, cancel), 'created'],
  );
  assert.deepEqual(await ledger.balances(1n), [0n, 0n, 0n, 0n]);
  assert.deepEqual(
    (await ledger.lookupTransfers(11n, 12n)).map((t) => t.amount),
    [10n, 10n],
  );
});

scenario('the checks of a post stand in their order', async (ledger) => {
  await twoAccounts(ledger);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 10n, { flags: pending, code: 7n }), 'created'],
    [transfer(2n, 1n, 2n, 10n), 'created'],
    [ending(9n, 0n, 0n, post | cancel, { timeout: 1n }), 'flags_are_mutually_exclusive'],
    [ending(9n, 0n, 0n, post | pending), 'flags_are_mutually_exclusive'],
    [ending(9n, 0n, 0n, post | balancing_debit), 'flags_are_mutually_exclusive'],
    [ending(9n, 0n, 0n, cancel | transferFlag.balancing_credit), 'flags_are_mutually_exclusive'],
    [ending(9n, 0n, 0n, cancel | transferFlag.closing_debit), 'flags_are_mutually_exclusive'],
    [ending(9n, 0n, 0n, post | transferFlag.closing_credit), 'flags_are_mutually_exclusive'],
    [ending(9n, 0n, 0n, post, { timeout: 1n }), 'pending_id_must_not_be_zero'],
    [ending(9n, U128_MAX, 0n, post, { timeout: 1n }), 'pending_id_must_not_be_int_max'],
    [ending(9n, 9n, 0n, post, { timeout: 1n }), 'pending_id_must_be_different'],
    [ending(9n, 77n, 0n, post, { timeout: 1n }), 'timeout_reserved_for_pending_transfer'],
    [ending(9n, 2n, 0n, post, { debit_account_id: 7n }), 'pending_transfer_not_pending'],
    [
      ending(9n, 1n, 99n, post, { debit_account_id: 2n, credit_account_id: 1n }),
      'pending_transfer_has_different_debit_account_id',
    ],
    [
      ending(9n, 1n, 99n, post, { debit_account_id: 1n, credit_account_id: 1n }),
      'pending_transfer_has_different_credit_account_id',
    ],
    [ending(9n, 1n, 99n, post, { ledger: 2n, code: 1n }), 'pending_transfer_has_different_ledger'],
    [ending(9n, 1n, 99n, post, { ledger: 1n, code: 1n }), 'pending_transfer_has_different_code'],
    [ending(9n, 1n, 11n, post), 'exceeds_pending_transfer_amount'],
    [ending(9n, 1n, 10n, post, { debit_account_id: 1n, credit_account_id: 2n, ledger: 1n, code: 7n }), 'created'],
    [ending(10n, 1n, 11n, post), 'exceeds_pending_transfer_amount'],
    [ending(10n, 1n, 9n, cancel), 'pending_transfer_has_different_amount'],
    [ending(10n, 1n, 0n, cancel), 'pending_transfer_already_posted'],
    [ending(11n, 77n, 0n, post), 'pending_transfer_not_found'],
    [transfer(11n, 1n, 2n, 1n), 'id_already_failed'],
    [transfer(10n, 1n, 2n, 1n), 'created'],
  );
});

scenario('a post or void takes accounts, ledger, code and unset user data from what it ends', async (ledger) => {
  await twoAccounts(ledger);
  const data = { user_data_128: 5n, user_data_64: 6n, user_data_32: 7n };
  const [, timestamp = 0n] = await ledger.transfers(
    [transfer(1n, 1n, 2n, 10n, { flags: pending, code: 9n, timeout: 60n, ...data }), 'created'],
    [ending(2n, 1n, U128_MAX, post, { user_data_64: 66n }), 'created'],
  );
  assert.deepEqual(await ledger.transfer(2n), {
    id: 2n,
    debit_account_id: 1n,
    credit_account_id: 2n,
    amount: 10n,
    pending_id: 1n,
    user_data_128: 5n,
    user_data_64: 66n,
    user_data_32: 7n,
    timeout: 0n,
    ledger: 1n,
    code: 9n,
    flags: post,
    timestamp,
  });
});

scenario('sending a post again: unset fields stand for those of the pending transfer', async (ledger) => {
  await twoAccounts(ledger);
  const data = { user_data_128: 5n, user_data_64: 6n, user_data_32: 7n };
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 10n, { flags: pending, ...data }), 'created'],
    [transfer(3n, 1n, 2n, 10n, { flags: pending, ...data }), 'created'],
    [transfer(5n, 1n, 2n, 10n, { flags: pending, ...data }), 'created'],
  );
  const [posted, partly, voided] = await ledger.transfers(
    [ending(2n, 1n, U128_MAX, post), 'created'],
    [ending(4n, 3n, 4n, post, { user_data_64: 66n }), 'created'],
    [ending(6n, 5n, 0n, cancel), 'created'],
  );
  const again = await ledger.transfers(
    [ending(2n, 1n, U128_MAX, post), 'exists'],
    [
      ending(2n, 1n, 10n, post, { debit_account_id: 1n, credit_account_id: 2n, ledger: 1n, code: 1n, ...data }),
      'exists',
    ],
    [ending(4n, 3n, 4n, post, { user_data_64: 66n }), 'exists'],
    [ending(6n, 5n, 0n, cancel), 'exists'],
    [ending(6n, 5n, 10n, cancel), 'exists'],
    [ending(2n, 1n, U128_MAX, cancel), 'exists_with_different_flags'],
    [ending(2n, 3n, U128_MAX, post, { timeout: 1n }), 'exists_with_different_pending_id'],
    [ending(2n, 1n, U128_MAX, post, { timeout: 1n, debit_account_id: 9n }), 'exists_with_different_timeout'],
    [
      ending(2n, 1n, 1n, post, { debit_account_id: 9n, credit_account_id: 9n }),
      'exists_with_different_debit_account_id',
    ],
    [ending(2n, 1n, 1n, post, { credit_account_id: 9n }), 'exists_with_different_credit_account_id'],
    [ending(2n, 1n, 0n, post, { user_data_128: 1n }), 'exists_with_different_amount'],
    [ending(4n, 3n, U128_MAX, post), 'exists_with_different_amount'],
    [ending(6n, 5n, U128_MAX, cancel), 'exists_with_different_amount'],
    [ending(2n, 1n, 10n, post, { user_data_128: 1n, user_data_64: 1n }), 'exists_with_different_user_data_128'],
    [ending(4n, 3n, 4n, post), 'exists_with_different_user_data_64'],
    [ending(2n, 1n, 10n, post, { user_data_32: 1n, ledger: 9n }), 'exists_with_different_user_data_32'],
    [ending(2n, 1n, 10n, post, { ledger: 9n, code: 9n }), 'exists_with_different_ledger'],
    [ending(2n, 1n, 10n, post, { code: 9n }), 'exists_with_different_code'],
  );
  assert.deepEqual(again.slice(0, 5), [posted, posted, partly, voided, voided]);
});

scenario('a pending transfer ends once', async (ledger) => {
  await twoAccounts(ledger);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 10n, { flags: pending }), 'created'],
    [transfer(2n, 1n, 2n, 10n, { flags: pending }), 'created'],
    [transfer(3n, 1n, 2n, 10n, { flags: pending, timeout: 1n }), 'created'],
    [ending(11n, 1n, U128_MAX, post), 'created'],
    [ending(12n, 2n, 0n, cancel), 'created'],
  );
  await ledger.advance(SECOND);
  await ledger.transfers(
    [ending(21n, 1n, U128_MAX, post), 'pending_transfer_already_posted'],
    [ending(21n, 1n, 0n, cancel), 'pending_transfer_already_posted'],
    [ending(22n, 2n, U128_MAX, post), 'pending_transfer_already_voided'],
    [ending(22n, 2n, 0n, cancel), 'pending_transfer_already_voided'],
    [ending(23n, 3n, U128_MAX, post), 'pending_transfer_expired'],
    [ending(23n, 3n, 0n, cancel), 'pending_transfer_expired'],
    [ending(23n, 3n, 11n, post), 'exceeds_pending_transfer_amount'],
  );
  assert.deepEqual(await ledger.balances(1n), [0n, 10n, 0n, 0n]);
});

timedScenario('a timeout ends at its nanosecond, pulse or no pulse', async (ledger) => {
  await twoAccounts(ledger);
  const [created] = await ledger.transfers(
    [transfer(1n, 1n, 2n, 10n, { flags: pending, timeout: 1n }), 'created'],
    [transfer(2n, 1n, 2n, 10n, { flags: pending, timeout: 1n }), 'created'],
  );
  assert.ok(created);
  ledger.startAt(created + SECOND);
  await ledger.transfers(
    [ending(11n, 1n, U128_MAX, post), 'pending_transfer_expired'],
    [ending(12n, 2n, 0n, cancel), 'pending_transfer_expired'],
  );
  assert.deepEqual(await ledger.balances(1n), [20n, 0n, 0n, 0n]);
});

timedScenario('a post in the last nanosecond before the timeout counts', async (ledger) => {
  await twoAccounts(ledger);
  const [created] = await ledger.transfers([transfer(1n, 1n, 2n, 10n, { flags: pending, timeout: 1n }), 'created']);
  assert.ok(created);
  ledger.startAt(created + SECOND - 1n);
  await ledger.transfers([ending(11n, 1n, U128_MAX, post), 'created']);
});

timedScenario('the pulse expires what is due, not a nanosecond before', async (ledger) => {
  await twoAccounts(ledger);
  await ledger.transfers([transfer(1n, 1n, 2n, 10n, { flags: pending, timeout: 1n }), 'created']);
  await ledger.advance(SECOND - 1n);
  assert.deepEqual(await ledger.balances(1n), [10n, 0n, 0n, 0n]);
  await ledger.advance(1n);
  assert.deepEqual(await ledger.balances(1n), [0n, 0n, 0n, 0n]);
});

timedScenario(
  'until the pulse, what is past its timeout is still reserved and still counts against limits',
  async (ledger) => {
    await ledger.accounts([account(1n, { flags: 2n }), 'created'], [account(2n), 'created']);
    const [created] = await ledger.transfers(
      [transfer(1n, 2n, 1n, 10n), 'created'],
      [transfer(2n, 1n, 2n, 10n, { flags: pending, timeout: 1n }), 'created'],
    );
    assert.ok(created);
    ledger.startAt(created + 2n * SECOND);
    await ledger.transfers([transfer(3n, 1n, 2n, 1n), 'exceeds_credits']);
    await ledger.advance(1n);
    await ledger.transfers([transfer(3n, 1n, 2n, 1n), 'id_already_failed'], [transfer(4n, 1n, 2n, 1n), 'created']);
  },
);

scenario('expiries happen in the order in which they are due, then in that of creation', async (ledger) => {
  await twoAccounts(ledger);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 1n, { flags: pending, timeout: 3n }), 'created'],
    [transfer(2n, 1n, 2n, 2n, { flags: pending, timeout: 1n }), 'created'],
    [transfer(3n, 1n, 2n, 4n, { flags: pending }), 'created'],
    [transfer(4n, 1n, 2n, 8n, { flags: pending, timeout: 2n }), 'created'],
    [transfer(5n, 1n, 2n, 16n, { flags: pending, timeout: 1n }), 'created'],
  );
  await ledger.advance(4n * SECOND);
  const expired = (await ledger.changeEvents({ limit: 100n })).filter((e) => e.type === changeType.two_phase_expired);
  assert.deepEqual(
    expired.map((e) => [e.transfer_id, e.debit_account_debits_pending, e.credit_account_credits_pending]),
    [
      [2n, 29n, 29n],
      [5n, 13n, 13n],
      [4n, 5n, 5n],
      [1n, 4n, 4n],
    ],
  );
  assert.equal(new Set(expired.map((e) => e.timestamp)).size, 4);
  assert.ok(expired.every((e) => e.timestamp > e.transfer_timestamp && e.transfer_amount > 0n));
});

timedScenario('no timeout is never, and the longest one may not run over the end of time', async (ledger) => {
  await twoAccounts(ledger);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 1n, { flags: pending }), 'created'],
    [transfer(2n, 1n, 2n, 1n, { flags: pending, timeout: U32_MAX }), 'created'],
  );
  await ledger.advance(4_000_000_000n * SECOND);
  assert.deepEqual(await ledger.balances(1n), [2n, 0n, 0n, 0n]);
  ledger.startAt(TIMESTAMP_MAX - 7n * SECOND);
  await ledger.transfers([transfer(4n, 1n, 2n, 1n, { flags: pending, timeout: 7n }), 'created']);
  await ledger.transfers(
    [transfer(5n, 1n, 2n, 1n, { flags: pending, timeout: 7n }), 'overflows_timeout'],
    [transfer(5n, 1n, 2n, 1n, { flags: pending, timeout: 6n }), 'created'],
  );
});

timedScenario(
  'the pending transfer at the head of the queue is posted, and the one behind it still expires',
  async (ledger) => {
    await twoAccounts(ledger);
    await ledger.transfers(
      [transfer(1n, 1n, 2n, 1n, { flags: pending, timeout: 1n }), 'created'],
      [transfer(2n, 1n, 2n, 2n, { flags: pending, timeout: 2n }), 'created'],
      [ending(3n, 1n, U128_MAX, post), 'created'],
    );
    await ledger.advance(SECOND);
    assert.deepEqual(await ledger.balances(1n), [2n, 1n, 0n, 0n]);
    await ledger.advance(SECOND);
    assert.deepEqual(await ledger.balances(1n), [0n, 1n, 0n, 0n]);
  },
);

scenario('posting needs no room under a limit: the reservation was the room', async (ledger) => {
  await ledger.accounts([account(1n, { flags: 2n }), 'created'], [account(2n), 'created']);
  await ledger.transfers(
    [transfer(1n, 2n, 1n, 10n), 'created'],
    [transfer(2n, 1n, 2n, 10n, { flags: pending }), 'created'],
    [transfer(3n, 1n, 2n, 0n), 'created'],
    [transfer(4n, 1n, 2n, 1n), 'exceeds_credits'],
    [ending(5n, 2n, U128_MAX, post), 'created'],
  );
  assert.deepEqual(await ledger.balances(1n), [0n, 10n, 0n, 10n]);
});
