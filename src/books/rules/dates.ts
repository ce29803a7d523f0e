/**
 * `date-format`, and dates that are written so: matched by an automaton (RE2), for a stranger may have written both.
 */
import { dateOf } from '../book.ts';
import { re2 } from '../re2.ts';

/** The day that it is at a moment, in milliseconds since 1970, where the reader lives: yyyymmdd. */
export type LocalDay = (milliseconds: number) => number;

/** Reads a cell; undefined: it is no such date. */
export type DateReader = (text: string) => number | undefined;

const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const DAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const short = (names: readonly string[]): string => names.map((name) => name.slice(0, 3)).join('|');
const ZONE = '[+-]\\d\\d:?\\d\\d';
const DATE_MAX = 200;
const FORMAT_MAX = 100;

/** What stands for each letter, by how its number is padded: with zeros, with blanks, or not at all. */
const TWO = { '0': '\\d\\d', _: '\\s*\\d+', '-': '\\d+' } as const;
const PARTS: Readonly<Record<string, string>> = {
  b: short(MONTHS),
  h: short(MONTHS),
  B: MONTHS.join('|'),
  a: short(DAYS),
  A: DAYS.join('|'),
  p: 'am|pm',
  P: 'am|pm',
  Q: '(?:\\.\\d+)?',
  Z: `[a-z]+|${ZONE}`,
  z: ZONE,
};
const WRITTEN_OUT: Readonly<Record<string, string>> = {
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  R: '%H:%M',
  T: '%H:%M:%S',
  r: '%I:%M:%S %p',
};
/** Hours from Greenwich. */
const ZONES: Readonly<Record<string, number>> = {
  ...{ UTC: 0, UT: 0, GMT: 0, Z: 0, EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7 },
};

export interface DateFormat {
  /** The parts of a date that is written so; undefined: the text is not. */
  readonly match: (text: string) => readonly string[] | undefined;
  /** The letter of each group. */
  readonly letters: readonly string[];
}

/** A text: what is not followed of the format. */
export function dateFormat(format: string): DateFormat | string {
  if (format.length > FORMAT_MAX) return format.slice(0, FORMAT_MAX);
  const letters: string[] = [];
  const expanded = format.replace(/%([DFRTr])/g, (_, letter: string) => WRITTEN_OUT[letter]!);
  let body = '';
  for (const [whole, pad, letter, other] of expanded.matchAll(/%([-_0]?)E?([A-Za-z%])|([\s\S])/gu)) {
    if (other !== undefined || letter === '%') {
      body += (other ?? '%').replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
      continue;
    }
    const part = partOf(letter!, pad as '' | keyof typeof TWO);
    if (part === undefined) return whole!;
    letters.push(letter!);
    body += `(${part})`;
  }
  const engine = re2();
  const pattern = engine.compile(`^\\s*${body}\\s*$`, engine.CASE_INSENSITIVE);
  const match = (text: string): string[] | undefined => {
    const matcher = pattern.matcher(text);
    return matcher.find() ? letters.map((_, index) => matcher.group(index + 1) ?? '') : undefined;
  };
  return { match, letters };
}

function partOf(letter: string, pad: '' | keyof typeof TWO): string | undefined {
  if (letter === 'Y') return '\\d+';
  if (letter === 'j') return '\\d{3}';
  if (/[ymdHIMS]/.test(letter)) return TWO[pad || '0'];
  if (/[ekl]/.test(letter)) return TWO[pad || '_'];
  return PARTS[letter];
}

const DEFAULTS = ['%Y/%-m/%-d', '%Y-%-m-%-d', '%Y.%-m.%-d'];

/** The minutes from Greenwich that a zone says; undefined: it is no zone that hledger knows. */
export function zoneOf(text: string): number | undefined {
  const offset = /^([+-])(\d\d):?(\d\d)$/.exec(text);
  if (offset !== null) return (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3]));
  const hours = ZONES[text.toUpperCase()];
  return hours === undefined ? undefined : hours * 60;
}

/** With a zone, in the cell or for all of them, a date is that of the same moment where the reader lives. */
export function dateReader(format: DateFormat | undefined, zone: number | undefined, local: LocalDay): DateReader {
  const formats = format === undefined ? DEFAULTS.map((text) => dateFormat(text) as DateFormat) : [format];
  return (text) => {
    if (text.length > DATE_MAX) return undefined;
    for (const { match, letters } of formats) {
      const parts = match(text);
      const moment = parts === undefined ? undefined : momentOf(letters, parts, zone);
      if (moment === undefined) continue;
      if (moment.zone === undefined) return moment.date;
      const [year, month, day] = [
        Math.floor(moment.date / 10000),
        Math.floor(moment.date / 100) % 100,
        moment.date % 100,
      ];
      return local(Date.UTC(year, month - 1, day) + (moment.minutes - moment.zone) * 60_000);
    }
    return undefined;
  };
}

interface Moment {
  readonly date: number;
  /** Since midnight. */
  readonly minutes: number;
  readonly zone: number | undefined;
}

/** What a format leaves out is as on the first day of 1970. */
function momentOf(letters: readonly string[], cells: readonly string[], given: number | undefined): Moment | undefined {
  const of = (wanted: string): string | undefined => {
    const index = letters.findLastIndex((letter) => wanted.includes(letter));
    return index < 0 ? undefined : cells[index]!.trim().toLowerCase();
  };
  const number = (wanted: string, otherwise: number): number => Number(of(wanted) ?? otherwise);
  const short = number('y', 70);
  if (short > 99) return undefined;
  const year = of('Y') === undefined ? short + (short < 69 ? 2000 : 1900) : number('Y', 1970);
  const named = of('bhB');
  const month = named === undefined ? number('m', 1) : MONTHS.findIndex((name) => name.startsWith(named)) + 1;
  const date = of('j') === undefined ? dateOf(year, month, number('de', 1)) : dayOfYear(year, number('j', 1));
  const half = of('pP');
  const hour = of('Il') === undefined ? number('Hk', 0) : (number('Il', 12) % 12) + (half === 'pm' ? 12 : 0);
  const fits =
    hour < 24 && number('M', 0) < 60 && number('S', 0) <= 60 && number('Il', 12) <= 12 && number('Il', 1) > 0;
  if (date === undefined || !fits) return undefined;
  const written = of('Zz');
  const zone = written === undefined ? given : zoneOf(written);
  if (written !== undefined && zone === undefined) return undefined;
  return { date, minutes: hour * 60 + number('M', 0), zone };
}

function dayOfYear(year: number, day: number): number | undefined {
  for (let month = 1, rest = day; month <= 12; month++) {
    const date = dateOf(year, month, rest);
    if (date !== undefined) return date;
    rest -= [31, dateOf(year, 2, 29) === undefined ? 28 : 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
  }
  return undefined;
}
