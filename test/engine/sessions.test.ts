/**
 * A request that is sent again gets its first reply: from the same engine, after a kill, from a snapshot, while it is
 * on its way.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buryWriters } from '../../sim/disk.ts';
import { type Engine, type EngineOptions, once, openFolder, openMemory, SMALL_SIZES } from '../../src/engine/index.ts';
import {
  CreateTransferStatus,
  encodeTransfers,
  NO_CONTEXT,
  type Once,
  Operation,
  type Port,
  TransferFlags,
  type TransferInput,
} from '../../src/model/index.ts';
import { FaultyStorage } from '../../testing/disk/faulty-storage.ts';
import { twoAccounts } from '../../testing/model/simple.ts';

const folder = '/l';
const sealing: EngineOptions = { mode: 'inline', sizes: { ...SMALL_SIZES, sealEntries: 5 } };
const { linked } = TransferFlags;
const { created, exists, linked_event_failed } = CreateTransferStatus;

const of = (request: number, again: Once['again'] = { since: 0 }): Once => ({
  session: 'sixteen letters!',
  request,
  checksum: request,
  answered: 0,
  again,
});

const transfer = (id: bigint, flags = 0): TransferInput => ({
  id,
  debit_account_id: 1n,
  credit_account_id: 2n,
  amount: 1n,
  ledger: 1,
  code: 1,
  flags,
});
const chain = (first: bigint): TransferInput[] => [
  transfer(first, linked),
  transfer(first + 1n, linked),
  transfer(first + 2n),
];

/** Statuses and timestamps. */
function send(port: Port, events: readonly TransferInput[], identity?: Once): Promise<[number, bigint][]> {
  return port.request({
    operation: Operation.create_transfers,
    count: events.length,
    write: (cells, at) => encodeTransfers(cells, at, events),
    read: ({ view }, at, size) =>
      Array.from({ length: size / 16 }, (_, index) => [
        view.getUint32(at + index * 16 + 8, true),
        view.getBigUint64(at + index * 16, true),
      ]),
    context: identity === undefined ? NO_CONTEXT : { once: identity },
  });
}
const statuses = (results: readonly [number, bigint][]): number[] => results.map(([status]) => status);

async function withAccounts(engine: Engine): Promise<Port> {
  await engine.request({
    operation: Operation.create_accounts,
    count: 2,
    write: ({ bytes }, at) => bytes.set(twoAccounts, at),
    read: () => undefined,
    context: NO_CONTEXT,
  });
  return once(engine.window)(engine);
}

test('a chain that is sent again is created again in words, and not in deed; without a session it exists', async () => {
  const { engine } = openMemory();
  const port = await withAccounts(engine);
  const first = await send(port, chain(1n), of(1, false));
  assert.deepEqual(statuses(first), [created, created, created]);
  const { op } = engine.sequencer;
  assert.deepEqual(await send(port, chain(1n), of(1)), first);
  assert.equal(engine.sequencer.op, op, 'nothing was executed');
  assert.deepEqual(statuses(await send(port, chain(1n))), [exists, linked_event_failed, linked_event_failed]);
  assert.deepEqual(statuses(await send(port, chain(1n), of(2))), [exists, linked_event_failed, linked_event_failed]);
});

test('a request that is on its way is waited for; another under its number is refused', async () => {
  const { engine } = openMemory();
  const port = await withAccounts(engine);
  const [first, again, other] = await Promise.allSettled([
    send(port, chain(1n), of(1, false)),
    send(port, chain(1n), of(1)),
    send(port, chain(4n), { ...of(1), checksum: 9 }),
  ]);
  assert.equal(first.status, 'fulfilled');
  assert.deepEqual(again, first);
  assert.equal((other as PromiseRejectedResult).reason.code, 'request_reused');
  await assert.rejects(send(port, chain(7n), { ...of(1), checksum: 9 }), { code: 'request_reused' });
});

test('a first attempt that was refused is no reply: the next one is done', async () => {
  const { engine } = openMemory();
  const port = await withAccounts(engine);
  const first = send(port, [{ ...transfer(1n), amount: -1n }], of(1, false));
  const again = send(port, [transfer(1n)], of(1));
  await assert.rejects(first);
  await assert.rejects(again);
  assert.deepEqual(statuses(await send(port, [transfer(1n)], of(1))), [created]);
});

for (const { name, closed } of [
  { name: 'killed', closed: false },
  { name: 'closed', closed: true },
]) {
  test(`a ledger that was ${name} has the same window of replies, with a snapshot in between`, async () => {
    const storage = new FaultyStorage();
    const { engine } = await openFolder(folder, { ...sealing, storage });
    const port = await withAccounts(engine);
    const replies: [number, bigint][][] = [];
    for (let number = 0; number < 12; number++) {
      // Some fail, some are empty of news.
      const events = number % 4 === 3 ? chain(BigInt(number * 10 - 10)) : chain(BigInt(number * 10 + 1));
      replies.push(await send(port, events, of(number, false)));
    }
    const bytes = engine.window.toBytes();
    if (closed) await engine.close();
    const later = closed ? storage : storage.restart();
    if (!closed) buryWriters(later, folder);
    const opened = await openFolder(folder, { ...sealing, storage: later });
    assert.ok(opened.recovery.snapshotOp > 1, 'there was a snapshot');
    assert.deepEqual(opened.engine.window.toBytes(), bytes);
    const same = once(opened.engine.window)(opened.engine);
    for (const [number, reply] of replies.entries()) {
      const events = number % 4 === 3 ? chain(BigInt(number * 10 - 10)) : chain(BigInt(number * 10 + 1));
      assert.deepEqual(await send(same, events, of(number)), reply);
    }
    assert.equal(opened.engine.sequencer.op, 13);
  });
}

test('a session whose reply is gone hears that its outcome is unknown, and nothing is done', async () => {
  const ledger = openMemory();
  const port = await withAccounts(ledger.engine);
  await send(port, chain(1n), of(1, false));
  // A fork has the ledger, and not the replies.
  const fork = ledger.fork(ledger.clock);
  const later = once(fork.engine.window)(fork.engine);
  const { op } = fork.engine.sequencer;
  await assert.rejects(send(later, chain(1n), of(1, { since: op - 1 })), { code: 'session_expired', retriable: false });
  assert.equal(fork.engine.sequencer.op, op);
  assert.deepEqual(statuses(await send(later, chain(11n), of(1, { since: op }))), [created, created, created]);
});
