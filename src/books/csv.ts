/**
 * Tables with a header, one row a posting or one row a whole transfer:
 *
 *   date,description,account,amount,commodity          date,description,debit,credit,amount,commodity
 *   2024-03-01,Flour,Expenses:Flour,12.50,USD          2024-03-01,Flour,Expenses:Flour,Assets:Cash,12.50,USD
 *   2024-03-01,Flour,Assets:Cash,-12.50,USD
 */
import {
  type Book,
  type BookPosting,
  type BookTransaction,
  dateOf,
  type Place,
  type Problems,
  type Source,
} from './book.ts';
import { csvRows, type Row, separatorOf } from './csv-rows.ts';
import { add, type Decimal, format, isZero, negate, subtract, ZERO } from './decimal.ts';
import { type Amount, readAmount, type Style } from './journal/amount.ts';
import { Line, LineProblem } from './journal/line.ts';

/** Columns by what they may be called, in lower case. */
const TITLES = {
  date: ['date'],
  account: ['account', 'account name', 'category'],
  debit: ['debit', 'debit account', 'debit_account', 'to'],
  credit: ['credit', 'credit account', 'credit_account', 'from'],
  amount: ['amount', 'value'],
  commodity: ['commodity', 'currency', 'symbol'],
  payee: ['payee'],
  description: ['description', 'narration', 'memo', 'note', 'details'],
  transaction: ['transaction', 'txn', 'id', 'txnidx', 'transaction id', 'reference'],
} as const;
type Column = keyof typeof TITLES;
type Columns = ReadonlyMap<Column, number>;

/** Rows that belong to one transaction. */
interface Group {
  readonly key: string;
  readonly place: Place;
  readonly date: number;
  readonly payee: string;
  readonly narration: string;
  readonly postings: BookPosting[];
}

export function readCsv(source: Source, problems: Problems): Book {
  problems.source(source);
  const separator = separatorOf(source.text);
  const [header, ...rows] = csvRows(source, separator, problems);
  if (header === undefined) {
    problems.tell('error', { path: source.path, line: 1, column: 1 }, 'expected a header that names the columns');
    return { transactions: [], problems: problems.list };
  }
  const columns = columnsOf(header);
  const shape = shapeOf(columns);
  if (shape === undefined) {
    const message =
      "expected columns 'date', 'account' and 'amount' (or 'debit' and 'credit'), or 'date', 'debit', 'credit' and 'amount'";
    problems.tell('error', header.place, message);
    return { transactions: [], problems: problems.list };
  }
  // Where semicolons separate, commas are free to split decimals.
  const style: Style = {
    decimalMark: undefined,
    marks: new Map(),
    commodity: '',
    lone: separator === ';' ? 'first' : 'groups',
    onLone: () => {},
  };
  const groups: Group[] = [];
  for (const row of rows) {
    try {
      addRow(groups, row, columns, shape, style);
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      problems.tell('error', error.place, error.message);
    }
  }
  const transactions = groups.map(({ date, payee, narration, postings, place }): BookTransaction => {
    return { date, payee, narration, postings, place, kind: 'transaction' };
  });
  for (const transaction of transactions) checkBalance(transaction, problems);
  return { transactions: transactions.sort((a, b) => a.date - b.date), problems: problems.list };
}

function columnsOf(header: Row): Columns {
  const columns = new Map<Column, number>();
  header.cells.forEach((cell, index) => {
    const title = cell.trim().toLowerCase();
    for (const column of Object.keys(TITLES) as Column[]) {
      if (!columns.has(column) && (TITLES[column] as readonly string[]).includes(title)) columns.set(column, index);
    }
  });
  return columns;
}

/** `amount`: a posting a row, signed. `sides`: a posting a row, debit and credit apart. `transfer`: debit and credit are accounts. */
type Shape = 'amount' | 'sides' | 'transfer';

function shapeOf(columns: Columns): Shape | undefined {
  const has = (...wanted: Column[]): boolean => wanted.every((column) => columns.has(column));
  if (!has('date')) return undefined;
  if (has('account', 'amount')) return 'amount';
  if (has('account', 'debit', 'credit')) return 'sides';
  if (has('debit', 'credit', 'amount')) return 'transfer';
  return undefined;
}

function addRow(groups: Group[], row: Row, columns: Columns, shape: Shape, style: Style): void {
  const cell = (column: Column): string => row.cells[columns.get(column) ?? -1]?.trim() ?? '';
  const fail = (column: Column, expected: string): never => {
    throw new LineProblem(row.place, `expected ${expected} in the column '${column}', found '${cell(column)}'`);
  };
  const amountIn = (column: Column): Amount => {
    const text = cell(column);
    const amount = parseAmount(text, style) ?? fail(column, 'an amount');
    const named = cell('commodity');
    if (named !== '' && amount.commodity !== '' && amount.commodity !== named) fail(column, `an amount of ${named}`);
    const commodity = named || amount.commodity;
    return { number: amount.number, commodity: commodity === '' ? fail('commodity', 'a commodity') : commodity };
  };
  const account = (column: Column): string => cell(column) || fail(column, 'an account');

  const date = parseDate(cell('date')) ?? fail('date', 'a date such as 2024-12-31');
  const postings: BookPosting[] = [];
  if (shape === 'transfer') {
    const { number, commodity } = amountIn('amount');
    postings.push(
      { account: account('debit'), commodity, number },
      { account: account('credit'), commodity, number: negate(number) },
    );
  } else if (shape === 'amount') {
    postings.push({ account: account('account'), ...amountIn('amount') });
  } else {
    const debit = cell('debit') === '' ? undefined : amountIn('debit');
    const credit = cell('credit') === '' ? undefined : amountIn('credit');
    const side = debit ?? credit ?? fail('debit', 'an amount here or as credit');
    const number = subtract(debit?.number ?? ZERO, credit?.number ?? ZERO);
    postings.push({ account: account('account'), commodity: side.commodity, number });
  }
  const [payee, narration] = [cell('payee'), cell('description')];
  // Rows of one transaction follow each other and say the same about it.
  const said = columns.has('transaction') ? [cell('transaction')] : [payee, narration];
  const key = JSON.stringify([date, ...said]);
  const last = groups.at(-1);
  const complete = shape === 'transfer' && !columns.has('transaction');
  if (
    last !== undefined &&
    last.key === key &&
    !complete &&
    (columns.has('transaction') || !isBalanced(last.postings))
  ) {
    last.postings.push(...postings);
  } else {
    groups.push({ key, place: row.place, date, payee, narration, postings });
  }
}

/** As a journal's amount; in brackets it is negative, as accountants write. */
function parseAmount(text: string, style: Style): Amount | undefined {
  const bracketed = /^\((.*)\)$/.exec(text)?.[1];
  const line = new Line('', 1, (bracketed ?? text).trim());
  try {
    const { number, commodity } = readAmount(line, style);
    if (!line.done) return undefined;
    return { number: bracketed === undefined ? number : negate(number), commodity };
  } catch (error) {
    if (error instanceof LineProblem) return undefined;
    throw error;
  }
}

function parseDate(text: string): number | undefined {
  const match = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$/.exec(text);
  return match === null ? undefined : dateOf(Number(match[1]), Number(match[2]), Number(match[3]));
}

function sums(postings: readonly BookPosting[]): [string, Decimal][] {
  const totals = new Map<string, Decimal>();
  for (const { commodity, number } of postings) totals.set(commodity, add(totals.get(commodity) ?? ZERO, number));
  return [...totals].filter(([, sum]) => !isZero(sum));
}

const isBalanced = (postings: readonly BookPosting[]): boolean => sums(postings).length === 0;

function checkBalance({ postings, place }: BookTransaction, problems: Problems): void {
  const left = sums(postings);
  // Two commodities with opposite signs are an exchange.
  const exchange = left.length === 2 && left[0]![1].mantissa < 0n !== left[1]![1].mantissa < 0n;
  if (left.length === 0 || exchange) return;
  const rest = left.map(([commodity, sum]) => `${format(sum)} ${commodity}`).join(', ');
  problems.tell('error', place, `the transaction does not balance: ${rest} is left over`);
}
