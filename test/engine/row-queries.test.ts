/** Queries of accounts and lookups of many ids are answered in slices, and as of their place in the order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type Engine, EngineReplayPort, type EngineSizes, openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import { type Context, Operation, operationShapes } from '../../src/model/index.ts';
import { MemoryStorage } from '../../src/platform/index.ts';
import { Model } from '../../testing/model/model.ts';
import { op } from '../../testing/model/names.ts';
import { Random } from '../../testing/model/random.ts';
import {
  accountLayout,
  decodeIds,
  encode,
  encodeIds,
  queryFilterLayout,
  transferLayout,
} from '../../testing/model/records.ts';
import { differences } from '../../testing/model/versus.ts';
import { type RequestStep, type Step, workload } from '../../testing/model/workload.ts';

/** Runs after few entries, and rows that are soon forgotten. */
const FORGETFUL: EngineSizes = { ...SMALL_SIZES, sealEntries: 300, rowsTrusted: 100, resolvedKept: 50 };

/** Every slice is the shortest there is. */
async function opened(sizes: EngineSizes = SMALL_SIZES): Promise<Engine> {
  const slice = { units: 1, milliseconds: 1000 };
  const storage = new MemoryStorage();
  return (await openFolder('/l', { mode: 'inline', storage, sizes, slice, expires: false })).engine;
}

/** The same stream with reads in between that take many slices. */
function withLongReads(steps: readonly Step[], random: Random): Step[] {
  const ids: bigint[] = [1n];
  const many = (count: number): Uint8Array => encodeIds(Array.from({ length: count }, () => random.pick(ids)));
  return steps.flatMap((step): Step[] => {
    if (step.kind === 'advance') return [step];
    for (let at = 0; at + 128 <= step.events.length; at += 128) ids.push(...decodeIds(step.events.slice(at, at + 16)));
    const read = (operation: number, events: Uint8Array): Step => ({ ...step, operation, events });
    const flags = random.below(2);
    const filter = { limit: 1n + BigInt(random.below(8189)), flags: BigInt(flags), code: BigInt(random.below(3)) };
    const reads = [
      read(op.query_accounts, encode(queryFilterLayout, [filter])),
      read(op.lookup_accounts, many(1100)),
      read(op.lookup_transfers, many(40)),
    ];
    return [step, ...reads.filter(() => random.below(3) === 0)];
  });
}

test('whatever is asked meanwhile, a long read answers as the model does at its place in the order', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = new Random(seed);
    const port = new EngineReplayPort(await opened(FORGETFUL));
    const model = new Model();
    const asked: Promise<unknown>[] = [];
    let created: Promise<unknown> = Promise.resolve();
    const ask = (step: RequestStep, index: number): void => {
      const want = model.apply(step.operation, step.events, step.timestamp);
      const got = port.request(step.operation, step.events, step.timestamp);
      if (step.operation === op.create_accounts || step.operation === op.create_transfers) created = got;
      asked.push(got.then((reply) => assert.deepEqual(differences(step, index, want, reply), [], `seed ${seed}`)));
    };
    for (const [index, step] of withLongReads(workload(seed, 150), random).entries()) {
      if (step.kind === 'request') ask(step, index);
      else {
        await created;
        model.advance(step.nanoseconds);
        await port.advance(step.nanoseconds);
      }
      if (random.below(10) === 0) await turn();
    }
    await Promise.all(asked);
    await port.close();
  }
});

const ACCOUNTS = 8000;
const accounts = encode(
  accountLayout,
  Array.from({ length: ACCOUNTS }, (_, index) => ({ id: BigInt(index + 1), ledger: 1n, code: 1n })),
);
const everyAccount = encode(queryFilterLayout, [{ limit: 8189n }]);

/** Changes every account. */
function aroundTheRing(first: bigint): Uint8Array {
  return encode(
    transferLayout,
    Array.from({ length: ACCOUNTS }, (_, index) => ({
      id: first + BigInt(index),
      debit_account_id: BigInt(index + 1),
      credit_account_id: BigInt(((index + 1) % ACCOUNTS) + 1),
      amount: 1n,
      ledger: 1n,
      code: 1n,
    })),
  );
}

function request(engine: Engine, operation: Operation, events: Uint8Array, terms: Context = {}): Promise<Uint8Array> {
  return engine.request({
    operation,
    count: events.length / operationShapes[operation].eventSize,
    write: ({ bytes }, at) => bytes.set(events, at),
    read: ({ bytes }, at, size) => bytes.slice(at, at + size),
    context: terms,
  });
}

/** What every account in a reply has debited; all the same here. */
function debits(reply: Uint8Array): bigint {
  const view = new DataView(reply.buffer);
  const of = (at: number): bigint => view.getBigUint64(at + 32, true);
  assert.equal(reply.length, ACCOUNTS * 128);
  for (let at = 0; at < reply.length; at += 128) assert.equal(of(at), of(0), 'of one moment');
  return of(0);
}

test('a query that more changes overtake than are kept is refused, and no batch waits for it', async () => {
  const engine = await opened();
  await request(engine, Operation.create_accounts, accounts);
  const asked: Promise<Uint8Array>[] = [];
  const done: Promise<unknown>[] = [];
  for (let nth = 0; nth < 8; nth++) {
    asked.push(request(engine, Operation.query_accounts, everyAccount));
    done.push(request(engine, Operation.create_transfers, aroundTheRing(BigInt(10_000 + nth * ACCOUNTS))));
  }
  await Promise.all(done);
  const outcomes = await Promise.allSettled(asked);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.ok(refused.length > 0 && refused.length < 8, `${refused.length} of 8 were overtaken`);
  for (const { reason } of refused) {
    assert.equal(reason.code, 'lane_full');
    assert.match(reason.message, /ask again/);
    assert.equal(reason.retriable, true);
  }
  for (const [nth, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') assert.equal(debits(outcome.value), BigInt(nth), 'as of its place');
  }
  assert.equal(debits(await request(engine, Operation.query_accounts, everyAccount)), 8n);
  await engine.close();
});

test('nothing is kept for a query that was given up', async () => {
  const engine = await opened();
  await request(engine, Operation.create_accounts, accounts);
  for (let nth = 0; nth < 12; nth++) {
    const gone = new AbortController();
    const asked = request(engine, Operation.query_accounts, everyAccount, { signal: gone.signal });
    const batch = aroundTheRing(BigInt(10_000 + nth * ACCOUNTS));
    const done = request(engine, Operation.create_transfers, batch).then(() => gone.abort(new Error('gone')));
    await assert.rejects(asked, /gone/);
    await done;
  }
  const asked = request(engine, Operation.query_accounts, everyAccount);
  await request(engine, Operation.create_transfers, aroundTheRing(1_000_000n));
  assert.equal(debits(await asked), 12n, 'there is room for what accounts were');
  await engine.close();
});
