/** A town that gets another shard while it runs, and accounts that move: stopped at every step, and picked up again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AccountFlags,
  type AnyTransferInput,
  CreateAccountStatus,
  CreateTransferStatus,
  checkShards,
  type Ledger,
  type MemoryLedger,
  open,
  type ShardedLedger,
  sharded,
  stripedId,
  TransferFlags,
} from '../../src/index.ts';

const { pending, void_pending_transfer, closing_debit } = TransferFlags;
const FEES = stripedId(1);
const IDS = Array.from({ length: 30 }, (_, i) => BigInt(i) + 1n);
const NEW = Array.from({ length: 60 }, (_, i) => BigInt(i) + 1001n);
const account = (id: bigint) => ({ id, ledger: 1, code: 1, flags: AccountFlags.history });

interface Town {
  readonly shards: MemoryLedger[];
  readonly ledger: ShardedLedger;
}

async function town(): Promise<Town> {
  const shards = [await open(':memory:'), await open(':memory:')];
  const ledger = await sharded(shards);
  await createAll(ledger, [...IDS, FEES]);
  return { shards, ledger };
}

async function createAll(ledger: Ledger, ids: readonly bigint[], expected = 'created'): Promise<void> {
  for (const { status } of await ledger.createAccounts(ids.map(account))) {
    assert.equal(CreateAccountStatus[status], expected);
  }
}

function pay(id: bigint, debit: bigint, credit: bigint, amount: bigint, flags = 0): AnyTransferInput {
  return { id, debit_account_id: debit, credit_account_id: credit, amount, ledger: 1, code: 1, flags };
}

async function statuses(ledger: Ledger, ...transfers: AnyTransferInput[]): Promise<(string | undefined)[]> {
  return (await ledger.createTransfers(transfers)).map(({ status }) => CreateTransferStatus[status]);
}

/** Each pays the next. */
const ring = (first: bigint, ids: readonly bigint[]): AnyTransferInput[] =>
  ids.map((id, index) => pay(first + BigInt(index), id, ids[(index + 1) % ids.length]!, 7n));

async function balances(ledger: Ledger, ids: readonly bigint[]): Promise<string[]> {
  const found = await ledger.lookupAccounts(ids);
  return found.map(({ id, debits_posted, credits_posted }) => `${id} ${debits_posted} ${credits_posted}`);
}

async function right(shards: readonly Ledger[]): Promise<void> {
  const { problems, open: left } = await checkShards(shards);
  assert.deepEqual({ problems, left }, { problems: [], left: [] });
}

/** A ledger that dies at its `at`th request, before or after it is done; every later one is lost. */
function dying(ledger: Ledger, life: { left: number; readonly after: boolean }): Ledger {
  const asked = new Set(['createTransfers', 'createAccounts', 'lookupTransfers', 'lookupAccounts']);
  return new Proxy(ledger, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name === 'close') return async () => undefined;
      if (!asked.has(String(name))) return value.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        life.left--;
        if (life.left < 0 || (life.left === 0 && !life.after)) throw new Error('the process dies');
        const answer: unknown = await value.apply(target, args);
        if (life.left === 0) throw new Error('the process dies');
        return answer;
      };
    },
  });
}

test('a shard more has new accounts, and old ones stay where they are', async () => {
  const { ledger, shards } = await town();
  assert.ok((await statuses(ledger, ...ring(1n, IDS))).every((status) => status === 'created'));
  const before = await Promise.all(IDS.map((id) => ledger.shardOf(id)));
  shards.push(await open(':memory:'));
  assert.deepEqual(await ledger.addShard(shards[2]!), { counts: [2, 3], moved: 0 });
  assert.deepEqual(await Promise.all(IDS.map((id) => ledger.shardOf(id))), before);
  await createAll(ledger, IDS, 'exists');
  await createAll(ledger, NEW);
  await createAll(ledger, NEW, 'exists');
  const places = await Promise.all(NEW.map((id) => ledger.shardOf(id)));
  assert.ok(places.filter((place) => place === 2).length > 10, places.join());
  const all = [...IDS, ...NEW];
  assert.ok((await statuses(ledger, ...ring(1000n, all))).every((status) => status === 'created'));
  assert.ok((await statuses(ledger, ...ring(1000n, all))).every((status) => status === 'exists'));
  const fees = all.map((id, index) => pay(BigInt(index) + 5000n, id, FEES, 1n));
  assert.ok((await statuses(ledger, ...fees)).every((status) => status === 'created'));
  const [sum] = await ledger.lookupAccounts([FEES]);
  assert.equal(sum!.credits_posted, BigInt(all.length));
  assert.deepEqual(new Set((await ledger.queryAccounts({})).map(({ id }) => id)), new Set([...all, FEES]));
  assert.equal((await ledger.queryAccounts({})).length, all.length + 1);
  await right(shards);
  const again = await sharded(shards);
  assert.deepEqual(again.map, { counts: [2, 3], moved: 0 });
  assert.deepEqual(await balances(again, all), await balances(ledger, all));
  await ledger.close();
});

test('routers of an old epoch are refused, and what they still do is right', async () => {
  const { ledger, shards } = await town();
  const old = await sharded(shards);
  shards.push(await open(':memory:'));
  await ledger.addShard(shards[2]!);
  const [placed] = NEW.filter((id) => id % 2n === 0n);
  await createAll(ledger, NEW.slice(0, 30));
  // It has not heard of the epoch yet: the stubs refuse it, and what it creates first is where it is for all.
  const results = await old.createAccounts(NEW.map(account));
  for (const [index, { status }] of results.entries()) {
    const isNew = index >= 30;
    const place = await ledger.shardOf(NEW[index]!);
    const name = CreateAccountStatus[status];
    if (isNew) assert.equal(name, 'created');
    else assert.equal(name, place === 2 ? 'exists_with_different_flags' : 'exists');
    assert.ok(!isNew || place !== 2);
  }
  assert.ok(placed !== undefined);
  await assert.rejects(old.settle(), { code: 'shards_invalid', message: /epoch 2, 3 shards/ });
  await assert.rejects(old.lookupAccounts([1n]), { code: 'shards_invalid' });
  await assert.rejects(sharded(shards.slice(0, 2)), { code: 'shards_invalid', message: /3 shards, since epoch 2/ });
  await createAll(ledger, NEW, 'exists');
  await right(shards);
  await ledger.close();
});

test('a ledger in use, or a second newcomer, is no new shard', async () => {
  const { ledger, shards } = await town();
  await assert.rejects(ledger.addShard(shards[1]!), { code: 'invalid_argument' });
  const used = await open(':memory:');
  await used.createAccounts([account(1n)]);
  await assert.rejects(ledger.addShard(used), { code: 'shards_invalid', message: /has accounts/ });
  const [one, two] = [await open(':memory:'), await open(':memory:')];
  const life = { left: 4, after: true };
  await assert.rejects(ledger.addShard(dying(one, life)), { message: 'the process dies' });
  await assert.rejects(ledger.addShard(two), { code: 'shards_invalid', message: /another ledger/ });
  assert.deepEqual(await ledger.addShard(one), { counts: [2, 3], moved: 0 });
  await ledger.close();
});

test('adding a shard, stopped at every step, is picked up again', async () => {
  for (const after of [false, true]) {
    for (let step = 1, done = false; !done; step++) {
      const { ledger, shards } = await town();
      const added = await open(':memory:');
      const life = { left: 1_000_000, after };
      const router = await sharded(shards.map((shard) => dying(shard, life)));
      life.left = step;
      done = await router.addShard(dying(added, life)).then(
        () => true,
        () => false,
      );
      // Whether the epoch counts or not, money moves, and the next attempt ends it.
      if (!done) await ledger.addShard(added).catch((error) => assert.equal(error.code, 'shards_invalid'));
      const next = await sharded([...shards, added]);
      await createAll(next, NEW);
      assert.ok((await statuses(next, ...ring(1n, [...IDS, ...NEW]))).every((status) => status === 'created'));
      await right([...shards, added]);
      assert.ok(!done || step > 5, `${step} steps`);
      await Promise.all([next.close(), ledger.close()]);
    }
  }
});

/** Money in both directions, a limit, and a history. */
async function busy(ledger: ShardedLedger): Promise<void> {
  const limited = { ...account(99n), flags: AccountFlags.history | AccountFlags.debits_must_not_exceed_credits };
  await ledger.createAccounts([limited]);
  const events = [pay(1n, 1n, 99n, 100n), pay(2n, 99n, 2n, 30n), pay(3n, 99n, 3n, 20n), pay(4n, 3n, 99n, 5n)];
  for (const event of events) assert.deepEqual(await statuses(ledger, event), ['created']);
}

async function seen(ledger: ShardedLedger): Promise<unknown> {
  const [found] = await ledger.lookupAccounts([99n]);
  const rows = await ledger.getAccountTransfers({ account_id: 99n });
  const then = await ledger.getAccountBalances({ account_id: 99n });
  const { timestamp: _, ...rest } = found!;
  return {
    rest,
    rows,
    then,
    all: (await ledger.queryTransfers({})).length,
    sum: await ledger.sumTransfers({ account_id: 99n }),
  };
}

const otherThan = (shard: number | undefined): number => 1 - shard!;

test('an account moves with its balances, its limit and its history', async () => {
  const { ledger, shards } = await town();
  await busy(ledger);
  const other = await sharded(shards);
  const before = await seen(ledger);
  const from = await ledger.shardOf(99n);
  const [row] = await ledger.getAccountTransfers({ account_id: 99n });
  assert.equal(await ledger.moveAccount(99n, from!), 'is_there');
  assert.equal(await ledger.moveAccount(99n, otherThan(from)), 'moved');
  assert.equal(await ledger.moveAccount(99n, otherThan(from)), 'is_there');
  assert.equal(await ledger.moveAccount(99n, from!), 'was_there');
  assert.deepEqual(await seen(ledger), before);
  await right(shards);
  // What was done before is known, whichever of its accounts has moved.
  for (const event of [pay(1n, 1n, 99n, 100n), pay(2n, 99n, 2n, 30n), pay(3n, 99n, 3n, 20n), pay(4n, 3n, 99n, 5n)]) {
    assert.deepEqual(await statuses(ledger, event), ['exists']);
  }
  assert.deepEqual(await statuses(ledger, pay(2n, 99n, 2n, 31n)), ['exists_with_different_amount']);
  assert.deepEqual(await statuses(ledger, pay(5n, 99n, 4n, 56n)), ['exceeds_credits']);
  for (const [index, to] of [1n, 2n, 3n, 4n].entries()) {
    const id = BigInt(index) + 10n;
    assert.deepEqual(await statuses(ledger, pay(id, 99n, to, 5n), pay(id + 10n, to, 99n, 1n)), ['created', 'created']);
    assert.deepEqual(await statuses(ledger, pay(id, 99n, to, 5n), pay(id + 10n, to, 99n, 1n)), ['exists', 'exists']);
  }
  const chain = [pay(30n, 99n, 1n, 1n, TransferFlags.linked), pay(31n, 2n, 99n, 1n)];
  assert.deepEqual(await statuses(ledger, ...chain), ['created', 'created']);
  const [at] = await ledger.lookupAccountsAt([99n], row!.timestamp);
  assert.deepEqual([at!.credits_posted, at!.debits_posted], [100n, 0n]);
  const [now] = await ledger.lookupAccountsAt([99n], 2n ** 62n);
  assert.deepEqual(now, (await ledger.lookupAccounts([99n]))[0]);
  // The other router hears that the account is closed where it was, and finds out where it lives.
  await other.createTransfers([pay(40n, 99n, 1n, 1n)]);
  assert.deepEqual(await statuses(other, pay(41n, 99n, 1n, 1n)), ['created']);
  assert.deepEqual(await balances(other, [99n]), await balances(ledger, [99n]));
  await right(shards);
  await ledger.close();
});

test('an account that is missing, striped, closed or has pending transfers stays', async () => {
  const { ledger, shards } = await town();
  const to = otherThan(await ledger.shardOf(5n));
  assert.equal(await ledger.moveAccount(77n, 0), 'not_found');
  assert.equal(await ledger.moveAccount(FEES, 0), 'striped');
  await assert.rejects(ledger.moveAccount(5n, 2), { code: 'invalid_argument', message: /no shard 2/ });
  await statuses(ledger, pay(1n, 5n, 6n, 10n, pending));
  assert.equal(await ledger.moveAccount(5n, to), 'has_pending');
  assert.deepEqual(await statuses(ledger, pay(2n, 5n, 6n, 1n)), ['created']);
  const ends: AnyTransferInput = { id: 3n, pending_id: 1n, flags: void_pending_transfer };
  assert.deepEqual(await statuses(ledger, ends), ['created']);
  assert.deepEqual(await statuses(ledger, pay(4n, 5n, 6n, 0n, pending | closing_debit)), ['created']);
  assert.equal(await ledger.moveAccount(5n, to), 'closed');
  const opens: AnyTransferInput = { id: 7n, pending_id: 4n, flags: void_pending_transfer };
  assert.deepEqual(await statuses(ledger, opens), ['created']);
  assert.equal(await ledger.moveAccount(5n, to), 'moved');
  await right(shards);
  await ledger.close();
});

test('a move, stopped at every step, leaves an account that works after a sweep, and is picked up again', async () => {
  for (const after of [false, true]) {
    for (let step = 1, done = false; !done; step++) {
      const { ledger, shards } = await town();
      await busy(ledger);
      const before = await balances(ledger, [99n]);
      const to = otherThan(await ledger.shardOf(99n));
      const life = { left: 1_000_000, after };
      const router = await sharded(shards.map((shard) => dying(shard, life)));
      life.left = step;
      done = await router.moveAccount(99n, to).then(
        () => true,
        () => false,
      );
      if (step % 2 === 0) {
        // Nobody picks it up: a router that loses patience lets the account go on.
        const patient = await sharded(shards, { patienceMs: 1 });
        await new Promise((resolve) => setTimeout(resolve, 5));
        await patient.settle();
        assert.deepEqual(await statuses(patient, pay(50n, 1n, 99n, 1n), pay(51n, 99n, 1n, 1n)), ['created', 'created']);
        await right(shards);
        assert.ok(['moved', 'is_there'].includes(await patient.moveAccount(99n, to)));
      } else {
        const next = await sharded(shards);
        assert.ok(['moved', 'is_there'].includes(await next.moveAccount(99n, to)));
        assert.deepEqual(await balances(next, [99n]), before);
        assert.deepEqual(await statuses(next, pay(50n, 1n, 99n, 1n), pay(51n, 99n, 1n, 1n)), ['created', 'created']);
      }
      await right(shards);
      assert.ok(!done || step > 8, `${step} steps`);
      await ledger.close();
    }
  }
});
