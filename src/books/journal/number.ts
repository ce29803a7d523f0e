/**
 * Numbers as hledger reads them: groups of digits with one separator between them (a mark or a kind of blank), and
 * perhaps the other mark before the decimals. A lone mark is ambiguous (is 1,000 a thousand or one?): what the journal
 * declares decides, else it splits decimals.
 */
import { type Decimal, decimal } from '../decimal.ts';

export type Mark = '.' | ',';

/** Digits of one number; more are refused, for arithmetic on them takes as long as their square. */
export const DIGITS_MAX = 255;

const BLANK = ' \u00a0\u2002\u2003\u2008\u2009\u202f\u205f';
/** A number at the start of a text, without sign. */
const NUMBER = new RegExp(`^(?:\\d+([.,${BLANK}])\\d+(?:\\1\\d+)*(?:(?!\\1)[.,]\\d*)?|\\d+[.,]?|[.,]\\d+)`);
const POWER = /^[eE]([+-]?\d{1,3})(?!\d)/;

export interface NumberRead {
  readonly value: Decimal;
  /** What was taken of the text. */
  readonly length: number;
  /** The number was ambiguous, and a point was read where another program would see a thousand. */
  readonly lone: boolean;
}

/** A text: what was expected instead. Undefined: there is no number here. */
export function readNumber(
  text: string,
  declared: (after: string) => Mark | undefined,
): NumberRead | string | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const body = match[0];
  if (body.length > DIGITS_MAX) return `a number of at most ${DIGITS_MAX} digits`;
  const after = text.slice(body.length);
  if (/^[.,]/.test(after) || /^ \d/.test(after)) return 'a number with one decimal mark';
  const power = POWER.exec(after);
  if (Math.abs(Number(power?.[1] ?? 0)) > DIGITS_MAX) return `a number of at most ${DIGITS_MAX} digits`;
  const separator = match[1];
  if (power !== null && separator !== undefined && hasGroups(body, separator))
    return 'a number without groups before its exponent';
  const split = splitAt(body, separator, declared(after.slice(power?.[0].length ?? 0)));
  if (split === undefined) return 'a number with one decimal mark';
  const whole = body.slice(0, split.at).replace(/\D/g, '');
  const value = decimal(split.at < body.length ? `${whole}.${body.slice(split.at + 1)}` : whole);
  if (value === undefined) return undefined;
  const shifted = shift(value, Number(power?.[1] ?? 0));
  return { value: shifted, length: body.length + (power?.[0].length ?? 0), lone: split.lone };
}

const hasGroups = (body: string, separator: string): boolean => !/[.,]/.test(separator) || /[.,].*[.,]/.test(body);

/** Where the decimals begin; the end of `body` when it has none. */
function splitAt(
  body: string,
  separator: string | undefined,
  declared: Mark | undefined,
): { readonly at: number; readonly lone: boolean } | undefined {
  const marks = body.replace(/[^.,]/g, '');
  const last = body.search(/[.,]\d*$/);
  if (marks === '') return { at: body.length, lone: false };
  const mark = body[last] as Mark;
  if (separator === undefined) return { at: last, lone: false };
  if (mark !== separator) return declared !== undefined && declared !== mark ? undefined : { at: last, lone: false };
  if (marks.length > 1) return declared === mark ? undefined : { at: body.length, lone: false };
  if (declared !== undefined) return { at: declared === mark ? last : body.length, lone: false };
  return { at: last, lone: mark === ',' && /^\d{1,3},\d{3}$/.test(body) };
}

/** 1E3 is 1000, 1E-6 is 0.000001; an exponent never stays above zero. */
function shift({ mantissa, exponent }: Decimal, power: number): Decimal {
  const shifted = exponent + power;
  return shifted <= 0 ? { mantissa, exponent: shifted } : { mantissa: mantissa * 10n ** BigInt(shifted), exponent: 0 };
}
