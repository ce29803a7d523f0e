/**
 * Numbers and dates in the cells of a table. A column is written by one program in one way, so all its cells decide
 * together which mark splits decimals and whether the day or the month comes first. What no cell decides is not
 * guessed.
 */
import { dateOf, type Place } from './book.ts';
import { type Decimal, decimal, negate } from './decimal.ts';

export interface Cell {
  readonly text: string;
  readonly place: Place;
}

export type Mark = '.' | ',';

/** A number longer than this is not money. */
const CELL_MAX = 100;

const BLANKS = /[\s\u00a0\u2007\u2009\u202f'’]/g;
const SYMBOL = `"[^"]*"|[^\\d\\s"+.,'’()-][^\\d"+.,'’()-]*?`;
const AMOUNT = new RegExp(
  `^([+-]?)\\s*(${SYMBOL})?\\s*([+-]?)\\s*(\\d[\\d.,'’\\s]*|[.,]\\d+)\\s*(${SYMBOL})?\\s*([+-]?)$`,
);

export interface CellAmount {
  readonly number: Decimal;
  /** Empty when the cell names none. */
  readonly commodity: string;
}

interface Parts {
  readonly negative: boolean;
  /** Digits and marks, without blanks. */
  readonly body: string;
  readonly commodity: string;
}

/** `12.50`, `-12.50`, `12.50-`, `(12.50)`, `$12.50`, `12.50 EUR`, `1'234.50`. */
function partsOf(text: string): Parts | undefined {
  if (text.length > CELL_MAX) return undefined;
  const plain = text.trim().replaceAll('\u2212', '-');
  const bracketed = /^\((.*)\)$/.exec(plain)?.[1];
  const match = AMOUNT.exec((bracketed ?? plain).trim());
  if (match === null) return undefined;
  const signs = [match[1]!, match[3]!, match[6]!].filter((sign) => sign !== '');
  const symbols = [match[2], match[5]].filter((symbol) => symbol !== undefined);
  if (signs.length + (bracketed === undefined ? 0 : 1) > 1 || symbols.length > 1) return undefined;
  const grouped = /^\d{1,3}([\s\u00a0\u2007\u2009\u202f'’])\d{3}(?:\1\d{3})*(?:[.,]\d*)?$/.test(match[4]!.trim());
  if (match[4]!.trim().search(BLANKS) >= 0 && !grouped) return undefined;
  return {
    negative: bracketed !== undefined || signs[0] === '-',
    body: match[4]!.replace(BLANKS, ''),
    commodity: (symbols[0] ?? '').replace(/^"(.*)"$/, '$1').trim(),
  };
}

/**
 * What a cell says about its column's decimal mark; undefined: nothing. `either`: its lone mark may be one or the
 * other.
 */
export function evidence(body: string): Mark | 'either' | undefined {
  const marks = body.replace(/\d/g, '');
  if (marks === '') return undefined;
  const last = marks.at(-1) as Mark;
  const other: Mark = last === ',' ? '.' : ',';
  if (marks.includes(other)) return last;
  if (marks.length > 1) return other;
  return /^[1-9]\d{0,2}[.,]\d{3}$/.test(body) ? 'either' : last;
}

/** With a doubt, the value is what most would take it for. */
export type Decided<T> = { readonly value: T; readonly doubt?: Doubt } | Doubt;
export interface Doubt {
  readonly place: Place;
  readonly why: string;
}

/** The mark that cells show beyond doubt; undefined: none does, or they show both. */
export function shownMark(cells: readonly Cell[]): Mark | undefined {
  const said = new Set(cells.map(({ text }) => evidence(partsOf(text)?.body ?? '')));
  if (said.has('.') === said.has(',')) return undefined;
  return said.has('.') ? '.' : ',';
}

/**
 * The decimal mark of a column; `beside` is what the other columns of the table show. A comma-separated file without
 * other evidence has points.
 */
export function decideMark(
  cells: readonly Cell[],
  separator: string,
  given: Mark | undefined,
  beside: Mark | undefined,
): Decided<Mark> {
  if (given !== undefined) return { value: given };
  let found: { mark: Mark; cell: Cell } | undefined;
  let open: Cell | undefined;
  for (const cell of cells) {
    const said = evidence(partsOf(cell.text)?.body ?? '');
    if (said === 'either') open ??= cell;
    if (said === undefined || said === 'either') continue;
    if (found !== undefined && found.mark !== said) {
      const why = `'${cell.text}' and '${found.cell.text}' (line ${found.cell.place.line}) have different decimal marks`;
      return { place: cell.place, why: `expected one decimal mark a column: ${why}` };
    }
    found ??= { mark: said, cell };
  }
  const shown = found?.mark ?? beside;
  if (shown !== undefined) return { value: shown };
  if (open === undefined) return { value: separator === ';' ? ',' : '.' };
  if (separator === ',' && open.text.includes('.')) {
    const doubt = `'${open.text}' is read with its decimals behind the point: say --decimal-mark , if it is a thousand`;
    return { value: '.', doubt: { place: open.place, why: doubt } };
  }
  const why = `expected a cell that shows the decimal mark: '${open.text}' can be read in two ways`;
  return { place: open.place, why: `${why} (say --decimal-mark . or --decimal-mark ,)` };
}

/** Undefined: the cell is not a number that is written with this mark. */
export function readCell(text: string, mark: Mark): CellAmount | undefined {
  const parts = partsOf(text);
  if (parts === undefined) return undefined;
  const { body, negative, commodity } = parts;
  const group = mark === '.' ? ',' : '.';
  const [whole, fraction, ...more] = body.split(mark);
  if (more.length > 0 || fraction?.includes(group) || !isGrouped(whole!.split(group))) return undefined;
  const value = decimal(`${whole!.replaceAll(group, '')}${fraction === undefined ? '' : `.${fraction}`}`);
  if (value === undefined) return undefined;
  return { number: negative ? negate(value) : value, commodity };
}

/** Groups are of three digits, or, as in India, of two with three at the end. */
function isGrouped(groups: readonly string[]): boolean {
  if (groups.length === 1) return true;
  const [first, ...rest] = groups.map(({ length }) => length);
  const last = rest.at(-1);
  const middle = rest.slice(0, -1);
  if (last !== 3 || first === 0) return false;
  return (first! <= 3 && middle.every((size) => size === 3)) || (first! <= 2 && middle.every((size) => size === 2));
}

export type DateOrder = 'ymd' | 'dmy' | 'mdy';

const YEAR_FIRST = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$/;
const COMPACT = /^(\d{4})(\d\d)(\d\d)$/;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:[T ].*)?$/;

/** Which part of the column's dates is the day. Points stand in dates that begin with the day. */
export function decideOrder(cells: readonly Cell[], given: DateOrder | undefined): Decided<DateOrder> {
  if (given !== undefined) return { value: given };
  let order: { readonly order: DateOrder; readonly cell: Cell } | undefined;
  let open: Cell | undefined;
  for (const cell of cells) {
    const match = YEAR_LAST.exec(cell.text.trim());
    if (match === null) continue;
    const [a, b] = [Number(match[1]), Number(match[3])];
    const said = match[2] === '.' || a > 12 ? 'dmy' : b > 12 ? 'mdy' : undefined;
    if (said === undefined) open ??= cell;
    else if (order !== undefined && order.order !== said) {
      const why = `'${cell.text}' and '${order.cell.text}' (line ${order.cell.place.line})`;
      return { place: cell.place, why: `expected the day at one place in all dates of a column: ${why}` };
    } else order ??= { order: said, cell };
  }
  if (order !== undefined) return { value: order.order };
  if (open === undefined) return { value: 'ymd' };
  const why = `expected a date that shows whether the day or the month is first: '${open.text}' can be read in two ways`;
  return { place: open.place, why: `${why} (say --date-order dmy or --date-order mdy)` };
}

export function readDate(text: string, order: DateOrder): number | undefined {
  const plain = text.trim();
  const first = YEAR_FIRST.exec(plain) ?? COMPACT.exec(plain);
  if (first !== null) return dateOf(Number(first[1]), Number(first[2]), Number(first[3]));
  const last = YEAR_LAST.exec(plain);
  if (last === null || order === 'ymd') return undefined;
  const [a, b, year] = [Number(last[1]), Number(last[3]), Number(last[4])];
  return order === 'dmy' ? dateOf(year, b, a) : dateOf(year, a, b);
}
