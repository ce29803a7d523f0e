/** Plans are read strictly, and speed is what they say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Assets } from '../base/assets.ts';
import { checkGateway } from './plans.ts';
import { Speeds } from './speeds.ts';

const rules = {
  plans: {
    tiers: { asset: 'EUR', tax: '0.19', prices: [{ up_to: 3, each: '0.05' }, { each: '0.0105' }] },
  },
  tenants: [{ number: 7, name: 'north', plan: 'tiers' }],
};

test('a bucket lets through its rate, to a part in a hundred, over ten seconds', async () => {
  let now = 0;
  const speeds = new Speeds({ now: () => now, sleep: async () => {} });
  const speed = { perSecond: 500, burst: 100 };
  let through = 0;
  for (; now < 10_000; now += 0.5) {
    await speeds.admit(1, speed, 1).then(
      () => through++,
      () => {},
    );
  }
  // The burst, and those who were let in before their time, come on top.
  assert.ok(through >= 5000 && through <= (5000 + 100 + 250) * 1.01, String(through));
  await speeds.admit(2, speed, 1);
});

test('a plan with a typo is refused by its place', () => {
  const assets = new Assets();
  const plan = rules.plans.tiers;
  const bad: readonly [RegExp, object][] = [
    [/speeed/, { ...rules, plans: { a: { ...plan, speeed: {} } } }],
    [/up_to/, { ...rules, plans: { a: { ...plan, prices: [{ up_to: 3, each: '1' }] } } }],
    [
      /up_to/,
      {
        ...rules,
        plans: { a: { ...plan, prices: [{ up_to: 3, each: '1' }, { up_to: 2, each: '1' }, { each: '1' }] } },
      },
    ],
    [/each/, { ...rules, plans: { a: { ...plan, prices: [{ each: '1e3' }] } } }],
    [/plan/, { ...rules, tenants: [{ number: 7, name: 'n', plan: 'none' }] }],
    [/number/, { ...rules, tenants: [...rules.tenants, rules.tenants[0]!] }],
    [/extra/, { ...rules, extra: 1 }],
  ];
  for (const [where, file] of bad) assert.throws(() => checkGateway(file, assets), where);
});
