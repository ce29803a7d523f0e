import '../../../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Latencies } from './latency.ts';
import { runSenders } from './senders.ts';

test('so many requests are in flight as there are senders, never more', async () => {
  let inFlight = 0;
  let most = 0;
  const sent: number[] = [];
  await runSenders(
    20,
    { senders: 3, delay: 0, interval: undefined },
    async (index) => {
      sent.push(index);
      most = Math.max(most, ++inFlight);
      await setTimeout(1);
      inFlight--;
    },
    () => {},
  );
  assert.equal(most, 3);
  assert.deepEqual(
    sent,
    Array.from({ length: 20 }, (_, index) => index),
  );
});

test('with a rate, a request that had to wait for a slow one counts its waiting', async () => {
  const latencies: number[] = [];
  await runSenders(
    10,
    { senders: 1, delay: 0, interval: 1 },
    async (index) => {
      if (index === 0) await setTimeout(30);
    },
    (_, milliseconds) => latencies.push(milliseconds),
  );
  // The first took 30 ms; the second was due after 1 ms, so it waited for 29 or so, though its own answer came at once.
  assert.ok(latencies[1]! > 20, `${latencies}`);
  assert.ok(latencies[9]! < latencies[1]!, `${latencies}`);
});

test('the first rejection ends the run and is the run’s', async () => {
  let sent = 0;
  const run = runSenders(
    1000,
    { senders: 2, delay: 0, interval: undefined },
    async (index) => {
      sent++;
      await setTimeout(1);
      if (index === 3) throw new Error('no more');
    },
    () => {},
  );
  await assert.rejects(run, /no more/);
  assert.ok(sent < 10);
});

test('percentiles are right to a thousandth, the worst to a microsecond', () => {
  const latencies = new Latencies();
  assert.equal(latencies.percentiles(), null);
  for (let each = 1; each <= 1000; each++) latencies.add(each / 1000);
  latencies.add(77.7777);
  const found = latencies.percentiles()!;
  assert.deepEqual(Object.keys(found), ['p1', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'p100']);
  assert.ok(Math.abs(found.p50 - 0.501) < 0.001, `${found.p50}`);
  assert.ok(Math.abs(found.p99 - 0.991) < 0.002, `${found.p99}`);
  assert.equal(found.p100, 77.778);
});

test('the bars of the histogram hold every latency once', () => {
  const latencies = new Latencies();
  for (const each of [0.1, 0.1, 0.3, 5]) latencies.add(each);
  const bars = latencies.bars();
  assert.equal(
    bars.reduce((sum, { count }) => sum + count, 0),
    4,
  );
  assert.ok(bars[0]!.from <= 0.1 && bars[0]!.to > 0.1 && bars[0]!.count === 2);
  assert.ok(bars.at(-1)!.from <= 5 && bars.at(-1)!.to > 5);
});
