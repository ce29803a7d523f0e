import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id, idGenerator } from './id.ts';

test('a million ids grow', () => {
  let last = 0n;
  for (let count = 0; count < 1_000_000; count++) {
    const next = id();
    if (next <= last) assert.fail(`${next} came after ${last}`);
    last = next;
  }
});

test('the top 48 bits are the time, and a new millisecond has new random bits below', () => {
  let milliseconds = 1_000;
  let random = 5n;
  const next = idGenerator(
    () => milliseconds,
    () => random,
  );
  assert.equal(next(), (1_000n << 80n) | 5n);
  assert.equal(next(), (1_000n << 80n) | 6n);
  milliseconds = 1_001;
  random = 9n;
  assert.equal(next(), (1_001n << 80n) | 9n);
  assert.ok(id() >> 80n <= BigInt(Date.now()));
});

test('a clock that goes back does not take ids back', () => {
  let milliseconds = 1_000;
  const next = idGenerator(
    () => milliseconds,
    () => 7n,
  );
  const first = next();
  milliseconds = 1;
  assert.equal(next(), first + 1n);
});

test('random bits that run over move the time on, and the clock catching up does not take ids back', () => {
  let milliseconds = 1_000;
  let random = 2n ** 80n - 1n;
  const next = idGenerator(
    () => milliseconds,
    () => random,
  );
  assert.equal(next(), (1_001n << 80n) - 1n);
  assert.equal(next(), 1_001n << 80n);
  assert.equal(next(), (1_001n << 80n) + 1n);
  milliseconds = 1_001;
  random = 0n;
  assert.equal(next(), (1_001n << 80n) + 2n);
  milliseconds = 1_002;
  assert.equal(next(), 1_002n << 80n);
});

test('at the end of 48 bits of milliseconds there are no more ids', () => {
  let milliseconds = 2 ** 48 - 1;
  const next = idGenerator(
    () => milliseconds,
    () => 2n ** 80n - 1n,
  );
  assert.equal(next(), 2n ** 128n - 1n);
  assert.throws(next, { message: 'timestamp overflow on monotonic increment' });
  milliseconds += 1;
  assert.throws(next, { message: 'timestamp overflow on monotonic increment' });
});
