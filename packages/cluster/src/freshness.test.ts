import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Freshness } from './freshness.ts';

test('a node is as old as the last time at which it had all that the leader said to have', () => {
  const freshness = new Freshness();
  assert.equal(freshness.ageMs(0), 2 ** 32 - 1, 'nobody has said anything');
  freshness.hear(5, 5, 100);
  assert.equal(freshness.ageMs(130.2), 31);
  freshness.hear(8, 6, 200);
  freshness.hear(9, 7, 300);
  assert.equal(freshness.ageMs(310), 210, 'it does not have message 8 yet');
  freshness.read(7);
  assert.equal(freshness.ageMs(310), 210);
  freshness.read(8);
  assert.equal(freshness.ageMs(310), 110, 'it had everything of the beat at 200');
  freshness.hear(9, 9, 400);
  assert.equal(freshness.ageMs(400), 0);
});

test('a leader is as old as the record that was stored last, and time never goes back', () => {
  const freshness = new Freshness();
  freshness.stored(50);
  freshness.stored(40);
  assert.equal(freshness.ageMs(60), 10);
  freshness.hear(9, 3, 70);
  freshness.stored(80);
  freshness.read(9);
  assert.equal(freshness.ageMs(90), 10);
});
