import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remains } from '../../test/support/garbage.ts';
import type { Slab, Welcome } from '../wire/index.ts';
import { type Call, Calls } from './calls.ts';

const credit = { requestsMax: 10, cellsMax: 1000 } as Welcome;

function call(number: number): Call {
  return {
    slab: {} as Slab,
    at: 0,
    size: 128,
    operation: 1,
    number,
    again: false,
    traced: false,
    wasSent: false,
    givenUp: false,
    read: () => undefined,
    resolve: () => undefined,
    reject: () => undefined,
  };
}

test('calls leave in order as the credit goes, and an answered one is forgotten while others still wait', async () => {
  const calls = new Calls();
  for (let number = 1; number <= 100; number++) calls.add(call(number));
  const order: number[] = [];
  let first: WeakRef<object> | undefined;
  for (let round = 0; round < 6; round++) {
    const sent = calls.send(credit).map(({ number }) => number);
    order.push(...sent);
    for (const number of sent) {
      const answered = calls.answered(number, 1)!;
      first ??= new WeakRef(answered);
    }
  }
  assert.deepEqual(
    order,
    Array.from({ length: 60 }, (_, index) => index + 1),
  );
  assert.deepEqual([calls.waiting, calls.sent, calls.waitingBytes], [40, 0, 40 * 128]);
  assert.equal(await remains(first!), undefined);
});
