/** Reads beyond TigerBeetle's find in a ledger of shards what they find in one ledger that was sent the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AnyTransferInput,
  CreateTransferStatus,
  type Ledger,
  open,
  PendingState,
  sharded,
  TransferFilterFlags,
  type TransferFilterInput,
  TransferFlags,
} from '../../src/index.ts';
import { Random } from '../../testing/model/random.ts';

const ACCOUNTS = 7;
const SHARDS = 3;
const ids = Array.from({ length: ACCOUNTS }, (_, i) => BigInt(i) + 1n);
const { linked, pending, post_pending_transfer, void_pending_transfer } = TransferFlags;

/** Plain transfers, holds and their ends, and chains of two. */
function draw(random: Random): AnyTransferInput[][] {
  const holds: bigint[] = [];
  const requests: AnyTransferInput[][] = [];
  for (let id = 100n; id < 400n; id += 2n) {
    const debit = random.between(1, ACCOUNTS);
    const credit = ((debit - 1 + random.between(1, ACCOUNTS - 1)) % ACCOUNTS) + 1;
    const transfer = {
      id,
      debit_account_id: BigInt(debit),
      credit_account_id: BigInt(credit),
      amount: BigInt(random.between(1, 1000)),
      user_data_64: BigInt(random.between(0, 3)),
      ledger: 840,
      code: random.between(1, 3),
    };
    const kind = random.between(0, 9);
    if (kind < 3) {
      holds.push(id);
      requests.push([{ ...transfer, flags: pending }]);
    } else if (kind < 5 && holds.length > 0) {
      const pending_id = holds.splice(random.below(holds.length), 1)[0]!;
      const ends = random.chance(0.5) ? { flags: post_pending_transfer, amount: 1n } : { flags: void_pending_transfer };
      requests.push([{ id, pending_id, ...ends } as AnyTransferInput]);
    } else if (kind < 7) {
      requests.push([
        { ...transfer, flags: linked },
        { ...transfer, id: id + 1n },
      ]);
    } else {
      requests.push([transfer]);
    }
  }
  return requests;
}

async function both(seed: number): Promise<{ one: Ledger; many: Ledger }> {
  const one = await open(':memory:');
  const shards = await Promise.all(Array.from({ length: SHARDS }, () => open(':memory:')));
  const many = await sharded(shards, { shardOf: (account) => Number(account % BigInt(SHARDS)) });
  const requests = draw(new Random(seed));
  for (const ledger of [one, many]) {
    await ledger.createAccounts(ids.map((id) => ({ id, ledger: 840, code: 1 })));
    for (const request of requests) {
      for (const { status } of await ledger.createTransfers(request)) {
        assert.equal(CreateTransferStatus[status], 'created');
      }
    }
  }
  return { one, many };
}

const sorted = (all: readonly { readonly id: bigint }[]): bigint[] =>
  all.map(({ id }) => id).sort((a, b) => (a < b ? -1 : 1));

function filters(random: Random): TransferFilterInput[] {
  const { debits, credits, open: isOpen, posted, voided } = TransferFilterFlags;
  return Array.from({ length: 60 }, () => ({
    account_id: random.chance(0.7) ? random.pick(ids) : 0n,
    counterparty_id: random.chance(0.3) ? random.pick(ids) : 0n,
    amount_min: random.pick([0n, 0n, 200n]),
    amount_max: random.pick([0n, 0n, 700n]),
    user_data_64: random.pick([0n, 0n, 0n, 1n]),
    code: random.pick([0, 0, 0, 2]),
    transfer_flags: random.pick([0, 0, 0, pending, linked, post_pending_transfer]),
    flags: random.pick([0, debits, credits]) | random.pick([0, 0, 0, 0, 0, isOpen, posted, voided, isOpen | posted]),
  }));
}

test('searches and sums find the same transfers over shards as in one ledger', async () => {
  for (const seed of [1, 2, 3]) {
    const { one, many } = await both(seed);
    let found = 0;
    for (const filter of filters(new Random(seed))) {
      const [expected, actual] = await Promise.all([one.searchTransfers(filter), many.searchTransfers(filter)]);
      assert.deepEqual(
        sorted(actual),
        sorted(expected),
        JSON.stringify(filter, (_, value) => String(value)),
      );
      found += actual.length;
      const [{ timestamp_first, timestamp_last, ...sum }, theirs] = await Promise.all([
        one.sumTransfers(filter),
        many.sumTransfers(filter),
      ]);
      assert.deepEqual({ ...theirs, timestamp_first, timestamp_last }, { ...sum, timestamp_first, timestamp_last });
    }
    assert.ok(found > 200, `${found} found`);
    await Promise.all([one.close(), many.close()]);
  }
});

test('a search over shards is cut at its limit, and goes backwards', async () => {
  const { one, many } = await both(4);
  const forwards = await many.searchTransfers({ account_id: 1n });
  const backwards = await many.searchTransfers({ account_id: 1n, limit: 5, flags: TransferFilterFlags.reversed });
  assert.deepEqual(backwards, forwards.toSorted((a, b) => Number(b.timestamp - a.timestamp)).slice(0, 5));
  await Promise.all([one.close(), many.close()]);
});

test('what became of pending transfers is told by the shard of their debit account', async () => {
  const { one, many } = await both(5);
  const asked = [...sorted(await one.queryTransfers({})), 99n];
  const [expected, actual] = await Promise.all([one.lookupPendings(asked), many.lookupPendings(asked)]);
  const told = ({ id, amount, amount_posted, ended_by, state, ledger }: (typeof expected)[number]) => ({
    ...{ id, amount, amount_posted, ended_by, ledger },
    state: PendingState[state],
  });
  assert.deepEqual(actual.map(told), expected.map(told));
  assert.ok(new Set(actual.map(({ state }) => state)).size >= 5, 'every state but expired is there');
  await Promise.all([one.close(), many.close()]);
});

test('accounts are found as they were, each by the clock of its shard, and there are no snapshots', async () => {
  const { one, many } = await both(6);
  const rows = await many.getAccountTransfers({ account_id: 2n });
  const middle = rows[rows.length >> 1]!;
  const [then] = await many.lookupAccountsAt([2n], middle.timestamp);
  let [debited, credited] = [0n, 0n];
  for (const row of rows.filter(({ timestamp, flags }) => timestamp <= middle.timestamp && (flags & pending) === 0)) {
    if ((row.flags & void_pending_transfer) !== 0) continue;
    if (row.debit_account_id === 2n) debited += row.amount;
    else credited += row.amount;
  }
  assert.deepEqual([then!.debits_posted, then!.credits_posted], [debited, credited]);
  const [now, newest] = await Promise.all([many.lookupAccounts(ids), many.lookupAccountsAt(ids, 2n ** 62n)]);
  assert.deepEqual(newest, now);
  await assert.rejects(many.getSnapshot(), { code: 'invalid_argument', message: /no snapshots/ });
  await Promise.all([one.close(), many.close()]);
});
