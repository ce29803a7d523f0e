/**
 * What a loader promises: one order for any workers and shards, exact resumption, and no bad record that goes unheard.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Batch, type LoadOptions, load } from './loader.ts';
import { type LoaderState, readState, saveState } from './loader-state.ts';
import type { SourceSpec } from './open-source.ts';
import { Permutation } from './permutation.ts';
import { ReaderPool } from './reader-pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-loader-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const SIZE = 9;
const BATCH = 2;
const EPOCHS = 3;
const shuffle = { seed: 41 };

function table(name: string, rows: readonly string[]): SourceSpec {
  const path = join(folder, name);
  writeFileSync(path, ['a,b,label', ...rows, ''].join('\n'));
  return { kind: 'features', path, label: 'label' };
}

const spec = table(
  'rows.csv',
  Array.from({ length: SIZE }, (_, row) => `${row},${row * row},${row % 3}`),
);

interface Taken {
  readonly batches: Batch[];
  /** Where the stream stood before the first batch, and behind each. */
  readonly states: LoaderState[];
}

/** Batches, up to `most` of them. What was read ahead is thrown away. */
async function take(options: LoadOptions, most = Number.POSITIVE_INFINITY): Promise<Taken> {
  await using loader = await load(spec, options);
  const batches: Batch[] = [];
  const states = [loader.state()];
  if (most > 0) {
    for await (const batch of loader) {
      states.push(loader.state());
      if (batches.push(batch) === most) break;
    }
  }
  return { batches, states };
}

test('the order of an epoch is a permutation, another one each epoch and for each seed', () => {
  for (const size of [1, 2, 3, 13, 64, 1000, 4097]) {
    const order = new Permutation(size, 7, 0);
    const found = Array.from({ length: size }, (_, place) => order.at(place));
    assert.deepEqual(
      [...found].sort((one, other) => one - other),
      found.map((_, place) => place),
      `${size}`,
    );
  }
  const orders = [
    [7, 0],
    [7, 1],
    [8, 0],
    [2 ** 40 + 7, 0],
  ].map(([seed, epoch]) => {
    const order = new Permutation(100, seed!, epoch!);
    return Array.from({ length: 100 }, (_, place) => order.at(place)).join();
  });
  assert.equal(new Set(orders).size, 4);
});

test('the order is as good as random: no place keeps its neighbours', () => {
  const size = 10_000;
  let [same, near] = [0, 0];
  for (let epoch = 0; epoch < 10; epoch++) {
    const order = new Permutation(size, 3, epoch);
    for (let place = 0; place < size - 1; place++) {
      if (order.at(place) === place) same += 1;
      if (Math.abs(order.at(place) - order.at(place + 1)) === 1) near += 1;
    }
  }
  // One place an epoch stays by chance, and two pairs of neighbours stay together.
  assert.ok(same < 40 && near < 70, `${same} stay, ${near} pairs`);
});

/** All epochs in the global order: what every set of shards must come to. */
const whole = Array.from({ length: EPOCHS }, (_, epoch) => {
  const order = new Permutation(SIZE, shuffle.seed, epoch);
  return Array.from({ length: SIZE }, (_, place) => `${epoch}:${order.at(place)}`);
}).flat();

/** Deals the batches of the shards back into one order. */
function dealt(shards: readonly (readonly Batch[])[]): string[] {
  const found: string[] = [];
  for (let step = 0; step < shards[0]!.length; step++) {
    for (let at = 0; at < BATCH; at++) {
      for (const batches of shards) {
        const { ids, epoch, x, y } = batches[step]!;
        if (at >= ids.length) continue;
        const row = Number(ids[at]);
        assert.deepEqual([...x.subarray(2 * at, 2 * at + 2), y[at]], [row, row * row, row % 3]);
        found.push(`${epoch}:${row}`);
      }
    }
  }
  return found;
}

async function shardsOf(count: number, options: Omit<LoadOptions, 'shard' | 'batch'>, most?: number) {
  return Promise.all(
    Array.from({ length: count }, (_, index) => take({ ...options, batch: BATCH, shard: { index, count } }, most)),
  );
}

test('killed behind any batch of three epochs, with any workers and shards, a stream goes on with any others', async () => {
  const pools = new Map([1, 2, 4].map((threads) => [threads, new ReaderPool(threads)]));
  const workers = [0, 1, 2, 4];
  const counts = [1, 2, 3, 5];
  const poolOf = (threads: number): number | ReaderPool => pools.get(threads) ?? 0;
  let resumed = 0;
  for (const [at, threads] of workers.entries()) {
    for (const [place, count] of counts.entries()) {
      const options = { shuffle, epochs: EPOCHS, workers: poolOf(threads) };
      const uninterrupted = await shardsOf(count, options);
      const steps = uninterrupted[0]!.batches.length;
      assert.deepEqual(
        dealt(uninterrupted.map(({ batches }) => batches)),
        whole,
        `${threads} workers, ${count} shards`,
      );
      for (let killed = 0; killed <= steps; killed++) {
        // Some streams really end there, with what they have read ahead; of the others the states are as good.
        const before = killed % 4 === 1 ? await shardsOf(count, options, killed) : uninterrupted;
        const taken = before.map(({ batches }) => batches.slice(0, killed));
        const [state, ...same] = before.map(({ states }) => states[killed]!);
        for (const other of same) assert.deepEqual(other, state, 'every shard has the same state');
        const resume = JSON.parse(JSON.stringify(state)) as LoaderState;
        const [others, otherCount] = [workers[(at + killed + 1) % 4]!, counts[(place + killed + 1) % 4]!];
        const then = await shardsOf(otherCount, { ...options, workers: poolOf(others), resume });
        const found = [...dealt(taken), ...dealt(then.map(({ batches }) => batches))];
        assert.deepEqual(
          found,
          whole,
          `${threads} to ${others} workers, ${count} to ${otherCount} shards, behind ${killed}`,
        );
        resumed += 1;
      }
    }
  }
  assert.ok(resumed > 140, `${resumed}`);
  await Promise.all([...pools.values()].map((pool) => pool.end()));
});

test('a process that was killed with SIGKILL has left a state that goes on behind its last batch', async () => {
  const path = join(folder, 'rows.csv');
  const state = join(folder, 'killed.json');
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../test/stream-child.js'), path, state]);
  let said = '';
  child.stdout.on('data', (text) => {
    said += String(text);
    if (said.split('\n').length > 8) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL');
  const order = (epoch: number): number[] => {
    const permutation = new Permutation(SIZE, 5, epoch);
    return Array.from({ length: SIZE }, (_, at) => permutation.at(at));
  };
  const { epoch, next } = readState(state);
  const saved = [...Array.from({ length: epoch }, (_, at) => order(at)).flat(), ...order(epoch).slice(0, next)];
  const heard = said.slice(0, said.lastIndexOf('\n')).split(/\s/).map(Number);
  // The state is saved before the batch is told of, so it is never behind, and one batch ahead at most.
  assert.deepEqual(saved.slice(0, heard.length), heard);
  assert.ok(saved.length - heard.length <= 3);
  const rest = await take({ batch: 4, shuffle: { seed: 5 }, epochs: epoch + 2, resume: readState(state) });
  const all = [...Array.from({ length: epoch + 2 }, (_, at) => order(at)).flat()];
  const then = rest.batches.flatMap(({ ids }) => [...ids].map(Number));
  assert.deepEqual([...saved, ...then], all);
});

test('a state is one line of JSON, at the end of an epoch the beginning of the next', async () => {
  const { states } = await take({ batch: 5, shuffle, epochs: 2 }, 2);
  const state = states.at(-1)!;
  assert.deepEqual({ ...state, fingerprint: '' }, { v: 1, fingerprint: '', seed: 41, epoch: 1, next: 0 });
  const path = join(folder, 'state.json');
  saveState(path, state);
  assert.deepEqual(readState(path), state);
  writeFileSync(path, '{"v":1}');
  assert.throws(() => readState(path), { code: 'dataset_invalid' });
});

test('a state of changed data, of another seed, or of nothing at all is refused', async () => {
  const changing = table('changing.csv', ['1,2,3', '4,5,6']);
  const first = await load(changing, { batch: 1, shuffle });
  const state = first.state();
  await first.close();
  await assert.rejects(load(changing, { batch: 1, resume: state }), { code: 'dataset_invalid', message: /seed/ });
  table('changing.csv', ['1,2,3', '4,5,7']);
  const refused = { code: 'dataset_invalid', message: /has changed/ };
  await assert.rejects(load(changing, { batch: 1, shuffle, resume: state }), refused);
  await assert.rejects(load(spec, { batch: 1, shuffle, resume: {} as LoaderState }), { code: 'dataset_invalid' });
});

const damaged = table('damaged.csv', ['1,1,0', '2,x,0', '3,3,0', '4,4', '5,5,0']);

test('a bad record ends the stream with its line, or is left out and counted, with threads as without', async () => {
  for (const workers of [0, 2]) {
    await using strict = await load(damaged, { batch: 2, workers });
    await assert.rejects(
      async () => {
        for await (const _batch of strict) assert.equal(_batch.epoch, 0);
      },
      { code: 'dataset_invalid', message: /damaged[.]csv, line 3: column b holds "x"/ },
    );
    await using lenient = await load(damaged, { batch: 2, workers, bad: 'skip' });
    const ids: bigint[][] = [];
    for await (const batch of lenient) ids.push([...batch.ids]);
    assert.deepEqual(ids, [[0n], [2n], [4n]]);
    assert.equal(lenient.badCount, 2);
    assert.deepEqual(
      lenient.bad.map(({ index }) => index),
      [1, 3],
    );
  }
});

test('records in quarantine are written down with their place and the reason', async () => {
  const quarantine = join(folder, 'quarantine.jsonl');
  await using loader = await load(damaged, { batch: 3, bad: { quarantine } });
  let samples = 0;
  for await (const batch of loader) samples += batch.ids.length;
  const lines = readFileSync(quarantine, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(samples, 3);
  assert.deepEqual(
    lines.map(({ index, epoch }) => [index, epoch]),
    [
      [1, 0],
      [3, 0],
    ],
  );
  assert.match(String(lines[1]!.where), /line 5$/);
  assert.match(String(lines[1]!.reason), /2 fields/);
});

test('options that mean nothing are invalid_argument', async () => {
  const bad: LoadOptions[] = [
    { batch: 0 },
    { batch: 1.5 },
    { batch: 1, epochs: -1 },
    { batch: 1, workers: -1 },
    { batch: 1, prefetch: 0 },
    { batch: 1, shard: { index: 2, count: 2 } },
    { batch: 1, shuffle: { seed: 0.5 } },
  ];
  for (const options of bad)
    await assert.rejects(load(spec, options), { code: 'invalid_argument' }, JSON.stringify(options));
  await assert.rejects(load({ kind: 'features', path: join(folder, 'absent.csv') }, { batch: 1 }), {
    code: 'dataset_invalid',
  });
  await assert.rejects(load({ kind: 'tar' } as unknown as SourceSpec, { batch: 1 }), { code: 'dataset_invalid' });
});
