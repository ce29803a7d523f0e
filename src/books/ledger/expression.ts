/**
 * Ledger's value expressions where they stand for an amount: sums, products and quotients of amounts, exact or refused.
 */
import { add, isZero, multiply, negate } from '../decimal.ts';
import type { Line } from '../journal/line.ts';
import { type Amount, blanks, DIGITS_MAX, exactQuotient, type ReadingOptions, readAmount } from './amount.ts';

export interface ExpressionOptions extends ReadingOptions {
  /** What `amount` stands for, in automated transactions. */
  readonly amount?: Amount | undefined;
}

const DEPTH_MAX = 50;
const MANTISSA_MAX = 10n ** BigInt(DIGITS_MAX);

/** `(42.00 EUR / 4)`, from its bracket on. @throws LineProblem */
export function readExpression(line: Line, options: ExpressionOptions): Amount {
  const plain = { ...options, lots: false };
  return new Reader(line, plain).bracketed(0);
}

class Reader {
  readonly #line: Line;
  readonly #options: ExpressionOptions;

  constructor(line: Line, options: ExpressionOptions) {
    this.#line = line;
    this.#options = options;
  }

  bracketed(depth: number): Amount {
    const line = this.#line;
    if (depth > DEPTH_MAX) line.fail(`at most ${DEPTH_MAX} brackets within each other`);
    line.at += 1;
    const value = this.#sum(depth);
    blanks(line);
    if (line.take(/^\)/) === undefined) line.fail("'+', '-', '*', '/' or ')' (other value expressions are not read)");
    return value;
  }

  #sum(depth: number): Amount {
    let left = this.#product(depth);
    for (;;) {
      blanks(this.#line);
      const operator = this.#line.take(/^[+-]/)?.[0];
      if (operator === undefined) return left;
      const right = this.#product(depth);
      if (left.commodity !== right.commodity) this.#line.fail('amounts of one commodity on both sides');
      left = { ...left, number: add(left.number, operator === '-' ? negate(right.number) : right.number) };
    }
  }

  #product(depth: number): Amount {
    let left = this.#signed(depth);
    for (;;) {
      blanks(this.#line);
      const operator = this.#line.take(/^(?:[*/]|div(?=[\s(]))/)?.[0];
      if (operator === undefined) return left;
      const right = this.#signed(depth);
      const commodity = left.commodity ?? right.commodity;
      if (operator === '*') {
        left = this.#bounded({ number: multiply(left.number, right.number), commodity });
        continue;
      }
      if (isZero(right.number)) this.#line.fail('a divisor other than zero');
      const number = exactQuotient(left.number, right.number);
      if (number === undefined)
        this.#line.fail('a quotient whose decimals end (a ledger keeps no fractions: write the amount)');
      left = this.#bounded({ number, commodity });
    }
  }

  #bounded(amount: Amount): Amount {
    const { mantissa } = amount.number;
    if (mantissa > MANTISSA_MAX || mantissa < -MANTISSA_MAX)
      this.#line.fail(`a number of at most ${DIGITS_MAX} digits`);
    return amount;
  }

  #signed(depth: number): Amount {
    const line = this.#line;
    blanks(line);
    if (line.take(/^-[ \t]*/) === undefined) return this.#value(depth);
    if (line.rest.startsWith('-')) line.fail("one '-' before a value");
    const value = this.#value(depth);
    return { ...value, number: negate(value.number) };
  }

  #value(depth: number): Amount {
    const line = this.#line;
    if (line.rest.startsWith('(')) return this.bracketed(depth + 1);
    const { amount } = this.#options;
    if (amount !== undefined && line.take(/^(?:amount|a)(?![\w.])/) !== undefined) return amount;
    return readAmount(line, this.#options);
  }
}
