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
    kept: false,
    since: undefined,
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

test('the number before which all was answered is never too large: not after a loss, nor when one was refused', () => {
  const calls = new Calls();
  const of = (number: number): Call => call(number);
  for (let number = 1; number <= 300; number++) calls.add(of(number));
  const first = calls.send({ ...credit, requestsMax: 300 });
  for (const { number } of first.slice(10)) calls.answered(number, 1);
  assert.equal(calls.answeredBefore(301), 1);
  for (let number = 1; number <= 9; number++) calls.answered(number, 1);
  assert.equal(calls.answeredBefore(302), 1, 'it is not looked for at every call');
  assert.equal(calls.answeredBefore(301 + 256), 10);
  calls.lost(() => true);
  calls.add(of(557));
  assert.equal(calls.answeredBefore(301 + 512), 10, 'the one that was lost waits again');
  const [lost] = calls.send(credit);
  calls.answered(10, 1);
  lost!.patientUntil = 1;
  calls.rest(lost!, 0, () => undefined);
  calls.answered(557, 1);
  assert.equal(calls.answeredBefore(301 + 1024), 10, 'the one that was refused is not done with');
});
