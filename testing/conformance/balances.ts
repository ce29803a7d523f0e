/** Limits, balancing, closing, and the ends of the numbers. */
import assert from 'node:assert/strict';
import { accountFlag, SECOND, TIMESTAMP_MAX, transferFlag, U32_MAX, U128_MAX } from '../model/names.ts';
import { account, ending, transfer } from './scenario.ts';
import { type Story, scenarios } from './story.ts';

export const balanceStories: Story[] = [];
const scenario = scenarios(balanceStories);
const timedScenario = scenarios(balanceStories, true);

const { pending, post_pending_transfer: post, void_pending_transfer: cancel } = transferFlag;
const { balancing_debit, balancing_credit, closing_debit, closing_credit } = transferFlag;
const { debits_must_not_exceed_credits, credits_must_not_exceed_debits, closed } = accountFlag;

scenario('a limit counts what is posted and what is reserved, and may be reached exactly', async (ledger) => {
  await ledger.accounts(
    [account(1n, { flags: debits_must_not_exceed_credits }), 'created'],
    [account(2n, { flags: credits_must_not_exceed_debits }), 'created'],
    [account(3n), 'created'],
  );
  await ledger.transfers(
    [transfer(1n, 3n, 1n, 10n), 'created'],
    [transfer(2n, 2n, 3n, 10n), 'created'],
    [transfer(3n, 1n, 3n, 4n, { flags: pending }), 'created'],
    [transfer(4n, 1n, 3n, 7n), 'exceeds_credits'],
    [transfer(5n, 1n, 3n, 6n), 'created'],
    [transfer(6n, 3n, 2n, 4n, { flags: pending }), 'created'],
    [transfer(7n, 3n, 2n, 7n), 'exceeds_debits'],
    [transfer(8n, 3n, 2n, 6n), 'created'],
    // What is only reserved for it is nothing it could spend yet.
    [transfer(9n, 3n, 1n, 100n, { flags: pending }), 'created'],
    [transfer(10n, 1n, 3n, 1n), 'exceeds_credits'],
    [transfer(11n, 1n, 2n, 1n), 'exceeds_credits'],
    [transfer(4n, 1n, 3n, 0n), 'id_already_failed'],
    [transfer(7n, 3n, 2n, 0n), 'id_already_failed'],
  );
});

scenario('a balancing transfer moves what is there, down to nothing', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created'], [account(3n), 'created']);
  await ledger.transfers(
    [transfer(1n, 3n, 1n, 10n), 'created'],
    [transfer(2n, 2n, 3n, 6n), 'created'],
    [transfer(3n, 1n, 3n, 1n, { flags: pending }), 'created'],
    [transfer(10n, 1n, 3n, 3n, { flags: balancing_debit }), 'created'],
    [transfer(11n, 1n, 2n, U128_MAX, { flags: balancing_debit | balancing_credit }), 'created'],
    [transfer(12n, 1n, 2n, U128_MAX, { flags: balancing_debit | balancing_credit }), 'created'],
    [transfer(13n, 1n, 3n, U128_MAX, { flags: balancing_debit }), 'created'],
    [transfer(14n, 3n, 2n, U128_MAX, { flags: balancing_credit | pending }), 'created'],
  );
  assert.deepEqual(
    (await ledger.lookupTransfers(10n, 11n, 12n, 13n, 14n)).map((t) => t.amount),
    [3n, 6n, 0n, 0n, 0n],
  );
  assert.deepEqual(await ledger.balances(1n), [1n, 9n, 0n, 10n]);
  assert.deepEqual(await ledger.balances(2n), [0n, 6n, 0n, 6n]);
});

scenario('a balancing transfer can be pending, and is posted like any other', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
  await ledger.transfers(
    [transfer(1n, 2n, 1n, 10n), 'created'],
    [transfer(2n, 1n, 2n, U128_MAX, { flags: balancing_debit | pending }), 'created'],
    [transfer(3n, 1n, 2n, U128_MAX, { flags: balancing_debit }), 'created'],
    [ending(4n, 2n, U128_MAX, post), 'created'],
  );
  assert.deepEqual(
    (await ledger.lookupTransfers(2n, 3n, 4n)).map((t) => t.amount),
    [10n, 0n, 10n],
  );
});

scenario('a limit still holds after balancing: credits of one side say nothing of the other', async (ledger) => {
  await ledger.accounts([account(1n, { flags: debits_must_not_exceed_credits }), 'created'], [account(2n), 'created']);
  await ledger.transfers(
    [transfer(1n, 2n, 1n, 5n), 'created'],
    [transfer(2n, 2n, 1n, 50n, { flags: pending }), 'created'],
    [transfer(3n, 1n, 2n, 5n, { flags: balancing_credit }), 'created'],
    [transfer(4n, 2n, 1n, 10n), 'created'],
    [transfer(5n, 1n, 2n, U128_MAX, { flags: balancing_credit }), 'created'],
  );
  assert.deepEqual(
    (await ledger.lookupTransfers(3n, 5n)).map((t) => t.amount),
    [5n, 10n],
  );
});

scenario('a balancing transfer sent again exists as long as its bound allows what was moved', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
  const [, moved] = await ledger.transfers(
    [transfer(1n, 2n, 1n, 10n), 'created'],
    [transfer(2n, 1n, 2n, 100n, { flags: balancing_debit }), 'created'],
  );
  const times = await ledger.transfers(
    [transfer(2n, 1n, 2n, 100n, { flags: balancing_debit }), 'exists'],
    [transfer(2n, 1n, 2n, 10n, { flags: balancing_debit }), 'exists'],
    [transfer(2n, 1n, 2n, U128_MAX, { flags: balancing_debit }), 'exists'],
    [transfer(2n, 1n, 2n, 9n, { flags: balancing_debit }), 'exists_with_different_amount'],
    [transfer(2n, 1n, 2n, 10n, { flags: balancing_credit }), 'exists_with_different_flags'],
  );
  assert.deepEqual(times.slice(0, 3), [moved, moved, moved]);
});

scenario('no sum runs over, and each overflow has its own name', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created'], [account(3n), 'created']);
  await ledger.accounts([account(4n), 'created'], [account(5n), 'created']);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, U128_MAX - 1n, { flags: pending }), 'created'],
    [transfer(2n, 1n, 3n, 2n, { flags: pending }), 'overflows_debits_pending'],
    [transfer(2n, 3n, 2n, 2n, { flags: pending }), 'overflows_credits_pending'],
    [transfer(2n, 1n, 3n, 2n), 'overflows_debits'],
    [transfer(2n, 3n, 2n, 2n), 'overflows_credits'],
    [transfer(2n, 1n, 2n, 1n, { flags: pending }), 'created'],
    [transfer(3n, 4n, 5n, U128_MAX), 'created'],
    [transfer(4n, 4n, 3n, 1n), 'overflows_debits_posted'],
    [transfer(4n, 3n, 5n, 1n), 'overflows_credits_posted'],
    // A pending one may not run over what is posted either.
    [transfer(4n, 4n, 3n, 1n, { flags: pending }), 'overflows_debits_posted'],
    [transfer(4n, 3n, 5n, 1n, { flags: pending }), 'overflows_credits_posted'],
    [transfer(4n, 4n, 5n, 0n), 'created'],
    [transfer(5n, 4n, 5n, 0n, { flags: pending, timeout: U32_MAX }), 'created'],
  );
  assert.deepEqual(await ledger.balances(1n), [U128_MAX, 0n, 0n, 0n]);
  assert.deepEqual(await ledger.balances(5n), [0n, 0n, 0n, U128_MAX]);
});

timedScenario('overflows come before limits, the timeout last among them', async (ledger) => {
  await ledger.accounts(
    [account(1n, { flags: debits_must_not_exceed_credits }), 'created'],
    [account(2n, { flags: credits_must_not_exceed_debits }), 'created'],
    [account(3n), 'created'],
  );
  await ledger.transfers(
    [transfer(1n, 3n, 1n, U128_MAX), 'created'],
    [transfer(2n, 1n, 3n, U128_MAX, { flags: pending }), 'created'],
  );
  ledger.startAt(TIMESTAMP_MAX - SECOND + 1n);
  await ledger.transfers(
    [transfer(3n, 1n, 2n, 1n, { flags: pending, timeout: 1n }), 'overflows_debits_pending'],
    [transfer(3n, 3n, 2n, 0n, { flags: pending, timeout: 1n }), 'overflows_timeout'],
    [transfer(3n, 1n, 2n, 0n, { flags: pending, timeout: 1n }), 'overflows_timeout'],
    [transfer(3n, 1n, 2n, 1n, { flags: pending }), 'overflows_debits_pending'],
    [transfer(3n, 3n, 2n, 1n), 'overflows_debits_posted'],
    [transfer(3n, 1n, 2n, 0n), 'created'],
  );
});

scenario('exceeding credits is told before exceeding debits', async (ledger) => {
  await ledger.accounts(
    [account(1n, { flags: debits_must_not_exceed_credits }), 'created'],
    [account(2n, { flags: credits_must_not_exceed_debits }), 'created'],
    [account(3n), 'created'],
  );
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 1n), 'exceeds_credits'],
    [transfer(2n, 3n, 2n, 1n), 'exceeds_debits'],
    [transfer(3n, 1n, 2n, 0n), 'created'],
  );
});

scenario('a closing transfer closes, and voiding it or letting it expire opens again', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created'], [account(3n), 'created']);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 0n, { flags: closing_debit }), 'closing_transfer_must_be_pending'],
    [transfer(1n, 1n, 2n, 0n, { flags: closing_credit }), 'closing_transfer_must_be_pending'],
    [transfer(9n, 1n, 2n, 3n, { flags: pending }), 'created'],
    [transfer(1n, 1n, 2n, 0n, { flags: pending | closing_debit | closing_credit, timeout: 5n }), 'created'],
    [transfer(2n, 1n, 2n, 1n), 'debit_account_already_closed'],
    [transfer(3n, 3n, 2n, 1n), 'credit_account_already_closed'],
    [transfer(4n, 2n, 3n, 0n, { flags: pending | closing_debit }), 'debit_account_already_closed'],
    [ending(5n, 9n, 3n, post), 'debit_account_already_closed'],
    [ending(6n, 1n, U128_MAX, post), 'debit_account_already_closed'],
    [ending(7n, 9n, 3n, cancel), 'created'],
    [ending(8n, 1n, 0n, cancel), 'created'],
    [transfer(10n, 1n, 2n, 1n), 'created'],
    [transfer(2n, 1n, 2n, 1n), 'id_already_failed'],
    [ending(6n, 1n, U128_MAX, post), 'id_already_failed'],
  );
  await ledger.transfers([transfer(11n, 1n, 2n, 7n, { flags: pending | closing_credit, timeout: 1n }), 'created']);
  assert.deepEqual([(await ledger.account(1n)).flags, (await ledger.account(2n)).flags], [0n, closed]);
  await ledger.transfers([ending(12n, 11n, 7n, post), 'credit_account_already_closed']);
  await ledger.advance(SECOND);
  assert.equal((await ledger.account(2n)).flags, 0n);
  await ledger.transfers([transfer(13n, 1n, 2n, 1n), 'created']);
});

scenario('an account is compared as it is now: closed if a transfer closed it', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
  await ledger.transfers([transfer(1n, 1n, 2n, 0n, { flags: pending | closing_debit }), 'created']);
  await ledger.accounts(
    [account(1n), 'exists_with_different_flags'],
    [account(1n, { flags: closed }), 'exists'],
    [account(2n), 'exists'],
  );
});

scenario('an account born closed stays closed', async (ledger) => {
  await ledger.accounts([account(1n, { flags: closed }), 'created'], [account(2n), 'created']);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 0n), 'debit_account_already_closed'],
    [transfer(2n, 2n, 1n, 0n, { flags: pending | closing_debit }), 'credit_account_already_closed'],
  );
});

scenario('nothing is a legal amount', async (ledger) => {
  await ledger.accounts([account(1n, { flags: 8n }), 'created'], [account(2n), 'created']);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 0n), 'created'],
    [transfer(2n, 1n, 2n, 0n, { flags: pending }), 'created'],
    [ending(3n, 2n, 0n, cancel), 'created'],
  );
  assert.equal((await ledger.accountBalances({ account_id: 1n, flags: 3n, limit: 10n })).length, 3);
});
