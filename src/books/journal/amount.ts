/** Amounts of a journal: a number with its commodity on either side, lots and costs behind it. */
import { type Decimal, negate } from '../decimal.ts';
import { Code, type Line } from './line.ts';
import { type Mark, readNumber } from './number.ts';
import { takePlain } from './plain.ts';

export interface Amount {
  readonly number: Decimal;
  readonly commodity: string;
}

/** What was paid: for each unit, or, with the sign of the units, for all. */
export interface Cost extends Amount {
  readonly total: boolean;
}

/** What the amounts of a journal depend on; changes as directives are read. */
export interface Style {
  /** For all commodities. */
  decimalMark: Mark | undefined;
  /** By commodity, from its directive. */
  readonly marks: Map<string, Mark>;
  /** For amounts without one, from `D`, and for commodities without a mark of their own. */
  commodity: string;
  mark: Mark | undefined;
  /** Told of every number that could be read in two ways. */
  readonly onLone: (line: Line, text: string) => void;
}

const COMMODITY = /^(?:"([^";\n]*)"|([^\s\d"+\-.@*;{}=()[\]]+))/;

const commodityIn = (match: RegExpExecArray | undefined): string | undefined => match?.[1] ?? match?.[2];

/** `$10`, `-$10`, `$-10`, `10 EUR`, `"a b" 3`, `10`. @throws LineProblem */
export function readAmount(line: Line, style: Style): Amount {
  const plain = readPlain(line, style);
  if (plain !== undefined) return plain;
  let sign = readSign(line);
  const left = commodityIn(line.take(COMMODITY));
  if (left !== undefined) {
    line.blanks();
    sign = sign !== readSign(line);
  }
  const start = line.at;
  const markOf = (commodity: string): Mark | undefined => style.decimalMark ?? style.marks.get(commodity) ?? style.mark;
  const read = readNumber(line.rest, (after) =>
    markOf(left ?? commodityIn(COMMODITY.exec(after.replace(/^[\s\u00a0\u202f]+/, '')) ?? undefined) ?? ''),
  );
  if (typeof read === 'string') line.fail(read);
  if (read === undefined)
    line.fail(line.rest.startsWith('(') ? 'an amount (value expressions are not read)' : 'an amount');
  if (read.lone) style.onLone(line, line.rest.slice(0, read.length));
  line.at = start + read.length;
  let commodity = left;
  if (commodity === undefined) {
    const before = line.at;
    line.blanks();
    commodity = commodityIn(line.take(COMMODITY));
    if (commodity === undefined) line.at = before;
  }
  return { number: sign ? negate(read.value) : read.value, commodity: commodity ?? style.commodity };
}

/**
 * What most amounts are: an ASCII number with a point or none, a blank, a commodity of capital letters, and the end of
 * the line. The same as what the rest of this file would make of it; undefined: it is anything else.
 */
function readPlain(line: Line, style: Style): Amount | undefined {
  if (style.decimalMark === ',' || style.mark === ',') return undefined;
  const found = takePlain(line);
  if (found === undefined) return undefined;
  if (style.marks.get(found.commodity) !== ',') {
    line.at = line.text.length;
    return found;
  }
  return undefined;
}

/** True: negative. */
function readSign(line: Line): boolean {
  const code = line.code();
  if (code !== Code.minus && code !== Code.plus) return false;
  line.at += 1;
  line.plainBlanks();
  return code === Code.minus;
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

/**
 * Lots `{}`, dates `[]`, notes `()` and valuations `(())` have no weight in hledger; a cost `@` has. Each may stand
 * once.
 */
export function readCost(line: Line, amount: Amount, style: Style): Cost | undefined {
  let cost: Cost | undefined;
  const seen = new Set<string>();
  const once = (what: string): void => {
    if (seen.has(what)) line.fail(`one ${what}`);
    seen.add(what);
  };
  for (;;) {
    line.blanks();
    if (line.done) return cost;
    const priced = line.take(/^(?:\((@@?)\)|(@@?))[ \t]*/);
    if (priced !== undefined) {
      once('price');
      const total = (priced[1] ?? priced[2]) === '@@';
      const { number, commodity } = readAmount(line, style);
      cost = { commodity, total, number: total && amount.number.mantissa < 0n ? negate(number) : number };
      continue;
    }
    const opened = line.take(/^(\{\{?)[ \t]*=?[ \t]*/)?.[1];
    if (opened !== undefined) {
      once('lot');
      const close = opened === '{{' ? '}}' : '}';
      if (!line.rest.startsWith('}')) readAmount(line, style);
      line.blanks();
      if (!line.rest.startsWith(close)) line.fail(`'${close}'`);
      line.at += close.length;
    } else if (line.take(/^\[\d[\d/.-]*\]/) !== undefined) once('date of a lot');
    else if (line.take(/^\(\([^)]*\)\)/) !== undefined) once('valuation');
    else if (line.take(/^\([^)]*\)/) !== undefined) once('note of a lot');
    else return cost;
  }
}
