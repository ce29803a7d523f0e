import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DrainRate } from './drain-rate.ts';

test('a wait is what the lane takes to empty, as it has just been emptying', () => {
  const rate = new DrainRate();
  rate.began(1000);
  assert.equal(rate.waitMs(50_000, 1001), 20, 'nothing is known yet');
  for (let now = 1001; now <= 1100; now++) rate.left(100, now);
  assert.equal(rate.waitMs(50_000, 1101), 500);
  assert.equal(rate.waitMs(100, 1101), 5, 'not at once');
  // Twice as fast for a while.
  for (let now = 1101; now <= 1400; now++) rate.left(200, now);
  const faster = rate.waitMs(50_000, 1401);
  assert.ok(faster >= 250 && faster < 260, `${faster}`);
});

test('a lane that stands still says so before it goes on', () => {
  const rate = new DrainRate();
  rate.began(0);
  for (let now = 1; now <= 100; now++) rate.left(100, now);
  assert.equal(rate.waitMs(10_000, 101), 100);
  // 1,000 ms without a cell: what was measured before counts no more.
  assert.equal(rate.waitMs(10_000, 1100), 5000);
  rate.left(100, 1101);
  assert.ok(rate.waitMs(10_000, 1102) > 100);
});

test('idle time is no slowness', () => {
  const rate = new DrainRate();
  rate.began(0);
  for (let now = 1; now <= 100; now++) rate.left(100, now);
  rate.began(60_000);
  assert.equal(rate.waitMs(10_000, 60_001), 100);
});

test('whatever happens, a wait is a whole number of milliseconds from 5 to 5,000', () => {
  const step = fc.record({ cells: fc.nat(60_000), pause: fc.nat(3000), idle: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const rate = new DrainRate();
      let now = 0;
      for (const { cells, pause, idle } of steps) {
        now += pause;
        if (idle) rate.began(now);
        else rate.left(cells, now);
        const wait = rate.waitMs(cells, now);
        assert.ok(Number.isInteger(wait) && wait >= 5 && wait <= 5000, `${wait}`);
      }
    }),
  );
});
