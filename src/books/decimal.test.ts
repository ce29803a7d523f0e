import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  add,
  compare,
  type Decimal,
  decimal,
  divide,
  fit,
  format,
  multiply,
  normalize,
  quantize,
  settle,
  significant,
  subtract,
} from './decimal.ts';

const of = (text: string): Decimal => decimal(text)!;
const anyDecimal = fc.record({
  mantissa: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
  exponent: fc.integer({ min: -12, max: 0 }),
});

test('a number prints as it was written', () => {
  for (const text of ['0', '-1', '240.00', '0.5', '-0.05', '100', '0.00', '12345678901234567890.123456789']) {
    assert.equal(format(of(text)), text);
  }
  assert.equal(format({ mantissa: 12n, exponent: 2 }), '1200');
  for (const text of ['', '.', '-', '1e5', '1,000', ' 1', '1.2.3', 'NaN']) assert.equal(decimal(text), undefined, text);
});

test('a sum takes the smaller exponent, as 1.5 + 2.25 + 100 = 103.75 and 1.50 - 1.50 = 0.00', () => {
  assert.equal(format(add(add(of('1.5'), of('2.25')), of('100'))), '103.75');
  assert.equal(format(subtract(of('1.50'), of('1.50'))), '0.00');
});

test('addition undoes subtraction, multiplication distributes, and printing loses nothing', () => {
  fc.assert(
    fc.property(anyDecimal, anyDecimal, anyDecimal, (a, b, c) => {
      assert.equal(compare(add(subtract(a, b), b), a), 0);
      assert.equal(compare(multiply(a, add(b, c)), add(multiply(a, b), multiply(a, c))), 0);
      assert.equal(compare(of(format(a)), a), 0);
      assert.equal(of(format(a)).exponent, a.exponent);
      assert.equal(compare(normalize(a), a), 0);
    }),
  );
});

test('rounding is half to even and never off by more than half of the last digit kept', () => {
  const rounded = ['0.5', '1.5', '2.5', '-0.5', '-1.5', '2.51', '-2.49'].map((text) => format(quantize(of(text), 0)));
  assert.deepEqual(rounded, ['0', '2', '2', '0', '-2', '3', '-2']);
  fc.assert(
    fc.property(anyDecimal, fc.integer({ min: -12, max: 3 }), (a, exponent) => {
      const error = subtract(quantize(a, exponent), a);
      const twice = add(error, error);
      const unit = { mantissa: 1n, exponent };
      assert.ok(compare(twice, unit) <= 0 && compare(twice, { ...unit, mantissa: -1n }) >= 0);
    }),
  );
});

test('a quotient is exact where it can be and has 28 digits otherwise, as Python divides', () => {
  // Expected: Python 3.11, decimal, default context.
  assert.equal(format(divide(of('10.00'), of('4'))), '2.50');
  assert.equal(format(divide(of('1'), of('8'))), '0.125');
  assert.equal(format(divide(of('10'), of('3'))), '3.333333333333333333333333333');
  assert.equal(format(divide(of('-20'), of('3'))), '-6.666666666666666666666666667');
  assert.equal(format(divide(of('1'), of('-7'))), '-0.1428571428571428571428571429');
  assert.equal(format(divide(of('0.00'), of('3'))), '0.00');
  assert.equal(format(divide(of('555.55'), of('5'))), '111.11');
  fc.assert(
    fc.property(
      anyDecimal,
      anyDecimal.filter(({ mantissa }) => mantissa !== 0n),
      (a, b) => {
        const quotient = divide(a, b);
        assert.ok(significant(quotient) <= 28);
        const back = subtract(multiply(quotient, b), a);
        const bound = multiply(
          { mantissa: 1n, exponent: quotient.exponent },
          { mantissa: b.mantissa < 0n ? -b.mantissa : b.mantissa, exponent: b.exponent },
        );
        assert.ok(compare(back, bound) <= 0 && compare(back, { ...bound, mantissa: -bound.mantissa }) >= 0);
      },
    ),
  );
});

test('a number of more than 28 digits fits in 28, even when rounding carries into a new digit', () => {
  assert.equal(significant(fit({ mantissa: 10n ** 29n - 1n, exponent: 0 })), 28);
  assert.equal(compare(fit({ mantissa: 10n ** 29n - 1n, exponent: 0 }), { mantissa: 1n, exponent: 29 }), 0);
  assert.deepEqual(fit(of('1.25')), of('1.25'));
});

test('a number of 28 digits next to one with twelve decimals settles on it, and no other number moves', () => {
  const nines = (places: number): string => `99.${'9'.repeat(places)}`;
  assert.equal(format(settle(of(nines(26)))), '100.00');
  assert.equal(format(settle(of(`-12.345${'0'.repeat(22)}3`))), '-12.345');
  for (const text of [
    nines(24),
    `0.${'3'.repeat(28)}`,
    `1.${'0'.repeat(20)}1234567`,
    '100.00',
    `0.${'0'.repeat(27)}1`,
  ]) {
    assert.equal(format(settle(of(text))), text);
  }
});
