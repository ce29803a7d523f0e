/** The options of a Beancount book that move numbers. All others are about display and are passed over. */
import type { Problems, Source } from '../book.ts';
import { type Decimal, decimal } from '../decimal.ts';
import type { Parsed } from './syntax.ts';

export const BOOKINGS = ['STRICT', 'STRICT_WITH_SIZE', 'NONE', 'AVERAGE', 'FIFO', 'LIFO', 'HIFO'] as const;
export type Booking = (typeof BOOKINGS)[number];
export const isBooking = (name: string): name is Booking => (BOOKINGS as readonly string[]).includes(name);

export interface Options {
  /** What half of the last digit is multiplied by; 0.5 unless the book says otherwise. */
  multiplier: Decimal;
  /** By currency; `*` is for all others. */
  readonly toleranceDefaults: Map<string, Decimal>;
  toleranceFromCost: boolean;
  preciseInterpolation: boolean;
  booking: Booking;
  /** `plugin_processing_mode` "raw" runs no plugin, and pads are one. */
  pads: boolean;
}

export function readOptions(parsed: Parsed, source: Source, problems: Problems): Options {
  const options: Options = {
    multiplier: { mantissa: 5n, exponent: -1 },
    toleranceDefaults: new Map(),
    toleranceFromCost: false,
    preciseInterpolation: false,
    booking: 'STRICT',
    pads: true,
  };
  const refuse = (name: string, value: string, expected: string): void =>
    problems.tell(
      'error',
      { path: source.path, line: 1, column: 1 },
      `option "${name}" "${value}": expected ${expected}`,
    );
  for (const { name, value } of parsed.options) {
    switch (name) {
      case 'tolerance_multiplier':
      case 'inferred_tolerance_multiplier': {
        const number = decimal(value);
        if (number === undefined) refuse(name, value, 'a number');
        else options.multiplier = number;
        break;
      }
      case 'inferred_tolerance_default':
      case 'default_tolerance': {
        const [code, text] = value.split(':');
        const number = text === undefined ? undefined : decimal(text.trim());
        if (number === undefined) refuse(name, value, 'CURRENCY:NUMBER');
        else options.toleranceDefaults.set(code!.trim(), number);
        break;
      }
      case 'infer_tolerance_from_cost':
        options.toleranceFromCost = isTrue(value);
        break;
      case 'use_precise_interpolation':
        options.preciseInterpolation = isTrue(value);
        break;
      case 'booking_method':
        if (isBooking(value.toUpperCase())) options.booking = value.toUpperCase() as Booking;
        else refuse(name, value, BOOKINGS.join(', '));
        break;
      case 'plugin_processing_mode':
        if (value === 'raw' || value === 'default') options.pads = value === 'default';
        else refuse(name, value, 'default or raw');
        break;
      default:
    }
  }
  return options;
}

const isTrue = (value: string): boolean => ['true', 'on', '1'].includes(value.toLowerCase());
