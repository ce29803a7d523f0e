/** Amounts of a journal: a number with its commodity on either side, lots and costs behind it. */
import { abs, type Decimal, multiply, negate } from '../decimal.ts';
import type { Line } from './line.ts';
import { type Lone, type Mark, NUMBER, readNumber } from './number.ts';

export interface Amount {
  readonly number: Decimal;
  readonly commodity: string;
}

/** What the amounts of a journal depend on; changes as directives are read. */
export interface Style {
  /** For all commodities. */
  decimalMark: Mark | undefined;
  /** By commodity, from its directive. */
  readonly marks: Map<string, Mark>;
  /** For amounts without one. */
  commodity: string;
  lone: Lone;
  /** Told of every number that could be read in two ways. */
  readonly onLone: (line: Line, text: string) => void;
}

const COMMODITY = /^(?:"([^"\n]*)"|([^\s\d"+\-.,@*;{}=()[\]]+))/;

const commodityIn = (match: RegExpExecArray | undefined): string | undefined => match?.[1] ?? match?.[2];

/** `$10`, `-$10`, `$-10`, `10 EUR`, `"a b" 3`, `10`. @throws LineProblem */
export function readAmount(line: Line, style: Style): Amount {
  let sign = readSign(line);
  const left = commodityIn(line.take(COMMODITY));
  if (left !== undefined) {
    line.blanks();
    sign = sign !== readSign(line);
  }
  const start = line.at;
  const digits = line.take(NUMBER)?.[0];
  if (digits === undefined)
    line.fail(line.rest.startsWith('(') ? 'an amount (value expressions are not read)' : 'an amount');
  let commodity = left;
  if (commodity === undefined) {
    const before = line.at;
    line.blanks();
    commodity = commodityIn(line.take(COMMODITY));
    if (commodity === undefined) line.at = before;
  }
  commodity ??= style.commodity;
  const read = readNumber(digits, style.decimalMark ?? style.marks.get(commodity), style.lone);
  if (read === undefined) {
    line.at = start;
    line.fail('a number with one decimal mark');
  }
  if (read.lone) {
    const end = line.at;
    line.at = start;
    style.onLone(line, digits);
    line.at = end;
  }
  return { number: sign ? negate(read.value) : read.value, commodity };
}

/** True: negative. */
function readSign(line: Line): boolean {
  const sign = line.take(/^([+-])[ \t]*/)?.[1];
  return sign === '-';
}

/** The mark that the example amount of a `commodity` or `D` directive shows, if it shows one. */
export function markOf(text: string): Mark | undefined {
  const marks = text.replace(/[^.,]/g, '');
  const last = marks.at(-1) as Mark | undefined;
  if (last === undefined) return undefined;
  const digits = /[.,](\d*)[^.,]*$/.exec(text)?.[1] ?? '';
  // 1,000. and 1.000,00 show a decimal mark; 1,000,000 shows groups, so the other mark splits.
  const groups = marks.length > 1 && [...marks].every((mark) => mark === last) && digits.length === 3;
  if (groups) return last === ',' ? '.' : ',';
  return last;
}

/** What a posting weighs in money of another commodity. */
export interface Costs {
  /** From `@` or `@@`. */
  readonly price: Amount | undefined;
  /** From `{}` or `{{}}`. */
  readonly lot: Amount | undefined;
}

/** Lots `{}`, dates `[]`, notes `()` and prices `@` behind an amount, in any order. Costs are for the whole posting. */
export function readCosts(line: Line, amount: Amount, style: Style): Costs {
  let price: Amount | undefined;
  let lot: Amount | undefined;
  for (;;) {
    line.blanks();
    const priced = line.take(/^(?:\((@@?)\)|(@@?))[ \t]*=?[ \t]*/);
    const opened = priced === undefined ? line.take(/^(\{\{?)[ \t]*=?[ \t]*/)?.[1] : undefined;
    if (priced !== undefined) {
      if (price !== undefined) line.fail('one price');
      const total = (priced[1] ?? priced[2]) === '@@';
      price = whole(readAmount(line, style), amount.number, total);
    } else if (opened !== undefined) {
      // An empty lot says that there is one, and nothing about it.
      if (line.take(/^\}/) !== undefined) continue;
      const cost = readAmount(line, style);
      line.blanks();
      if (line.take(opened === '{{' ? /^\}\}/ : /^\}/) === undefined) line.fail(opened === '{{' ? "'}}'" : "'}'");
      lot = whole(cost, amount.number, opened === '{{');
    } else if (line.take(/^\[\d[\d/.-]*\]/) === undefined && line.take(/^\([^)]*\)/) === undefined) {
      return { price, lot };
    }
  }
}

/** The cost of all units: a total takes their sign, a price for one is multiplied. */
function whole({ number, commodity }: Amount, units: Decimal, total: boolean): Amount {
  if (!total) return { number: multiply(number, units), commodity };
  return { number: units.mantissa < 0n ? negate(abs(number)) : abs(number), commodity };
}
