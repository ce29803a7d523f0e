/** Money that crosses between shards: what callers see, and what happens when a shard or a router fails. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type AnyTransferInput,
  CreateTransferStatus,
  checkShards,
  type Ledger,
  type MemoryLedger,
  open,
  type ShardedLedger,
  sharded,
  TransferFlags,
} from '../../src/index.ts';
import { failing } from '../support/failing-ledger.ts';
import { temporaryFolder } from '../support/folders.ts';

const NOW = 1_700_000_000_000_000_000n;
const { linked, pending, post_pending_transfer: post } = TransferFlags;

interface Town {
  readonly shards: readonly MemoryLedger[];
  readonly ledger: ShardedLedger;
}

const shardOf = (account: bigint): number => Number(account % 2n);

/** Accounts 1 to 6, the odd ones on shard 1. */
async function town(): Promise<Town> {
  const shards = [await open(':memory:', { now: NOW }), await open(':memory:', { now: NOW })];
  const ledger = await sharded(shards, { shardOf });
  await ledger.createAccounts([1n, 2n, 3n, 4n, 5n, 6n].map((id) => ({ id, ledger: 1, code: 1, flags: 8 })));
  return { shards, ledger };
}

function transfer(id: bigint, debit: bigint, credit: bigint, amount: bigint, flags = 0): AnyTransferInput {
  return { id, debit_account_id: debit, credit_account_id: credit, amount, ledger: 1, code: 1, flags };
}

async function statuses(ledger: Ledger, ...transfers: AnyTransferInput[]): Promise<(string | undefined)[]> {
  return (await ledger.createTransfers(transfers)).map(({ status }) => CreateTransferStatus[status]);
}

async function posted(ledger: Ledger, ...ids: bigint[]): Promise<bigint[][]> {
  return (await ledger.lookupAccounts(ids)).map((account) => [account.debits_posted, account.credits_posted]);
}

test('a transfer between shards moves its amount once, and shows its accounts', async () => {
  const { ledger, shards } = await town();
  assert.deepEqual(await statuses(ledger, transfer(1n, 1n, 2n, 10n)), ['created']);
  assert.deepEqual(await statuses(ledger, transfer(1n, 1n, 2n, 10n)), ['exists']);
  assert.deepEqual(await statuses(ledger, transfer(1n, 1n, 2n, 11n)), ['exists_with_different_amount']);
  assert.deepEqual(await statuses(ledger, transfer(1n, 1n, 4n, 10n)), ['exists_with_different_credit_account_id']);
  assert.deepEqual(await posted(ledger, 1n, 2n), [
    [10n, 0n],
    [0n, 10n],
  ]);
  for (const account_id of [1n, 2n]) {
    const [found, ...more] = await ledger.getAccountTransfers({ account_id });
    assert.deepEqual([found?.id, found?.debit_account_id, found?.credit_account_id, found?.amount], [1n, 1n, 2n, 10n]);
    assert.deepEqual([found?.flags, found?.pending_id, more.length], [0, 0n, 0]);
    assert.equal((await ledger.getAccountBalances({ account_id })).length, 1);
  }
  assert.equal((await ledger.queryAccounts({})).length, 6);
  assert.equal((await ledger.queryTransfers({})).length, 1);
  assert.deepEqual(await checkShards(shards), { problems: [], open: [], crossed: 1 });
  await ledger.close();
});

test('a router that dies at any arrow has moved the money wholly or not at all', async () => {
  for (let arrow = 0; arrow < 6; arrow++) {
    const { shards } = await town();
    let sent = 0;
    const lose = (): 'before' | 'after' | undefined => {
      const turn = sent++;
      if (turn !== arrow >> 1) return turn > arrow >> 1 ? 'before' : undefined;
      return (arrow & 1) === 0 ? 'before' : 'after';
    };
    const dying = await sharded(
      shards.map((shard) => failing(shard, lose)),
      { shardOf, sweepMs: 1_000_000 },
    );
    await assert.rejects(statuses(dying, transfer(1n, 1n, 2n, 10n)));
    const { problems } = await checkShards(shards);
    assert.deepEqual(problems, [], `after arrow ${arrow}`);
    const other = await sharded(shards, { shardOf, patienceMs: 1, sweepMs: 1_000_000 });
    const moved = arrow >= 3 ? 10n : 0n;
    await other.settle();
    await other.settle();
    assert.deepEqual(await posted(other, 1n, 2n), [
      [moved, 0n],
      [0n, moved],
    ]);
    assert.deepEqual((await checkShards(shards)).open, []);
    // The retry finds the truth: it was done, or it is given up for ever, or nothing had been sent.
    const again = arrow === 0 ? 'created' : arrow >= 3 ? 'exists' : 'id_already_failed';
    assert.deepEqual(await statuses(other, transfer(1n, 1n, 2n, 10n)), [again], `after arrow ${arrow}`);
    await other.close();
  }
});

test('a retry before the resolver comes goes on where the router has died', async () => {
  const { shards } = await town();
  let sent = 0;
  const dying = await sharded(
    shards.map((shard) => failing(shard, () => (sent++ === 0 ? 'after' : 'before'))),
    { shardOf, sweepMs: 1_000_000 },
  );
  await assert.rejects(statuses(dying, transfer(1n, 1n, 2n, 10n)));
  const other = await sharded(shards, { shardOf, patienceMs: 10 ** 14 });
  assert.deepEqual(await statuses(other, transfer(1n, 1n, 2n, 10n)), ['created']);
  assert.deepEqual(await checkShards(shards), { problems: [], open: [], crossed: 1 });
  await other.close();
});

test('an account that closes in the middle keeps its money in the bridge until it is open again', async () => {
  const { shards, ledger } = await town();
  let closed = false;
  const slow = failing(shards[0]!, ({ flags }) => {
    if ((flags! & post) === 0 || closed) return undefined;
    closed = true;
    return 'before';
  });
  const dying = await sharded([slow, shards[1]!], { shardOf, sweepMs: 1_000_000 });
  await assert.rejects(statuses(dying, transfer(1n, 1n, 2n, 10n)));
  const close = pending | TransferFlags.closing_credit;
  assert.deepEqual(await statuses(ledger, transfer(7n, 4n, 2n, 0n, close)), ['created']);
  assert.equal((await ledger.settle()).held, 1);
  const { problems, open: legs } = await checkShards(shards);
  assert.deepEqual([problems, legs.map(({ transfer: id, decided }) => [id, decided])], [[], [[1n, true]]]);
  const reopen: AnyTransferInput = { id: 8n, pending_id: 7n, flags: TransferFlags.void_pending_transfer };
  assert.deepEqual(await statuses(ledger, reopen), ['created']);
  assert.equal((await ledger.settle()).posted, 1);
  assert.deepEqual(await posted(ledger, 2n), [[0n, 10n]]);
  await ledger.close();
});

test('a pending transfer between shards is posted in part, and expires on both', async () => {
  const { shards, ledger } = await town();
  assert.deepEqual(
    await statuses(
      ledger,
      transfer(1n, 1n, 2n, 10n, pending),
      { ...transfer(2n, 1n, 2n, 20n, pending), timeout: 5 },
      { id: 3n, pending_id: 1n, amount: 4n, flags: post },
    ),
    ['created', 'created', 'created'],
  );
  assert.deepEqual(await posted(ledger, 1n, 2n), [
    [4n, 0n],
    [0n, 4n],
  ]);
  for (const shard of shards) await shard.advance(6_000_000_000n);
  await ledger.settle();
  const [account] = await ledger.lookupAccounts([2n]);
  assert.deepEqual([account!.credits_pending, account!.credits_posted], [0n, 4n]);
  const rows = await ledger.getAccountTransfers({ account_id: 2n });
  assert.deepEqual(
    rows.map(({ id, amount }) => [id, amount]),
    [
      [1n, 10n],
      [2n, 20n],
      [3n, 4n],
    ],
  );
  await ledger.close();
});

test('a chain over shards is done as a whole or not at all', async () => {
  const { shards, ledger } = await town();
  const chain = [transfer(1n, 1n, 2n, 5n, linked), transfer(2n, 2n, 4n, 6n, linked), transfer(3n, 4n, 3n, 7n)];
  assert.deepEqual(await statuses(ledger, ...chain), ['created', 'created', 'created']);
  assert.deepEqual(await statuses(ledger, ...chain), ['exists', 'linked_event_failed', 'linked_event_failed']);
  const found = await ledger.lookupTransfers([1n, 2n, 3n]);
  assert.deepEqual(
    found.map(({ id, debit_account_id, credit_account_id, flags }) => [id, debit_account_id, credit_account_id, flags]),
    [
      [1n, 1n, 2n, linked],
      [2n, 2n, 4n, linked],
      [3n, 4n, 3n, 0],
    ],
  );
  const missing = [transfer(4n, 1n, 2n, 5n, linked), transfer(5n, 2n, 99n, 6n)];
  assert.deepEqual(await statuses(ledger, ...missing), ['linked_event_failed', 'credit_account_not_found']);
  await ledger.createAccounts([{ id: 8n, ledger: 1, code: 1, flags: 2 }]);
  const poor = [transfer(6n, 1n, 2n, 5n, linked), transfer(7n, 8n, 1n, 6n)];
  assert.deepEqual(await statuses(ledger, ...poor), ['linked_event_failed', 'exceeds_credits']);
  assert.deepEqual(await ledger.lookupTransfers([4n, 5n, 6n, 7n]), []);
  assert.deepEqual(await posted(ledger, 1n, 2n, 3n, 4n, 8n), [
    [5n, 0n],
    [6n, 5n],
    [0n, 7n],
    [7n, 6n],
    [0n, 0n],
  ]);
  assert.deepEqual((await checkShards(shards)).problems, []);
  await ledger.close();
});

test('a chain over shards holds transfers in several currencies, wherever they lie', async () => {
  const { ledger, shards } = await town();
  await ledger.createAccounts([11n, 12n, 13n].map((id) => ({ id, ledger: 2, code: 1 })));
  const inEuro = { ...transfer(2n, 11n, 13n, 5n), amount: 5n, ledger: 2 };
  const chain: AnyTransferInput[] = [
    transfer(1n, 1n, 2n, 10n, linked),
    { ...inEuro, flags: linked },
    transfer(3n, 2n, 3n, 1n),
  ];
  assert.deepEqual(await statuses(ledger, ...chain), ['created', 'created', 'created']);
  assert.deepEqual(await posted(ledger, 1n, 2n, 3n, 11n, 13n), [
    [10n, 0n],
    [1n, 10n],
    [0n, 1n],
    [5n, 0n],
    [0n, 5n],
  ]);
  assert.deepEqual((await checkShards(shards)).problems, []);
  await ledger.close();
});

test('a shard that does not answer is told at once, and the others go on', async () => {
  const { shards } = await town();
  let silent = false;
  const hung = new Proxy(shards[0]!, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => (silent ? new Promise(() => undefined) : value.apply(target, args));
    },
  });
  const ledger = await sharded([hung, shards[1]!], { shardOf, answerMs: 200, sweepMs: 1_000_000 });
  silent = true;
  const keep = setTimeout(() => undefined, 60_000);
  const lost = statuses(ledger, transfer(1n, 1n, 2n, 10n));
  assert.deepEqual(await statuses(ledger, transfer(2n, 3n, 5n, 1n)), ['created']);
  await assert.rejects(lost, { code: 'timed_out', retriable: true });
  await assert.rejects(statuses(ledger, transfer(3n, 2n, 4n, 1n)), { code: 'unreachable' });
  await assert.rejects(ledger.lookupTransfers([1n]), { code: 'unreachable' });
  assert.deepEqual(await statuses(ledger, transfer(4n, 3n, 5n, 1n)), ['created']);
  clearTimeout(keep);
});

test('ledgers that are not the shards of one map are refused', async () => {
  const { shards } = await town();
  const other = await town();
  const refused = { code: 'shards_invalid' };
  await assert.rejects(sharded([shards[1]!, shards[0]!]), refused);
  await assert.rejects(sharded([shards[0]!, other.shards[1]!]), refused);
  await assert.rejects(sharded([shards[0]!]), refused);
  await assert.rejects(sharded([shards[0]!, await open(':memory:')]), refused);
  await assert.rejects(sharded([shards[0]!, shards[0]!]), { code: 'invalid_argument' });
});

test('nobody may name an account of settlement', async () => {
  const { ledger, shards } = await town();
  await statuses(ledger, transfer(1n, 1n, 2n, 10n));
  const bridge = (await shards[0]!.queryAccounts({ code: 65_535 })).at(-1)!.id;
  await assert.rejects(statuses(ledger, transfer(2n, bridge, 2n, 10n)), { code: 'invalid_argument' });
  await assert.rejects(ledger.createAccounts([{ id: bridge, ledger: 1, code: 1 }]), { code: 'invalid_argument' });
  assert.deepEqual(await ledger.lookupAccounts([bridge]), []);
  assert.deepEqual(await ledger.getAccountTransfers({ account_id: bridge }), []);
});

test('a folder of shards is one ledger, and is found again', async () => {
  const folder = join(temporaryFolder(), 'books');
  const first = await open(folder, { shards: 2, mode: 'inline' });
  const ids = Array.from({ length: 12 }, (_, index) => BigInt(index + 1));
  await first.createAccounts(ids.map((id) => ({ id, ledger: 1, code: 1 })));
  const moves = ids.slice(1).map((id) => transfer(id, 1n, id, 1n));
  assert.deepEqual(new Set(await statuses(first, ...moves)), new Set(['created']));
  await first.close();
  const again = await open(folder, { shards: 2, mode: 'inline', create: false });
  assert.deepEqual(await posted(again, 1n), [[11n, 0n]]);
  const all = await again.queryTransfers({});
  assert.deepEqual([all.length, new Set(all.map(({ timestamp }) => timestamp)).size], [11, 11]);
  await again.close();
  await assert.rejects(open(folder, { shards: 3, mode: 'inline' }), { code: 'shards_invalid' });
  await assert.rejects(open(folder, { mode: 'inline' }), { code: 'format_foreign' });
});
