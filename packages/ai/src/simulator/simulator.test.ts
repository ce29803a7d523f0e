/** A simulated world through a real ledger: the same each time, hard, and trees are worth their while in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activate, LEDGER, makeAccounts, openHere, payment } from '../../test/scored.ts';
import { FEATURES } from '../fraud/features.ts';
import { makeManifest } from '../fraud/make-manifest.ts';
import { DENIED } from '../fraud/scorer.ts';
import { writeLightgbm } from '../trees/lightgbm.ts';
import { compare } from './compare.ts';
import { SCENARIOS } from './frauds.ts';
import { paymentsOf, simulate } from './run.ts';

const options = { seed: 7, accounts: 150, days: 30, casesOfEach: 16 };
const world = simulate(options);

test('one seed gives one world, to the last feature and the last leaf', async () => {
  const small = { ...options, accounts: 30, days: 6, casesOfEach: 3 };
  const [one, other] = [await simulate(small), await simulate(small)];
  assert.deepEqual(one.features, other.features);
  const training = { trees: 4, leaves: 6, rate: 0.1, leafRows: 10 };
  const texts = [one, other].map((seen) => writeLightgbm(compare(seen, 4, training).model));
  assert.equal(texts[0], texts[1]);
  assert.notDeepEqual(paymentsOf({ ...small, seed: 8 }), paymentsOf(small));
});

test('trees find more than logistic regression and the amount alone, and no scenario is given away', async (t) => {
  const seen = await world;
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

test('a model that was trained on the simulation stops a burst in payments that are otherwise let through', async () => {
  const seen = await world;
  const { model, trained } = compare(seen, 18);
  const later = seen.features.subarray(trained.rows * FEATURES.length);
  const manifest = makeManifest(model, later, { reviewShare: 0.02, denyShare: 0.01 });
  const scored = await openHere();
  await makeAccounts(scored);
  const funds = Array.from({ length: 40 }, (_, index) =>
    payment(1000n + BigInt(index), 2_000_000n, { debit_account_id: 40n, credit_account_id: BigInt(index + 1) }),
  );
  await scored.ledger.createTransfers(funds.slice(0, 39));
  await activate(scored, { bytes: new TextEncoder().encode(writeLightgbm(model)), manifest }, 1, 7001n);
  const honest: number[] = [];
  for (let id = 1n; id <= 200n; id++) {
    scored.clock.move(7200);
    // The same few payees, and amounts that are much alike.
    const [payer, payee] = [1n + (id % 5n), 6n + ((id + id / 25n) % 3n)];
    const event = payment(id, 2000n + ((id * 37n) % 900n), { debit_account_id: payer, credit_account_id: payee });
    honest.push((await scored.ledger.createTransfers([event]))[0]!.status);
    await scored.scorer.settled();
  }
  const burst: number[] = [];
  for (let id = 301n; id <= 312n; id++) {
    scored.clock.move(20);
    const event = payment(id, 100n, { debit_account_id: 2n, credit_account_id: 10n + ((id * 7n) % 29n) });
    burst.push((await scored.ledger.createTransfers([event]))[0]!.status);
    await scored.scorer.settled();
  }
  const stopped = burst.filter((status) => status === DENIED).length + scored.scorer.feed.held.size;
  assert.ok(stopped >= 8, `${stopped} of 12 were stopped`);
  assert.equal(honest.filter((status) => status === DENIED).length, 0);
  assert.equal(
    scored.scorer.judge.tallies.get(LEDGER)!.counts.missing,
    funds.length - 1,
    'only what came before the model',
  );
  await scored.ledger.close();
});
