/**
 * Amounts as people write them, from whole numbers of a ledger's smallest unit and back. They are text and bigints all
 * the way: nothing passes through a JavaScript number.
 */

/** How a ledger's amounts are shown: its name, and the digits behind the point that its smallest unit has. */
export interface Unit {
  readonly name: string;
  readonly scale: number;
  /** Digits that are shown even when they are zeros. */
  readonly digits: number;
}

const formats = new Map<string, Intl.NumberFormat>();

function formatOf(locale: string, min: number, max: number): Intl.NumberFormat {
  const key = `${locale} ${min} ${max}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, { minimumFractionDigits: min, maximumFractionDigits: max });
    formats.set(key, format);
  }
  return format;
}

/** Decimal text of a whole number of the smallest unit, with a point: `-12.50`. */
export function decimalOf(value: bigint, { scale, digits }: Pick<Unit, 'scale' | 'digits'>): string {
  const negative = value < 0n;
  const text = String(negative ? -value : value).padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  const keep = Math.min(digits, scale);
  let fraction = scale === 0 ? '' : text.slice(-scale);
  while (fraction.length > keep && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The same as a person of the locale writes it, to the last digit. */
export function formatAmount(value: bigint, unit: Pick<Unit, 'scale' | 'digits'>, locale: string): string {
  const decimal = decimalOf(value, unit) as `${number}`;
  return formatOf(locale, Math.min(unit.digits, unit.scale), unit.scale).format(decimal);
}

export function formatWhole(value: bigint | number, locale: string): string {
  return formatOf(locale, 0, 0).format(value);
}

interface Marks {
  readonly decimal: string;
  readonly group: string;
}

function marksOf(locale: string): Marks {
  const parts = new Intl.NumberFormat(locale).formatToParts(12345678.9);
  const mark = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return { decimal: mark('decimal') || '.', group: mark('group') };
}

/**
 * Reads an amount as a person of the locale types it; undefined: it is none, or has more digits than the ledger's
 * smallest unit. Groups are only taken where groups may stand, so that `1.234` is never taken for what it is not.
 */
export function parseAmount(typed: string, { scale }: Pick<Unit, 'scale'>, locale: string): bigint | undefined {
  const { decimal, group } = marksOf(locale);
  const text = typed.trim().replace(/[\u00a0\u202f]/g, ' ');
  const parts = text.split(decimal);
  if (parts.length > 2) return undefined;
  const [whole = '', fraction = ''] = parts;
  const groups = group === '' ? [whole] : whole.split(group.replace(/[\u00a0\u202f]/g, ' '));
  const grouped = groups.length > 1;
  if (
    !groups.every((part, i) => /^\d+$/.test(part) && (!grouped || (i === 0 ? part.length <= 3 : part.length === 3)))
  ) {
    return undefined;
  }
  if (!/^\d*$/.test(fraction) || fraction.length > scale || (parts.length === 2 && fraction === '')) return undefined;
  const digits = groups.join('') + fraction.padEnd(scale, '0');
  return digits.length > 40 ? undefined : BigInt(digits);
}
