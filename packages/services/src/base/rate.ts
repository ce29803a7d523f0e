/** Exact decimals: rates and prices, which are no money. */
import { invalidField } from 'tallystick/internal/model';

/** `digits` / 10^`scale`. */
export interface Rate {
  readonly digits: bigint;
  readonly scale: number;
}

/** Text such as `0.025`, exactly. Throws `invalid_argument` with the field. */
export function rateOf(text: unknown, field: string): Rate {
  const [, whole, part = ''] = (typeof text === 'string' ? /^(\d{1,12})(?:\.(\d{1,12}))?$/.exec(text) : null) ?? [];
  if (whole === undefined) throw invalidField(field, 'must be a decimal such as 0.025, with up to 12 digits behind');
  return { digits: BigInt(whole + part), scale: part.length };
}

/** `value` times a rate, to the nearest whole; a half goes up. */
export function timesRounded(value: bigint, { digits, scale }: Rate): bigint {
  const of = 10n ** BigInt(scale);
  return (2n * value * digits + of) / (2n * of);
}
