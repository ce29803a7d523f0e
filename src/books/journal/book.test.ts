import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readout } from '../testing.test.ts';

const EXAMPLES = join(import.meta.dirname, '../../../../examples/books');

test('the sample till has the balances that hledger 1.25 computes', async () => {
  const { balances, problems } = await readout(readFileSync(join(EXAMPLES, 'till.journal'), 'utf8'), 'hledger');
  assert.deepEqual(balances, {
    'Assets:Bank:Current': { EUR: '1400.00' },
    'Assets:Till': { EUR: '167.85' },
    'Assets:Travel': { CHF: '-10.00' },
    'Budget:Bread': { EUR: '-942.20' },
    'Equity:Opening': { EUR: '-150.00' },
    'Expenses:Flour': { 'bags of yeast': '3' },
    'Income:Bread': { EUR: '-1327.81' },
    'Liabilities:VAT': { EUR: '-92.94' },
  });
  assert.deepEqual(problems, ['notice 41:1 periodic and automated transactions are not run']);
});

// Each case: a journal, and the balances that hledger 1.25 computes for it.
const cases: readonly (readonly [string, string, Record<string, Record<string, string>>])[] = [
  [
    'signs and commodities stand on either side of a number',
    `2024-03-01 x
  A:a  -$ 5
  A:a  $ -5.00
  A:a  +$6
  A:b  USD 1E3
  A:c  1,000,000 JPY
  A:d  1 000 000.5 NOK
  A:e  .5 X
  A:f  5. X
  A:g  -10€
  A:h  -3 "foo 1"
  N
`,
    {
      'A:a': { $: '-4.00' },
      'A:b': { USD: '1000' },
      'A:c': { JPY: '1000000' },
      'A:d': { NOK: '1000000.5' },
      'A:e': { X: '0.5' },
      'A:f': { X: '5' },
      'A:g': { '€': '-10' },
      'A:h': { 'foo 1': '-3' },
      N: { $: '4.00', JPY: '-1000000', NOK: '-1000000.5', USD: '-1000', X: '-5.5', 'foo 1': '3', '€': '10' },
    },
  ],
  [
    'the decimal mark is what a directive says, for a commodity, by default, or for all',
    `commodity EUR
  format 1.000,00 EUR
D $1,000.00
2024-01-01 x
  A:a  1.000 EUR
  A:b  1,5 EUR
  A:c  1,000
  N
decimal-mark ,
2024-01-02 x
  A:d  1.000,5 SEK
  N
`,
    {
      'A:a': { EUR: '1000' },
      'A:b': { EUR: '1.5' },
      'A:c': { $: '1000' },
      'A:d': { SEK: '1000.5' },
      N: { $: '-1000', EUR: '-1001.5', SEK: '-1000.5' },
    },
  ],
  [
    'prices and totals weigh in their own commodity, and two commodities without a price are an exchange',
    `2024-01-04 cost
  Stock   10 ACME @ $12.345
  Stock   -2 ACME @@ $25
  Cash
2024-01-05 exchange
  Euro   100 EUR
  Cash  $-110
2024-01-06 off by less than half a cent
  Stock  3 ACME @ $3.333
  Cash  $-10.00
`,
    { Cash: { $: '-218.450' }, Euro: { EUR: '100' }, Stock: { ACME: '11' } },
  ],
  [
    'virtual postings count: round ones balance with nothing, square ones among themselves',
    `2024-01-06 x
  Cash  $-5
  Food  $5
  (Budget:Food)  $-5
  [Envelope:A]  $3
  [Envelope:B]
`,
    {
      'Budget:Food': { $: '-5' },
      Cash: { $: '-5' },
      'Envelope:A': { $: '3' },
      'Envelope:B': { $: '-3' },
      Food: { $: '5' },
    },
  ],
  [
    'an amount with only an assertion is what makes it true, in the order of dates',
    `2024-01-09 later
  A   = 150.5 EUR
  X
2024-01-01 earlier
  A   100 EUR
  X
2024-01-10 with a sub-account
  A:Sub  5 EUR
  X
2024-01-11 x
  A   0 EUR =* 155.5 EUR
  A:Sub  0 EUR == 5 EUR
  B   = 1 EUR
  X
`,
    { A: { EUR: '150.5' }, 'A:Sub': { EUR: '5' }, B: { EUR: '1' }, X: { EUR: '-156.5' } },
  ],
  [
    'accounts are completed by parents and aliases while these last',
    `apply account Biz
2024-02-01 x
  Cash  $1
  Income
apply account Deep
2024-02-01 x
  Cash  $1
  Income
end apply account
end apply account
alias cash = Assets:Cash
alias /^Exp:(.*)$/ = Expenses:\\1
2024-02-02 x
  cash  $1
  cash:sub  $2
  Exp:Foo bar  $3
  X
end aliases
2024-02-02 x
  cash  $1
  X
`,
    {
      'Assets:Cash': { $: '1' },
      'Assets:Cash:sub': { $: '2' },
      'Biz:Cash': { $: '1' },
      'Biz:Deep:Cash': { $: '1' },
      'Biz:Deep:Income': { $: '-1' },
      'Biz:Income': { $: '-1' },
      'Expenses:Foo bar': { $: '3' },
      X: { $: '-7' },
      cash: { $: '1' },
    },
  ],
  [
    'comments, short dates, second dates, statuses, codes and directives without effect change nothing',
    `; comment
# comment
* heading
account Cash  ; type:A
  ; below
payee Foo
tag bar
P 2024-01-01 EUR $1.10
Y2024
comment
2024-01-01 not read
  a  1
end comment
1/2=1/3 * (123) Payee | note  ; comment
  ; comment
  ! Cash       $1  ; comment
  * Opening Balances

2024.1.3 ! x
  Cash  $0.00
`,
    { Cash: { $: '1.00' }, 'Opening Balances': { $: '-1' } },
  ],
];

for (const [sentence, text, expected] of cases) {
  test(sentence, async () => {
    const { balances, problems } = await readout(text, 'hledger');
    assert.deepEqual(problems, []);
    assert.deepEqual(balances, expected);
  });
}

const refused: readonly (readonly [string, string])[] = [
  ['2024-01-01 x\n  A  1 EUR\n  B  -2 EUR\n', 'error 1:1 the transaction does not balance: -1 EUR is left over'],
  ['2024-01-01 x\n  A  1 EUR\n  B\n  C\n', 'error 4:3 at most one posting may be left without an amount'],
  [
    '2024-01-01 x\n  A  1,000.000,0 EUR\n',
    "error 2:6 expected a number with one decimal mark, found '1,000.000,0 EUR'",
  ],
  [
    '2024-01-01 x\n  A  (1 + 2) EUR\n',
    "error 2:6 expected an amount (value expressions are not read), found '(1 + 2) EUR'",
  ],
  ['2024-02-30 x\n', "error 1:1 expected a day of the calendar, found '2024-02-30 x'"],
  ['2/3 x\n', "error 1:4 expected a date with its year, or a year directive before, found 'x'"],
  ['foo bar\n', "error 1:1 expected a directive or a date at the start of the line, found 'foo bar'"],
  ['include none.journal\n', 'error 1:1 no file is named "none.journal"'],
  ['2024-01-01 x\n  A  1 EUR 5\n', "error 2:12 expected a cost, an assertion or the end of the line, found '5'"],
];

for (const [text, expected] of refused) {
  test(`it is said where and why: ${expected}`, async () => {
    assert.equal((await readout(text, 'hledger')).problems[0], expected);
  });
}

test('an assertion that fails is a warning with the difference', async () => {
  const { problems, transactions } = await readout('2024-01-01 x\n  A  1 EUR = 3 EUR\n  B\n', 'hledger');
  assert.deepEqual(problems, ['warning 2:12 the balance of A is 1 EUR, not 3: 2 too little']);
  assert.equal(transactions, 1);
});

test('1,000 is one in hledger, which is told, and a thousand in Ledger', async () => {
  const text = '2024-01-01 x\n  A  1,000 EUR\n  B\n';
  const hledger = await readout(text, 'hledger');
  assert.deepEqual(hledger.balances, { A: { EUR: '1.000' }, B: { EUR: '-1.000' } });
  assert.match(hledger.problems[0]!, /^warning 2:6 1,000 is read as 1\.000/);
  const ledger = await readout(text, 'ledger');
  assert.deepEqual(ledger.balances, { A: { EUR: '1000' }, B: { EUR: '-1000' } });
  assert.deepEqual(ledger.problems, []);
});

test('Ledger balances a sale by what its lot had cost, hledger by its price', async () => {
  const text = '2024-01-01 x\n  S  -10 ACME {$10} [2023-01-01] (old) @ $12\n  C  $120\n  G\n';
  assert.deepEqual((await readout(text, 'ledger')).balances.G, { $: '-20' });
  assert.equal((await readout(text, 'hledger')).balances.G, undefined);
});

test('an included .timedot file counts quarters of an hour, hours and minutes, as hledger 1.52 does', async () => {
  const hours = '2024-01-05 client\nwork:a  ....\nwork:b  2.5h\n\n2024-01-06\nwork:a  ....  ..\nwork:c  30m\n';
  const { balances, problems } = await readout('include hours.timedot\n', 'hledger', { 'hours.timedot': hours });
  assert.deepEqual(problems, []);
  assert.deepEqual(balances, { 'work:a': { '': '2.50' }, 'work:b': { '': '2.50' }, 'work:c': { '': '0.50' } });
});

test('a file that is included inherits settings and, in hledger, keeps its own to itself', async () => {
  const text = 'alias c = Cash\ninclude inc\n2024-01-02 x\n  f  $1\n  c\n';
  const files = { inc: 'alias f = Food\n2024-01-01 x\n  f  $1\n  c\n' };
  assert.deepEqual((await readout(text, 'hledger', files)).balances, {
    Cash: { $: '-2' },
    Food: { $: '1' },
    f: { $: '1' },
  });
  assert.deepEqual((await readout(text, 'ledger', files)).balances, { Cash: { $: '-2' }, Food: { $: '2' } });
  const loop = await readout('include book\n', 'hledger', { book: 'include book\n' });
  assert.deepEqual(loop.problems, ['error 1:1 book includes itself']);
});
