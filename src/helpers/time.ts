/**
 * Time as a ledger has it and as people and programs do. Timestamps are nanoseconds since 1970 in UTC, BigInts;
 * `timeout` is in seconds, a number; `advance` takes nanoseconds.
 */
import { isoText, momentOf } from '../base/index.ts';
import { checkOptions, invalid, named } from '../model/index.ts';

const NANOSECONDS_MAX = 2n ** 63n - 1n;
const PER_MILLISECOND = 1_000_000n;
const PER_SECOND = 1_000_000_000n;
const SECONDS_MAX = 2 ** 32 - 1;

/**
 * The nanoseconds of a Date, or of the text of a date and time with a zone (RFC 3339), exactly.
 *
 *   nanosecondsOf('2026-01-31T12:00:00.123456789Z')    // 1769860800123456789n
 *   nanosecondsOf('2026-01-31T13:00:00+01:00')
 *   nanosecondsOf(new Date())
 *
 * Throws `invalid_argument` for another text, for a day or an hour that does not exist (31 April, which `Date.parse`
 * takes for 1 May), for a Date that is invalid, and outside of 1970 to 2262.
 */
export function nanosecondsOf(time: Date | string): bigint {
  const nanoseconds = typeof time === 'string' ? momentOf(time) : ofDate(time);
  if (nanoseconds === undefined) {
    const text = typeof time === 'string' ? `"${named(time)}"` : 'what was given';
    throw invalid(`${text} is no Date and no date and time such as 2026-01-31T12:00:00Z`);
  }
  checkTimestamp(nanoseconds);
  return nanoseconds;
}

/**
 * The date and time in UTC, with all nine digits: `2026-01-31T12:00:00.123456789Z`. `nanosecondsOf` reads it back.
 * Throws `invalid_argument` for a number that is not a BigInt from 0 to 2^63 - 1.
 */
export function isoOf(nanoseconds: bigint): string {
  checkTimestamp(nanoseconds);
  return isoText(nanoseconds);
}

/**
 * The Date, which has milliseconds: what is finer is cut off, so that it is never later than the timestamp. Two events
 * may have the same Date; their timestamps differ. Throws as {@link isoOf}.
 */
export function dateOf(nanoseconds: bigint): Date {
  checkTimestamp(nanoseconds);
  return new Date(Number(nanoseconds / PER_MILLISECOND));
}

/** How long: whole numbers, added up. */
export interface Duration {
  /** Each has 24 hours. */
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

const NANOSECONDS: { readonly [unit in keyof Duration]-?: bigint } = {
  days: 86_400n * PER_SECOND,
  hours: 3_600n * PER_SECOND,
  minutes: 60n * PER_SECOND,
  seconds: PER_SECOND,
  milliseconds: PER_MILLISECOND,
};
const UNITS = Object.keys(NANOSECONDS) as (keyof Duration)[];

/**
 * Nanoseconds, for `advance` and for sums with timestamps.
 *
 *   await ledger.advance(nanosecondsIn({ days: 14, seconds: 1 }));
 *
 * Throws `invalid_argument` for a unit that there is not, for none at all, and for one that is no whole number from 0
 * up.
 */
export function nanosecondsIn(duration: Duration): bigint {
  checkOptions(duration, UNITS, 'a duration');
  const given = UNITS.filter((unit) => duration[unit] !== undefined);
  if (given.length === 0) throw invalid(`a duration has at least one of ${UNITS.join(', ')}`);
  return given.reduce((sum, unit) => {
    const count = duration[unit];
    if (!Number.isSafeInteger(count) || count! < 0) throw invalid(`${unit} must be a whole number from 0 up`);
    return sum + BigInt(count!) * NANOSECONDS[unit];
  }, 0n);
}

/**
 * Seconds, for the `timeout` of a pending transfer.
 *
 *   { ...hold, flags: TransferFlags.pending, timeout: timeoutOf({ days: 7 }) }
 *
 * Throws `invalid_argument` as {@link nanosecondsIn}, for parts of a second, for more than 2^32 - 1 seconds (136
 * years), and for none: a timeout of zero means that the transfer never expires, which is said by leaving it out.
 */
export function timeoutOf(duration: Duration): number {
  const nanoseconds = nanosecondsIn(duration);
  const seconds = Number(nanoseconds / PER_SECOND);
  if (nanoseconds % PER_SECOND !== 0n) throw invalid('a timeout is a whole number of seconds');
  if (seconds < 1 || seconds > SECONDS_MAX) throw invalid(`a timeout has 1 to ${SECONDS_MAX} seconds`);
  return seconds;
}

function ofDate(date: Date): bigint | undefined {
  // Not `instanceof`: test runners make Dates of a realm of their own.
  const isDate = Object.prototype.toString.call(date) === '[object Date]';
  const milliseconds = isDate ? date.getTime() : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : BigInt(milliseconds) * PER_MILLISECOND;
}

function checkTimestamp(nanoseconds: bigint): void {
  if (typeof nanoseconds !== 'bigint' || nanoseconds < 0n || nanoseconds > NANOSECONDS_MAX) {
    throw invalid('a timestamp is a BigInt of nanoseconds, from 1970 (0) to 2262 (2^63 - 1)');
  }
}
