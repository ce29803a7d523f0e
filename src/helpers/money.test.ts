import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatMoney, parseMoney } from './money.ts';

const U128_MAX = 2n ** 128n - 1n;
const invalid = { code: 'invalid_argument' };
const amounts = fc.bigInt({ min: -U128_MAX, max: U128_MAX });
const scales = fc.integer({ min: 0, max: 38 });

test('every amount at every scale is the same amount after it was text', () => {
  fc.assert(fc.property(amounts, scales, (amount, scale) => parseMoney(formatMoney(amount, scale), scale) === amount));
});

test('the text is the amount divided by the power of ten, with as many digits as the scale', () => {
  fc.assert(
    fc.property(amounts, scales, (amount, scale) => {
      const [whole, fraction = ''] = formatMoney(amount, scale).replace('-', '').split('.');
      assert.equal(fraction.length, scale);
      const size = amount < 0n ? -amount : amount;
      assert.equal(BigInt(whole!) * 10n ** BigInt(scale) + BigInt(fraction === '' ? '0' : fraction), size);
      assert.equal(String(BigInt(whole!)), whole, 'no zero too many in front');
    }),
  );
});

test('amounts as people write them', () => {
  const read: readonly [text: string, scale: number, amount: bigint][] = [
    ['12.50', 2, 1250n],
    ['12.5', 2, 1250n],
    ['12', 2, 1200n],
    ['0.01', 2, 1n],
    ['-0.01', 2, -1n],
    ['-0', 2, 0n],
    ['007', 0, 7n],
    ['1', 38, 10n ** 38n],
    ['340282366920938463463374607431768211455', 0, U128_MAX],
    ['3402823669209384634633746074317682114.55', 2, U128_MAX],
  ];
  for (const [text, scale, amount] of read) assert.equal(parseMoney(text, scale), amount, text);
  assert.deepEqual(
    [formatMoney(5n, 2), formatMoney(-5n, 2), formatMoney(0n, 2), formatMoney(1250n, 0)],
    ['0.05', '-0.05', '0.00', '1250'],
  );
});

test('what does not fit is refused, never rounded', () => {
  for (const text of ['12.505', '12.500', '0.001']) {
    assert.throws(() => parseMoney(text, 2), { ...invalid, message: /more than 2 digits behind the point/ });
  }
  assert.throws(() => parseMoney('1.0', 0), invalid);
  for (const text of ['340282366920938463463374607431768211456', '9'.repeat(39)]) {
    assert.throws(() => parseMoney(text, 0), { ...invalid, message: /does not fit in 128 bits/ });
  }
  assert.throws(() => parseMoney('4', 38), invalid);
});

test('what is no amount is refused', () => {
  const texts = ['', ' ', '1 ', ' 1', '.', '1.', '.5', '+1', '--1', '1e3', '0x1', '1,5', '1_000', '€1', '1.2.3', '١'];
  for (const text of [...texts, 'NaN', 'Infinity', '1\n', '9'.repeat(101), '9'.repeat(1e6)]) {
    assert.throws(() => parseMoney(text, 2), invalid, text.slice(0, 20));
  }
});

test('numbers are refused: 0.1 + 0.2 is no amount', () => {
  for (const value of [12.5, 12, 1250n, null, undefined, ['12']]) {
    assert.throws(() => parseMoney(value as unknown as string, 2), invalid);
  }
  for (const value of [12.5, '12', null]) assert.throws(() => formatMoney(value as unknown as bigint, 2), invalid);
});

test('a scale that there is not is refused', () => {
  for (const scale of [-1, 1.5, 39, Number.NaN, '2', undefined]) {
    assert.throws(() => parseMoney('1', scale as number), invalid);
    assert.throws(() => formatMoney(1n, scale as number), invalid);
  }
});
