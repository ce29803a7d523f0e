/** Linked events succeed together or not at all. */
import assert from 'node:assert/strict';
import { accountFlag, transferFlag } from '../model/names.ts';
import { account, ending, transfer } from './scenario.ts';
import { type Story, scenarios } from './story.ts';

export const chainStories: Story[] = [];
const scenario = scenarios(chainStories);
const timedScenario = scenarios(chainStories, true);

const { linked, pending, post_pending_transfer: post, void_pending_transfer: cancel, closing_debit } = transferFlag;

scenario('a chain is created whole, and ends at the first event that is not linked', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 5n, { flags: linked }), 'created'],
    [transfer(2n, 1n, 2n, 6n), 'created'],
    [transfer(3n, 1n, 2n, 7n, { code: 0n }), 'code_must_not_be_zero'],
    [transfer(4n, 1n, 2n, 8n), 'created'],
  );
  assert.deepEqual(await ledger.balances(1n), [0n, 19n, 0n, 0n]);
});

scenario('one failure undoes the whole chain, before and after it, and nothing else', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 1n), 'created'],
    [transfer(2n, 1n, 2n, 10n, { flags: linked }), 'linked_event_failed'],
    [transfer(3n, 1n, 2n, 100n, { flags: linked, code: 0n }), 'code_must_not_be_zero'],
    [transfer(4n, 1n, 2n, 1000n, { flags: linked }), 'linked_event_failed'],
    [transfer(5n, 1n, 2n, 10_000n), 'linked_event_failed'],
    [transfer(6n, 1n, 2n, 100_000n), 'created'],
  );
  assert.deepEqual(await ledger.balances(1n), [0n, 100_001n, 0n, 0n]);
  assert.deepEqual(
    (await ledger.lookupTransfers(1n, 2n, 3n, 4n, 5n, 6n)).map((t) => t.id),
    [1n, 6n],
  );
  assert.deepEqual(
    (await ledger.changeEvents({ limit: 10n })).map((event) => event.transfer_id),
    [1n, 6n],
  );
});

scenario('`exists` breaks a chain, and names the time of an object that never came to be', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
  const [first, second] = await ledger.transfers(
    [transfer(1n, 1n, 2n, 5n, { flags: linked }), 'linked_event_failed'],
    [transfer(1n, 1n, 2n, 5n), 'exists_with_different_flags'],
  );
  assert.deepEqual([first, second], [ledger.now - 1n, ledger.now]);
  const [third, fourth] = await ledger.transfers(
    [transfer(1n, 1n, 2n, 5n, { flags: linked }), 'linked_event_failed'],
    [transfer(1n, 1n, 2n, 5n, { flags: linked }), 'linked_event_chain_open'],
  );
  assert.deepEqual([third, fourth], [ledger.now - 1n, ledger.now]);
  const times = await ledger.transfers(
    [transfer(1n, 1n, 2n, 5n, { flags: linked }), 'linked_event_failed'],
    [transfer(1n, 1n, 2n, 5n, { flags: linked }), 'exists'],
    [transfer(2n, 1n, 2n, 5n), 'linked_event_failed'],
  );
  assert.deepEqual(times, [ledger.now - 2n, ledger.now - 2n, ledger.now]);
  assert.deepEqual(await ledger.lookupTransfers(1n, 2n), []);
});

scenario('a chain without an end fails, even when it had failed already', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
  await ledger.transfers([transfer(1n, 1n, 2n, 5n, { flags: linked }), 'linked_event_chain_open']);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 5n, { flags: linked }), 'linked_event_failed'],
    [transfer(2n, 1n, 2n, 5n, { flags: linked }), 'linked_event_chain_open'],
  );
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 5n, { flags: linked }), 'linked_event_failed'],
    [transfer(2n, 1n, 2n, 5n, { flags: linked, code: 0n }), 'code_must_not_be_zero'],
    [transfer(3n, 1n, 2n, 5n, { flags: linked }), 'linked_event_chain_open'],
  );
  await ledger.accounts(
    [account(3n, { flags: accountFlag.linked }), 'linked_event_failed'],
    [account(4n, { flags: accountFlag.linked }), 'linked_event_chain_open'],
  );
  await ledger.accounts([account(3n), 'created'], [account(4n), 'created']);
});

scenario('only the event that broke the chain has its id burnt, and it stays burnt', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 5n, { flags: linked }), 'linked_event_failed'],
    [transfer(2n, 9n, 2n, 5n, { flags: linked }), 'debit_account_not_found'],
    [transfer(3n, 9n, 2n, 5n), 'linked_event_failed'],
    [transfer(2n, 1n, 2n, 5n), 'id_already_failed'],
  );
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 5n), 'created'],
    [transfer(2n, 1n, 2n, 5n), 'id_already_failed'],
    [transfer(3n, 1n, 2n, 5n), 'created'],
  );
  assert.deepEqual(
    (await ledger.lookupTransfers(1n, 2n, 3n)).map((t) => t.id),
    [1n, 3n],
  );
});

scenario('a burnt id breaks a chain', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
  await ledger.transfers([transfer(2n, 1n, 9n, 5n), 'credit_account_not_found']);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 5n, { flags: linked }), 'linked_event_failed'],
    [transfer(2n, 1n, 2n, 5n), 'id_already_failed'],
  );
});

scenario('undoing a chain opens again what was posted, voided or closed in it', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created'], [account(3n), 'created']);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 5n, { flags: pending }), 'created'],
    [transfer(2n, 1n, 2n, 7n, { flags: pending }), 'created'],
  );
  await ledger.transfers(
    [ending(10n, 1n, 3n, linked | post), 'linked_event_failed'],
    [ending(11n, 2n, 0n, linked | cancel), 'linked_event_failed'],
    [transfer(12n, 1n, 2n, 0n, { flags: linked | pending | closing_debit }), 'linked_event_failed'],
    [ending(13n, 1n, 0n, cancel), 'pending_transfer_already_posted'],
  );
  assert.deepEqual(await ledger.balances(1n), [12n, 0n, 0n, 0n]);
  assert.equal((await ledger.account(1n)).flags, 0n);
  await ledger.transfers(
    [ending(10n, 1n, 0n, cancel), 'created'],
    [ending(11n, 2n, 7n, post), 'created'],
    [transfer(14n, 1n, 3n, 1n), 'created'],
  );
  assert.deepEqual(await ledger.balances(1n), [0n, 8n, 0n, 0n]);
});

scenario('a pending transfer undone with its chain never expires', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 5n, { flags: linked | pending, timeout: 1n }), 'linked_event_failed'],
    [transfer(2n, 1n, 2n, 5n, { code: 0n }), 'code_must_not_be_zero'],
  );
  await ledger.advance(2_000_000_000n);
  assert.deepEqual(await ledger.changeEvents({ limit: 10n }), []);
  assert.deepEqual(await ledger.balances(1n), [0n, 0n, 0n, 0n]);
});

scenario('a closed account fails the rest of the chain that closed it', async (ledger) => {
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 0n, { flags: linked | pending | closing_debit }), 'linked_event_failed'],
    [transfer(2n, 1n, 2n, 5n), 'debit_account_already_closed'],
  );
  assert.equal((await ledger.account(1n)).flags, 0n);
});

scenario('accounts of a chain that failed are not there, and their ids are free', async (ledger) => {
  const { linked: link } = accountFlag;
  const times = await ledger.accounts(
    [account(1n, { flags: link }), 'linked_event_failed'],
    [account(1n, { flags: link }), 'exists'],
    [account(2n), 'linked_event_failed'],
    [account(3n), 'created'],
  );
  assert.deepEqual(times, [ledger.now - 3n, ledger.now - 3n, ledger.now - 1n, ledger.now]);
  assert.deepEqual(
    (await ledger.lookupAccounts(1n, 2n, 3n)).map((a) => a.id),
    [3n],
  );
  await ledger.accounts([account(1n), 'created'], [account(2n), 'created']);
});

timedScenario(
  'undoing a chain of imports lets older ones follow, and keeps their own times in the results',
  async (ledger) => {
    const { linked: link, imported } = accountFlag;
    await ledger.accounts(
      [account(1n, { flags: imported, timestamp: 10n }), 'created'],
      [account(2n, { flags: imported, timestamp: 20n }), 'created'],
    );
    const accounts = await ledger.accounts(
      [account(3n, { flags: imported | link, timestamp: 500n }), 'linked_event_failed'],
      [account(4n, { flags: imported, timestamp: 500n }), 'imported_event_timestamp_must_not_regress'],
      [account(5n, { flags: imported, timestamp: 21n }), 'created'],
    );
    assert.deepEqual(accounts, [500n, ledger.now - 1n, 21n]);
    const { imported: old } = transferFlag;
    const transfers = await ledger.transfers(
      [transfer(1n, 1n, 2n, 5n, { flags: old | linked, timestamp: 500n }), 'linked_event_failed'],
      [transfer(2n, 1n, 2n, 5n, { flags: old, timestamp: 500n }), 'imported_event_timestamp_must_not_regress'],
      [transfer(3n, 1n, 2n, 5n, { flags: old, timestamp: 30n }), 'created'],
      [transfer(4n, 1n, 2n, 5n, { flags: old, timestamp: 500n }), 'created'],
    );
    assert.deepEqual(transfers, [500n, ledger.now - 2n, 30n, 500n]);
  },
);
