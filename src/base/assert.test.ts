import assertStrict from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, assert } from './assert.ts';

test('an assertion that holds is silent, one that does not names its reason', () => {
  assert(true);
  assertStrict.throws(
    () => assert(1 + 1 === 3, 'sums add up'),
    (error: unknown) => {
      assertStrict.ok(error instanceof AssertionError);
      return error.message === 'sums add up';
    },
  );
});
