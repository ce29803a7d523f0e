/** Random books, read by us and by the programs that they are written for; `npm run books` tries many more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBooks } from '../torture/books/compare.ts';
import { type Dialect, installedFor, show } from '../torture/books/tools.ts';
import { temporaryFolder } from './support/folders.ts';

const BOOKS: { readonly [dialect in Dialect]: number } = { beancount: 200, hledger: 25, ledger: 150, rules: 25 };

for (const dialect of Object.keys(BOOKS) as Dialect[]) {
  const { skip } = installedFor(dialect);
  test(`random books have the balances that ${dialect} computes, or are refused by both`, { skip }, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { same, differences } = await compareBooks(dialect, seed, BOOKS[dialect], temporaryFolder());
    const shown = differences.map(
      (one) => `${one.text}--- ${dialect}\n${show(one.theirs)}\n--- ours\n${show(one.ours)}`,
    );
    assert.deepEqual(shown, [], `npm run books -- --dialect ${dialect} --seed ${seed}`);
    assert.ok(same > 0, 'not all books are refused');
  });
}
