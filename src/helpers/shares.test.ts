import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatMoney } from './money.ts';
import { exchange, type Rounding, split, times } from './shares.ts';

const U128_MAX = 2n ** 128n - 1n;
const invalid = { code: 'invalid_argument' };
const amounts = fc.bigInt({ min: 0n, max: 2n ** 96n });
const roundings: readonly Rounding[] = ['down', 'up', 'half-up', 'half-even'];

test('halves go where they were told', () => {
  const rounded = (amount: bigint): bigint[] => roundings.map((rounding) => times(amount, '0.5', rounding));
  assert.deepEqual(rounded(1n), [0n, 1n, 1n, 0n]);
  assert.deepEqual(rounded(3n), [1n, 2n, 2n, 2n]);
  assert.deepEqual(rounded(4n), [2n, 2n, 2n, 2n]);
  const nearly = (factor: string): bigint[] => roundings.map((rounding) => times(1n, factor, rounding));
  assert.deepEqual(nearly('1.499'), [1n, 2n, 1n, 1n]);
  assert.deepEqual(nearly('1.501'), [1n, 2n, 2n, 2n]);
});

test('a product is off by less than a unit, by half a unit to the nearest, and exact where it can be', () => {
  const factors = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 9n }), fc.integer({ min: 0, max: 9 }));
  fc.assert(
    fc.property(amounts, factors, fc.constantFrom(...roundings), (amount, [digits, scale], rounding) => {
      const unit = 10n ** BigInt(scale);
      const off = times(amount, formatMoney(digits, scale), rounding) * unit - amount * digits;
      const [least, most] = { down: [-unit + 1n, 0n], up: [0n, unit - 1n] }[rounding as 'down' | 'up'] ?? [
        -unit / 2n,
        unit / 2n,
      ];
      assert.ok(off >= least! && off <= most!, `${off}`);
      if ((amount * digits) % unit === 0n) assert.equal(off, 0n);
    }),
  );
});

test('an exchange counts in the units that people speak of', () => {
  assert.equal(exchange(100_00n, { rate: '1.0820', from: 2, to: 2, rounding: 'down' }), 108_20n);
  assert.equal(exchange(100_00n, { rate: '162.35', from: 2, to: 0, rounding: 'down' }), 16_235n);
  assert.equal(exchange(16_235n, { rate: '0.00616', from: 0, to: 2, rounding: 'half-even' }), 100_01n);
  assert.equal(exchange(1n, { rate: '0.00001234', from: 0, to: 8, rounding: 'down' }), 1234n);
  assert.equal(exchange(1n, { rate: '1', from: 38, to: 0, rounding: 'up' }), 1n);
});

test('an exchange at rate 1 and one scale is the same amount', () => {
  fc.assert(
    fc.property(amounts, fc.integer({ min: 0, max: 38 }), (amount, scale) => {
      assert.equal(exchange(amount, { rate: '1', from: scale, to: scale, rounding: 'up' }), amount);
    }),
  );
});

test('parts add up to the amount, each off by less than a unit, and none for a weight of zero', () => {
  const weights = fc
    .array(fc.bigInt({ min: 0n, max: 2n ** 64n }), { minLength: 1, maxLength: 12 })
    .filter((each) => each.some((weight) => weight > 0n));
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: U128_MAX }), weights, (amount, each) => {
      const parts = split(amount, each);
      const total = each.reduce((sum, weight) => sum + weight, 0n);
      assert.equal(
        parts.reduce((sum, part) => sum + part, 0n),
        amount,
      );
      for (const [index, part] of parts.entries()) {
        const off = part * total - amount * each[index]!;
        assert.ok(off > -total && off < total);
        if (each[index] === 0n) assert.equal(part, 0n);
      }
    }),
  );
});

test('what is left over goes to those that lost most, among equals to the first', () => {
  assert.deepEqual(split(100n, [1n, 1n, 1n]), [34n, 33n, 33n]);
  assert.deepEqual(split(5n, [0n, 3n, 7n]), [0n, 2n, 3n]);
  assert.deepEqual(split(1n, [1n, 2n]), [0n, 1n]);
  assert.deepEqual(split(0n, [1n, 2n]), [0n, 0n]);
});

test('what is no factor, no rounding, no weight and no amount is refused', () => {
  for (const factor of ['', '-1', '1e2', '.5', '1.', '1,5', ' 1', 0.5, `1.${'0'.repeat(39)}`]) {
    assert.throws(() => times(1n, factor as string, 'down'), invalid, String(factor));
  }
  assert.throws(() => times(1n, '1', 'nearest' as Rounding), invalid);
  for (const amount of [-1n, U128_MAX + 1n, 1]) {
    assert.throws(() => times(amount as bigint, '1', 'down'), invalid);
    assert.throws(() => split(amount as bigint, [1n]), invalid);
  }
  for (const weights of [[], [0n], [-1n, 2n], [1]]) assert.throws(() => split(1n, weights as bigint[]), invalid);
  assert.throws(() => times(U128_MAX, '1.1', 'down'), invalid, 'the product fits no transfer');
  assert.throws(() => exchange(1n, { rate: '1', from: 2, to: 39, rounding: 'down' }), invalid);
});

test('money that goes there and back at inverse rates never grows, if both ways round down', () => {
  fc.assert(
    fc.property(amounts, fc.integer({ min: 1, max: 10_000 }), (amount, cents) => {
      const there = exchange(amount, { rate: formatMoney(BigInt(cents), 2), from: 2, to: 2, rounding: 'down' });
      const back = (there * 100n) / BigInt(cents);
      assert.ok(back <= amount);
    }),
  );
});
