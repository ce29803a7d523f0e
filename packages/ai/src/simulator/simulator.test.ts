/** A simulated world through a real ledger: the same each time, hard, and trees are worth their while in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeLightgbm } from '../trees/lightgbm.ts';
import { compare } from './compare.ts';
import { SCENARIOS } from './frauds.ts';
import { paymentsOf, simulate } from './run.ts';

const options = { seed: 7, accounts: 150, days: 30, casesOfEach: 16 };

test('one seed gives one world, to the last feature and the last leaf', async () => {
  const small = { ...options, accounts: 40, days: 8, casesOfEach: 3 };
  const [one, other] = [await simulate(small), await simulate(small)];
  assert.deepEqual(one.features, other.features);
  const training = { trees: 4, leaves: 6, rate: 0.1, leafRows: 10 };
  const texts = [one, other].map((seen) => writeLightgbm(compare(seen, 6, training).model));
  assert.equal(texts[0], texts[1]);
  assert.notDeepEqual(paymentsOf({ ...small, seed: 8 }), paymentsOf(small));
});

test('trees find more than logistic regression and the amount alone, and no scenario is given away', async (t) => {
  const seen = await simulate(options);
  const { precision, trained } = compare(seen, 18);
  for (const [name, { frauds, trees, logistic, amount }] of Object.entries(precision)) {
    t.diagnostic(`${name}: ${frauds} frauds, ${trees.toFixed(3)} ${logistic.toFixed(3)} ${amount.toFixed(3)}`);
  }
  assert.ok(trained.unreported > 0, 'labels are late');
  const all = precision.all!;
  assert.ok(all.trees > all.logistic + 0.05, `${all.trees}, ${all.logistic}`);
  assert.ok(all.trees > 2 * all.amount, `${all.trees}, ${all.amount}`);
  assert.ok(precision.mimicry!.trees < 0.6, 'who pays as the victim does is hard to find');
  assert.ok(SCENARIOS.every((name) => precision[name]!.trees > precision[name]!.frauds / seen.payments.length));
});
