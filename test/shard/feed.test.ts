/** Whoever follows the changes of a town by a cursor hears of each once, whatever its shards' clocks and ways are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AnyTransferInput,
  CreateTransferStatus,
  type Ledger,
  open,
  type ShardedLedger,
  sharded,
  TransferFlags,
} from '../../src/index.ts';
import { ModelLedger } from '../../testing/ports/model-ledger.ts';

const HOUR_MS = 3_600_000;
const HOUR = 3_600_000_000_000n;
const shardOf = (account: bigint): number => Number(account & 1n);
const ACCOUNTS = [2n, 3n, 4n, 5n, 6n, 7n];

const join = (shards: readonly Ledger[]): Promise<ShardedLedger> => sharded(shards, { shardOf, sweepMs: HOUR_MS });

async function town(): Promise<[Ledger, Ledger]> {
  const shards: [Ledger, Ledger] = [await open(':memory:'), await open(':memory:')];
  const router = await join(shards);
  await router.createAccounts(ACCOUNTS.map((id) => ({ id, ledger: 1, code: 1 })));
  return shards;
}

function pay(id: bigint, debit_account_id: bigint, credit_account_id: bigint, flags = 0): AnyTransferInput {
  return { id, debit_account_id, credit_account_id, amount: 1n, ledger: 1, code: 1, flags };
}

async function create(ledger: Ledger, ...transfers: AnyTransferInput[]): Promise<void> {
  for (const { status } of await ledger.createTransfers(transfers)) {
    assert.equal(CreateTransferStatus[status], 'created');
  }
}

/** A ledger that one kind of request comes to late: when it is let go. */
function late(ledger: Ledger, verb: 'getChangeEvents' | 'createTransfers') {
  let letGo = (): void => {};
  let come = (): void => {};
  const gone = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const came = new Promise<void>((resolve) => {
    come = resolve;
  });
  const slow = new Proxy(ledger, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== verb) return value.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        come();
        await gone;
        return value.apply(target, args);
      };
    },
  });
  return { ledger: slow, came, letGo };
}

/** Follows the changes; `heard`: what it was told already. */
async function follow(ledger: Ledger, heard: { id: bigint; timestamp: bigint }[], limit = 100): Promise<bigint[]> {
  for (;;) {
    const timestamp_min = (heard.at(-1)?.timestamp ?? 0n) + 1n;
    const page = await ledger.getChangeEvents({ timestamp_min, limit });
    if (page.length === 0) return heard.map(({ id }) => id);
    for (const { transfer_id: id, timestamp } of page) heard.push({ id, timestamp });
  }
}

test('a shard that answers late shows what is younger than what another one has not shown', async () => {
  const [one, two] = await town();
  const slow = late(two, 'getChangeEvents');
  const [writer, reader] = [await join([one, two]), await join([one, slow.ledger])];
  const reading = follow(reader, []);
  await slow.came;
  await create(writer, pay(1n, 2n, 4n));
  await create(writer, pay(2n, 3n, 5n));
  slow.letGo();
  assert.deepEqual(await reading, [1n, 2n]);
  await Promise.all([one.close(), two.close()]);
});

test('changes behind a chain that is not decided wait for it', async () => {
  const [one, two] = await town();
  const slow = late(one, 'createTransfers');
  const [writer, other] = [await join([slow.ledger, two]), await join([one, two])];
  const chain = create(writer, pay(1n, 2n, 3n, TransferFlags.linked), pay(2n, 5n, 4n));
  await slow.came;
  await create(other, pay(3n, 5n, 7n));
  const heard: { id: bigint; timestamp: bigint }[] = [];
  assert.deepEqual(await follow(other, heard), []);
  slow.letGo();
  await chain;
  assert.deepEqual(new Set(await follow(other, heard)), new Set([1n, 2n, 3n]));
  await Promise.all([one.close(), two.close()]);
});

test('a chain that was given up holds nothing back', async () => {
  const [one, two] = await town();
  const slow = late(one, 'createTransfers');
  const [writer, other] = [await join([slow.ledger, two]), await join([one, two])];
  const chain = writer.createTransfers([pay(1n, 2n, 3n, TransferFlags.linked), pay(2n, 5n, 4n)]);
  await slow.came;
  await create(other, pay(3n, 5n, 7n));
  const patient = await sharded([one, two], { shardOf, sweepMs: HOUR_MS, patienceMs: 1 });
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok((await patient.settle()).open === 0);
  assert.deepEqual(await follow(other, []), [3n]);
  slow.letGo();
  await chain;
  assert.deepEqual(await follow(other, []), [3n]);
  await Promise.all([one.close(), two.close()]);
});

test('a shard whose clock is behind is waited for', async () => {
  const [ahead, behind] = [new ModelLedger(), new ModelLedger()];
  const ledger = await join([ahead, behind]);
  await ledger.createAccounts(ACCOUNTS.map((id) => ({ id, ledger: 1, code: 1 })));
  await ahead.advance(HOUR);
  await create(ledger, pay(1n, 2n, 4n));
  const heard: { id: bigint; timestamp: bigint }[] = [];
  assert.deepEqual(await follow(ledger, heard), []);
  await create(ledger, pay(2n, 3n, 5n), pay(3n, 3n, 4n));
  assert.deepEqual(await follow(ledger, heard), [2n, 3n]);
  await behind.advance(2n * HOUR);
  assert.deepEqual(await follow(ledger, heard, 2), [2n, 3n, 1n]);
});
