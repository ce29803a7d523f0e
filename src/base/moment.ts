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

/**
 * Both texts of a time that lies in memory: its decimal digits and its date. Of times within one second they are made
 * without a bigint, which would cost more than all the rest.
 */
export class TimeTexts {
  digits = '0';
  iso = '';
  /** The second that was asked for last: its beginning in nanoseconds, as two halves, and its texts. */
  #low = 0;
  #high = 0;
  #seconds = '';
  #date = '';

  /** Nanoseconds since 1970, as two unsigned halves. */
  read(low: number, high: number): void {
    const since = (high - this.#high) * 2 ** 32 + (low - this.#low);
    if (this.#seconds === '' || since < 0 || since >= NANOSECONDS) {
      this.#begin((BigInt(high) << 32n) | BigInt(low));
      return;
    }
    this.#show(since);
  }

  #begin(nanoseconds: bigint): void {
    const seconds = nanoseconds / PER_SECOND;
    const start = seconds * PER_SECOND;
    this.#date = dateText(Number(seconds));
    this.#low = Number(start & 0xffff_ffffn);
    this.#high = Number(start >> 32n);
    this.#seconds = seconds === 0n ? '' : String(seconds);
    this.#show(Number(nanoseconds - start));
    if (seconds === 0n) this.digits = String(nanoseconds);
  }

  #show(since: number): void {
    const millis = Math.floor(since / 1_000_000);
    const micros = Math.floor(since / 1000) - millis * 1000;
    const nanos = since - millis * 1_000_000 - micros * 1000;
    const fraction = THREE[millis]! + THREE[micros]! + THREE[nanos]!;
    this.digits = this.#seconds + fraction;
    this.iso = `${this.#date}.${fraction}Z`;
  }
}

const NANOSECONDS = 1_000_000_000;
/** Numbers as three digits. */
const THREE: readonly string[] = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'));
const TWO: readonly string[] = THREE.slice(0, 100).map((digits) => digits.slice(1));

const SECONDS_A_DAY = 86_400;
const DAYS_A_YEAR = 365;
/** Years begin on 1 March here, so that 29 February is their last day: days from 1 March of year 0 to 1970. */
const DAYS_BEFORE_1970 = 719_468;
const DAYS_IN_4_YEARS = 1460;
const DAYS_IN_100_YEARS = 36_524;
const DAYS_IN_400_YEARS = 146_097;
/** Days of the five months from March to July, and again from August to December. */
const DAYS_IN_5_MONTHS = 153;

/** The day that was asked for last, and its date. */
let lastDay = -1;
let lastDate = '';

/** Date and time of whole seconds since 1970, from then on. */
function dateText(seconds: number): string {
  const days = Math.floor(seconds / SECONDS_A_DAY);
  const left = seconds - days * SECONDS_A_DAY;
  if (days !== lastDay) {
    lastDate = dayText(days);
    lastDay = days;
  }
  const minutes = Math.floor(left / 60);
  const hours = Math.floor(minutes / 60);
  return `${lastDate}T${TWO[hours]}:${TWO[minutes - hours * 60]}:${TWO[left - minutes * 60]}`;
}

function dayText(days: number): string {
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
  return `${String(year + era * 400 + more).padStart(4, '0')}-${TWO[shown]}-${TWO[ofMonth]}`;
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
