/**
 * Numbers as journals write them: with either mark for decimals, and either, or spaces, between groups of digits.
 * A lone mark is ambiguous (is 1,000 a thousand or one?): what the journal declares decides, else the dialect.
 */
import { type Decimal, decimal } from '../decimal.ts';

export type Mark = '.' | ',';

/** How a lone mark is read when nothing was declared. `first`: it is the decimal mark, whichever it is (hledger). `groups`: a comma before three digits groups them (Ledger, CSV). */
export type Lone = 'first' | 'groups';

/** A number at the start of `text`, without sign. */
export const NUMBER: RegExp = /^(?:\d[\d.,]*(?:[ \u00a0\u202f]\d{3}(?!\d)[\d.,]*)*|[.,]\d+)(?:[eE][+-]?\d+)?/;

/** Undefined: the marks of `text` make no sense together. `lone`: the number was ambiguous. */
export function readNumber(
  text: string,
  declared: Mark | undefined,
  lone: Lone,
): { value: Decimal; lone: boolean } | undefined {
  const [, body, power] = /^(.*?)(?:[eE]([+-]?\d+))?$/.exec(text.replace(/[ \u00a0\u202f]/g, ''))!;
  const found = decimalMark(body!, declared, lone);
  if (found === undefined) return undefined;
  const { mark } = found;
  const whole = mark === undefined ? body! : body!.slice(0, body!.lastIndexOf(mark));
  const fraction = mark === undefined ? '' : body!.slice(body!.lastIndexOf(mark) + 1);
  const value = decimal(`${whole.replace(/[.,]/g, '')}${mark === undefined ? '' : `.${fraction}`}`);
  if (value === undefined) return undefined;
  return { value: shift(value, Number(power ?? 0)), lone: found.lone };
}

/** Which mark, if any, splits the fraction off. */
function decimalMark(
  body: string,
  declared: Mark | undefined,
  lone: Lone,
): { mark: Mark | undefined; lone: boolean } | undefined {
  const commas = body.split(',').length - 1;
  const points = body.split('.').length - 1;
  if (commas + points === 0) return { mark: undefined, lone: false };
  if (commas > 0 && points > 0) {
    const mark: Mark = body.lastIndexOf(',') > body.lastIndexOf('.') ? ',' : '.';
    if ((mark === ',' ? commas : points) > 1 || (declared !== undefined && declared !== mark)) return undefined;
    return { mark, lone: false };
  }
  const written: Mark = commas > 0 ? ',' : '.';
  if (commas + points > 1) return declared === written ? undefined : { mark: undefined, lone: false };
  if (declared !== undefined) return { mark: declared === written ? written : undefined, lone: false };
  const grouping = /^\d{1,3}[.,]\d{3}$/.test(body);
  if (lone === 'groups') return { mark: grouping && written === ',' ? undefined : written, lone: false };
  return { mark: written, lone: grouping && written === ',' };
}

/** 1E3 is 1000, 1E-6 is 0.000001; an exponent never stays above zero. */
function shift({ mantissa, exponent }: Decimal, power: number): Decimal {
  const shifted = exponent + power;
  return shifted <= 0 ? { mantissa, exponent: shifted } : { mantissa: mantissa * 10n ** BigInt(shifted), exponent: 0 };
}
