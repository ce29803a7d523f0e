/** A second opinion lets payments through, sends them to people or declines them, and never by mistake. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Score, ScoreRequest } from '../../packages/services/src/index.ts';
import { embedded } from '../../packages/services/test/ledgers.ts';
import { codeOf, opened, paying } from './controlled.ts';

describe('the score', () => {
  const scored = async (score: (request: ScoreRequest) => Promise<Score> | Score) => {
    const options = { score, reviewFrom: 50, declineFrom: 90, deadlineMs: 40 };
    return (await opened(embedded, {}, { score: options })).payments.as('maria');
  };

  test('passes, sends to people, declines; the same key hears the same', async () => {
    let points = 10;
    const payments = await scored(() => ({ points, reasons: ['an odd hour'] }));
    assert.equal(codeOf(await paying(payments, 'a', '1.00')), 'done');
    points = 50;
    const asked = await paying(payments, 'b', '1.00');
    assert.ok(asked.outcome === 'review');
    const view = await payments.payment(asked.payment);
    assert.deepEqual('reasons' in view && view.reasons, ['an odd hour']);
    points = 90;
    assert.equal(codeOf(await paying(payments, 'c', '1.00')), 'declined');
    assert.equal(codeOf(await paying(payments, 'a', '1.00')), 'done');
    points = 0;
    assert.equal(codeOf(await paying(payments, 'c', '1.00')), 'declined');
    assert.equal(codeOf(await paying(payments, 'b', '1.00')), 'review');
  });

  test('no answer, no number and an error send the payment to people', async () => {
    const wrong: (() => Promise<Score> | Score)[] = [
      () => new Promise<Score>(() => {}),
      () => ({ points: Number.NaN, reasons: [] }),
      () => Promise.reject(new Error('the model is gone')),
      () => {
        throw new Error('the model is broken');
      },
    ];
    for (const score of wrong) {
      const payments = await scored(score);
      assert.equal(codeOf(await paying(payments, 'a', '1.00')), 'review');
    }
  });

  test('it is told who pays whom how much', async () => {
    const seen: ScoreRequest[] = [];
    const payments = await scored((request) => {
      seen.push(request);
      return { points: 0, reasons: [] };
    });
    seen.length = 0;
    await paying(payments, 'a', '12.50');
    const parties = { payers: [{ name: 'alice', amount: '12.50' }], payees: [{ name: 'shop', amount: '12.50' }] };
    assert.deepEqual(seen, [{ verb: 'pay', asset: 'EUR', ...parties }]);
  });
});
