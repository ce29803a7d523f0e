/** A date and time as RFC 3339 writes it, exactly: nothing is rounded, and nothing rolls over to another day. */

const DATE_TIME =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:[.](\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;
const DAYS: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const PER_SECOND = 1_000_000_000n;

/**
 * Nanoseconds since 1970 in UTC, negative before. Undefined: the text is no date and time with a zone, or the calendar
 * or the clock does not have it. A leap second is none that a ledger's clock has.
 */
export function momentOf(text: string): bigint | undefined {
  const [, year, month, day, hour, minute, second, fraction = '', sign, hours = '0', minutes = '0'] =
    DATE_TIME.exec(text) ?? [];
  const days = daysSince1970(Number(year), Number(month), Number(day));
  if (days === undefined) return undefined;
  const east = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  const minutesAll = days * 1440 + Number(hour) * 60 + Number(minute) - east;
  return BigInt(minutesAll * 60 + Number(second)) * PER_SECOND + BigInt(fraction.padEnd(9, '0'));
}

/**
 * The date and time in UTC of nanoseconds since 1970, with all nine digits: `2026-01-31T12:00:00.123456789Z`, which
 * {@link momentOf} reads back. For any u64.
 */
export function isoText(nanoseconds: bigint): string {
  return isoOfDigits(String(nanoseconds));
}

/** The second that was asked for last, and its date and time: neighbours in a reply have it in common. */
let lastSecond = '';
let lastText = '';

/** {@link isoText} of the decimal text, whose last nine digits are the fraction. */
export function isoOfDigits(nanoseconds: string): string {
  const digits = nanoseconds.padStart(10, '0');
  const asked = digits.slice(0, -9);
  if (asked !== lastSecond) {
    lastText = dateText(Number(asked));
    lastSecond = asked;
  }
  return `${lastText}.${digits.slice(-9)}Z`;
}

const SECONDS_A_DAY = 86_400;
const DAYS_A_YEAR = 365;
/** Years begin on 1 March here, so that 29 February is their last day: days from 1 March of year 0 to 1970. */
const DAYS_BEFORE_1970 = 719_468;
const DAYS_IN_4_YEARS = 1460;
const DAYS_IN_100_YEARS = 36_524;
const DAYS_IN_400_YEARS = 146_097;
/** Days of the five months from March to July, and again from August to December. */
const DAYS_IN_5_MONTHS = 153;

/** Date and time of whole seconds since 1970, from then on. */
function dateText(seconds: number): string {
  const days = Math.floor(seconds / SECONDS_A_DAY);
  const left = seconds - days * SECONDS_A_DAY;
  const since = days + DAYS_BEFORE_1970;
  const era = Math.floor(since / DAYS_IN_400_YEARS);
  const day = since - era * DAYS_IN_400_YEARS;
  const last = Math.floor(day / (DAYS_IN_400_YEARS - 1));
  const leaps = Math.floor(day / DAYS_IN_4_YEARS) - Math.floor(day / DAYS_IN_100_YEARS) + last;
  const year = Math.floor((day - leaps) / DAYS_A_YEAR);
  const ofYear = day - (DAYS_A_YEAR * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * ofYear + 2) / DAYS_IN_5_MONTHS);
  const ofMonth = ofYear - Math.floor((DAYS_IN_5_MONTHS * month + 2) / 5) + 1;
  const [shown, more] = month < 10 ? [month + 3, 0] : [month - 9, 1];
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${String(year + era * 400 + more).padStart(4, '0')}-${two(shown)}-${two(ofMonth)}`;
  return `${date}T${two(Math.floor(left / 3600))}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
}

/** In the calendar of today, as far back as it is asked for. */
function daysSince1970(year: number, month: number, day: number): number | undefined {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const longest = (DAYS[month - 1] ?? 0) + (leap && month === 2 ? 1 : 0);
  // NaN is not among them either: the text was no date.
  if (!(day >= 1 && day <= longest)) return undefined;
  const before = year - 1;
  const leaps = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const months = DAYS.slice(0, month - 1).reduce((sum, days) => sum + days, leap && month > 2 ? 1 : 0);
  /** Days before 1970 of year 1 and on: 1969 years, with their leap days. */
  return before * 365 + leaps + months + (day - 1) - 719_162;
}
