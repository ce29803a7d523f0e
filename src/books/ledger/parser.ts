/**
 * Ledger's journals, line by line, as Ledger 3.4 reads them: one pass, each transaction completed before the next line.
 * Directives that have no effect on balances are passed over; what Ledger would run and we do not is told as such.
 */
import type { Place, Source } from '../book.ts';
import { Code, isDigit, isPlainBlank, Line, LineProblem } from '../journal/line.ts';
import { Lines } from '../journal/lines.ts';
import type { Amount } from './amount.ts';
import { directive } from './directives.ts';
import { BalanceProblem } from './finalize.ts';
import { type PostingContext, readPosting } from './posting.ts';
import type { Applied, Include, Reading } from './reading.ts';
import type { Session } from './session.ts';
import type { LedgerPosting } from './syntax.ts';
import { badUuid, uuidOf } from './tags.ts';
import { Clock } from './timelog.ts';

/** Ledger takes no longer ones. */
const LINE_MAX = 4095;
/** What Ledger evaluates among postings. */
const SAID = /^[ \t]*(?:assert|check|expr)[ \t]/;
const NO_RATES: ReadonlyMap<string, Amount> = new Map();

export class Parser implements Reading {
  readonly session: Session;
  readonly include: Include;
  readonly source: Source;
  readonly applied: Applied[] = [];
  readonly clock: Clock;
  readonly #above: Reading | undefined;
  readonly #lines: Lines;

  constructor(source: Source, session: Session, include: Include, above: Reading | undefined) {
    this.session = session;
    this.include = include;
    this.source = source;
    this.#above = above;
    this.#lines = new Lines(source.text);
    this.clock = new Clock(session);
  }

  async parse(): Promise<void> {
    const { problems } = this.session;
    problems.source(this.source);
    while (!this.#lines.ended) {
      problems.tick();
      const start = this.#lines.number + 1;
      try {
        await this.#item();
      } catch (error) {
        if (!(error instanceof LineProblem || error instanceof BalanceProblem)) throw error;
        const whole = { path: this.source.path, line: start, column: 1 };
        const place = error instanceof LineProblem ? error.place : (error.posting?.place ?? whole);
        problems.tell('error', place, error.message);
        this.block();
      }
    }
    this.clock.close();
  }

  async #item(): Promise<void> {
    const line = this.#next();
    if (line.done) return;
    if (isDigit(line.code())) {
      this.#transaction(line);
      return;
    }
    // Blank lines, comments and headings.
    if (/^\s*$|^[;#*%|]/.test(line.text)) return;
    if (/^\s/.test(line.text)) line.fail('a directive or a date at the start of the line');
    await directive(this, line);
  }

  #next(): Line {
    const text = this.#lines.take().trimEnd();
    const line = new Line(this.source.path, this.#lines.number, text);
    this.session.problems.read(line.text.length + 1);
    if (line.text.length > LINE_MAX) line.fail(`a line of at most ${LINE_MAX} characters`);
    return line;
  }

  /** The next indented line; undefined: the block is at its end. */
  below(): Line | undefined {
    return this.#lines.indented ? this.#next() : undefined;
  }

  /** All indented lines from here on. */
  block(): Line[] {
    const lines: Line[] = [];
    for (let line = this.below(); line !== undefined; line = this.below()) lines.push(line);
    return lines;
  }

  skipTo(end: RegExp): void {
    while (!this.#lines.ended) if (end.test(this.#lines.take())) return;
  }

  /** Of `apply account`, in this file or in those that include it. */
  get parent(): string {
    const own = this.applied.findLast(({ account }) => account !== undefined)?.account;
    return own ?? this.#above?.parent ?? '';
  }

  get fixed(): ReadonlyMap<string, Amount> {
    if (this.applied.length === 0) return this.#above?.fixed ?? NO_RATES;
    const rates = new Map(this.#above?.fixed);
    for (const { rate } of this.applied) if (rate !== undefined) rates.set(rate.commodity, rate.price);
    return rates;
  }

  #transaction(line: Line): void {
    const { session } = this;
    const place = line.place;
    const [written, aux] = takeDates(line);
    const date = session.dates.read(written);
    if (date === undefined || (aux !== undefined && session.dates.read(aux) === undefined)) {
      line.at = 0;
      const known = session.dates.year !== undefined || !/^\d{1,2}[-/.]\d{1,2}$/.test(written);
      line.fail(known ? 'a day of the calendar' : 'a date with its year, or a year directive before');
    }
    this.#tellGuess(place);
    line.plainBlanks();
    line.mark();
    if (line.code() === Code.bracket) line.take(/^\([^)]*\)[ \t]*/);
    const noted = line.text.includes(';') ? /^(.*?)(?:[ ]{2,}|[ ]*\t[ \t]*);(.*)$/.exec(line.rest) : null;
    const notes = noted === null ? [] : [noted[2]!];
    const description = session.payeeOf((noted?.[1] ?? line.rest).trim());
    const postings: LedgerPosting[] = [];
    if (!this.#postings(postings, description, notes)) return;
    const bad = badUuid(notes);
    if (bad !== undefined) {
      session.problems.tell('error', place, bad);
      return;
    }
    const payee = this.#payee(description, notes);
    const bar = payee.indexOf('|');
    session.add({
      date,
      description: payee,
      payee: bar < 0 ? '' : payee.slice(0, bar).trim(),
      narration: bar < 0 ? payee : payee.slice(bar + 1).trim(),
      uuid: uuidOf(notes),
      place,
      postings,
      timelog: false,
    });
  }

  #tellGuess(place: Place): void {
    const { dates, problems } = this.session;
    if (!dates.guessed || this.session.guessTold) return;
    this.session.guessTold = true;
    const message =
      "dates without a year are of the twelve months up to this one, as no 'year' before them says otherwise";
    problems.tell('warning', place, message);
  }

  #payee(description: string, notes: readonly string[]): string {
    const uuid = uuidOf(notes);
    return uuid === undefined ? description : (this.session.payeesByUuid.get(uuid) ?? description);
  }

  /**
   * Reads the lines below; notes that stand before the first posting are the transaction's. False: not all could be
   * read.
   */
  #postings(postings: LedgerPosting[], description: string, notes: string[]): boolean {
    const shared = { parent: this.parent, fixed: this.fixed, before: postings };
    let context: PostingContext | undefined;
    let good = true;
    for (let line = this.below(); line !== undefined; line = this.below()) {
      line.plainBlanks();
      try {
        if (line.code() === Code.semicolon) {
          line.at += 1;
          if (context === undefined) notes.push(line.rest);
        } else if (SAID.test(line.text)) {
          this.session.problems.tell('notice', line.place, 'assert, check and expr are not evaluated');
        } else {
          context ??= { ...shared, payee: this.#payee(description, notes) };
          postings.push(readPosting(line, this.session, context));
        }
      } catch (error) {
        if (!(error instanceof LineProblem || error instanceof BalanceProblem)) throw error;
        const place = error instanceof LineProblem ? error.place : line.place;
        this.session.problems.tell('error', place, error.message);
        good = false;
      }
    }
    return good;
  }
}

/** `DATE` or `DATE=DATE`, to the first blank. */
function takeDates(line: Line): readonly [string, string | undefined] {
  const start = line.at;
  while (!line.done && !isPlainBlank(line.code()) && line.code() !== Code.equals) line.at += 1;
  const written = line.text.slice(start, line.at);
  return [written, line.code() === Code.equals ? line.take(/^=([^ \t]*)/)![1]!.split('=')[0] : undefined];
}
