/**
 * Numbers and dates in the cells of a table. A column is written by one program in one way, so all its cells decide
 * together which mark splits decimals and whether the day or the month comes first. What no cell decides is not
 * guessed.
 */
import { dateOf, dayOf, type Place, plainDate } from './book.ts';
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

/** What the cells of a column, seen one after another, say about its decimal mark. */
export class MarkVotes {
  #found: { readonly mark: Mark; readonly cell: Cell } | undefined;
  #open: Cell | undefined;
  #conflict: Doubt | undefined;
  /** Marks that cells show beyond doubt. */
  readonly shown: Set<Mark> = new Set();

  see(text: string, place: Place): void {
    const said = plainNumber(text)?.said ?? evidence(partsOf(text)?.body ?? '');
    if (said === undefined) return;
    if (said === 'either') {
      this.#open ??= { text, place };
      return;
    }
    this.shown.add(said);
    const found = this.#found;
    if (found !== undefined && found.mark !== said && this.#conflict === undefined) {
      const why = `'${text}' and '${found.cell.text}' (line ${found.cell.place.line}) have different decimal marks`;
      this.#conflict = { place, why: `expected one decimal mark a column: ${why}` };
    }
    this.#found ??= { mark: said, cell: { text, place } };
  }

  /**
   * The decimal mark of the column; `beside` is what all columns of the table show. A comma-separated file without
   * other evidence has points.
   */
  decide(separator: string, given: Mark | undefined, beside: Mark | undefined): Decided<Mark> {
    if (given !== undefined) return { value: given };
    if (this.#conflict !== undefined) return this.#conflict;
    const shown = this.#found?.mark ?? beside;
    if (shown !== undefined) return { value: shown };
    const open = this.#open;
    if (open === undefined) return { value: separator === ';' ? ',' : '.' };
    if (separator === ',' && open.text.includes('.')) {
      const read = `'${open.text}' is read with its decimals behind the point`;
      const doubt = `${read}: say --decimal-mark , if it is a thousand`;
      return { value: '.', doubt: { place: open.place, why: doubt } };
    }
    const why = `expected a cell that shows the decimal mark: '${open.text}' can be read in two ways`;
    return { place: open.place, why: `${why} (say --decimal-mark . or --decimal-mark ,)` };
  }
}

/** The mark that columns show together; undefined: none does, or they show both. */
export function shownMark(votes: readonly MarkVotes[]): Mark | undefined {
  const [point, comma] = (['.', ','] as const).map((mark) => votes.some(({ shown }) => shown.has(mark)));
  return point === comma ? undefined : point ? '.' : ',';
}

const DIGITS_PLAIN = 15;
const MINUS = 0x2d;
const POINT = 0x2e;

/** What most cells are: `-1234.50`, short enough for a double. Undefined: the cell is anything else. */
function plainNumber(
  text: string,
): { mantissa: number; places: number; said: Mark | 'either' | undefined } | undefined {
  const first = text.charCodeAt(0) === MINUS ? 1 : 0;
  const { length } = text;
  if (length === first || length - first > DIGITS_PLAIN) return undefined;
  let mantissa = 0;
  let point = -1;
  for (let at = first; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === POINT) {
      if (point >= 0 || at === first || at === length - 1) return undefined;
      point = at;
    } else if (code >= 0x30 && code <= 0x39) mantissa = mantissa * 10 + code - 0x30;
    else return undefined;
  }
  if (first === 1) mantissa = -mantissa;
  if (point < 0) return { mantissa, places: 0, said: undefined };
  const places = length - point - 1;
  const thousands = places === 3 && point - first <= 3 && text[first] !== '0';
  return { mantissa, places, said: thousands ? 'either' : '.' };
}

/** Undefined: the cell is not a number that is written with this mark. */
export function readCell(text: string, mark: Mark): CellAmount | undefined {
  const plain = mark === '.' ? plainNumber(text) : undefined;
  if (plain !== undefined) {
    const exponent = plain.places === 0 ? 0 : -plain.places;
    return { number: { mantissa: BigInt(plain.mantissa), exponent }, commodity: '' };
  }
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

/** What the cells of a column say about the day's place in its dates. Points stand in dates that begin with the day. */
export class OrderVotes {
  #order: { readonly order: DateOrder; readonly cell: Cell } | undefined;
  #open: Cell | undefined;
  #conflict: Doubt | undefined;

  see(text: string, place: Place): void {
    if (plainDate(text, 0) !== undefined) return;
    const match = YEAR_LAST.exec(text.trim());
    if (match === null) return;
    const [a, b] = [Number(match[1]), Number(match[3])];
    const said = match[2] === '.' || a > 12 ? 'dmy' : b > 12 ? 'mdy' : undefined;
    const found = this.#order;
    if (said === undefined) this.#open ??= { text, place };
    else if (found === undefined) this.#order = { order: said, cell: { text, place } };
    else if (found.order !== said && this.#conflict === undefined) {
      const why = `'${text}' and '${found.cell.text}' (line ${found.cell.place.line})`;
      this.#conflict = { place, why: `expected the day at one place in all dates of a column: ${why}` };
    }
  }

  decide(given: DateOrder | undefined): Decided<DateOrder> {
    if (given !== undefined) return { value: given };
    if (this.#conflict !== undefined) return this.#conflict;
    if (this.#order !== undefined) return { value: this.#order.order };
    const open = this.#open;
    if (open === undefined) return { value: 'ymd' };
    const wanted = 'expected a date that shows whether the day or the month is first';
    const why = `${wanted}: '${open.text}' can be read in two ways`;
    return { place: open.place, why: `${why} (say --date-order dmy or --date-order mdy)` };
  }
}

export function readDate(text: string, order: DateOrder): number | undefined {
  const known = text.length === 10 ? plainDate(text, 0) : undefined;
  if (known !== undefined) return dayOf(known);
  const plain = text.trim();
  const first = YEAR_FIRST.exec(plain) ?? COMPACT.exec(plain);
  if (first !== null) return dateOf(Number(first[1]), Number(first[2]), Number(first[3]));
  const last = YEAR_LAST.exec(plain);
  if (last === null || order === 'ymd') return undefined;
  const [a, b, year] = [Number(last[1]), Number(last[3]), Number(last[4])];
  return order === 'dmy' ? dateOf(year, b, a) : dateOf(year, a, b);
}
