import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Format } from './book.ts';
import { readout } from './testing.test.ts';

/** Books that strangers write to keep a machine busy, or to make it fall: each ends soon, with the line that did it. */
const hostile: readonly (readonly [string, Format, string, RegExp])[] = [
  ['a number of 2 MB', 'hledger', `2024-01-01 p\n  a  1${',000'.repeat(5e5)} USD\n  b\n`, /error 2:6 .* 255 digits/],
  ['a number of 2 MB', 'ledger', `2024-01-01 p\n  a  1${',000'.repeat(900)} USD\n  b\n`, /error 2:6 .* 255 digits/],
  ['an exponent of 999', 'hledger', '2024-01-01 p\n  a  1E999 USD\n  b\n', /error 2:6 .* 255 digits/],
  ['a line of 1 MB', 'ledger', `2024-01-01 p\n  a${'a'.repeat(1e6)}  1 USD\n  b\n`, /error 2:1 .* 4095 characters/],
  [
    'brackets in brackets',
    'ledger',
    `2024-01-01 p\n  a  ${'('.repeat(2000)}1 USD\n  b\n`,
    /error 2:\d+ .* 50 brackets/,
  ],
  [
    'products',
    'ledger',
    `2024-01-01 p\n  a  (1 USD${' * 9999999999'.repeat(300)})\n  b\n`,
    /error 2:\d+ .* 255 digits/,
  ],
  ['products', 'beancount', `2024-01-01 *\n  Assets:C  ${'9999999999*'.repeat(5e4)}1 USD\n  Assets:D\n`, /255 digits/],
  [
    'quotients',
    'beancount',
    `2024-01-01 *\n  Assets:C  1${' / 9999999999'.repeat(5e4)} USD\n  Assets:D\n`,
    /255 digits/,
  ],
  ['brackets', 'beancount', `2024-01-01 *\n  Assets:C  ${'('.repeat(2e5)}1 USD\n  Assets:D\n`, /at most 100 brackets/],
  ['signs', 'beancount', `2024-01-01 *\n  Assets:C  ${'-'.repeat(2e5)}1 USD\n  Assets:D\n`, /at most 100 brackets/],
  ['digits', 'beancount', `2024-01-01 *\n  Assets:C  ${'9'.repeat(2e6)} USD\n  Assets:D\n`, /at most 255 digits/],
  [
    'digits',
    'csv',
    `date,debit,credit,amount\n2024-01-01,A,B,${'9'.repeat(2e6)} EUR\n`,
    /error 2:1 expected an amount/,
  ],
  [
    'a name that grows',
    'hledger',
    `${'alias /a/ = aaaa\n'.repeat(50)}2024-01-01 p\n  a  1 USD\n  b\n`,
    /1000 characters/,
  ],
  ['many aliases', 'hledger', `${'alias a = b\n'.repeat(1001)}`, /error 1001:7 expected at most 1,000 aliases/],
  ['a circle of units', 'ledger', 'C 1 A = 2 B\nC 1 B = 2 A\n', /error 2:\d+ expected units that do not go round/],
];

for (const [what, dialect, text, expected] of hostile) {
  test(`${what} in a ${dialect} book is refused soon`, async () => {
    const started = performance.now();
    const { problems } = await readout(text, dialect);
    assert.match(problems.map((problem) => problem.slice(0, 300)).join('\n'), expected);
    assert.ok(performance.now() - started < 5000);
  });
}

test('a pattern that is nested to be slow is not', async () => {
  const account = `x${'a'.repeat(900)}b`;
  const posting = `2024-01-01 p\n  ${account}  1 USD\n  b\n`;
  const started = performance.now();
  const { problems } = await readout(`alias /(a+)+$/ = c\n${posting.repeat(200)}`, 'hledger');
  assert.deepEqual(problems, []);
  assert.ok(performance.now() - started < 5000);
  assert.match((await readout('alias /(a)\\1/ = c\n', 'hledger')).problems[0]!, /error 1:7 expected an alias/);
});

test('a message shows a window of a long line', async () => {
  const { describe, Problems } = await import('./book.ts');
  const problems = new Problems();
  problems.source({ path: 'x', text: `${'a'.repeat(5000)}!${'b'.repeat(5000)}` });
  problems.tell('error', { path: 'x', line: 1, column: 5001 }, 'odd');
  const [head, shown, caret] = describe(problems.list[0]!).split('\n');
  assert.equal(head, 'x:1:5001: odd');
  assert.ok(shown!.length < 250);
  assert.equal(shown![caret!.indexOf('^')], '!');
});
