/**
 * Tables with a header, one row a posting or one row a whole transfer:
 *
 *   date,description,account,amount,commodity          date,description,debit,credit,amount,commodity
 *   2024-03-01,Flour,Expenses:Flour,12.50,USD          2024-03-01,Flour,Expenses:Flour,Assets:Cash,12.50,USD
 *   2024-03-01,Flour,Assets:Cash,-12.50,USD
 *
 * or, where the reader says whose it is, what a bank writes about one account:
 *
 *   date,description,amount                           date,description,in,out
 */
import type { Book, BookPosting, BookTransaction, Place, Problems, Source } from './book.ts';
import {
  type Cell,
  type CellAmount,
  type DateOrder,
  type Decided,
  decideMark,
  decideOrder,
  type Mark,
  readCell,
  readDate,
  shownMark,
} from './csv-cells.ts';
import { csvRows, type Row, separatorOf } from './csv-rows.ts';
import { add, type Decimal, format, isZero, negate, subtract, ZERO } from './decimal.ts';
import { LineProblem } from './journal/line.ts';
import { Transactions } from './transactions.ts';

/** Columns by what they may be called, in lower case. */
const TITLES = {
  date: ['date'],
  account: ['account', 'account name', 'category'],
  debit: ['debit', 'debit account', 'debit_account', 'to'],
  credit: ['credit', 'credit account', 'credit_account', 'from'],
  amount: ['amount', 'value'],
  in: ['in', 'amount-in'],
  out: ['out', 'amount-out'],
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

/** What nobody but the author of a table knows. */
export interface CsvOptions {
  readonly decimalMark?: Mark | undefined;
  readonly dateOrder?: DateOrder | undefined;
  /** What the columns are, from left to right, whatever the first row says. */
  readonly columns?: readonly string[] | undefined;
  /** The account that the table is about, where no column names one. */
  readonly account?: string | undefined;
  /** Of amounts that name none. */
  readonly commodity?: string | undefined;
}

/** How the columns of this table write numbers and dates. */
interface Columned {
  readonly shape: Shape;
  readonly options: CsvOptions;
  readonly columns: Columns;
  readonly marks: ReadonlyMap<Column, Mark>;
  readonly order: DateOrder;
}

interface Groups {
  /** In the order of their first rows. */
  readonly list: Group[];
  /** Those with a number of their own, whose rows may lie apart. */
  readonly named: Map<string, Group>;
}

export function readCsv(source: Source, problems: Problems, options: CsvOptions = {}): Book {
  problems.source(source);
  const separator = separatorOf(source.text);
  const written = csvRows(source, separator, problems);
  const header = options.columns === undefined ? written[0] : { cells: options.columns, place: firstPlace(source) };
  if (header === undefined) {
    problems.tell('error', { path: source.path, line: 1, column: 1 }, 'expected a header that names the columns');
    return { transactions: new Transactions(), problems: problems.list };
  }
  const columns = columnsOf(header);
  const shape = shapeOf(columns, options);
  if (shape === undefined) {
    problems.tell('error', header.place, EXPECTED);
    return { transactions: new Transactions(), problems: problems.list };
  }
  const rows = written.slice(options.columns === undefined || isHeader(written[0], columns, problems) ? 1 : 0);
  const columned = decideColumns(columns, shape, rows, separator, options, problems);
  const groups: Groups = { list: [], named: new Map() };
  for (const row of rows) {
    try {
      addRow(groups, row, columned);
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      problems.tell('error', error.place, error.message);
    }
  }
  const transactions = groups.list.map(({ date, payee, narration, postings, place }): BookTransaction => {
    return { date, payee, narration, postings, place, kind: 'transaction' };
  });
  for (const transaction of transactions) checkBalance(transaction, problems);
  return { transactions: Transactions.of(transactions), problems: problems.list };
}

const EXPECTED =
  "expected columns 'date', 'account' and 'amount' (or 'debit' and 'credit'), or 'date', 'debit', 'credit' and 'amount'; " +
  'a statement of one account is read with --csv-account, columns are named with --csv-columns, and rules with --rules';

const firstPlace = ({ path }: Source): Place => ({ path, line: 1, column: 1 });

/** A first row without a date, where the columns are named by somebody else. */
function isHeader(row: Row | undefined, columns: Columns, problems: Problems): boolean {
  if (row === undefined || /\d/.test(row.cells[columns.get('date')!] ?? '')) return false;
  problems.tell('notice', row.place, 'the first row has no date and is taken for the names of the columns');
  return true;
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

/**
 * `amount`: a posting a row, signed. `sides`: a posting a row, debit and credit apart. `transfer`: debit and credit are
 * accounts. `bank`: one account's amounts, signed, or `inout`: coming and going apart; the other side is not known.
 */
type Shape = 'amount' | 'sides' | 'transfer' | 'bank' | 'inout';

function shapeOf(columns: Columns, { account }: CsvOptions): Shape | undefined {
  const has = (...wanted: Column[]): boolean => wanted.every((column) => columns.has(column));
  if (!has('date')) return undefined;
  if (has('account', 'amount')) return 'amount';
  if (has('account', 'debit', 'credit')) return 'sides';
  if (has('debit', 'credit', 'amount')) return 'transfer';
  if (account !== undefined && has('amount')) return 'bank';
  if (account !== undefined && has('in', 'out')) return 'inout';
  return undefined;
}

const AMOUNTS: { readonly [shape in Shape]: readonly Column[] } = {
  amount: ['amount'],
  sides: ['debit', 'credit'],
  transfer: ['amount'],
  bank: ['amount'],
  inout: ['in', 'out'],
};

/** What no cell of a column decides, or two decide differently, is told as an error. */
function decideColumns(
  columns: Columns,
  shape: Shape,
  rows: readonly Row[],
  separator: string,
  options: CsvOptions,
  problems: Problems,
): Columned {
  const cellsOf = (column: Column): Cell[] =>
    rows.map(({ cells, place }) => ({ text: cells[columns.get(column)!]?.trim() ?? '', place }));
  const decided = <T>(found: Decided<T>, otherwise: T): T => {
    if ('value' in found) {
      if (found.doubt !== undefined) problems.tell('warning', found.doubt.place, found.doubt.why);
      return found.value;
    }
    problems.tell('error', found.place, found.why);
    return otherwise;
  };
  const marks = new Map<Column, Mark>();
  // One program wrote all columns: where one of them shows nothing, another may.
  const beside = shownMark(AMOUNTS[shape].flatMap(cellsOf));
  for (const column of AMOUNTS[shape]) {
    marks.set(column, decided(decideMark(cellsOf(column), separator, options.decimalMark, beside), '.'));
  }
  return { shape, options, columns, marks, order: decided(decideOrder(cellsOf('date'), options.dateOrder), 'ymd') };
}

function addRow(groups: Groups, row: Row, columned: Columned): void {
  const { shape, columns, order } = columned;
  const cell = (column: Column): string => row.cells[columns.get(column) ?? -1]?.trim() ?? '';
  const fail = (column: Column, expected: string): never => {
    throw new LineProblem(row.place, `expected ${expected} in the column '${column}', found '${cell(column)}'`);
  };
  const date = readDate(cell('date'), order) ?? fail('date', 'a date such as 2024-12-31');
  const postings = postingsOf(columned, cell, fail);
  const [payee, narration] = [cell('payee'), cell('description')];
  // Rows of one transaction say the same about it; without a column that tells, they follow each other until they
  // balance.
  const said = columns.has('transaction') ? [cell('transaction')] : [payee, narration];
  const key = JSON.stringify([date, ...said]);
  const numbered = columns.has('transaction') && cell('transaction') !== '';
  const last = numbered ? groups.named.get(key) : groups.list.at(-1);
  const open = last !== undefined && last.key === key && (numbered || !isBalanced(last.postings));
  if (open && (numbered || shape === 'amount' || shape === 'sides')) {
    last.postings.push(...postings);
    return;
  }
  const group: Group = { key, place: row.place, date, payee, narration, postings };
  groups.list.push(group);
  if (numbered) groups.named.set(key, group);
}

/** The side of a bank's rows that the bank does not know, named as hledger names it. */
const UNKNOWN = { spent: 'Expenses:Unknown', received: 'Income:Unknown' } as const;

function postingsOf(
  { shape, marks, options }: Columned,
  cell: (column: Column) => string,
  fail: (column: Column, expected: string) => never,
): BookPosting[] {
  const amountIn = (column: Column): CellAmount => {
    const mark = marks.get(column)!;
    const amount =
      readCell(cell(column), mark) ??
      fail(column, /^[^\d]*$/.test(cell(column)) ? 'an amount' : `an amount with '${mark}' as its decimal mark`);
    const named = cell('commodity');
    if (named !== '' && amount.commodity !== '' && amount.commodity !== named) fail(column, `an amount of ${named}`);
    const commodity = named || amount.commodity || (options.commodity ?? '');
    return { number: amount.number, commodity: commodity === '' ? fail('commodity', 'a commodity') : commodity };
  };
  /** What one of two columns says, less what the other says. */
  const between = (more: Column, less: Column, otherwise: string): CellAmount => {
    const [first, second] = [more, less].map((column) => (cell(column) === '' ? undefined : amountIn(column)));
    const side = first ?? second ?? fail(more, otherwise);
    if (first !== undefined && second !== undefined && first.commodity !== second.commodity)
      fail(less, `an amount of ${first.commodity}`);
    return { commodity: side.commodity, number: subtract(first?.number ?? ZERO, second?.number ?? ZERO) };
  };
  const account = (column: Column): string => cell(column) || fail(column, 'an account');
  switch (shape) {
    case 'transfer': {
      const { number, commodity } = amountIn('amount');
      return [
        { account: account('debit'), commodity, number },
        { account: account('credit'), commodity, number: negate(number) },
      ];
    }
    case 'amount':
      return [{ account: account('account'), ...amountIn('amount') }];
    case 'sides':
      return [{ account: account('account'), ...between('debit', 'credit', 'an amount here or as credit') }];
    default: {
      if (/^[-(\u2212]|-$/.test(cell('out'))) fail('out', 'an amount without a sign');
      const amount = shape === 'bank' ? amountIn('amount') : between('in', 'out', 'an amount here or as out');
      const other = amount.number.mantissa < 0n ? UNKNOWN.spent : UNKNOWN.received;
      return [
        { account: options.account!, ...amount },
        { account: other, commodity: amount.commodity, number: negate(amount.number) },
      ];
    }
  }
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
