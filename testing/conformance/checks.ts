/** Each check in its place: every row is wrong in more than one way, and the first check wins. */
import assert from 'node:assert/strict';
import { accountFlag, transferFlag, U128_MAX } from '../model/names.ts';
import { account, transfer } from './scenario.ts';
import { type Story, scenarios } from './story.ts';

export const checkStories: Story[] = [];
const scenario = scenarios(checkStories);

const { pending, closing_debit } = transferFlag;
const both = accountFlag.debits_must_not_exceed_credits | accountFlag.credits_must_not_exceed_debits;

scenario('the checks of an account stand in their order', async (ledger) => {
  await ledger.accounts([account(1n, { user_data_128: 1n, user_data_64: 2n, user_data_32: 3n }), 'created']);
  const bad = { debits_pending: 1n, debits_posted: 1n, credits_pending: 1n, credits_posted: 1n, ledger: 0n, code: 0n };
  const same = { user_data_128: 1n, user_data_64: 2n, user_data_32: 3n };
  await ledger.accounts(
    [{ ...bad, id: 0n, timestamp: 1n, reserved: 1n, flags: 64n | both }, 'timestamp_must_be_zero'],
    [{ ...bad, id: 0n, reserved: 1n, flags: 64n | both }, 'reserved_field'],
    [{ ...bad, id: 0n, flags: 64n | both }, 'reserved_flag'],
    [{ ...bad, id: 0n, flags: 0x8000n }, 'reserved_flag'],
    [{ ...bad, id: 0n, flags: both }, 'id_must_not_be_zero'],
    [{ ...bad, id: U128_MAX, flags: both }, 'id_must_not_be_int_max'],
    [{ ...bad, id: 1n, flags: both }, 'exists_with_different_flags'],
    [{ ...bad, id: 1n }, 'exists_with_different_user_data_128'],
    [{ ...bad, id: 1n, user_data_128: 1n }, 'exists_with_different_user_data_64'],
    [{ ...bad, id: 1n, user_data_128: 1n, user_data_64: 2n }, 'exists_with_different_user_data_32'],
    [{ ...bad, id: 1n, ...same }, 'exists_with_different_ledger'],
    [{ ...bad, id: 1n, ...same, ledger: 1n }, 'exists_with_different_code'],
    [{ ...bad, id: 1n, ...same, ledger: 1n, code: 1n }, 'exists'],
    [{ ...bad, id: 2n, flags: both }, 'flags_are_mutually_exclusive'],
    [{ ...bad, id: 2n }, 'debits_pending_must_be_zero'],
    [{ ...bad, id: 2n, debits_pending: 0n }, 'debits_posted_must_be_zero'],
    [{ id: 2n, credits_pending: 1n, credits_posted: 1n }, 'credits_pending_must_be_zero'],
    [{ id: 2n, credits_posted: 1n << 127n }, 'credits_posted_must_be_zero'],
    [{ id: 2n }, 'ledger_must_not_be_zero'],
    [{ id: 2n, ledger: 1n }, 'code_must_not_be_zero'],
    [{ id: 2n, ledger: 1n, code: 1n, flags: 0n }, 'created'],
  );
});

scenario('the checks of a transfer stand in their order', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created'], [account(3n, { ledger: 2n }), 'created']);
  const bad = { pending_id: 1n, timeout: 1n, flags: closing_debit };
  const ids = { id: 5n, debit_account_id: 1n, credit_account_id: 2n };
  const none = { id: 5n, debit_account_id: 8n, credit_account_id: 9n };
  await ledger.transfers(
    [{ ...bad, timestamp: 1n, flags: 512n }, 'timestamp_must_be_zero'],
    [{ ...bad, flags: 512n }, 'reserved_flag'],
    [{ ...bad, flags: 0x8000n }, 'reserved_flag'],
    [{ ...bad }, 'id_must_not_be_zero'],
    [{ ...bad, id: U128_MAX }, 'id_must_not_be_int_max'],
    [{ ...bad, id: 5n }, 'debit_account_id_must_not_be_zero'],
    [{ ...bad, id: 5n, debit_account_id: U128_MAX }, 'debit_account_id_must_not_be_int_max'],
    [{ ...bad, id: 5n, debit_account_id: 8n }, 'credit_account_id_must_not_be_zero'],
    [{ ...bad, id: 5n, debit_account_id: 8n, credit_account_id: U128_MAX }, 'credit_account_id_must_not_be_int_max'],
    [{ ...bad, id: 5n, debit_account_id: 8n, credit_account_id: 8n }, 'accounts_must_be_different'],
    [{ ...bad, ...none }, 'pending_id_must_be_zero'],
    [{ ...bad, ...none, pending_id: 0n }, 'timeout_reserved_for_pending_transfer'],
    [{ ...none, flags: closing_debit }, 'closing_transfer_must_be_pending'],
    [{ ...none, flags: pending, timeout: 1n }, 'ledger_must_not_be_zero'],
    [{ ...none, ledger: 1n }, 'code_must_not_be_zero'],
    [{ ...none, id: 6n, ledger: 9n, code: 1n }, 'debit_account_not_found'],
    [{ ...none, id: 7n, debit_account_id: 1n, ledger: 9n, code: 1n }, 'credit_account_not_found'],
    [{ ...ids, credit_account_id: 3n, ledger: 9n, code: 1n }, 'accounts_must_have_the_same_ledger'],
    [{ ...ids, ledger: 9n, code: 1n }, 'transfer_must_have_the_same_ledger_as_accounts'],
    [{ ...ids, ledger: 1n, code: 1n }, 'created'],
    [{ ...none, id: 6n, flags: 512n }, 'reserved_flag'],
    [{ ...none, id: 6n, flags: 4n | 8n }, 'id_already_failed'],
    [{ id: 7n }, 'id_already_failed'],
  );
});

scenario('a transfer sent again is compared field by field, in order', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
  const sent = {
    ...transfer(1n, 1n, 2n, 10n, { flags: pending, timeout: 9n }),
    ...{ user_data_128: 1n << 64n, user_data_64: 2n, user_data_32: 3n },
  };
  const [created] = await ledger.transfers([sent, 'created']);
  const [again] = await ledger.transfers([sent, 'exists']);
  assert.equal(again, created);
  const wrong = [
    ['flags', 0n, 'exists_with_different_flags'],
    ['pending_id', 1n, 'exists_with_different_pending_id'],
    ['timeout', 8n, 'exists_with_different_timeout'],
    ['debit_account_id', 2n, 'exists_with_different_debit_account_id'],
    ['credit_account_id', 1n, 'exists_with_different_credit_account_id'],
    ['amount', 11n, 'exists_with_different_amount'],
    ['user_data_128', 0n, 'exists_with_different_user_data_128'],
    ['user_data_64', 0n, 'exists_with_different_user_data_64'],
    ['user_data_32', 0n, 'exists_with_different_user_data_32'],
    ['ledger', 0n, 'exists_with_different_ledger'],
    ['code', 0n, 'exists_with_different_code'],
  ] as const;
  for (const [index, [, , status]] of wrong.entries()) {
    const different = Object.fromEntries(wrong.slice(index).map(([field, value]) => [field, value]));
    await ledger.transfers([{ ...sent, ...different }, status]);
  }
});

scenario('only failures that time may heal burn an id', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
  await ledger.transfers(
    [transfer(1n, 1n, 1n, 1n), 'accounts_must_be_different'],
    [transfer(1n, 1n, 2n, 1n, { ledger: 7n }), 'transfer_must_have_the_same_ledger_as_accounts'],
    [transfer(1n, 1n, 2n, 1n, { timestamp: 1n }), 'timestamp_must_be_zero'],
    [transfer(1n, 1n, 2n, 1n), 'created'],
    [transfer(2n, 7n, 8n, 1n), 'debit_account_not_found'],
  );
  await ledger.accounts([account(7n), 'created'], [account(8n), 'created']);
  await ledger.transfers([transfer(2n, 7n, 8n, 1n), 'id_already_failed'], [transfer(3n, 7n, 8n, 1n), 'created']);
  assert.deepEqual(await ledger.lookupTransfers(2n), []);
  assert.equal((await ledger.queryTransfers({ limit: 10n })).length, 2);
});

scenario('each event has a moment of its own, failed ones too', async (ledger) => {
  const accounts = await ledger.accounts(
    [account(1n), 'created'],
    [account(0n), 'id_must_not_be_zero'],
    [account(2n), 'created'],
  );
  assert.deepEqual(accounts, [ledger.now - 2n, ledger.now - 1n, ledger.now]);
  const transfers = await ledger.transfers(
    [transfer(0n, 1n, 2n, 1n), 'id_must_not_be_zero'],
    [transfer(1n, 1n, 2n, 1n), 'created'],
  );
  assert.deepEqual(transfers, [ledger.now - 1n, ledger.now]);
  assert.equal((await ledger.transfer(1n)).timestamp, transfers[1]);
});

scenario('an empty request has an empty reply', async (ledger) => {
  assert.deepEqual(await ledger.accounts(), []);
  assert.deepEqual(await ledger.transfers(), []);
  assert.deepEqual(await ledger.lookupAccounts(), []);
  assert.deepEqual(await ledger.lookupTransfers(), []);
});
