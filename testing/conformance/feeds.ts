/** Reading all that there is, page by page. */
import assert from 'node:assert/strict';
import {
  accountsOf,
  ChangeEventType,
  changeEventsOf,
  type Ledger,
  TransferFlags,
  transfersOf,
} from '../../src/model/index.ts';
import { type Story, typed } from './story.ts';

export const feedStories: Story[] = [];
const promise = typed(feedStories);

/** More transfers than a page of either kind holds. */
const COUNT = 9000;
/** Events of one request. */
const REQUEST = 3000;

async function filled(ledger: Ledger): Promise<void> {
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  for (let from = 0; from < COUNT; from += REQUEST) {
    await ledger.createTransfers(
      Array.from({ length: REQUEST }, (_, index) => ({
        id: BigInt(COUNT - from - index),
        debit_account_id: 1n,
        credit_account_id: 2n,
        amount: 1n,
        ledger: 1,
        code: 1,
        flags: index % 2 === 0 ? TransferFlags.pending : 0,
      })),
    );
  }
}

async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

promise('pages of accounts, transfers and changes are all that there is, once, by timestamp', async (ledger) => {
  await filled(ledger);
  const accounts = await all(accountsOf(ledger));
  const transfers = await all(transfersOf(ledger));
  const changes = await all(changeEventsOf(ledger));
  assert.deepEqual(
    accounts.map(({ id }) => id),
    [1n, 2n],
  );
  assert.deepEqual(
    transfers.map(({ id }) => id),
    Array.from({ length: COUNT }, (_, index) => BigInt(COUNT - index)),
  );
  assert.deepEqual(
    changes.map((change) => [change.transfer_id, change.timestamp]),
    transfers.map(({ id, timestamp }) => [id, timestamp]),
  );
  const last = changes.at(-1)!;
  assert.deepEqual([last.debit_account_debits_pending, last.debit_account_debits_posted], [4500n, 4500n]);
  assert.equal(ChangeEventType[changes[0]!.type], 'two_phase_pending');
});

promise('a feed that is read while the ledger moves goes on where it ended, and misses nothing', async (ledger) => {
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  const seen: bigint[] = [];
  let from = 0n;
  for (let round = 0; round < 5; round++) {
    const both = { debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 };
    const created = ledger.createTransfers([1n, 2n, 3n].map((id) => ({ ...both, id: BigInt(round) * 3n + id })));
    const page = await ledger.getChangeEvents({ timestamp_min: from, limit: 2 });
    seen.push(...page.map(({ transfer_id }) => transfer_id));
    from = page.at(-1)!.timestamp + 1n;
    await created;
  }
  const rest = await ledger.getChangeEvents({ timestamp_min: from });
  seen.push(...rest.map(({ transfer_id }) => transfer_id));
  assert.deepEqual(
    seen,
    Array.from({ length: 15 }, (_, index) => BigInt(index + 1)),
  );
});
