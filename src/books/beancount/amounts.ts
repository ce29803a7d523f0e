/** Numbers with arithmetic, amounts, costs and prices, each with the parts that an author may leave out. */
import { abs, add, type Decimal, decimal, divide, fit, isZero, multiply, negate, subtract, ZERO } from '../decimal.ts';
import { type Cursor, SyntaxProblem } from './cursor.ts';
import { type Amount, type CostSpec, type Missing, missing } from './syntax.ts';

const startsNumber = (cursor: Cursor): boolean =>
  cursor.is('number') || cursor.is('mark', '+') || cursor.is('mark', '-') || cursor.is('mark', '(');

/** number_expr: sums of products of signed numbers and brackets, rounded to 28 digits as Beancount does. */
export function numberExpression(cursor: Cursor, what: string, depth: number = 0): Decimal {
  let left = product(cursor, what, depth);
  for (;;) {
    if (cursor.take('mark', '+')) left = fit(add(left, product(cursor, 'a number', depth)));
    else if (cursor.take('mark', '-')) left = fit(subtract(left, product(cursor, 'a number', depth)));
    else return left;
  }
}

/** Brackets and signs within each other. */
const DEPTH_MAX = 100;
/** Digits of one number, and how far its product with others may go; no ledger could hold more. */
const DIGITS_MAX = 255;

function product(cursor: Cursor, what: string, depth: number): Decimal {
  let left = signed(cursor, what, depth);
  for (;;) {
    const place = cursor.place;
    if (left.exponent > DIGITS_MAX || left.exponent < -DIGITS_MAX) {
      throw new SyntaxProblem(place, `expected a number of at most ${DIGITS_MAX} digits`);
    }
    if (cursor.take('mark', '*')) {
      left = fit(multiply(left, signed(cursor, 'a number', depth)));
    } else if (cursor.take('mark', '/')) {
      const at = cursor.place;
      const right = signed(cursor, 'a number', depth);
      if (isZero(right)) throw new SyntaxProblem(at, 'expected a divisor other than zero');
      left = divide(left, right);
    } else {
      return left;
    }
  }
}

function signed(cursor: Cursor, what: string, depth: number): Decimal {
  if (depth > DEPTH_MAX) cursor.fail(`at most ${DEPTH_MAX} brackets and signs within each other`);
  if (cursor.take('mark', '-')) return fit(negate(signed(cursor, 'a number', depth + 1)));
  if (cursor.take('mark', '+')) return signed(cursor, 'a number', depth + 1);
  if (cursor.take('mark', '(')) {
    const inner = numberExpression(cursor, 'a number', depth + 1);
    cursor.expect('mark', "')'", ')');
    return inner;
  }
  const place = cursor.place;
  const { text } = cursor.expect('number', what);
  if (text.length > DIGITS_MAX) throw new SyntaxProblem(place, `expected a number of at most ${DIGITS_MAX} digits`);
  if (text.includes(',') && !/^\d{1,3}(,\d{3})+(\.|$)/.test(text)) {
    throw new SyntaxProblem(place, `expected commas between groups of three digits, found '${text}'`);
  }
  return decimal(text.replaceAll(',', ''))!;
}

export function currency(cursor: Cursor): string {
  return cursor.expect('currency', 'a currency').text;
}

/** A number and a currency, either or both left out. */
export function incompleteAmount(cursor: Cursor): Amount {
  const number = startsNumber(cursor) ? numberExpression(cursor, 'a number') : missing;
  return { number, currency: cursor.take('currency')?.text ?? missing };
}

/** `{…}` for one unit, `{{…}}` in total, with date and label in any order; undefined when there is none. */
export function costSpec(cursor: Cursor): CostSpec | undefined {
  const total = cursor.is('mark', '{{');
  if (!total && !cursor.is('mark', '{')) return undefined;
  cursor.next();
  const close = total ? '}}' : '}';
  let compound: Pick<CostSpec, 'per' | 'total' | 'currency'> | undefined;
  let date: number | undefined;
  let label: string | undefined;
  while (!cursor.is('mark', close)) {
    if (cursor.is('date')) {
      if (date !== undefined) cursor.fail('one date at most in a cost');
      date = cursor.date('a date');
    } else if (cursor.is('string')) {
      if (label !== undefined) cursor.fail('one label at most in a cost');
      label = cursor.next().text;
    } else if (cursor.is('mark', '*')) {
      cursor.fail('a cost (merging lots with * is not supported, nor is it by Beancount)');
    } else {
      if (compound !== undefined) cursor.fail('one amount at most in a cost');
      compound = compoundAmount(cursor, close);
    }
    if (!cursor.take('mark', ',') && !cursor.is('mark', close)) cursor.fail(`',' or '${close}'`);
  }
  cursor.next();
  if (compound === undefined) return { per: missing, total: undefined, currency: missing, date, label };
  if (!total) return { ...compound, date, label };
  // Within {{…}} a lone number is the total.
  if (compound.total !== undefined) cursor.fail("a total cost alone within '{{}}'");
  return { per: ZERO, total: compound.per, currency: compound.currency, date, label };
}

/** `10 USD`, `USD`, `10`, `10 # 5 USD` (10 for each and 5 for all). */
function compoundAmount(cursor: Cursor, close: string): Pick<CostSpec, 'per' | 'total' | 'currency'> {
  const what = `an amount, a date, a label or '${close}'`;
  let per: Decimal | Missing = missing;
  if (startsNumber(cursor)) per = numberExpression(cursor, what);
  if (cursor.take('mark', '#')) {
    const total = startsNumber(cursor) ? numberExpression(cursor, 'a number') : missing;
    return { per, total, currency: currency(cursor) };
  }
  const code = cursor.take('currency')?.text ?? missing;
  if (per === missing && code === missing) cursor.fail(what);
  return { per, total: undefined, currency: code };
}

/** `@ price` or `@@ total`, as the price for one unit. */
export function price(cursor: Cursor, units: Amount): Amount | undefined {
  const place = cursor.place;
  const total = cursor.is('mark', '@@');
  if (!total && !cursor.is('mark', '@')) return undefined;
  cursor.next();
  const written = incompleteAmount(cursor);
  if (written.number === missing) return written;
  if (written.number.mantissa < 0n) throw new SyntaxProblem(place, 'expected a price that is not negative');
  if (!total) return written;
  if (units.number === missing) throw new SyntaxProblem(place, 'expected units before a total price');
  const number = isZero(units.number) ? ZERO : divide(written.number, abs(units.number));
  return { number, currency: written.currency };
}
