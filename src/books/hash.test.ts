import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hash128, prefix } from './hash.ts';

const PRIME = (1n << 88n) + 0x13bn;
const MASK = (1n << 128n) - 1n;

test('ids never change: they lie in the ledgers of people', () => {
  assert.deepEqual(
    [['account', 'Assets:Cash', 'USD'], ['clearing', 'USD'], [], ['é', '😀']].map((parts) =>
      hash128(parts).toString(16),
    ),
    [
      '9d0648ce2146c0ef00408cb3b4dd6239',
      '8c3b007722399de0e849384455e07603',
      '121810d8e16f8bfe4cc9e4d533497335',
      'c63b31e75c65b27827534b293cedd5f',
    ],
  );
});

test('where a part ends counts, and so does the order', () => {
  const texts = [['ab', 'c'], ['a', 'bc'], ['abc'], ['c', 'ab'], ['', 'abc'], ['abc', '']];
  assert.equal(new Set(texts.map((parts) => hash128(parts))).size, texts.length);
});

test('ids that a ledger refuses do not occur, and different texts have different ids', () => {
  const seen = new Map<bigint, string>();
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 }), (parts) => {
      const hash = hash128(parts);
      assert.ok(hash > 0n && hash < MASK);
      const text = JSON.stringify(parts);
      assert.equal(seen.get(hash) ?? text, text);
      seen.set(hash, text);
    }),
    { numRuns: 2000 },
  );
});

test('every bit is set about as often as not', () => {
  const counts = new Array<number>(128).fill(0);
  for (let i = 0; i < 2000; i++) {
    const hash = hash128(['transfer', String(i), '0']);
    for (let bit = 0; bit < 128; bit++) if ((hash >> BigInt(bit)) & 1n) counts[bit]! += 1;
  }
  // Six standard deviations of 2000 coin tosses are 134.
  assert.ok(
    counts.every((count) => Math.abs(count - 1000) < 134),
    String(counts),
  );
});

test('the limbs multiply as the prime does, in texts of any characters', () => {
  // FNV-1a of nothing is its basis; each code unit is two bytes, stepped through here in bigint.
  const step = (hash: bigint, byte: number): bigint => ((hash ^ BigInt(byte)) * PRIME) & MASK;
  const slow = (text: string): bigint => {
    let hash = 0x6c62272e07bb014262b821756295c58dn;
    for (let at = 0; at < text.length; at++) {
      hash = step(step(hash, text.charCodeAt(at) & 0xff), text.charCodeAt(at) >>> 8);
    }
    hash ^= hash >> 64n;
    hash = (hash * PRIME * 0x9e3779b97f4a7c15f39cc0605cedc835n) & MASK;
    hash ^= hash >> 59n;
    hash = (hash * 0xd6e8feb86659fd93a5b8d2f3c6b7e0a9n) & MASK;
    return hash ^ (hash >> 64n);
  };
  const texts = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 200 }));
  fc.assert(
    fc.property(texts, texts, (one, two) => {
      const expected = slow(`${one.length}:${one}${two.length}:${two}`);
      assert.equal(hash128([one, two]), expected);
      assert.equal(prefix([one]).finish([two]), expected);
      assert.equal(prefix([]).and([one]).and([two]).finish([]), expected);
    }),
  );
});
