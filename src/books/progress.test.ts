import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Format, Source } from './book.ts';
import { NO_NAMES, type Progress, previewBook } from './index.ts';

/** More than what is read between two words about it. */
const TRANSACTIONS = 5000;
const many = (text: (day: string) => string): string =>
  Array.from({ length: TRANSACTIONS }, (_, at) => text(String((at % 28) + 1).padStart(2, '0'))).join('');

const journal = many((day) => `2024-01-${day} a bakery\n    Expenses:Food    1.50 EUR\n    Assets:Cash\n\n`);
const BOOKS: Readonly<Record<Format, Source>> = {
  ledger: { path: 'book.ledger', text: journal },
  hledger: { path: 'book.journal', text: journal },
  beancount: { path: 'book.beancount', text: journal.replaceAll('a bakery', '* "a bakery"') },
  csv: {
    path: 'book.csv',
    text: `date,account,amount\n${many(
      (day) => `2024-01-${day},Expenses:Food,1.50 EUR\n2024-01-${day},Assets:Cash,-1.50 EUR\n`,
    )}`,
  },
  rules: { path: 'book.csv.rules', text: 'fields date,description,amount\n' },
};
const table: Source = { path: 'book.csv', text: many((day) => `2024-01-${day},a bakery,1.50\n`) };

async function watched(format: Format, book: Source, files: readonly Source[]): Promise<Progress[]> {
  const seen: Progress[] = [];
  const read = (path: string): Source[] => files.filter((file) => file.path === path);
  await previewBook({ ...book, format, read, names: NO_NAMES, onProgress: (progress) => seen.push(progress) });
  return seen;
}

for (const [format, book] of Object.entries(BOOKS) as [Format, Source][]) {
  test(`${format}: whoever watches is told how much of the book is read, of how much`, async () => {
    const files = format === 'rules' ? [table] : [];
    const total = [book, ...files].reduce((sum, { text }) => sum + text.length, 0);
    const seen = await watched(format, book, files);
    assert.ok(seen.length > 0, 'something is told before the end');
    assert.ok(seen.every((progress) => progress.stage === 'read' && progress.total === total));
    assert.ok(
      seen.every(({ done }, at) => done > (seen[at - 1]?.done ?? 0)),
      'it grows',
    );
    const last = seen.at(-1)!;
    assert.ok(last.done <= total && last.done > total - 70_000, `${last.done} of ${total} is the last word`);
  });
}

test('the files that a book includes count from where they are named, by their bytes', async () => {
  const main: Source = { path: 'main.journal', text: `${journal}include more.journal\n`, size: 1_000_000 };
  const more: Source = { path: 'more.journal', text: journal, size: 3_000_000 };
  const totals = [...new Set((await watched('hledger', main, [more])).map(({ total }) => total))];
  assert.deepEqual(totals, [1_000_000, 4_000_000]);
});
