import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exemplars } from './exemplars.ts';

const parent = (digit: string, flags = '01'): string => `00-${digit.repeat(32)}-${digit.repeat(16)}-${flags}`;

test('the newest sampled trace of a stretch of durations is found, and no other', () => {
  const exemplars = new Exemplars();
  exemplars.keep(parent('a'), 1.5, 100);
  exemplars.keep(parent('b'), 1.6, 101);
  exemplars.keep(parent('c'), 40, 99);
  exemplars.keep(parent('d', '00'), 1.5, 200);
  exemplars.keep('nonsense', 1.5, 200);
  assert.deepEqual(exemplars.between(1, 2), {
    traceId: 'b'.repeat(32),
    spanId: 'b'.repeat(16),
    milliseconds: 1.6,
    seconds: 101,
  });
  assert.equal(exemplars.between(32, Number.POSITIVE_INFINITY)!.traceId, 'c'.repeat(32));
  assert.equal(exemplars.between(2, 32), undefined);
  // An end belongs to the stretch above it.
  assert.equal(exemplars.between(0, 1.6), undefined);
});
