/**
 * hledger's journals, line by line. Directives that have no effect on balances are passed over; periodic and automated
 * transactions, which hledger runs only when it is asked to, are told as notices.
 */
import { dateOf, dayOf, type Problems, plainDate, type Source } from '../book.ts';
import { dateIn, postingDate } from './comment.ts';
import { directive } from './directives.ts';
import { Code, isDigit, isPlainBlank, Line, LineProblem } from './line.ts';
import { Lines } from './lines.ts';
import { readPosting } from './posting.ts';
import type { Include, Reading, Settings } from './settings.ts';
import type { JournalPosting, Sink } from './syntax.ts';

/**
 * Appends the file's transactions to `transactions`, and lets `include` append those of other files where they are
 * named.
 */
export async function parseJournal(
  source: Source,
  settings: Settings,
  problems: Problems,
  transactions: Sink,
  include: Include,
): Promise<void> {
  problems.source(source);
  await new Parser(source, settings, problems, transactions, include).parse();
}

class Parser implements Reading {
  readonly settings: Settings;
  readonly problems: Problems;
  readonly include: Include;
  readonly #transactions: Sink;
  readonly #path: string;
  readonly #lines: Lines;

  constructor({ path, text }: Source, settings: Settings, problems: Problems, transactions: Sink, include: Include) {
    this.#transactions = transactions;
    this.#path = path;
    this.#lines = new Lines(text);
    this.settings = settings;
    this.problems = problems;
    this.include = include;
  }

  async parse(): Promise<void> {
    while (!this.#lines.ended) {
      this.problems.tick();
      const line = this.#next();
      try {
        // Blank lines, comments and headings.
        if (!isDigit(line.code()) && /^\s*([;#*]|$)/.test(line.text)) continue;
        if (isDigit(line.code())) this.#transaction(line);
        else if (/^\s/.test(line.text)) line.fail('a directive or a date at the start of the line');
        else await directive(this, line);
      } catch (error) {
        if (!(error instanceof LineProblem)) throw error;
        this.problems.tell('error', error.place, error.message);
        this.block();
      }
    }
  }

  #next(): Line {
    const text = this.#lines.take();
    this.problems.read(text.length + 1);
    return new Line(this.#path, this.#lines.number, text);
  }

  /** The indented lines from here on. */
  block(): Line[] {
    const lines: Line[] = [];
    while (this.#lines.indented) lines.push(this.#next());
    return lines;
  }

  skipTo(end: RegExp): string {
    while (!this.#lines.ended) {
      const text = this.#lines.take();
      if (end.test(text)) return text;
    }
    return '';
  }

  #transaction(line: Line): void {
    const place = line.place;
    const date = this.#date(line);
    const second = line.code() === Code.equals ? line.take(/^=([\d/.-]+)/)?.[1] : undefined;
    if (second !== undefined && dateIn(second, Math.floor(date / 10000), true) === undefined)
      line.fail("a date behind '='");
    if (second === undefined && !line.done && !isPlainBlank(line.code())) line.fail('a blank behind the date');
    line.blanks();
    line.mark();
    if (line.code() === Code.bracket) line.take(/^\([^)]*\)[ \t]*/);
    const note = line.text.indexOf(';', line.at);
    const description = line.text.slice(line.at, note < 0 ? undefined : note).trim();
    const bar = description.indexOf('|');
    const payee = bar < 0 ? '' : description.slice(0, bar).trim();
    const narration = bar < 0 ? description : description.slice(bar + 1).trim();
    const postings: JournalPosting[] = [];
    for (const below of this.block()) {
      below.blanks();
      try {
        this.#posting(below, Math.floor(date / 10000), postings);
      } catch (error) {
        if (!(error instanceof LineProblem)) throw error;
        this.problems.tell('error', error.place, error.message);
      }
    }
    this.#transactions.push({ date, payee, narration, postings, place });
  }

  /** A posting, or a comment, which may date the posting before it. */
  #posting(line: Line, year: number, postings: JournalPosting[]): void {
    const comment = line.code() === Code.semicolon;
    if (!comment) postings.push(readPosting(line, this.settings.names, this.settings.style));
    // A comment before the first posting is the transaction's, and dates nothing.
    if (line.done || postings.length === 0) return;
    const date = postingDate(line.rest.slice(1), year);
    if (typeof date === 'string') line.fail(date);
    const last = postings.pop();
    if (last !== undefined) postings.push({ ...last, date: last.date ?? date });
  }

  #date(line: Line): number {
    const plain = plainDate(line.text, line.at);
    const day = plain === undefined ? undefined : dayOf(plain);
    if (day !== undefined) {
      line.at += 10;
      return day;
    }
    const place = line.place;
    const match = line.take(/^(?:(\d{4,})([-/.]))?(\d{1,2})([-/.])(\d{1,2})/);
    if (match === undefined) line.fail('a date');
    const year = match[1] === undefined ? this.settings.year : Number(match[1]);
    if (year === undefined) line.fail('a date with its year, or a year directive before');
    if (match[1] === undefined && this.settings.yearAssumed) {
      this.settings.yearAssumed = false;
      this.problems.tell('warning', place, `dates without a year are of ${year}, as no 'Y' before them says otherwise`);
    }
    const mixed = match[2] !== undefined && match[2] !== match[4];
    const date = mixed ? undefined : dateOf(year, Number(match[3]), Number(match[5]));
    if (date === undefined) {
      line.at -= match[0].length;
      line.fail('a day of the calendar');
    }
    return date;
  }
}
