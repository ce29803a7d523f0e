import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readout } from '../testing.test.ts';

const EXAMPLES = join(import.meta.dirname, '../../../../examples/books');

const opens = (...accounts: string[]): string => accounts.map((account) => `2014-01-01 open ${account}\n`).join('');
const accounts = opens('Assets:A', 'Assets:B', 'Assets:Fifo "FIFO"', 'Assets:Lifo "LIFO"', 'Assets:Hifo "HIFO"').concat(
  opens('Assets:None "NONE"', 'Assets:Size "STRICT_WITH_SIZE"', 'Equity:Open'),
);
const book = (text: string): ReturnType<typeof readout> => readout(accounts + text, 'beancount');
const line = accounts.split('\n').length;

test('the sample bakery has the balances that Beancount 3.2.3 computes', async () => {
  const { balances, problems } = await readout(readFileSync(join(EXAMPLES, 'bakery.beancount'), 'utf8'), 'beancount');
  assert.deepEqual(balances, JSON.parse(readFileSync(join(EXAMPLES, 'bakery.balances.json'), 'utf8')));
  assert.deepEqual(problems, []);
});

// Each case: a book, and the balances that Beancount 3.2.3 computes for it.
const cases: readonly (readonly [string, string, Record<string, Record<string, string>>])[] = [
  [
    'arithmetic in amounts is done, and numbers keep the decimals that it gives them',
    `2014-01-02 * "x"
  Assets:A  (10.00 + 2.5) * 2 USD
  Assets:A  1,234.5 / 4 USD
  Assets:A  -(-5.00) - +3. USD
  Assets:B
`,
    { 'Assets:A': { USD: '335.625' }, 'Assets:B': { USD: '-335.62' } },
  ],
  [
    'an elided amount is filled in for every currency, and rounded to what the author wrote',
    `2014-01-02 * "x"
  Assets:A  1.00 USD
  Assets:A  3 JPY
  Assets:A  2.50 EUR @ 1.333 CHF
  Equity:Open
2014-01-03 * "x"
  Assets:A  1.2345 FUND {33.3333 USD}
  Assets:A  0.10 USD
  Equity:Open
`,
    {
      'Assets:A': { EUR: '2.50', FUND: '1.2345', JPY: '3', USD: '1.10' },
      'Equity:Open': { CHF: '-3.33250', JPY: '-3', USD: '-42.25' },
    },
  ],
  [
    'units, costs and prices are filled in where one is missing',
    `2014-01-02 * "units from a price"
  Assets:A  USD @ 1.25 EUR
  Assets:B  -8.00 EUR
2014-01-02 * "the currency from the others"
  Assets:A  10.00
  Assets:B  -10.00 EUR
2014-01-02 * "a cost"
  Assets:Fifo  3 ACME {EUR}
  Assets:B  -400.00 EUR
2014-01-02 * "what comes on top of a cost"
  Assets:Fifo  4 ACME {100 # EUR}
  Assets:B  -409.95 EUR
2014-01-02 * "a price"
  Assets:A  300.00 CHF @ EUR
  Assets:B  -310.00 EUR
2014-01-03 * "what the first lot had cost"
  Assets:Fifo  -3 ACME {}
  Assets:B
`,
    {
      'Assets:A': { CHF: '300.00', EUR: '10.00', USD: '6.4' },
      'Assets:B': { EUR: '-737.9500000000000000000000001' },
      'Assets:Fifo': { ACME: '4' },
    },
  ],
  [
    'lots are taken oldest, newest or dearest first, by size, or not at all; the gain is what is left',
    `2014-01-02 * "buy"
  Assets:Fifo  10 ACME {1.00 USD, 2013-01-01}
  Assets:Fifo  10 ACME {2.00 USD}
  Assets:Lifo  10 ACME {1.00 USD, 2013-01-01}
  Assets:Lifo  10 ACME {2.00 USD}
  Assets:Hifo  10 ACME {3.00 USD, 2013-01-01}
  Assets:Hifo  10 ACME {{20.00 USD, "cheap"}}
  Assets:Size  3 ACME {1.00 USD}
  Assets:Size  4 ACME {2.00 USD}
  Assets:None  -4 ACME {2.00 USD}
  Assets:B
2014-01-03 * "sell"
  Assets:Fifo  -15 ACME {}
  Assets:A  0.00 USD
  Equity:Open
2014-01-04 * "sell"
  Assets:Lifo  -15 ACME {} @ 5 USD
  Equity:Open  0.00 USD
  Assets:A
2014-01-05 * "sell"
  Assets:Hifo  -12 ACME {}
  Assets:Size  -4 ACME {}
  Assets:None  5 ACME {2.00 USD}
  Assets:A  0.00 USD
  Equity:Open
`,
    {
      'Assets:A': { USD: '25.00' },
      'Assets:B': { USD: '-113.00' },
      'Assets:Fifo': { ACME: '5' },
      'Assets:Hifo': { ACME: '8' },
      'Assets:Lifo': { ACME: '5' },
      'Assets:None': { ACME: '1' },
      'Assets:Size': { ACME: '3' },
      'Equity:Open': { USD: '52.00' },
    },
  ],
  [
    'a pad makes the next balance of each currency true, once, and between the two nothing is lost',
    `2014-01-02 * "x"
  Assets:A  1.00 USD
  Assets:B
2014-01-03 pad Assets:A Equity:Open
2014-01-04 * "x"
  Assets:A  5.00 USD
  Assets:B
2014-01-05 balance Assets:A  100.00 USD
2014-01-05 balance Assets:A  7 JPY
2014-01-06 balance Assets:A  100.00 USD
`,
    {
      'Assets:A': { JPY: '7', USD: '100.00' },
      'Assets:B': { USD: '-6.00' },
      'Equity:Open': { JPY: '-7', USD: '-94.00' },
    },
  ],
  [
    'headings, comments, tags, links, metadata and directives without effect change nothing',
    `* Heading
** 2014-01-01 open nothing
#+STARTUP: overview
option "title" "x"
pushtag #trip
pushmeta where: "Paris"
2014-01-02 commodity USD
  name: "Dollar"
2014-01-02 ! "Payee" "two
lines with \\"quotes\\"" #tag ^link
  key: Assets:A
  #more ^links
  Assets:A  1.00 USD  ; comment
    key: 10.00 USD
  ; comment
  ! Equity:Open
poptag #trip
popmeta where:
2014-01-03 price USD  0.9 EUR
2014-01-03 note Assets:A "x" #tag
2014-01-03 document Assets:A "/x.pdf"
2014-01-03 event "where" "Paris"
2014-01-03 query "q" "SELECT *"
2014-01-03 custom "budget" Assets:A TRUE 10.00 USD
2014-01-03 close Assets:Hifo
`,
    { 'Assets:A': { USD: '1.00' }, 'Equity:Open': { USD: '-1.00' } },
  ],
];

for (const [sentence, text, expected] of cases) {
  test(sentence, async () => {
    const { balances, problems } = await book(text);
    assert.deepEqual(problems, []);
    assert.deepEqual(balances, expected);
  });
}

// Each case: a book, and what is said about it, at a line of the book and a column.
const refused: readonly (readonly [string, string])[] = [
  [
    '2014-01-02 * "x"\n  Assets:A  1.00 USD\n  Assets:B  -1.02 USD\n',
    'error +0:1 the transaction does not balance: -0.02 USD is left over',
  ],
  [
    '2014-01-02 * "x"\n  Assets:A\n  Assets:B\n  Equity:Open  1 USD\n',
    'error +2:3 at most one posting may be left without an amount',
  ],
  [
    '2014-01-02 * "x"\n  Assets:A  1.00 USD @ EUR\n  Assets:B  EUR\n',
    'error +1:3 too many numbers are missing in EUR: price and units',
  ],
  [
    '2014-01-02 * "x"\n  Assets:A  1..0 USD\n',
    "error +1:15 expected a cost, a price or the end of the line, found '.0'",
  ],
  ['2014-02-30 * "x"\n', "error +0:1 expected a day of the calendar, found '2014-02-30'"],
  [
    '2014-01-02 * "x"\n  Asset:A  1 USD\n',
    "error +1:3 expected an account of Assets, Liabilities, Equity, Income, Expenses, found 'Asset:A'",
  ],
  [
    '2014-01-02 * "x"\n  Assets:A  1,00 USD\n',
    "error +1:13 expected commas between groups of three digits, found '1,00'",
  ],
  ['2014-01-02 * "x"\n  Assets:A  1 / 0 USD\n', 'error +1:17 expected a divisor other than zero'],
  ['2014-01-02 * "x\n', `error +0:14 expected the end of the line, found '"'`],
  ['\n  Assets:A  1 USD\n', 'error +1:1 expected a date or a directive at the start of the line, found an indent'],
  [
    '2014-01-02 balance Assets:A\n',
    'error +0:28 expected the amount that the account must have, found the end of the line',
  ],
  ['include "other.beancount"\n', 'error +0:1 no file is named "other.beancount"'],
];

for (const [text, expected] of refused) {
  test(`it is said where and why: ${expected}`, async () => {
    const { problems } = await book(text);
    assert.equal(
      problems[0],
      expected.replace(/\+(\d)/, (_, offset: string) => String(line + Number(offset))),
    );
  });
}

test('a reduction that fits no lot, several lots or too few is refused', async () => {
  const bought = '2014-01-02 * "x"\n  Assets:B  2 ACME {1 USD}\n  Assets:B  2 ACME {3 USD}\n  Equity:Open\n';
  const selling = async (posting: string): Promise<string> => {
    const { problems } = await book(`${bought}2014-01-03 * "x"\n  Assets:B  ${posting}\n  Equity:Open\n`);
    return problems[0]!.replace(/^error \S+ /, '');
  };
  assert.equal(await selling('-1 ACME {2 USD}'), 'no lot fits: the account holds 2 ACME {1 USD}, 2 ACME {3 USD}');
  assert.equal(await selling('-1 ACME {}'), 'several lots fit, say which: 2 ACME {1 USD}, 2 ACME {3 USD}');
  assert.equal(await selling('-3 ACME {1 USD}'), 'not enough lots to reduce: 2 ACME {1 USD}');
});

test('after an error reading goes on, so that one run tells all', async () => {
  const { problems } = await book('2014-01-02 foo\n2014-01-03 * "x"\n  Assets:A  x\n2014-01-04 bar\n');
  assert.deepEqual(
    problems.map((problem) => problem.split(' ')[1]),
    [0, 2, 3].map((offset) => `${line + offset}:${offset === 2 ? 13 : 1}`),
  );
});

test('untrue claims are warnings: balances, accounts not open, currencies not allowed, pads for nothing', async () => {
  const { problems, transactions } = await readout(
    `2014-01-01 open Assets:A USD
2014-01-02 * "x"
  Assets:A  1 EUR
  Assets:B
2014-01-03 balance Assets:A  2.00 USD
2014-01-04 pad Assets:A Assets:B
2014-01-05 close Assets:A
2014-01-06 * "x"
  Assets:A  1 USD
  Assets:B
`,
    'beancount',
  );
  assert.equal(transactions, 2);
  assert.deepEqual(problems, [
    'warning 6:1 nothing needs this pad of Assets:A',
    'warning 2:1 Assets:A was opened for USD, not for EUR',
    'warning 2:1 Assets:B is not open',
    'warning 5:1 the balance of Assets:A is 0 USD, not 2.00: 2.00 too little',
    'warning 8:1 Assets:A is closed by then',
  ]);
});

test('a balance may be off by its tolerance, and not by more', async () => {
  const at = async (amount: string): Promise<number> => {
    const moved = '2014-01-02 * "x"\n  Assets:A  10.00 USD\n  Assets:B\n';
    return (await book(`${moved}2014-01-03 balance Assets:A  ${amount} USD\n`)).problems.length;
  };
  assert.equal(await at('10.01'), 0);
  assert.equal(await at('10.02'), 1);
  assert.equal(await at('9'), 1);
  assert.equal(await at('9 ~ 1'), 0);
  assert.equal(await at('9 ~ 0.99'), 1);
});

test('included files are part of the book, in the order of dates, and no file is read twice', async () => {
  const main =
    'include "b"\ninclude "b"\n2014-01-03 balance Assets:A  1 USD\nplugin "beancount.plugins.auto_accounts"\n';
  const { balances, problems } = await readout(main, 'beancount', {
    b: '2014-01-02 * "x"\n  Assets:A  1 USD\n  Assets:B\n',
  });
  assert.deepEqual(balances, { 'Assets:A': { USD: '1' }, 'Assets:B': { USD: '-1' } });
  assert.deepEqual(problems, [
    'notice 4:1 the plugin "beancount.plugins.auto_accounts" is not run',
    'warning 2:1 b is included already',
  ]);
});

test('in raw mode no plugin of Beancount runs, and padding is one', async () => {
  const text = '2024-01-01 open Assets:A\n2024-01-01 open Equity:B\n2024-01-01 pad Assets:A Equity:B\n';
  const book = `${text}2024-01-02 *\n  Assets:A  -3 EUR\n  Equity:B\n2024-02-01 balance Assets:A  25 EUR\n`;
  assert.deepEqual((await readout(book, 'beancount')).balances['Assets:A'], { EUR: '25' });
  const raw = await readout(`option "plugin_processing_mode" "raw"\n${book}`, 'beancount');
  assert.deepEqual(raw.balances, { 'Assets:A': { EUR: '-3' }, 'Equity:B': { EUR: '3' } });
});
