import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemClock } from './clock.ts';

/** The wall's time, within 50 ms of the machine's. Another process may have the processor between two looks. */
function atMachine(clock: SystemClock): bigint {
  const [earliest, wall, latest] = [Date.now() - 50, clock.wall(), Date.now() + 50];
  const milliseconds = Number(wall / 1_000_000n);
  assert.ok(milliseconds >= earliest && milliseconds <= latest, `${milliseconds} in ${earliest} to ${latest}`);
  return wall;
}

test('the system clock is finer than a millisecond, stays with the machine, and never goes back', () => {
  const clock = new SystemClock();
  let before = clock.monotonic();
  let fine = 0;
  for (let round = 0; round < 10_000; round++) {
    const wall = atMachine(clock);
    if (wall % 1_000_000n !== 0n) fine++;
    const now = clock.monotonic();
    assert.ok(now >= before);
    before = now;
  }
  assert.ok(fine > 9_000);
});

test('the system clock follows the machine when that is set', (t) => {
  const clock = new SystemClock();
  const real = Date.now;
  t.after(() => {
    Date.now = real;
  });
  for (const set of [3_600_000, -3_600_000]) {
    Date.now = () => real() + set;
    atMachine(clock);
  }
});
