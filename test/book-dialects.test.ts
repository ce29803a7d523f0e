/**
 * What docs/guides/import.md promises of hledger, its rules for CSV, Ledger and Beancount, a book each:
 * `test/books/ledger/NAME.ledger` with the balances that Ledger itself computes beside it. Where the program is
 * installed, it is asked again.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Answer, ask, type Dialect, EXTENSIONS, installedFor, ours, show } from '../torture/books/tools.ts';
import { temporaryFolder } from './support/folders.ts';

const root = join(import.meta.dirname, '..', '..', 'test', 'books');

interface Refused {
  readonly dialect: Dialect;
  readonly book: readonly string[];
  readonly told: string;
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const refused = JSON.parse(read('refused.json')) as readonly Refused[];

function expected(path: string): Answer {
  const balances = JSON.parse(read(path)) as Record<string, Record<string, string>>;
  return new Map(
    Object.entries(balances)
      .flatMap(([account, held]) =>
        Object.entries(held).map(([name, number]) => [`${account} | ${name}`, number] as const),
      )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

for (const dialect of ['ledger', 'hledger', 'rules', 'beancount'] as const) {
  const names = readdirSync(join(root, dialect)).filter((name) => name.endsWith(EXTENSIONS[dialect]));
  const balancesOf = (name: string): Answer => expected(join(dialect, name.replace(/[.]\w+$/, '.balances.json')));
  for (const name of names) {
    const text = read(join(dialect, name));
    test(`${dialect}: ${text.split('\n', 1)[0]!.slice(2)}`, async () => {
      const { answer, told } = await ours(dialect, text);
      assert.equal(show(answer), show(balancesOf(name)), told.join('\n'));
    });
  }
  for (const { book, told: wanted } of refused.filter((one) => one.dialect === dialect)) {
    test(`${dialect} refuses: ${wanted}`, async () => {
      const { answer, told } = await ours(dialect, `${book.join('\n')}\n`);
      assert.deepEqual([answer, told[0]], [undefined, wanted]);
    });
  }

  const { skip } = installedFor(dialect);
  test(`${dialect} itself says the same of these books`, { skip }, () => {
    const books = names.map((name) => read(join(dialect, name)));
    const bad = refused.filter((one) => one.dialect === dialect).map(({ book }) => `${book.join('\n')}\n`);
    const answers = ask(dialect, [...books, ...bad], temporaryFolder());
    for (const [index, name] of names.entries()) assert.equal(show(answers[index]), show(balancesOf(name)), name);
    for (const [index, text] of bad.entries()) assert.equal(answers[names.length + index], undefined, text);
  });
}
