import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BookTransaction } from './book.ts';
import { Occurrences } from './occurrences.ts';
import { Transactions } from './transactions.ts';

const record = <T extends object>(model: { [key in keyof T]: fc.Arbitrary<T[key]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true });
const name = fc.constantFrom('A', 'B:C', 'D');
const posting = record({
  account: name,
  commodity: name,
  number: record({
    mantissa: fc.oneof(fc.bigInt({ min: -1000n, max: 1000n }), fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n })),
    exponent: fc.integer({ min: -20, max: 3 }),
  }),
});
const transaction: fc.Arbitrary<BookTransaction> = record({
  date: fc.integer({ min: 20240101, max: 20240104 }),
  payee: fc.string(),
  narration: fc.string(),
  kind: fc.constantFrom('transaction', 'pad'),
  postings: fc.array(posting, { maxLength: 4 }),
  place: record({ path: name, line: fc.nat(), column: fc.nat() }),
});

test('columns give back what they were given, by date, and within a day as the file had it', () => {
  fc.assert(
    fc.property(fc.array(transaction, { maxLength: 2000 }), (list) => {
      const expected = [...list].sort((a, b) => a.date - b.date);
      assert.deepEqual([...Transactions.of(list)], expected);
    }),
    { numRuns: 50 },
  );
});

test('a place that was kept free and never used is no transaction', () => {
  const [first, later] = fc.sample(transaction, 2) as [BookTransaction, BookTransaction];
  const transactions = new Transactions();
  const early = transactions.reserve();
  transactions.reserve();
  transactions.push({ ...later, date: 20240101 });
  transactions.fill(early, { ...first, date: 20240101 });
  assert.deepEqual(
    [...transactions.sorted()].map(({ narration, postings }) => [narration, postings]),
    [first, later].map(({ narration, postings }) => [narration, postings]),
  );
});

test('hashes are counted, whatever bits they share', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: 0n, max: 7n }), { maxLength: 100 }), (list) => {
      // The same lower bits, or the same upper ones.
      const hashes = list.map((value) => ((value & 3n) << 64n) | ((value >> 2n) << 40n) | 5n);
      const occurrences = new Occurrences(hashes.length);
      const before = new Map<bigint, number>();
      for (const hash of hashes) {
        assert.equal(occurrences.count(hash), before.get(hash) ?? 0);
        before.set(hash, (before.get(hash) ?? 0) + 1);
      }
    }),
  );
});
