/** Dates as Ledger takes them, and those that `--input-date-format` describes. */
import { dateOf, dayOf, plainDate } from '../book.ts';

const PARTS: Readonly<Record<string, string>> = {
  Y: '(?<year>\\d{4})',
  y: '(?<short>\\d\\d)',
  m: '(?<month>\\d{1,2})',
  d: '(?<day>\\d{1,2})',
  '%': '%',
};

export class DateReader {
  year: number | undefined;
  /** The calendar's, as 20241231: a date without a year is of the twelve months that end with this one. */
  readonly #today: number | undefined;
  /** A date was read whose year nobody wrote. */
  guessed = false;
  #format: RegExp | undefined;

  constructor(today: number | undefined) {
    this.#today = today;
  }

  #yearOf(month: number): number | undefined {
    if (this.year !== undefined || this.#today === undefined) return this.year;
    this.guessed = true;
    const [year, thisMonth] = [Math.floor(this.#today / 10000), Math.floor(this.#today / 100) % 100];
    return month > thisMonth ? year - 1 : year;
  }

  /** False: the format has parts that are not read. */
  format(text: string): boolean {
    const source = text.replace(/%(.)|([^%])/g, (_, part: string | undefined, other: string) =>
      part === undefined ? other.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : (PARTS[part] ?? '\0'),
    );
    if (source.includes('\0') || /\(\?<(\w+)>.*\(\?<\1>/.test(source)) return false;
    this.#format = new RegExp(`^${source}$`);
    return true;
  }

  /** Undefined: no day of the calendar, or no year is known. */
  read(text: string): number | undefined {
    const plain = this.#format === undefined && text.length === 10 ? plainDate(text, 0) : undefined;
    if (plain !== undefined) return dayOf(plain);
    const own: { year?: string; short?: string; month?: string; day?: string } | undefined =
      this.#format?.exec(text)?.groups;
    if (own !== undefined) {
      const year = own.year ?? (own.short === undefined ? this.#yearOf(Number(own.month)) : `20${own.short}`);
      return year === undefined ? undefined : dateOf(Number(year), Number(own.month), Number(own.day ?? 1));
    }
    const month = /^(\d{4})[-/.](\d{1,2})$/.exec(text);
    if (month !== null) return dateOf(Number(month[1]), Number(month[2]), 1);
    const match = /^(?:(\d{4})([-/.]))?(\d{1,2})([-/.])(\d{1,2})$/.exec(text);
    if (match === null) return undefined;
    const year = match[1] === undefined ? this.#yearOf(Number(match[3])) : Number(match[1]);
    return year === undefined ? undefined : dateOf(year, Number(match[3]), Number(match[5]));
  }
}
