/** Routers that have not heard of a move: what they are sent is done where the account lives, and told as it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AnyTransferInput,
  CreateTransferStatus,
  checkShards,
  type Ledger,
  open,
  type ShardedLedger,
  sharded,
  TransferFlags,
} from '../../src/index.ts';

const HOUR_MS = 3_600_000;
const shardOf = (account: bigint): number => Number(account & 1n);

/** Two shards, a router that moves accounts, and others that hear of nothing until they look. */
interface Town {
  readonly shards: Ledger[];
  readonly mover: ShardedLedger;
  readonly behind: () => Promise<ShardedLedger>;
}

async function town(): Promise<Town> {
  const shards = [await open(':memory:'), await open(':memory:')];
  const join = (): Promise<ShardedLedger> => sharded(shards, { shardOf, sweepMs: HOUR_MS });
  const mover = await join();
  const ids = Array.from({ length: 40 }, (_, index) => BigInt(index) + 2n);
  await mover.createAccounts(ids.map((id) => ({ id, ledger: 1, code: 1 })));
  return { shards, mover, behind: join };
}

function pay(id: bigint, debit_account_id: bigint, credit_account_id: bigint, flags = 0): AnyTransferInput {
  return { id, debit_account_id, credit_account_id, amount: 7n, ledger: 1, code: 1, flags };
}

async function statuses(ledger: Ledger, ...transfers: AnyTransferInput[]): Promise<(string | undefined)[]> {
  return (await ledger.createTransfers(transfers)).map(({ status }) => CreateTransferStatus[status]);
}

async function right(shards: readonly Ledger[]): Promise<void> {
  const { problems, open: left } = await checkShards(shards);
  assert.deepEqual({ problems, left }, { problems: [], left: [] });
}

/** Accounts of one shard and of two, and which of both move. */
const CASES = [0n, 1n].flatMap((apart) =>
  (['debit', 'credit', 'both'] as const).map((moving) => ({ apart: apart === 1n, moving })),
);

for (const [nth, { apart, moving }] of CASES.entries()) {
  const accounts = apart ? 'accounts of two shards' : 'accounts of one shard';
  test(`${accounts}, ${moving} moved: a router that has not heard of it knows what was done`, async () => {
    const { shards, mover, behind } = await town();
    const debit = BigInt(nth) * 4n + 2n;
    const credit = debit + (apart ? 1n : 2n);
    const routers = [await behind(), await behind(), await behind()];
    for (const account of moving === 'both' ? [debit, credit] : [moving === 'debit' ? debit : credit]) {
      assert.equal(await mover.moveAccount(account, 1 - shardOf(account)), 'moved');
    }
    assert.deepEqual(await statuses(mover, pay(100n, debit, credit)), ['created']);
    assert.deepEqual(await statuses(routers[0]!, pay(100n, debit, credit)), ['exists']);
    const chain = [pay(101n, debit, credit, TransferFlags.linked), pay(102n, credit, debit)];
    assert.deepEqual(await statuses(mover, ...chain), ['created', 'created']);
    assert.deepEqual(await statuses(routers[1]!, ...chain), ['exists', 'linked_event_failed']);
    // What nobody has done is done, or refused for good, whoever is asked next.
    const [fresh] = await statuses(routers[2]!, pay(103n, debit, credit));
    const [later] = await statuses(mover, pay(103n, debit, credit));
    if (fresh === 'created') assert.equal(later, 'exists');
    else {
      assert.match(fresh!, /^(debit|credit)_account_already_closed$/);
      assert.equal(later, 'id_already_failed');
    }
    const [found] = await (await behind()).lookupTransfers([103n]);
    assert.equal(found !== undefined, fresh === 'created');
    await right(shards);
    await mover.close();
  });
}

test('a router that has not heard of a move looks an account up where it lives', async () => {
  const { mover, behind } = await town();
  const router = await behind();
  assert.deepEqual(await statuses(mover, pay(1n, 2n, 3n)), ['created']);
  assert.equal(await mover.moveAccount(3n, 0), 'moved');
  assert.deepEqual(await router.lookupAccounts([2n, 3n]), await mover.lookupAccounts([2n, 3n]));
  assert.equal((await router.lookupAccounts([3n]))[0]!.credits_posted, 7n);
  await mover.close();
});

test('a closed account that has not moved is refused, and found, as on one ledger', async () => {
  const { mover } = await town();
  const closing = { ...pay(1n, 2n, 3n, TransferFlags.pending | TransferFlags.closing_debit), amount: 0n };
  assert.deepEqual(await statuses(mover, closing), ['created']);
  assert.deepEqual(await statuses(mover, pay(2n, 2n, 3n), pay(3n, 4n, 3n)), [
    'debit_account_already_closed',
    'created',
  ]);
  assert.deepEqual(await statuses(mover, pay(2n, 2n, 3n)), ['id_already_failed']);
  assert.equal((await mover.lookupAccounts([2n])).length, 1);
  await mover.close();
});
