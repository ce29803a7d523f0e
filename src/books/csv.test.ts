import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
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

test('cells may be quoted and hold separators, quotes and line breaks; semicolons leave commas to decimals', async () => {
  const text =
    '\ufeff"date";"description";"debit";"credit";"amount"\r\n2024-01-02;"a ""b""\r\nc;d";A;B;1.234,50 EUR\r\n\r\n2024-01-03;x;A;B;1,5 EUR\r\n';
  const { balances, problems, transactions } = await readout(text, 'csv');
  assert.deepEqual(problems, []);
  assert.deepEqual(balances, { A: { EUR: '1236.00' }, B: { EUR: '-1236.00' } });
  assert.equal(transactions, 2);
});

test('what is wrong is told with its line and column name', async () => {
  const problems = async (text: string): Promise<string[]> => (await readout(text, 'csv')).problems;
  assert.deepEqual(await problems('date,amount\n'), [
    "error 1:1 expected columns 'date', 'account' and 'amount' (or 'debit' and 'credit'), or 'date', 'debit', 'credit' and 'amount'",
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
