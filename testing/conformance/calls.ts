/** How calls are answered: in their order, once, in objects or in batches. */
import assert from 'node:assert/strict';
import {
  AccountBatch,
  type AccountInput,
  CreateAccountStatus,
  CreateTransferStatus,
  formatUuid,
  TransferBatch,
  TransferFlags,
  type TransferInput,
} from '../../src/model/index.ts';
import { type Story, typed } from './story.ts';

export const callStories: Story[] = [];
const promise = typed(callStories);

const accounts: readonly AccountInput[] = [1n, 2n].map((id) => ({ id, ledger: 1, code: 1 }));

/** From account 1 to account 2. */
const transfer = (id: bigint, amount: bigint, flags = 0): TransferInput => ({
  id,
  debit_account_id: 1n,
  credit_account_id: 2n,
  amount,
  ledger: 1,
  code: 1,
  flags,
});

promise('calls take effect in the order in which they were made, and each is answered for itself', async (ledger) => {
  const [created, before, first, between, second, after] = await Promise.all([
    ledger.createAccounts(accounts),
    ledger.lookupAccounts([1n]),
    ledger.createTransfers([transfer(1n, 5n)]),
    ledger.queryTransfers({ limit: 10 }),
    ledger.createTransfers([transfer(1n, 5n), transfer(2n, 7n)]),
    ledger.lookupAccounts([2n, 1n]),
  ]);
  assert.deepEqual(
    created.map(({ status }) => CreateAccountStatus[status]),
    ['created', 'created'],
  );
  assert.deepEqual(
    before.map(({ debits_posted }) => debits_posted),
    [0n],
  );
  assert.deepEqual(
    [...first, ...second].map(({ status }) => CreateTransferStatus[status]),
    ['created', 'exists', 'created'],
  );
  assert.deepEqual(
    between.map(({ id }) => id),
    [1n],
  );
  assert.deepEqual(
    after.map(({ id, debits_posted, credits_posted }) => [id, debits_posted, credits_posted]),
    [
      [2n, 0n, 12n],
      [1n, 12n, 0n],
    ],
  );
});

promise('timestamps rise from event to event, across accounts, transfers and calls', async (ledger) => {
  const times = [
    ...(await ledger.createAccounts(accounts)),
    ...(await ledger.createTransfers([transfer(1n, 5n), transfer(2n, 5n)])),
    ...(await ledger.createTransfers([transfer(3n, 5n)])),
  ].map(({ timestamp }) => timestamp);
  assert.deepEqual(
    times,
    [...new Set(times)].toSorted((a, b) => (a < b ? -1 : 1)),
  );
  const found = [...(await ledger.lookupAccounts([1n, 2n])), ...(await ledger.lookupTransfers([1n, 2n, 3n]))];
  assert.deepEqual(
    found.map(({ timestamp }) => timestamp),
    times,
  );
});

promise('a request that is sent again does nothing again, a chain included', async (ledger) => {
  await ledger.createAccounts(accounts);
  const chain = [transfer(1n, 5n, TransferFlags.linked), transfer(2n, 5n), transfer(3n, 5n)];
  const [first, again] = [await ledger.createTransfers(chain), await ledger.createTransfers(chain)];
  const statuses = (results: typeof first): string[] => results.map(({ status }) => CreateTransferStatus[status]!);
  assert.deepEqual(statuses(first), ['created', 'created', 'created']);
  assert.deepEqual(statuses(again), ['exists', 'linked_event_failed', 'exists']);
  assert.equal(again[0]!.timestamp, first[0]!.timestamp);
  const [account] = await ledger.lookupAccounts([1n]);
  assert.equal(account!.debits_posted, 15n);
});

promise('batches are answered as objects are, and are free when the call returns', async (ledger) => {
  const [people, moves] = [new AccountBatch(2), new TransferBatch(2)];
  for (const account of accounts) people.add(account);
  const opened = ledger.createAccounts(people);
  people.clear();
  moves.add(transfer(1n, 5n));
  moves.add(transfer(1n, 6n));
  const moved = ledger.createTransfers(moves);
  moves.clear();
  const [created, results] = await Promise.all([opened, moved]);
  assert.deepEqual([created.count, created.firstFailure()], [2, -1]);
  assert.deepEqual([results.count, results.firstFailure()], [2, 1]);
  assert.equal(CreateTransferStatus[results.status(1)], 'exists_with_different_amount');
  const [stored] = await ledger.lookupTransfers([1n]);
  assert.deepEqual([stored!.amount, stored!.timestamp], [5n, results.timestamp(0)]);
});

promise('an id may be the text of a UUID', async (ledger) => {
  const id = 2n ** 127n + 1n;
  await ledger.createAccounts([{ ...accounts[0]!, id: formatUuid(id), user_data_128: formatUuid(7n) }]);
  const [found] = await ledger.lookupAccounts([formatUuid(id)]);
  assert.deepEqual([found!.id, found!.user_data_128], [id, 7n]);
  assert.equal((await ledger.queryAccounts({ user_data_128: formatUuid(7n) })).length, 1);
});

promise('what is found has every field, in the types that it was sent in', async (ledger) => {
  const sent = { user_data_128: 2n ** 100n, user_data_64: 2n ** 60n, user_data_32: 2 ** 31, code: 65_535 };
  const [account] = await ledger.createAccounts([{ ...accounts[0]!, ...sent, flags: 8 }, accounts[1]!]);
  const pending = { ...transfer(1n, 2n ** 127n, TransferFlags.pending), ...sent, timeout: 2 ** 31 };
  const [reserved] = await ledger.createTransfers([pending]);
  const none = { debits_posted: 0n, credits_pending: 0n, credits_posted: 0n };
  assert.deepEqual(await ledger.lookupAccounts([1n]), [
    {
      ...none,
      id: 1n,
      debits_pending: 2n ** 127n,
      ...sent,
      reserved: 0,
      ledger: 1,
      flags: 8,
      timestamp: account!.timestamp,
    },
  ]);
  assert.deepEqual(await ledger.lookupTransfers([1n]), [
    { ...pending, pending_id: 0n, timestamp: reserved!.timestamp },
  ]);
  assert.deepEqual(await ledger.getAccountBalances({ account_id: 1n }), [
    { ...none, debits_pending: 2n ** 127n, timestamp: reserved!.timestamp },
  ]);
});

promise('nothing asked is nothing answered', async (ledger) => {
  assert.deepEqual(await ledger.createAccounts([]), []);
  assert.deepEqual(await ledger.createTransfers([]), []);
  assert.deepEqual(await ledger.lookupAccounts([]), []);
  assert.deepEqual(await ledger.lookupTransfers([]), []);
  assert.equal((await ledger.createTransfers(new TransferBatch(1))).count, 0);
});

promise('a read may say how long its caller waits', async (ledger) => {
  await ledger.createAccounts(accounts);
  const patience = { timeoutMs: 60_000 };
  assert.equal((await ledger.lookupAccounts([1n, 2n], patience)).length, 2);
  assert.equal((await ledger.queryAccounts({}, patience)).length, 2);
  assert.deepEqual(await ledger.getChangeEvents({}, patience), []);
});
