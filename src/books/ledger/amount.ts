/** Amounts as Ledger 3.4 reads them: what a commodity was last written like decides a lone mark. */
import { abs, type Decimal, decimal, divide, isZero, multiply, negate, normalize } from '../decimal.ts';
import type { Line } from '../journal/line.ts';
import { takePlain } from '../journal/plain.ts';
import { type Commodities, type Commodity, reduced } from './commodities.ts';

export interface Amount {
  readonly number: Decimal;
  /** Undefined: a bare number. */
  readonly commodity: Commodity | undefined;
  readonly lot?: Lot | undefined;
}

/** What is said of units behind their amount. Two lots of a commodity balance only with themselves. */
export interface Lot {
  /** For one unit, or for all that were written, `of` which there were so many. */
  readonly price:
    | { readonly number: Decimal; readonly commodity: Commodity | undefined; readonly of: Decimal }
    | undefined;
  readonly date: string;
  readonly note: string;
}

export interface ReadingOptions {
  readonly commodities: Commodities;
  /** Does what is written here teach how the commodity is written? Prices do not. */
  readonly learns: boolean;
  /** Lots may stand behind the amount. */
  readonly lots: boolean;
  readonly date: (text: string) => number | undefined;
}

export const DIGITS_MAX = 255;
const ONE: Decimal = { mantissa: 1n, exponent: 0 };

const SYMBOL =
  /^(?:"([^"\n]*)"|((?:\\.|[^\t\n\r !&()*+,\-./0-9:;<=>?@[\]^{|}~\u007f"\\])(?:\\.|[^\t\n\r !&()*+,\-./0-9:;<=>?@[\]^{|}~\u007f\\])*))/;
const RESERVED = new Set(['and', 'div', 'else', 'false', 'if', 'or', 'not', 'true']);

function takeSymbol(line: Line): string | undefined {
  const start = line.at;
  blanks(line);
  const match = line.take(SYMBOL);
  const symbol = match?.[1] ?? match?.[2]?.replace(/\\(.)/g, '$1');
  if (symbol !== undefined && symbol !== '' && !RESERVED.has(symbol)) return symbol;
  line.at = start;
  return undefined;
}

/** Ledger's own idea of a blank: none of the wide ones. */
export const blanks = (line: Line): void => line.plainBlanks();

/** `$10`, `-$10`, `$-10`, `10 EUR`, `"a b" 3`, `10`, with lots behind it. @throws LineProblem */
export function readAmount(line: Line, options: ReadingOptions): Amount {
  blanks(line);
  const plain = readPlain(line, options);
  if (plain !== undefined) return plain;
  const start = line.at;
  let negative = line.take(/^-/) !== undefined;
  blanks(line);
  let symbol: string | undefined;
  let digits: string;
  if (/^\d/.test(line.rest)) {
    digits = takeQuantity(line);
    symbol = takeSymbol(line);
  } else {
    symbol = takeSymbol(line);
    blanks(line);
    if (line.take(/^-/) !== undefined) negative = !negative;
    digits = takeQuantity(line);
  }
  if (digits === '') {
    line.at = start;
    line.fail(/^-?\(/.test(line.rest) ? 'an amount (a value expression stands in brackets of its own)' : 'an amount');
  }
  const commodity = symbol === undefined ? undefined : options.commodities.of(symbol);
  const read = readDigits(digits, commodity?.comma === true || options.commodities.comma);
  if (typeof read === 'string') {
    line.at = start;
    line.fail(read);
  }
  if (commodity !== undefined && options.learns && !commodity.declared) {
    commodity.comma ||= read.comma;
    commodity.precision = Math.max(commodity.precision, -read.value.exponent);
  }
  const number = negative ? negate(read.value) : read.value;
  const lot = options.lots ? readLot(line, number, options) : undefined;
  return { number, commodity, lot: commodity === undefined ? undefined : lot };
}

/** What most amounts are, read as the rest of this file would read it; undefined: it is anything else. */
function readPlain(line: Line, { commodities, learns }: ReadingOptions): Amount | undefined {
  if (commodities.comma) return undefined;
  const found = takePlain(line);
  if (found === undefined) return undefined;
  const commodity = commodities.of(found.commodity);
  if (commodity.comma) return undefined;
  line.at = line.text.length;
  const { number } = found;
  if (learns && !commodity.declared) commodity.precision = Math.max(commodity.precision, -number.exponent);
  return { number, commodity, lot: undefined };
}

function takeQuantity(line: Line): string {
  const written = line.take(/^[\d.,]*/)![0];
  const kept = written.replace(/[.,]+$/, '');
  line.at -= written.length - kept.length;
  return kept;
}

/** From the right, as Ledger goes through them; a text: what was expected instead. */
function readDigits(text: string, commaFirst: boolean): { value: Decimal; comma: boolean } | string {
  if (text.length > DIGITS_MAX) return `a number of at most ${DIGITS_MAX} digits`;
  if (/[.,]{2}|^[.,].*[.,]/.test(text)) return 'a number with digits between its marks';
  let comma = commaFirst;
  let since = 0;
  let places = 0;
  let sawComma = false;
  let sawPoint = false;
  let noCommas = false;
  let noPoints = false;
  const split = (): void => {
    places = since;
    since = 0;
  };
  for (let at = text.length - 1; at >= 0; at--) {
    const mark = text[at];
    if (mark === '.') {
      if (noPoints) return 'a number with one decimal point';
      if (comma || sawComma) {
        if (since % 3 !== 0) return 'points between groups of three digits';
        noCommas ||= comma;
        comma = true;
      } else {
        noPoints = true;
        split();
      }
      sawPoint = true;
    } else if (mark === ',') {
      if (noCommas) return 'a number with one decimal comma';
      if (comma) {
        if (sawPoint) return 'a decimal comma behind the points';
        noCommas = true;
        split();
      } else if (since % 3 !== 0) {
        if (sawComma || sawPoint) return 'commas between groups of three digits';
        comma = true;
        noCommas = true;
        split();
      } else noPoints = true;
      sawComma = true;
    } else since += 1;
  }
  const plain = text.replace(/[.,]/g, '');
  const value = decimal(plain);
  if (value === undefined) return 'a number';
  return { value: { mantissa: value.mantissa, exponent: places === 0 ? 0 : -places }, comma };
}

function readLot(line: Line, units: Decimal, options: ReadingOptions): Lot | undefined {
  let price: Lot['price'];
  let date: string | undefined;
  let note: string | undefined;
  let valued = '';
  for (;;) {
    const start = line.at;
    blanks(line);
    const opened = line.take(/^(\{\{?)[ \t]*=?/)?.[1];
    if (opened !== undefined) {
      if (price !== undefined) line.fail('one price of a lot');
      const { number, commodity } = readAmount(line, { ...options, learns: false, lots: false });
      const small = commodity === undefined ? { number, commodity } : reduced(number, commodity);
      blanks(line);
      const close = opened === '{{' ? '}}' : '}';
      if (!line.rest.startsWith(close)) line.fail(`'${close}'`);
      line.at += close.length;
      if (opened === '{{' && isZero(units)) line.fail('units before the price of all of them');
      price = { ...small, of: opened === '{{' ? abs(units) : ONE };
    } else if (line.rest.startsWith('[')) {
      const text = line.take(/^\[([^\]]*)\]/)?.[1];
      if (text === undefined || date !== undefined || options.date(text) === undefined) line.fail('one date of a lot');
      date = String(options.date(text));
    } else if (/^\((?!@)/.test(line.rest)) {
      const text = line.take(/^(?:\(\([^)]*\)\)|\([^()]*\))/)?.[0];
      if (text === undefined) line.fail('one note of a lot');
      if (text.startsWith('((')) valued = text;
      else if (note === undefined) note = text;
      else line.fail('one note of a lot');
    } else {
      line.at = start;
      if (price === undefined && date === undefined && note === undefined && valued === '') return undefined;
      return { price, date: date ?? '', note: `${note ?? ''}${valued}` };
    }
  }
}

/** The lot's price for so many units. */
export function lotValue({ price }: Lot, units: Decimal): Amount | undefined {
  if (price === undefined) return undefined;
  const { number, commodity, of } = price;
  const all = multiply(number, units);
  const value = of === ONE ? all : exactQuotient(all, of);
  return value === undefined ? undefined : { number: value, commodity };
}

/** a / b, if it ends; b is not zero. */
export function exactQuotient(a: Decimal, b: Decimal): Decimal | undefined {
  const quotient = divide(a, b, DIGITS_MAX);
  const back = multiply(quotient, b);
  const same = normalize(back);
  const wanted = normalize(a);
  return same.mantissa === wanted.mantissa && same.exponent === wanted.exponent ? quotient : undefined;
}

/** What balances with what: the commodity and its lot. */
export function keyOf({ commodity, lot }: Amount): string {
  const name = commodity?.name ?? '';
  if (lot === undefined) return name;
  const { price, date, note } = lot;
  const text = price === undefined ? '' : `${priceKey(price.number, price.of)} ${price.commodity?.name ?? ''}`;
  return JSON.stringify([name, text, date, note]);
}

/** The price of one unit as a fraction in lowest terms. */
function priceKey(number: Decimal, of: Decimal): string {
  const low = Math.min(number.exponent, of.exponent);
  let a = number.mantissa * 10n ** BigInt(number.exponent - low);
  let b = of.mantissa * 10n ** BigInt(of.exponent - low);
  for (let [x, y] = [a < 0n ? -a : a, b]; ; [x, y] = [y, x % y]) {
    if (y !== 0n) continue;
    a /= x === 0n ? 1n : x;
    b /= x === 0n ? 1n : x;
    return `${a}/${b}`;
  }
}
