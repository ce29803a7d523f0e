/** A book as its reader leaves it, the problems that were found on the way, and the days of the calendar. */
import { TallystickError } from '../model/index.ts';
import type { Decimal } from './decimal.ts';
import type { Place } from './records.ts';
import type { Transactions } from './transactions.ts';

export type { BookPosting, BookTransaction, Place } from './records.ts';

/**
 * Something to tell the reader. `error`: the book cannot be imported. `warning`: the book says something untrue, as a
 * failed balance assertion, and is imported as it stands. `notice`: something in the book has no effect here, as a
 * plugin.
 */
export interface Problem {
  readonly severity: 'error' | 'warning' | 'notice';
  readonly place: Place;
  readonly message: string;
  /** The line as it stands in the file. */
  readonly source: string;
  /** A balance assertion that does not hold, in a format whose own program stops there. */
  readonly assertion?: true;
  /** Something that the format's own program would run and we do not: the import stops unless it is told not to. */
  readonly partial?: true;
}

export interface Book {
  /** In the order of their dates. */
  readonly transactions: Transactions;
  readonly problems: readonly Problem[];
  /**
   * Larger units of commodities, by the name of their smallest, as `s` has minutes and hours; balances are shown in
   * them.
   */
  readonly units?: ReadonlyMap<string, readonly Unit[]>;
}

/** A larger unit: so many of the commodity are one of it. */
export interface Unit {
  readonly name: string;
  readonly factor: Decimal;
}

/** One file of a book. `path` is what messages show and what a relative include starts from. */
export interface Source {
  readonly path: string;
  readonly text: string;
  /** Bytes of the file, for those who watch how far it is read; its characters where nothing is said. */
  readonly size?: number | undefined;
  /** False: the file may be no book at all, and messages show nothing of what it says. */
  readonly quoted?: boolean | undefined;
}

/** `rules`: a table that hledger's rules describe; the rules are the book, and name the table. */
export type Format = 'beancount' | 'hledger' | 'ledger' | 'csv' | 'rules';

/** A book may take this long, and a millisecond more for so many characters. */
const TIME_MIN_MS = 10_000;
const CHARACTERS_PER_MS = 100;
const TICKS = 256;
const PROBLEMS_MAX = 10_000;
/** Characters between two words to those who watch. */
const READ_STEP = 65_536;
const UNQUOTED =
  'this line cannot be taken for one of a book; the file has no name of a book, so nothing of it is shown';

/** Bytes of a book: those that its readers have behind them, and those of all files that were opened so far. */
export type OnRead = (bytes: number, bytesTotal: number) => void;

/** Collects problems, knows the lines they quote, and how far the readers are. */
export class Problems {
  readonly list: Problem[] = [];
  readonly #onRead: OnRead | undefined;
  #size = 0;
  #characters = 0;
  #read = 0;
  #readTold = 0;
  readonly #sources: Map<string, Source> = new Map();
  #last: { readonly source: Source; readonly lines: readonly string[] } | undefined;
  #until: number | undefined;
  #ticks = 0;

  constructor(onRead?: OnRead) {
    this.#onRead = onRead;
  }

  /** Must be called before a problem in this file is told. */
  source(source: Source): void {
    this.#sources.set(source.path, source);
    this.#size += source.size ?? source.text.length;
    this.#characters += source.text.length;
    this.#until = (this.#until ?? performance.now() + TIME_MIN_MS) + source.text.length / CHARACTERS_PER_MS;
  }

  /** A reader has so many more characters behind it. */
  read(characters: number): void {
    this.#read += characters;
    if (this.#onRead === undefined || this.#read - this.#readTold < READ_STEP) return;
    this.#readTold = this.#read;
    const share = Math.min(1, this.#read / this.#characters);
    this.#onRead(Math.round(share * this.#size), this.#size);
  }

  tell(severity: Problem['severity'], place: Place, message: string): void {
    this.tick();
    const source = this.#sources.get(place.path);
    if (source?.quoted === false) {
      this.list.push({ severity, place, message: UNQUOTED, source: '' });
      return;
    }
    if (this.list.length >= PROBLEMS_MAX)
      throw new TallystickError(
        'book_invalid',
        `more than ${PROBLEMS_MAX} problems, the first of them: ${describe(this.list[0]!)}`,
      );
    this.list.push({ severity, place, message, source: source === undefined ? '' : this.#line(source, place.line) });
  }

  /**
   * Called where the work may grow faster than the book. @throws TallystickError `book_invalid` when it takes too long.
   */
  tick(): void {
    this.#ticks += 1;
    if (this.#ticks % TICKS !== 0 || this.#until === undefined || performance.now() < this.#until) return;
    throw new TallystickError('book_invalid', 'The book takes too long to read for its size.');
  }

  #line(source: Source, line: number): string {
    if (this.#last?.source !== source) this.#last = { source, lines: source.text.split(/\r?\n/) };
    return this.#last.lines[line - 1] ?? '';
  }

  /** An assertion that does not hold: a warning, at which the import stops unless it is told not to. */
  assertion(place: Place, message: string): void {
    this.tell('warning', place, message);
    this.list.push({ ...this.list.pop()!, assertion: true });
  }

  partial(place: Place, message: string): void {
    this.tell('warning', place, message);
    this.list.push({ ...this.list.pop()!, partial: true });
  }

  get errors(): readonly Problem[] {
    return this.list.filter((problem) => problem.severity === 'error');
  }
}

const SHOWN_MAX = 200;
const SHOWN_BEFORE = 150;

/** `path:line:column: message`, the line, and a caret under the column. */
export function describe(problem: Problem): string {
  const { path, line, column } = problem.place;
  const head = `${path}:${line}:${column}: ${problem.message}`;
  if (problem.source === '') return head;
  // A long line is shown around its place.
  const from = column > SHOWN_BEFORE ? column - SHOWN_BEFORE : 0;
  const shown = problem.source.slice(from, from + SHOWN_MAX);
  const caret = `${shown.slice(0, Math.max(0, column - 1 - from)).replace(/[^\t]/g, ' ')}^`;
  return `${head}\n    ${shown}\n    ${caret}`;
}

/** yyyymmdd of a day that exists, else undefined. */
export function dateOf(year: number, month: number, day: number): number | undefined {
  if (!(month >= 1 && month <= 12 && day >= 1 && year >= 1 && year <= 9999)) return undefined;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return day > days ? undefined : year * 10000 + month * 100 + day;
}

/**
 * The parts of a date, as 20241231, if `yyyy-mm-dd` begins here, with the one mark between them; undefined: it does
 * not.
 */
export function plainDate(text: string, at: number): number | undefined {
  let number = 0;
  for (let index = 0; index < 10; index++) {
    const code = text.charCodeAt(at + index);
    if (index === 4 || index === 7) {
      if (code < 0x2d || code > 0x2f || code !== text.charCodeAt(at + 4)) return undefined;
    } else if (code >= 0x30 && code <= 0x39) number = number * 10 + code - 0x30;
    else return undefined;
  }
  return number;
}

/** The day that {@link plainDate} has read, if it exists. */
export const dayOf = (date: number): number | undefined =>
  dateOf(Math.floor(date / 10000), Math.floor(date / 100) % 100, date % 100);
