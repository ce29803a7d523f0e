import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Holding, Meter } from './meter.ts';

test('there is room for the first, whatever its size, and for others as far as it reaches', () => {
  const meter = new Meter(10);
  assert.equal(meter.take(25), true);
  assert.equal(meter.take(1), false);
  meter.give(25);
  assert.deepEqual([meter.take(4), meter.take(6), meter.take(1)], [true, true, false]);
  assert.equal(meter.used, 10);
});

test('those who wait are called in the order in which they came, as far as room was given back', () => {
  const meter = new Meter(2);
  meter.charge(2);
  const called: string[] = [];
  const waiting = ['first', 'second', 'third'].map((name) => () => {
    assert.equal(meter.take(1), true);
    called.push(name);
  });
  for (const wake of waiting) assert.equal(meter.has(wake), false);
  meter.give(1);
  assert.deepEqual(called, ['first']);
  meter.give(1);
  meter.give(1);
  assert.deepEqual(called, ['first', 'second', 'third']);
});

test('one that finds no room again keeps nobody behind it waiting, and is called again', () => {
  const meter = new Meter(4);
  meter.charge(4);
  const called: string[] = [];
  const large = (): void => {
    called.push('large');
    if (!meter.take(3)) meter.wait(large);
  };
  const small = (): void => {
    called.push('small');
    assert.equal(meter.take(1), true);
  };
  meter.wait(large);
  meter.wait(small);
  meter.give(2);
  assert.deepEqual(called, ['large', 'small']);
  meter.give(3);
  assert.deepEqual(called, ['large', 'small', 'large']);
  assert.equal(meter.used, 3);
});

test('a part is called when the whole has room again, and once however it was called', () => {
  const all = new Meter(10);
  const [one, other] = [new Meter(10, all), new Meter(10, all)];
  one.charge(10);
  assert.equal(other.used, 0);
  let called = 0;
  const wake = (): void => {
    called++;
  };
  assert.equal(other.has(wake), false);
  one.give(5);
  assert.equal(other.take(1), true);
  one.give(1);
  other.give(1);
  assert.equal(called, 1);
  assert.equal(all.used, 4);
});

test('one that waits for its part stays in line while only the whole has room', () => {
  const all = new Meter(10);
  const [small, large] = [new Meter(2, all), new Meter(10, all)];
  small.charge(2);
  large.charge(8);
  let called = 0;
  const wake = (): void => {
    called++;
  };
  assert.equal(small.has(wake), false);
  large.give(8);
  assert.equal(called, 0);
  small.give(1);
  assert.equal(called, 1);
});

test('whoever has gone is not called, and a line that is empty is not short', () => {
  const all = new Meter(1);
  const meter = new Meter(1, all);
  meter.charge(1);
  const gone = (): void => assert.fail('it has gone');
  assert.equal(meter.has(gone), false);
  const later = performance.now() + 100;
  assert.ok(meter.shortFor(later) >= 100 && all.shortFor(later) >= 100);
  meter.forget(gone);
  assert.deepEqual([meter.shortFor(later), all.shortFor(later)], [0, 0]);
  meter.give(1);
});

test('what is given back was taken', () => {
  const meter = new Meter(10);
  meter.charge(1);
  assert.throws(() => meter.give(2), /no more is given back than was taken/);
});

test('a holding brings its part up to date, up and down', () => {
  const meter = new Meter(100);
  const holding = new Holding(meter);
  holding.set(40);
  holding.set(70);
  holding.set(10);
  assert.equal(meter.used, 10);
  holding.set(0);
  assert.equal(meter.used, 0);
});
