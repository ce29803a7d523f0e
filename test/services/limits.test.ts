/** Limits by hour, day and month: the ledger counts, whoever races, retries or has another clock. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { audit, type ControlRules, Payments, type PaymentsOptions } from '../../packages/services/src/index.ts';
import { embedded, twoShards } from '../../packages/services/test/ledgers.ts';
import { codeOf, EUR, EVE, fromAlice, HOUR, MS, opened, paying } from './controlled.ts';

for (const place of [() => embedded, twoShards]) {
  const { name } = place();
  describe(`limits: ${name}`, () => {
    test('the ledger refuses what is above the limit, until the calendar turns', async () => {
      const limits = [{ kind: 'customer', per: 'day', amount: '100.00', ...EUR }] as const;
      const { ledger, payments, clock } = await opened(place(), { limits });
      assert.equal(codeOf(await paying(payments, 'a', '60.00')), 'done');
      assert.equal(codeOf(await paying(payments, 'b', '40.01')), 'day_limit_exceeded');
      assert.equal(codeOf(await paying(payments, 'c', '40.00')), 'done');
      assert.deepEqual(await payments.limits('alice', 'EUR'), [
        { per: 'day', what: 'amount', most: '100.00', left: '0.00' },
      ]);
      clock.now += HOUR;
      assert.equal(codeOf(await paying(payments, 'd', '100.00')), 'done');
      assert.equal(codeOf(await paying(payments, 'b', '40.01')), 'day_limit_exceeded', 'a refusal lasts');
      assert.equal((await payments.account('alice', 'EUR')).balance, '800.00');
      assert.deepEqual((await audit(ledger)).problems, []);
    });

    test('payments in a race never pass the limit together', async () => {
      const limits = [{ kind: 'customer', per: 'hour', amount: '50.00', count: 4, ...EUR }] as const;
      const { payments, again } = await opened(place(), { limits });
      const others = [payments, again({ controls: { limits } }), again({ controls: { limits } })];
      const all = await Promise.all(
        Array.from({ length: 12 }, (_, index) => paying(others[index % 3]!, `race-${index}`, '10.00')),
      );
      assert.equal(all.filter((receipt) => receipt.outcome === 'done').length, 4);
      assert.deepEqual(new Set(all.map(codeOf)), new Set(['done', 'hour_limit_exceeded']));
      const left = (await payments.limits('alice', 'EUR')).map(({ what, left: rest }) => [what, rest]);
      assert.deepEqual(Object.fromEntries(left), { amount: '10.00', count: '0' });
    });

    test('the month goes on when the day turns, and who is not limited pays', async () => {
      const rules = [
        { kind: 'customer', per: 'day', amount: '30.00', ...EUR },
        { kind: 'customer', per: 'month', amount: '50.00', ...EUR },
      ] as const;
      const { payments, clock } = await opened(place(), { limits: rules });
      clock.now -= 24n * HOUR;
      assert.equal(codeOf(await paying(payments, 'a', '30.00')), 'done');
      clock.now += 24n * HOUR;
      assert.equal(codeOf(await paying(payments, 'b', '20.01')), 'month_limit_exceeded');
      assert.equal(codeOf(await paying(payments, 'c', '20.00')), 'done');
      const fromBank = { from: 'bank', to: 'bob', ...EUR, amount: '5000.00' };
      assert.equal(codeOf(await payments.pay('d', fromBank)), 'done');
      assert.deepEqual(await payments.limits('bank', 'EUR'), []);
    });

    test('a rule of one account counts in place of that of its kind', async () => {
      const rules = [
        { kind: 'customer', per: 'day', amount: '10.00', ...EUR },
        { account: 'alice', per: 'day', amount: '200.00', ...EUR },
      ] as const;
      const { payments } = await opened(place(), { limits: rules });
      assert.equal(codeOf(await paying(payments, 'a', '150.00')), 'done');
      assert.equal((await payments.limits('alice', 'EUR'))[0]!.left, '50.00');
      assert.equal((await payments.limits('bob', 'EUR'))[0]!.most, '10.00');
    });

    test('a limit that was lowered holds from the next stretch on, and takes what is left', async () => {
      const at = (amount: string): PaymentsOptions => ({
        controls: { limits: [{ kind: 'customer', per: 'day', amount, ...EUR }] },
      });
      const { payments, again, clock } = await opened(place(), at('500.00').controls!);
      assert.equal(codeOf(await paying(payments, 'a', '10.00')), 'done');
      clock.now += HOUR;
      const lower = again(at('20.00'));
      assert.equal(codeOf(await paying(lower, 'b', '20.01')), 'day_limit_exceeded');
      assert.equal(codeOf(await paying(lower, 'c', '20.00')), 'done');
    });

    test('a process whose clock is behind fills nothing up again', async () => {
      const limits = [{ kind: 'customer', per: 'hour', amount: '50.00', ...EUR }] as const;
      const { payments, again, clock } = await opened(place(), { limits });
      clock.now += HOUR;
      assert.equal(codeOf(await paying(payments, 'a', '50.00')), 'done');
      const behind = again({ controls: { limits }, now: () => EVE });
      assert.equal(codeOf(await paying(behind, 'b', '1.00')), 'hour_limit_exceeded');
    });

    test('each payer of a split has a limit of its own', async () => {
      const limits = [{ kind: 'customer', per: 'day', amount: '50.00', ...EUR }] as const;
      const { payments } = await opened(place(), { limits });
      await payments.pay('top-up', { from: 'bank', to: 'bob', ...EUR, amount: '100.00' });
      const halves = { ...EUR, to: [{ account: 'shop' }] };
      const from = (alice: string): object[] => [{ account: 'alice', max: alice }, { account: 'bob' }];
      const split = (key: string, amount: string, alice: string) =>
        payments.split(key, { ...halves, amount, from: from(alice) as never });
      assert.equal(codeOf(await split('a', '90.00', '51.00')), 'day_limit_exceeded');
      assert.equal(codeOf(await split('b', '90.00', '45.00')), 'done');
      const left = await Promise.all(['alice', 'bob'].map(async (one) => (await payments.limits(one, 'EUR'))[0]!.left));
      assert.deepEqual(left, ['5.00', '5.00']);
    });

    test('a dry run tells of limits and writes nothing', async () => {
      const limits = [{ kind: 'customer', per: 'day', amount: '50.00', ...EUR }] as const;
      const { ledger, payments } = await opened(place(), { limits });
      const before = (await audit(ledger)).transfers;
      const dry = (amount: string) => payments.pay('dry', { ...fromAlice, amount, dry_run: true });
      assert.deepEqual([codeOf(await dry('50.01')), codeOf(await dry('50.00'))], ['day_limit_exceeded', 'would']);
      assert.equal((await audit(ledger)).transfers, before);
    });
  });
}

test('a rule that cannot be is refused by its field', async () => {
  const bad: readonly [string, unknown][] = [
    ['limits[0].per', { limits: [{ kind: 'customer', asset: 'EUR', per: 'week', amount: '1.00' }] }],
    ['limits[0].amount', { limits: [{ kind: 'customer', asset: 'EUR', per: 'day', amount: 1 }] }],
    ['limits[0].count', { limits: [{ kind: 'customer', asset: 'EUR', per: 'day', count: 1.5 }] }],
    ['limits[0].kind', { limits: [{ kind: 'guest', asset: 'EUR', per: 'day', count: 1 }] }],
    ['limits[0].ammount', { limits: [{ kind: 'customer', asset: 'EUR', per: 'day', ammount: '1.00' }] }],
    ['limits[0]', { limits: [{ asset: 'EUR', per: 'day', count: 1 }] }],
    ['limits[0]', { limits: [{ kind: 'customer', asset: 'EUR', per: 'day' }] }],
    ['limits', { limits: [1, 2].map(() => ({ kind: 'customer', asset: 'EUR', per: 'day', count: 1 })) }],
    ['review[0].approvals', { review: [{ asset: 'EUR', from: '1.00', approvals: 0 }] }],
    ['review_expires_in', { review_expires_in: 0 }],
    ['controls.limit', { limit: [] }],
  ];
  const ledger = await embedded.open();
  for (const [field, controls] of bad) {
    assert.throws(() => new Payments(ledger, { controls: controls as ControlRules }), {
      code: 'invalid_argument',
      field,
    });
  }
  await ledger.close();
});

/** A generator with a seed, so that what it finds can be run again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

for (const seed of [1, 2, 3, 4]) {
  test(`two processes pay by chance while the calendar turns, and a count in plain numbers agrees: seed ${seed}`, async () => {
    const draw = random(seed);
    const limits = [
      { kind: 'customer', per: 'hour', amount: '40.00', count: 5, ...EUR },
      { kind: 'customer', per: 'day', amount: '90.00', ...EUR },
    ] as const;
    const { ledger, payments, again, clock } = await opened(embedded, { limits });
    const processes = [payments, again({ controls: { limits } })];
    let spent = { hour: 0, count: 0, day: 0, all: 0 };
    let [hour, day] = [0, 0];
    for (let n = 0; n < 120; n++) {
      if (draw(6) === 0) clock.now += BigInt(1 + draw(90)) * 60_000n * MS;
      const ms = Number(clock.now / MS);
      if (Math.floor(ms / 3_600_000) !== hour) spent = { ...spent, hour: 0, count: 0 };
      if (Math.floor(ms / 86_400_000) !== day) spent = { ...spent, day: 0 };
      [hour, day] = [Math.floor(ms / 3_600_000), Math.floor(ms / 86_400_000)];
      const cents = 1 + draw(2000);
      const amount = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
      const heard = codeOf(await paying(processes[draw(2)]!, `k${n}`, amount));
      const expected =
        spent.all + cents > 100_000
          ? 'insufficient_funds'
          : spent.hour + cents > 4000 || spent.count + 1 > 5
            ? 'hour_limit_exceeded'
            : spent.day + cents > 9000
              ? 'day_limit_exceeded'
              : 'done';
      assert.equal(heard, expected, `payment ${n} of ${amount}`);
      if (heard !== 'done') continue;
      const { hour: inHour, count, day: inDay, all } = spent;
      spent = { hour: inHour + cents, count: count + 1, day: inDay + cents, all: all + cents };
    }
    assert.deepEqual((await audit(ledger)).problems, []);
  });
}
