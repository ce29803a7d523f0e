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
import type { Book, BookPosting, Place, Problems, Source } from './book.ts';
import {
  type CellAmount,
  type DateOrder,
  type Decided,
  type Mark,
  MarkVotes,
  OrderVotes,
  readCell,
  readDate,
  shownMark,
} from './csv-cells.ts';
import { Groups } from './csv-groups.ts';
import { csvRows, type Row, type Separator, separatorOf } from './csv-rows.ts';
import { negate, subtract, ZERO } from './decimal.ts';
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

export function readCsv(source: Source, problems: Problems, options: CsvOptions = {}): Book {
  problems.source(source);
  const separator = separatorOf(source.text);
  const first = csvRows(source, separator, {}).next().value;
  const header = options.columns === undefined ? first : { cells: options.columns, place: firstPlace(source) };
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
  const skip = options.columns === undefined || isHeader(first, columns, problems) ? 1 : 0;
  const table: Table = { source, separator, skip };
  const columned = decideColumns(columns, shape, table, options, problems);
  const groups = new Groups(problems);
  for (const row of rowsOf(table, { read: (characters) => problems.read(characters) })) {
    try {
      addRow(groups, row, columned);
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      problems.tell('error', error.place, error.message);
    }
  }
  return { transactions: groups.finish(), problems: problems.list };
}

const EXPECTED =
  "expected columns 'date', 'account' and 'amount' (or 'debit' and 'credit'), or 'date', 'debit', 'credit' and " +
  "'amount'; " +
  'a statement of one account is read with --csv-account, columns are named with --csv-columns, and rules with --rules';

/** A table is gone through twice, so that its rows need not be kept: to see how it is written, and to read it. */
interface Table {
  readonly source: Source;
  readonly separator: Separator;
  /** Rows at its start that say nothing. */
  readonly skip: number;
}

function* rowsOf({ source, separator, skip }: Table, hears: Parameters<typeof csvRows>[2]): Generator<Row, void> {
  let index = 0;
  for (const row of csvRows(source, separator, hears)) {
    if (index >= skip) yield row;
    index += 1;
  }
}

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
  table: Table,
  options: CsvOptions,
  problems: Problems,
): Columned {
  const amounts = AMOUNTS[shape].map((column) => ({ column, index: columns.get(column)!, votes: new MarkVotes() }));
  const dates = { index: columns.get('date')!, votes: new OrderVotes() };
  for (const { cells, place } of rowsOf(table, { problems })) {
    for (const { index, votes } of amounts) votes.see(cells[index]?.trim() ?? '', place);
    dates.votes.see(cells[dates.index]?.trim() ?? '', place);
  }
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
  const beside = shownMark(amounts.map(({ votes }) => votes));
  for (const { column, votes } of amounts) {
    marks.set(column, decided(votes.decide(table.separator, options.decimalMark, beside), '.'));
  }
  return { shape, options, columns, marks, order: decided(dates.votes.decide(options.dateOrder), 'ymd') };
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
  const numbered = columns.has('transaction') ? cell('transaction') : undefined;
  const apart = shape !== 'amount' && shape !== 'sides';
  groups.add({ place: row.place, date, payee, narration, postings }, numbered, apart);
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
