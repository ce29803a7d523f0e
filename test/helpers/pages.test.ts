import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  accountBalancesOf,
  accountTransfersOf,
  queriedAccountsOf,
  queriedTransfersOf,
} from '../../src/helpers/pages.ts';
import { AccountFilterFlags, open, QueryFilterFlags } from '../../src/index.ts';
import { recordSchemas } from '../../src/model/index.ts';
import { FILLED_COUNT as COUNT, fill } from '../support/filled.ts';

const { debits, credits, reversed } = AccountFilterFlags;

async function all<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

const ids = (found: readonly { readonly id: bigint }[]): bigint[] => found.map(({ id }) => id);
const ascending = Array.from({ length: COUNT }, (_, index) => BigInt(index + 1));

const ledger = await open(':memory:', { now: 1n });
await fill(ledger);

test('more than a request answers comes whole, in both directions, with pages of any size', async () => {
  assert.deepEqual(ids(await all(accountTransfersOf(ledger, { account_id: 1n }))), ascending);
  const newest = accountTransfersOf(ledger, { account_id: 1n, flags: reversed, limit: 1000 });
  assert.deepEqual(ids(await all(newest)), ascending.toReversed());
  assert.deepEqual(ids(await all(queriedTransfersOf(ledger, { code: 1 }))), ascending);
  const query = queriedTransfersOf(ledger, { ledger: 1, flags: QueryFilterFlags.reversed, limit: 4500 });
  assert.deepEqual(ids(await all(query)), ascending.toReversed());
  const balances = await all(accountBalancesOf(ledger, { account_id: 2n, limit: 3000 }));
  assert.equal(balances.length, COUNT);
});

test('pages of one record end at both ends of time', async () => {
  const forward = queriedAccountsOf(ledger, { limit: 1 });
  assert.deepEqual(ids(await all(forward)), [1n, 2n]);
  const backward = queriedAccountsOf(ledger, { limit: 1, flags: QueryFilterFlags.reversed });
  assert.deepEqual(ids(await all(backward)), [2n, 1n]);
});

test('a record at the first nanosecond ends the pages in reverse', async () => {
  const first = { timestamp: 1n } as never;
  const asked: bigint[] = [];
  const stub = {
    queryTransfers: async ({ timestamp_max = 0n }) => {
      asked.push(timestamp_max);
      return [first];
    },
  };
  await all(queriedTransfersOf(stub, { limit: 1, flags: QueryFilterFlags.reversed }));
  assert.deepEqual(asked, [0n]);
});

test('spans and sides are kept', async () => {
  const [from, , to] = await ledger.lookupTransfers([100n, 101n, 102n]);
  const span = { timestamp_min: from!.timestamp, timestamp_max: to!.timestamp, limit: 2 };
  assert.deepEqual(ids(await all(accountTransfersOf(ledger, { account_id: 1n, ...span }))), [100n, 101n, 102n]);
  const back = accountTransfersOf(ledger, { account_id: 1n, ...span, flags: debits | reversed });
  assert.deepEqual(ids(await all(back)), [102n, 101n, 100n]);
  assert.deepEqual(await all(accountTransfersOf(ledger, { account_id: 1n, ...span, flags: credits })), []);
});

test('a page size that there is not is refused', async () => {
  for (const limit of [0, -1, 1.5, 8190]) {
    await assert.rejects(all(queriedTransfersOf(ledger, { limit })), { code: 'invalid_argument' });
  }
});

test('a loop may be left, and asks no more', async () => {
  let asked = 0;
  const counting = {
    getAccountTransfers: (filter: Parameters<typeof ledger.getAccountTransfers>[0]) => {
      asked++;
      return ledger.getAccountTransfers(filter);
    },
  };
  for await (const page of accountTransfersOf(counting, { account_id: 1n, limit: 10 })) {
    assert.equal(page.length, 10);
    break;
  }
  assert.equal(asked, 1);
});

test('a filter has every field, for the client of tigerbeetle-node would miss one', async () => {
  const asked: object[] = [];
  const note = async (filter: object) => {
    asked.push(filter);
    return [];
  };
  const stub = { getAccountTransfers: note, queryTransfers: note };
  await all(accountTransfersOf(stub, { account_id: 1n }));
  await all(queriedTransfersOf(stub, {}));
  const names = ['AccountFilter', 'QueryFilter'].map((name) =>
    recordSchemas
      .find((each) => each.name === name)!
      .fields.map((field) => field.name)
      .filter((field) => field !== 'reserved')
      .sort(),
  );
  assert.deepEqual(
    asked.map((filter) => Object.keys(filter).sort()),
    names,
  );
});
