/** Exchanges: exact amounts, a quote that is good once and in time, refunds that give back the whole and no more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Ledger, open } from 'tallystick';
import { Assets } from '../../packages/services/src/base/assets.ts';
import { checkFx, exchangeOf, partOf } from '../../packages/services/src/fx/rates.ts';
import { audit, Payments, type Receipt } from '../../packages/services/src/index.ts';
import { type Fate, flaky, insist } from '../../packages/services/test/ledgers.ts';

const pairs = [
  { sell: 'EUR', buy: 'USD', rate: '1.0825', margin: '0.005' },
  { sell: 'EUR', buy: 'JPY', rate: '161.37' },
] as const;
const controls = {
  fx: { expires_in: 1, pairs },
  limits: [{ asset: 'EUR', kind: 'customer', per: 'day', amount: '5000.00' }],
} as const;

async function town(ledger: Ledger): Promise<Payments> {
  const payments = new Payments(ledger, { controls });
  for (const asset of ['EUR', 'USD', 'JPY']) {
    await payments.openAccount({ name: 'bank', kind: 'bank', asset });
    for (const name of ['alice', 'bob']) await payments.openAccount({ name, kind: 'customer', asset });
  }
  await payments.pay('in', { from: 'bank', to: 'alice', asset: 'EUR', amount: '1000.00' });
  return payments;
}

const balance = async (payments: Payments, name: string, asset: string): Promise<string> =>
  (await payments.account(name, asset)).balance;
const codeOf = (receipt: object): string => ('code' in receipt ? String(receipt.code) : (receipt as Receipt).outcome);

test('an exchange moves both sides at once, and its refunds give back all of it, to the last unit', async () => {
  const ledger = await open(':memory:');
  const payments = await town(ledger);
  const ask = { sell: 'EUR', buy: 'USD', amount: '100.01' };
  const quote = await payments.quote('q', ask);
  // 100.01 x 1.0825 = 108.260825, less half a percent = 107.719520875
  assert.deepEqual([quote.amount, quote.bought, quote.margin], ['100.01', '107.71', '0.55']);
  assert.deepEqual(await payments.quote('q', ask), quote, 'the same quote under its key');
  await assert.rejects(payments.quote('q', { ...ask, amount: '1.00' }), { code: 'request_reused' });
  const wish = { quote: quote.quote, from: 'alice', to: 'bob' };
  assert.equal(((await payments.exchange('dry', { ...wish, dry_run: true })) as { would: string }).would, 'done');
  // A request that is lost, then an answer: whoever insists is told what became of it.
  const fates: Fate[] = ['unanswered', 'lost', 'answered'];
  const world = payments.through(flaky(ledger, () => fates.shift() ?? 'answered'));
  const done = (await insist(() => world.exchange('x', wish))) as Receipt & { bought: string; bought_asset: string };
  assert.deepEqual([done.outcome, done.bought, done.bought_asset], ['done', '107.71', 'USD']);
  assert.deepEqual({ ...(await payments.exchange('x', wish)), again: false }, { ...done, again: false });
  assert.equal(codeOf(await payments.exchange('y', wish)), 'quote_used');
  assert.deepEqual(
    [await balance(payments, 'alice', 'EUR'), await balance(payments, 'bob', 'USD')],
    ['899.99', '107.71'],
  );
  const { payment } = done;
  for (const [n, amount] of ['33.33', '33.33', '0.01'].entries()) {
    assert.equal((await payments.refund(`r${n}`, { payment, amount })).outcome, 'done');
  }
  assert.equal(codeOf(await payments.refund('more', { payment, amount: '33.35' })), 'refund_exceeds_payment');
  assert.equal((await payments.refund('rest', { payment })).outcome, 'done');
  assert.deepEqual(
    [await balance(payments, 'alice', 'EUR'), await balance(payments, 'bob', 'USD')],
    ['1000.00', '0.00'],
  );
  assert.deepEqual((await audit(ledger)).problems, []);
  await ledger.close();
});

test('a quote that has expired is refused, in a dry run, too; none is made for what is not exchanged', async () => {
  const ledger = await open(':memory:');
  const payments = await town(ledger);
  const { quote } = await payments.quote('q', { sell: 'EUR', buy: 'JPY', amount: '1.00' });
  const wish = { quote, from: 'alice', to: 'bob' };
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(codeOf(await payments.exchange('dry', { ...wish, dry_run: true })), 'quote_expired');
  assert.equal(codeOf(await payments.exchange('late', wish)), 'quote_expired');
  assert.equal(codeOf(await payments.exchange('late', wish)), 'quote_expired');
  assert.equal(await balance(payments, 'alice', 'EUR'), '1000.00');
  await assert.rejects(payments.quote('z', { sell: 'USD', buy: 'EUR', amount: '1.00' }), { field: 'buy' });
  await assert.rejects(payments.exchange('n', { ...wish, quote: `quo_${'0'.repeat(30)}` }), { code: 'not_found' });
  await ledger.close();
});

test('a reversal gives back both sides and the margin; who has spent what was bought gives nothing back', async () => {
  const ledger = await open(':memory:');
  const payments = await town(ledger);
  const exchange = async (key: string): Promise<string> => {
    const { quote } = await payments.quote(`q-${key}`, { sell: 'EUR', buy: 'USD', amount: '10.00' });
    return ((await payments.exchange(key, { quote, from: 'alice', to: 'bob' })) as Receipt).payment;
  };
  const first = await exchange('a');
  assert.equal((await payments.reverse('v', { payment: first })).outcome, 'done');
  assert.equal(await balance(payments, 'bob', 'USD'), '0.00');
  const second = await exchange('b');
  await payments.pay('spent', { from: 'bob', to: 'bank', asset: 'USD', amount: '10.00' });
  assert.equal(codeOf(await payments.refund('r', { payment: second })), 'insufficient_funds');
  assert.deepEqual((await audit(ledger)).problems, []);
  await ledger.close();
});

test('amounts are those of exact fractions, whatever the scales', () => {
  const assets = new Assets();
  const codes = fc.constantFrom('EUR', 'USD', 'JPY', 'KWD', 'BTC', 'ETH');
  const decimal = fc
    .tuple(fc.nat(9999), fc.nat(999_999))
    .map(([whole, part]) => `${whole}.${String(part + 1).padStart(7, '0')}`);
  const margins = fc.nat(9999).map((part) => `0.${String(part).padStart(5, '0')}`);
  fc.assert(
    fc.property(codes, codes, decimal, margins, fc.bigInt(1n, 10n ** 20n), (sell, buy, rate, margin, sold) => {
      fc.pre(sell !== buy);
      const [pair] = checkFx({ pairs: [{ sell, buy, rate, margin }] }, assets).pairs;
      const { net, margin: earned } = exchangeOf(sold, pair!);
      // Both sides times everything that divides: no fraction is left.
      const [r, m] = [BigInt(rate.replace('.', '')), BigInt(margin.replace('.', ''))];
      const whole = sold * r * 10n ** BigInt(pair!.buy.scale);
      const of = 10n ** BigInt(7 + pair!.sell.scale);
      assert.ok((net + earned) * of <= whole && (net + earned + 1n) * of > whole, 'gross');
      assert.ok(
        net * of * 100_000n <= whole * (100_000n - m) && (net + 1n) * of * 100_000n > whole * (100_000n - m),
        'net',
      );
    }),
  );
  fc.assert(
    fc.property(
      fc.bigInt(1n, 10n ** 12n),
      fc.array(fc.bigInt(1n, 10n ** 6n), { minLength: 1, maxLength: 20 }),
      (whole, parts) => {
        const sold = parts.reduce((sum, part) => sum + part, 0n);
        let [back, given] = [0n, 0n];
        for (const part of parts) {
          back += part;
          given += partOf(whole, back, sold, given);
          assert.ok(given <= whole);
        }
        assert.equal(given, whole, 'all parts together are the whole');
      },
    ),
  );
});
