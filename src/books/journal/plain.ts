/**
 * The amounts that nearly all journals are full of: `-12.50 EUR` to the end of the line. Whatever else an amount may be
 * is left to those who know all of it; where this answers, they would answer the same.
 */
import type { Decimal } from '../decimal.ts';
import { Code, isDigit, type Line } from './line.ts';

/** Digits of a mantissa that a double holds exactly. */
const DIGITS_MAX = 15;
const POINT = 0x2e;
const BLANK = 0x20;
const isCapital = (code: number): boolean => code >= 0x41 && code <= 0x5a;

/** Takes nothing: whoever uses it moves to the end of the line. */
export function takePlain({ text, at: start }: Line): { number: Decimal; commodity: string } | undefined {
  const negative = text.charCodeAt(start) === Code.minus;
  let at = negative ? start + 1 : start;
  let mantissa = 0;
  let point = -1;
  const first = at;
  for (let code = text.charCodeAt(at); isDigit(code) || code === POINT; code = text.charCodeAt(at)) {
    if (code === POINT) {
      if (point >= 0 || at === first) return undefined;
      point = at;
    } else mantissa = mantissa * 10 + code - 0x30;
    at += 1;
  }
  const end = at;
  // A point needs digits behind it here; dialects differ about one that has none.
  if (end === first || end - first > DIGITS_MAX || point === end - 1) return undefined;
  if (text.charCodeAt(at) !== BLANK) return undefined;
  at += 1;
  const name = at;
  while (isCapital(text.charCodeAt(at))) at += 1;
  if (at === name || at !== text.length) return undefined;
  const exponent = point < 0 ? 0 : point + 1 - end;
  return { number: { mantissa: BigInt(negative ? -mantissa : mantissa), exponent }, commodity: text.slice(name) };
}
