import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type Engine, openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import { type Context, Operation } from '../../src/model/index.ts';
import { MemoryStorage } from '../../src/platform/index.ts';
import { everyTransfer, plainTransfers, twoAccounts } from '../../testing/model/simple.ts';

/** A ledger of 2,000 transfers whose queries stop at every turn: one that reads everything takes some thirty slices. */
async function opened(): Promise<Engine> {
  const { engine } = await openFolder('/l', {
    mode: 'inline',
    storage: new MemoryStorage(),
    sizes: SMALL_SIZES,
    slice: { units: 1, milliseconds: 1000 },
  });
  await ask(engine, Operation.create_accounts, twoAccounts);
  await ask(engine, Operation.create_transfers, plainTransfers(1n, 2000));
  return engine;
}

function ask(engine: Engine, operation: Operation, events: Uint8Array, terms: Context = {}): Promise<number> {
  const size = operation === Operation.query_transfers ? 64 : 128;
  return engine.request({
    operation,
    count: events.length / size,
    write: ({ bytes }, at) => bytes.set(events, at),
    read: (_cells, _at, length) => length,
    context: terms,
  });
}

const query = (engine: Engine, terms: Context = {}): Promise<number> =>
  ask(engine, Operation.query_transfers, everyTransfer, terms);

test('a batch behind a query is answered before it, and the query does not see it', async () => {
  const engine = await opened();
  const answered: string[] = [];
  const asked = query(engine).then((size) => {
    answered.push('query');
    return size;
  });
  await ask(engine, Operation.create_transfers, plainTransfers(10_001n, 10));
  answered.push('batch');
  assert.equal(await asked, 2000 * 128, 'as of its place in the order');
  assert.deepEqual(answered, ['batch', 'query']);
  assert.equal(await query(engine), 2010 * 128);
  await engine.close();
});

test('a query whose time is over is given up, and nothing is left of it', async () => {
  const engine = await opened();
  // It is not done in the turn in which it is asked, however quick the machine.
  const before = Array.from({ length: 40 }, () => query(engine, { payer: 1 }));
  const asked = query(engine, { timeoutMs: 1, payer: 1 });
  // A quick machine answers it within its millisecond, so that time passes before the first of its slices.
  for (const begun = performance.now(); performance.now() - begun < 5; );
  await assert.rejects(asked, { code: 'deadline_exceeded', retriable: true });
  await Promise.all(before);
  for (let turns = 0; engine.inFlight > 0; turns++) {
    assert.ok(turns < 5, 'its ticket comes back at once');
    await turn();
  }
  assert.equal(await query(engine, { timeoutMs: 60_000 }), 2000 * 128, 'one that has time is answered');
  await engine.close();
});

test('a query that nobody waits for costs nothing more, begun or not', async () => {
  const engine = await opened();
  const gone = new AbortController();
  const reason = new Error('gone');
  const asked = Array.from({ length: 100 }, () => query(engine, { signal: gone.signal }));
  await turn();
  const before = engine.memory.counters.machine.busyMs;
  gone.abort(reason);
  for (const outcome of await Promise.allSettled(asked)) {
    assert.deepEqual(outcome, { status: 'rejected', reason });
  }
  await ask(engine, Operation.create_transfers, plainTransfers(10_001n, 1));
  assert.equal(engine.inFlight, 0);
  assert.ok(engine.memory.counters.machine.busyMs - before < 1000);
  await assert.rejects(query(engine, { signal: gone.signal }), reason, 'who has gone before');
  await engine.close();
});

test('who asks one question does not wait for all that another has asked', async () => {
  const engine = await opened();
  let flood = 0;
  const asked = Array.from({ length: 60 }, () => query(engine, { payer: 1 }).then(() => flood++));
  await query(engine, { payer: 2 });
  assert.ok(flood <= 4, `${flood} of the flood were answered first`);
  await Promise.all(asked);
  await engine.close();
});

test('a query with sixteen shares has most of the machine', async () => {
  const engine = await opened();
  let others = 0;
  const asked = Array.from({ length: 3 }, (_, payer) => query(engine, { payer }).then(() => others++));
  await query(engine, { payer: 9, share: 16 });
  assert.equal(others, 0);
  await Promise.all(asked);
  await engine.close();
});

test('more queries than there are tickets are all answered, and a ledger that closes waits for them', async () => {
  const engine = await opened();
  const one = new Uint8Array(64);
  new DataView(one.buffer).setUint32(56, 1, true);
  const asked = Array.from({ length: 5000 }, () => ask(engine, Operation.query_transfers, one));
  const closed = engine.close();
  assert.deepEqual(new Set(await Promise.all(asked)), new Set([128]));
  await closed;
});
