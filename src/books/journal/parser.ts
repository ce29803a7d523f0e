/**
 * hledger's and Ledger's journals, line by line. Directives that have no effect on balances are passed over; those that would
 * have one elsewhere (periodic and automated transactions, timeclock) are told as notices.
 */
import { dateOf, type Format, type Place, type Problems, type Source } from '../book.ts';
import { AccountNames } from './accounts.ts';
import { markOf, readAmount, type Style } from './amount.ts';
import { Line, LineProblem } from './line.ts';
import { readPosting } from './posting.ts';
import type { JournalPosting, JournalTransaction } from './syntax.ts';

/** What directives set for the lines behind them. */
export interface Settings {
  readonly style: Style;
  readonly names: AccountNames;
  year: number | undefined;
}

type Include = (path: string, place: Place) => Promise<void>;

/** Directives without effect here, with the indented lines below them. */
const PASSED = new Set(
  [
    'P',
    'N',
    'C',
    'account',
    'payee',
    'tag',
    'assert',
    'check',
    'define',
    'def',
    'expr',
    'eval',
    'value',
    'capture',
    'bucket',
    'A',
  ].concat([
    'python',
    'import',
    'apply tag',
    'apply fixed',
    'end tag',
    'end fixed',
    'end apply tag',
    'end apply fixed',
    'end apply year',
  ]),
);

export function newSettings(format: Format, problems: Problems): Settings {
  const onLone = (line: Line, text: string): void =>
    problems.tell(
      'warning',
      line.place,
      `${text} is read as ${text.replace(',', '.')}; say 'decimal-mark .' if it is a thousand`,
    );
  const style: Style = {
    decimalMark: undefined,
    marks: new Map(),
    commodity: '',
    lone: format === 'hledger' ? 'first' : 'groups',
    onLone,
  };
  return { style, names: new AccountNames(), year: undefined };
}

/** Settings for an included file: hledger's declarations flow into it and end with it. */
export const copySettings = ({ style, names, year }: Settings): Settings => ({
  style: { ...style },
  names: names.copy(),
  year,
});

/** Appends the file's transactions to `transactions`, and lets `include` append those of other files where they are named. */
export async function parseJournal(
  source: Source,
  settings: Settings,
  problems: Problems,
  transactions: JournalTransaction[],
  include: Include,
): Promise<void> {
  problems.source(source);
  await new Parser(source, settings, problems, transactions, include).parse();
}

class Parser {
  readonly #transactions: JournalTransaction[];
  readonly #path: string;
  readonly #lines: readonly string[];
  readonly #settings: Settings;
  readonly #problems: Problems;
  readonly #include: Include;
  #at = 0;

  constructor(
    { path, text }: Source,
    settings: Settings,
    problems: Problems,
    transactions: JournalTransaction[],
    include: Include,
  ) {
    this.#transactions = transactions;
    this.#path = path;
    this.#lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
    this.#settings = settings;
    this.#problems = problems;
    this.#include = include;
  }

  async parse(): Promise<void> {
    while (this.#at < this.#lines.length) {
      const line = this.#next();
      try {
        // Blank lines, comments and headings.
        if (/^\s*([;#*%|]|$)/.test(line.text)) continue;
        if (/^\s/.test(line.text)) line.fail('a directive or a date at the start of the line');
        else if (/^\d/.test(line.text)) this.#transaction(line);
        else await this.#directive(line);
      } catch (error) {
        if (!(error instanceof LineProblem)) throw error;
        this.#problems.tell('error', error.place, error.message);
        this.#block();
      }
    }
  }

  #next(): Line {
    this.#at += 1;
    return new Line(this.#path, this.#at, this.#lines[this.#at - 1]!);
  }

  /** The indented lines from here on. */
  #block(): Line[] {
    const lines: Line[] = [];
    while (/^[ \t]+\S/.test(this.#lines[this.#at] ?? '')) lines.push(this.#next());
    return lines;
  }

  #transaction(line: Line): void {
    const place = line.place;
    const date = this.#date(line);
    if (line.take(/^=[\d/.-]+/) === undefined && !/^([ \t]|$)/.test(line.rest)) line.fail('a blank behind the date');
    line.blanks();
    line.take(/^[*!][ \t]*/);
    line.take(/^\([^)]*\)[ \t]*/);
    const description = line.rest.replace(/\s*;.*$/, '').trim();
    const bar = description.indexOf('|');
    const payee = bar < 0 ? '' : description.slice(0, bar).trim();
    const narration = bar < 0 ? description : description.slice(bar + 1).trim();
    const postings: JournalPosting[] = [];
    for (const below of this.#block()) {
      below.blanks();
      if (/^[;#]/.test(below.rest)) continue;
      try {
        postings.push(readPosting(below, this.#settings.names, this.#settings.style));
      } catch (error) {
        if (!(error instanceof LineProblem)) throw error;
        this.#problems.tell('error', error.place, error.message);
      }
    }
    this.#transactions.push({ date, payee, narration, postings, place });
  }

  #date(line: Line): number {
    const match = line.take(/^(?:(\d{4,})([-/.]))?(\d{1,2})([-/.])(\d{1,2})/);
    if (match === undefined) line.fail('a date');
    const year = match[1] === undefined ? this.#settings.year : Number(match[1]);
    if (year === undefined) line.fail('a date with its year, or a year directive before');
    const date = dateOf(year, Number(match[3]), Number(match[5]));
    if (date === undefined) {
      line.at -= match[0].length;
      line.fail('a day of the calendar');
    }
    return date;
  }

  async #directive(line: Line): Promise<void> {
    const place = line.place;
    const { style, names } = this.#settings;
    line.take(/^[!@](?=[a-z])/);
    if (line.take(/^[~=]/) !== undefined) {
      this.#problems.tell('notice', place, 'periodic and automated transactions are not run');
      this.#block();
      return;
    }
    const clocked = line.take(/^[iIoObh] \d/);
    if (clocked !== undefined) {
      this.#problems.tell('notice', place, 'timeclock entries are not read');
      return;
    }
    const year = line.take(/^(?:Y|year|apply year)[ \t]*(\d{4,})[ \t]*(?:;.*)?$/)?.[1];
    if (year !== undefined) {
      this.#settings.year = Number(year);
      return;
    }
    const word = line.take(/^(?:end +apply +[a-z]+|end +[a-z]+|apply +[a-z]+|[A-Za-z-]+)/)?.[0].replace(/ +/g, ' ');
    if (word === undefined) line.fail('a directive or a date at the start of the line');
    line.blanks();
    const argument = line.rest.replace(/(^|\s+);.*$/, '').trim();
    switch (word) {
      case 'include':
        await this.#include(
          argument.replace(/^(["'])(.*)\1$/, '$2').replace(/^(journal|hledger|ledger|timedot|csv):/, ''),
          place,
        );
        return;
      case 'comment':
      case 'test':
        this.#skipTo(new RegExp(`^end( ${word})?\\s*$`));
        return;
      case 'alias':
        if (!names.alias(argument)) line.fail('an alias, as old = new');
        return;
      case 'end aliases':
        names.endAliases();
        return;
      case 'apply account':
        if (argument === '') line.fail('an account');
        names.apply(argument);
        return;
      case 'end apply account':
      case 'end account':
      case 'end apply':
      case 'end':
        if (names.end() === undefined) line.fail("'apply account' before its end");
        return;
      case 'account':
        this.#account(argument);
        return;
      case 'commodity':
        this.#commodity(line, argument);
        return;
      case 'D':
        style.commodity = this.#example(line).commodity;
        this.#block();
        return;
      case 'decimal-mark':
        if (argument !== '.' && argument !== ',') line.fail("'.' or ','");
        style.decimalMark = argument;
        return;
      default:
        if (!PASSED.has(word)) {
          line.at = 0;
          line.fail('a directive or a date at the start of the line');
        }
        this.#block();
    }
  }

  /** Ledger's `alias` below an account gives it another name. */
  #account(account: string): void {
    for (const below of this.#block()) {
      below.blanks();
      const alias = below.take(/^alias[ \t]+(.+?)[ \t]*$/)?.[1];
      if (alias !== undefined) this.#settings.names.also(alias, account);
    }
  }

  /** Either `commodity $1,000.00`, or `commodity $` with `format $1,000.00` below it. */
  #commodity(line: Line, argument: string): void {
    if (/\d/.test(argument.replace(/"[^"]*"/, ''))) this.#example(line);
    const unquoted = argument.replace(/^"(.*)"$/, '$1');
    for (const below of this.#block()) {
      below.blanks();
      if (below.take(/^format[ \t]+/) !== undefined) this.#example(below);
      else if (below.take(/^default[ \t]*$/) !== undefined) this.#settings.style.commodity = unquoted;
    }
  }

  /** An amount that shows how its commodity is written. */
  #example(line: Line): { commodity: string } {
    const { style } = this.#settings;
    const mark = markOf(line.rest.replace(/"[^"]*"/, '').replace(/;.*$/, ''));
    const { commodity } = readAmount(line, { ...style, decimalMark: style.decimalMark ?? mark, onLone: () => {} });
    if (mark !== undefined) style.marks.set(commodity, mark);
    return { commodity };
  }

  #skipTo(end: RegExp): void {
    while (this.#at < this.#lines.length && !end.test(this.#lines[this.#at]!)) this.#at += 1;
    this.#at += 1;
  }
}
