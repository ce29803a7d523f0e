import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Barrier } from './barrier.ts';

test('a barrier is where the slowest is, also where positions wrap', () => {
  const words = new Int32Array(new SharedArrayBuffer(64));
  const both = new Barrier(words, [0, 8]);
  words[0] = 5;
  words[8] = 3;
  assert.equal(both.passed, 3);
  words[8] = 9;
  assert.equal(both.passed, 5);
  words[0] = 2 ** 31 - 2;
  words[8] = -(2 ** 31) + 4;
  assert.equal(both.passed, 2 ** 31 - 2, 'the other one has gone past the largest number');
  assert.equal(new Barrier(words, [8]).passed, -(2 ** 31) + 4);
});
