import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { format } from './decimal.ts';
import { guessFormat } from './read.ts';
import { readout } from './testing.test.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples/books');

test('a row with debit and credit accounts is a transfer', async () => {
  const { balances, transactions, problems } = await readout(
    readFileSync(join(EXAMPLES, 'deliveries.csv'), 'utf8'),
    'csv',
  );
  assert.deepEqual(balances, {
    'Assets:Bank:Current': { EUR: '1251.25' },
    'Assets:Customers:CaféNoir': { EUR: '151.80' },
    'Expenses:Flour': { EUR: '-23.50' },
    'Income:Bread': { EUR: '-1403.05' },
    'Liabilities:Mill': { EUR: '23.50' },
  });
  assert.equal(transactions, 4);
  assert.deepEqual(problems, []);
});

test('rows with one account follow each other until they balance, or while their transaction is the same', async () => {
  const plain = 'Date,Description,Account,Amount,Currency\n';
  const rows = `${plain}2024-01-02,Flour,Expenses:Flour,12.50,USD\n2024-01-02,Flour,Assets:Cash,-12.50,USD\n`;
  const again = `${rows}2024-01-02,Flour,Expenses:Flour,2.50,USD\n2024-01-02,Flour,Assets:Cash,(2.50),USD\n`;
  const { balances, transactions } = await readout(again, 'csv');
  assert.deepEqual(balances, { 'Assets:Cash': { USD: '-15.00' }, 'Expenses:Flour': { USD: '15.00' } });
  assert.equal(transactions, 2);
  const numbered =
    'date,txn,account,amount\n2024-01-02,1,A,$5\n2024-01-02,1,B,$-5\n2024-01-02,1,A,$1\n2024-01-02,1,B,$-1\n';
  assert.equal((await readout(numbered, 'csv')).transactions, 1);
});

test('debits and credits may stand in columns of their own', async () => {
  const text = 'date,account,debit,credit,commodity\n2024-01-02,A,5.00,,EUR\n2024-01-02,B,,5.00,EUR\n';
  assert.deepEqual((await readout(text, 'csv')).balances, { A: { EUR: '5.00' }, B: { EUR: '-5.00' } });
});

test('cells may be quoted and hold separators, quotes, line breaks; semicolons leave commas to decimals', async () => {
  const text =
    '\ufeff"date";"description";"debit";"credit";"amount"\r\n2024-01-02;"a ""b""\r\nc;d";A;B;1.234,50 ' +
    'EUR\r\n\r\n2024-01-03;x;A;B;1,5 EUR\r\n';
  const { balances, problems, transactions } = await readout(text, 'csv');
  assert.deepEqual(problems, []);
  assert.deepEqual(balances, { A: { EUR: '1236.00' }, B: { EUR: '-1236.00' } });
  assert.equal(transactions, 2);
});

const postings = 'date,description,account,amount,commodity\n';
const day = (number: string, other: string): string =>
  `2024-03-01,x,A,"${number}",EUR\n2024-03-01,x,B,"${other}",EUR\n`;

test('one cell shows the decimal mark of its whole column', async () => {
  const comma = await readout(`${postings}${day('12,50', '-12,50')}${day('1,509', '-1,509')}`, 'csv');
  assert.deepEqual(comma, { ...comma, balances: { A: { EUR: '14.009' }, B: { EUR: '-14.009' } }, problems: [] });
  const point = await readout(`${postings}${day('1,234.50', '-1,234.50')}${day('1,200', '(1,200)')}`, 'csv');
  assert.deepEqual(point, { ...point, balances: { A: { EUR: '2434.50' }, B: { EUR: '-2434.50' } }, problems: [] });
  const groups = await readout(`${postings}${day('1.234.567', '-1.234.567')}${day('1.509', '-1.509')}`, 'csv');
  assert.deepEqual(groups.balances, { A: { EUR: '1236076' }, B: { EUR: '-1236076' } });
});

test('a column that shows two decimal marks, or none where it matters, is refused', async () => {
  const two = await readout(`${postings}${day('12,50', '-12.50')}`, 'csv');
  assert.match(two.problems[0]!, /^error 3:1 expected one decimal mark a column: '-12.50' and '12,50' \(line 2\)/);
  const none = await readout(`${postings}${day('1,509', '-1,509')}`, 'csv');
  assert.match(none.problems[0]!, /^error 2:1 expected a cell that shows the decimal mark: '1,509' can be read in two/);
  const tabs = await readout('date\tdebit\tcredit\tamount\n2024-01-02\tA\tB\t1.509 EUR\n', 'csv');
  assert.match(tabs.problems[0]!, /^error 2:1 expected a cell that shows the decimal mark: '1.509 EUR' can be read in/);
});

test('a point that splits three decimals and nothing else is told', async () => {
  const { balances, problems } = await readout(`${postings}${day('1.509', '-1.509')}`, 'csv');
  assert.deepEqual(balances, { A: { EUR: '1.509' }, B: { EUR: '-1.509' } });
  assert.match(problems[0]!, /^warning 2:1 '1.509' is read with its decimals behind the point: say --decimal-mark ,/);
});

test('a column that shows no decimal mark has that of the others', async () => {
  const head = 'date;account;debit;credit\n';
  const comma = await readout(
    `${head}2024-01-02;A;1512,50 EUR;\n2024-01-02;B;;1.509 EUR\n2024-01-02;C;;3,50 EUR\n`,
    'csv',
  );
  assert.deepEqual(comma, {
    ...comma,
    balances: { A: { EUR: '1512.50' }, B: { EUR: '-1509' }, C: { EUR: '-3.50' } },
    problems: [],
  });
});

test('numbers that no bank writes are refused, and those that some banks write are not', async () => {
  for (const number of [
    '1.00.00',
    '1,00.00',
    '1,2345.00',
    '--5',
    '(-5)',
    '12.50 EUR 3',
    '1 2',
    '1e5',
    '.',
    '1,,000.00',
  ]) {
    const { problems } = await readout(`${postings}${day(number, '-1.00')}`, 'csv');
    assert.match(problems.join(), /error 2:1 expected an amount|error 2:1 expected one decimal mark/, number);
  }
  const { balances, problems } = await readout(
    `${postings}${day("1'234.50", '1234.50-')}${day('1 000.00', '\u22121,000.00')}${day('$-5.25', '5.25')}`.replace(
      '"$-5.25",EUR',
      '"$-5.25",$',
    ),
    'csv',
  );
  assert.deepEqual(problems, ['error 6:1 the transaction does not balance: -5.25 $, 5.25 EUR is left over'].slice(1));
  assert.deepEqual(balances, { A: { $: '-5.25', EUR: '2234.50' }, B: { EUR: '-2229.25' } });
});

test('days come first where points separate, or where one date of the column says so', async () => {
  const dated = (first: string, second: string): Promise<{ problems: string[]; balances: unknown }> =>
    readout(`date,debit,credit,amount\n${first},A,B,1 EUR\n${second},A,B,1 EUR\n`, 'csv');
  assert.deepEqual((await dated('01.02.2024', '03.04.2024')).problems, []);
  assert.deepEqual((await dated('01/02/2024', '13/04/2024')).problems, []);
  assert.deepEqual((await dated('20240131', '2024-02-01')).problems, []);
  assert.match((await dated('01/02/2024', '03/04/2024')).problems[0]!, /whether the day or the month is first/);
  assert.match((await dated('13/02/2024', '03/14/2024')).problems[0]!, /expected the day at one place/);
});

test('rows of a numbered transaction may lie apart', async () => {
  const text = 'date,txn,account,amount\n2024-01-02,1,A,1 EUR\n2024-01-02,2,A,5 EUR\n2024-01-02,1,B,-1 EUR\n';
  const { transactions, problems } = await readout(`${text}2024-01-02,2,B,-5 EUR\n`, 'csv');
  assert.deepEqual([transactions, problems], [2, []]);
});

test('what is wrong is told with its line and column name', async () => {
  const problems = async (text: string): Promise<string[]> => (await readout(text, 'csv')).problems;
  assert.deepEqual(await problems('date,amount\n'), [
    "error 1:1 expected columns 'date', 'account' and 'amount' (or 'debit' and 'credit'), or 'date', 'debit', " +
      "'credit' and 'amount'; a statement of one account is read with --csv-account, columns are named with " +
      '--csv-columns, and rules with --rules',
  ]);
  const head = 'date,debit,credit,amount,commodity\n';
  assert.deepEqual(
    await problems(`${head}2024-13-02,A,B,1,EUR\n2024-01-02,A,,1,EUR\n2024-01-02,A,B,one,EUR\n2024-01-02,A,B,1,\n`),
    [
      "error 2:1 expected a date such as 2024-12-31 in the column 'date', found '2024-13-02'",
      "error 3:1 expected an account in the column 'credit', found ''",
      "error 4:1 expected an amount in the column 'amount', found 'one'",
      "error 5:1 expected a commodity in the column 'commodity', found ''",
    ],
  );
  const one = 'date,account,amount,commodity\n2024-01-02,A,1,EUR\n2024-01-02,B,-2,EUR\n';
  assert.deepEqual(await problems(one), ['error 2:1 the transaction does not balance: -1 EUR is left over']);
});

test('the format is told from the extension, else from the text', () => {
  const guess = (path: string, text = ''): string => guessFormat({ path, text });
  assert.equal(guess('a/b.beancount'), 'beancount');
  assert.equal(guess('b.BEAN'), 'beancount');
  assert.equal(guess('b.journal'), 'hledger');
  assert.equal(guess('b.ledger'), 'ledger');
  assert.equal(guess('b.tsv'), 'csv');
  assert.equal(guess('b.txt', '; x\n2024-01-01 open Assets:A\n'), 'beancount');
  assert.equal(guess('b.txt', 'option "title" "x"\n'), 'beancount');
  assert.equal(guess('b', '"Date";account;amount\n'), 'csv');
  assert.equal(guess('b', '2024-01-01 x\n  A  1\n  B\n'), 'hledger');
});

test('a cell may be as long as a book', async () => {
  const { problems } = await readout(
    `Date,Description,Account,Amount,Currency\n2024-01-02,"${'a""b'.repeat(2_000_000)}`,
    'csv',
  );
  assert.ok(problems.some((problem) => /closing quote/.test(problem)));
});

test('what no cell of a table shows may be said', async () => {
  const { Problems } = await import('./book.ts');
  const { readBook } = await import('./read.ts');
  const text = 'date;debit;credit;amount\n03/04/2024;A;B;1.500 EUR\n';
  const said = async (decimalMark: '.' | ',', dateOrder: 'dmy' | 'mdy'): Promise<unknown[]> => {
    const problems = new Problems();
    const options = { decimalMark, dateOrder };
    const book = await readBook({ path: 'x', text }, 'csv', () => [], problems, options);
    assert.deepEqual(problems.list, []);
    return [...book.transactions].map(({ date, postings }) => [date, postings[0]!.number]);
  };
  assert.deepEqual(await said(',', 'dmy'), [[20240403, { mantissa: 1500n, exponent: 0 }]]);
  assert.deepEqual(await said('.', 'mdy'), [[20240304, { mantissa: 1500n, exponent: -3 }]]);
});

test('a statement of one account has its columns named, and its other side is not known', async () => {
  const { Problems } = await import('./book.ts');
  const { readBook } = await import('./read.ts');
  const said = async (text: string, columns: string, more = {}): Promise<[unknown[], string[]]> => {
    const problems = new Problems();
    const options = { columns: columns.split(','), account: 'Assets:Bank', commodity: 'EUR', ...more };
    const { transactions } = await readBook({ path: 'x', text }, 'csv', () => [], problems, options);
    const rows = [...transactions].map(({ date, narration, postings }) => [
      ...[date, narration],
      ...postings.map(({ account, number, commodity }) => `${account} ${format(number)} ${commodity}`),
    ]);
    return [rows, problems.list.map(({ severity, message }) => `${severity} ${message}`)];
  };
  const spent = [20240105, 'Bakery', 'Assets:Bank -12.50 EUR', 'Expenses:Unknown 12.50 EUR'];
  const received = [20240106, 'Pay', 'Assets:Bank 1509 EUR', 'Income:Unknown -1509 EUR'];
  const header = 'notice the first row has no date and is taken for the names of the columns';
  const rows = '05.01.2024;Bakery;x;-12,50\n06.01.2024;Pay;x;1.509\n';
  assert.deepEqual(await said(`Tag;Text;Art;Betrag\n${rows}`, 'date,description,_,amount'), [
    [spent, received],
    [header],
  ]);
  assert.deepEqual(await said(rows, 'date,description,_,amount'), [[spent, received], []]);
  const apart = '2024-01-05,Bakery,,12.50\n2024-01-06,Pay,1509,\n';
  assert.deepEqual(await said(apart, 'date,description,in,out'), [[spent, received], []]);
  const [, told] = await said('2024-01-05,Bakery,,-12.50\n', 'date,description,in,out');
  assert.deepEqual(told, ["error expected an amount without a sign in the column 'out', found '-12.50'"]);
  const [, bare] = await said('2024-01-05,Bakery,5\n', 'date,description,amount', { account: undefined });
  assert.match(bare[0]!, /a statement of one account is read with --csv-account/);
});
