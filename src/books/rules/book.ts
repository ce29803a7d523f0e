/**
 * A table of a bank, read by hledger's rules as hledger 1.52 reads it. What a rule asks for and we do not do (run a
 * command, look into a downloads folder) is refused by name.
 */
import type { Book, Place, Problems, Source } from '../book.ts';
import { balanceJournal } from '../journal/balance.ts';
import { LineProblem } from '../journal/line.ts';
import type { JournalTransaction } from '../journal/syntax.ts';
import { Transactions } from '../transactions.ts';
import { type DateFormat, dateFormat, dateReader, type LocalDay, zoneOf } from './dates.ts';
import { Evaluator } from './evaluate.ts';
import { type Include, parseRules } from './parser.ts';
import type { Directive, DirectiveName, Rules, TableRow } from './syntax.ts';
import { tableRows } from './table.ts';
import { POSTINGS_MAX, TransactionMaker } from './transaction.ts';

/** Reads the table itself, in the encoding that the rules name. */
export type ReadTable = (path: string, encoding: string | undefined) => Promise<readonly Source[]>;

export interface RulesOptions {
  /** The table, if it was named; else `source` names it, or the name of the rules without `.rules`. */
  readonly table?: string | undefined;
  /** Left out, dates with a zone are refused. */
  readonly localDay?: LocalDay | undefined;
}

export async function readRules(
  source: Source,
  include: Include,
  readTable: ReadTable,
  problems: Problems,
  options: RulesOptions,
): Promise<Book> {
  const rules = await parseRules(source, include, problems);
  const nothing = { transactions: new Transactions(), problems: problems.list };
  if (problems.errors.length > 0) return nothing;
  const reader = new Reader(rules, source, problems, options);
  const maker = reader.maker();
  const table = await reader.table(readTable);
  if (maker === undefined || table === undefined) return nothing;
  const transactions = reader.transactions(table, maker);
  maker.amounts.checkMarks(problems);
  if (problems.errors.length > 0) return nothing;
  return { transactions: balanceJournal(transactions, new Map(), problems), problems: problems.list };
}

class Reader {
  readonly #rules: Rules;
  readonly #source: Source;
  readonly #problems: Problems;
  readonly #options: RulesOptions;
  readonly #evaluator: Evaluator;

  constructor(rules: Rules, source: Source, problems: Problems, options: RulesOptions) {
    this.#rules = rules;
    this.#source = source;
    this.#problems = problems;
    this.#options = options;
    this.#evaluator = new Evaluator(rules);
  }

  #directive(name: DirectiveName): Directive | undefined {
    return this.#rules.directives.get(name);
  }

  #error(place: Place, message: string): undefined {
    this.#problems.tell('error', place, message);
    return undefined;
  }

  maker(): TransactionMaker | undefined {
    const format = this.#directive('date-format');
    const read = format === undefined ? undefined : dateFormat(format.value);
    if (typeof read === 'string') return this.#error(format!.place, `'${read}' is not followed in a date-format`);
    const zone = this.#zone(read);
    const mark = this.#directive('decimal-mark');
    if (mark !== undefined && mark.value !== '.' && mark.value !== ',')
      return this.#error(mark.place, `expected '.' or ',', found '${mark.value}'`);
    const type = this.#directive('balance-type');
    if (type !== undefined && !/^==?\*?$/.test(type.value))
      return this.#error(type.place, `expected =, ==, =* or ==*, found '${type.value}'`);
    const spoken = new Set([...this.#evaluator.fields].map((field) => Number(/\d+/.exec(field)?.[0] ?? 0)));
    const plain = [...this.#evaluator.fields].some((field) => /^(amount|balance)/.test(field));
    const numbers = Array.from({ length: POSTINGS_MAX }, (_, index) => index + 1);
    return new TransactionMaker({
      date: dateReader(read, zone, this.#options.localDay ?? (() => 0)),
      dateFormat: format?.value,
      balanceType: type?.value ?? '=',
      mark: mark?.value as '.' | ',' | undefined,
      postings: numbers.filter((number) => spoken.has(number) || (plain && number <= 2)),
    });
  }

  /** Minutes from Greenwich of dates that name no zone themselves; undefined: a date is a date. */
  #zone(format: DateFormat | undefined): number | undefined {
    const directive = this.#directive('timezone');
    const zone = directive === undefined ? undefined : zoneOf(directive.value);
    if (directive !== undefined && zone === undefined)
      this.#error(directive.place, `expected a time zone such as UTC, EST or +0100, found '${directive.value}'`);
    const zoned =
      directive ?? (/[Zz]/.test(format?.letters.join('') ?? '') ? this.#directive('date-format') : undefined);
    if (zoned !== undefined && this.#options.localDay === undefined)
      this.#error(zoned.place, 'dates with a time zone need to know where the reader lives');
    return zone;
  }

  async table(readTable: ReadTable): Promise<TableRow[] | undefined> {
    const encoding = this.#directive('encoding');
    const path = this.#options.table ?? this.#path();
    if (path === undefined) return undefined;
    const files = await readTable(path, encoding?.value);
    const place = this.#directive('source')?.place ?? { path: this.#source.path, line: 1, column: 1 };
    if (files.length === 0) return this.#error(place, `no file is named "${path}"`);
    if (files.length > 1)
      return this.#error(
        place,
        `${files.length} files fit "${path}", and hledger reads the newest: name it, with --rules`,
      );
    const skip = this.#directive('skip');
    const lines = skip === undefined ? 0 : skip.value === '' ? 1 : Number(skip.value);
    if (!Number.isInteger(lines) || lines < 0)
      return this.#error(skip!.place, `expected a number, found '${skip!.value}'`);
    const separator = this.#separator(files[0]!.path);
    if (separator === undefined) return undefined;
    return this.#kept(tableRows(files[0]!, separator, lines, this.#problems));
  }

  #path(): string | undefined {
    const directive = this.#directive('source');
    if (directive === undefined) {
      const path = /^(.+)\.rules$/.exec(this.#source.path)?.[1];
      const start = { path: this.#source.path, line: 1, column: 1 };
      return path ?? this.#error(start, "expected a 'source' rule, or a name that ends with '.rules'");
    }
    const [named, command] = directive.value.split(/(?=\|)/);
    const path = directive.value.startsWith('|') ? '' : named!.replace(/#.*$/, '').trim();
    if (/^\|/.test(command ?? named!) && !directive.value.split('|')[0]!.includes('#'))
      return this.#error(
        directive.place,
        'commands are not run: save what it prints, and name that file, with --rules',
      );
    if (/^~/.test(path) || !/[/\\]/.test(path))
      return this.#error(directive.place, 'hledger looks for this in your downloads: name the file, with --rules');
    return path;
  }

  #separator(path: string): string | undefined {
    const directive = this.#directive('separator');
    const byName: Readonly<Record<string, string>> = { tab: '\t', space: ' ' };
    if (directive !== undefined && directive.value !== '') {
      const separator = byName[directive.value.toLowerCase()] ?? directive.value[0]!;
      if (!/^[\t -~]$/.test(separator) || separator === '"')
        return this.#error(directive.place, `expected an ASCII character that separates cells, found '${separator}'`);
      return separator;
    }
    return /\.ssv$/i.test(path) ? ';' : /\.tsv$/i.test(path) ? '\t' : ',';
  }

  /** Without the rows that `skip` and `end` leave out. */
  #kept(rows: readonly TableRow[]): TableRow[] {
    const kept: TableRow[] = [];
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at]!;
      const values = this.#evaluator.row(row);
      if (values.value('end') !== undefined) break;
      const skip = values.value('skip');
      const count = skip === undefined ? 0 : skip.rule.template.trim() === '' ? 1 : Number(skip.rule.template);
      if (!Number.isInteger(count) || count < 0) {
        this.#error(skip!.rule.place, `expected a number, found '${skip!.rule.template}'`);
        return [];
      }
      if (skip === undefined) kept.push(row);
      else at += Math.max(0, count - 1);
    }
    const short = kept.find(({ cells }) => cells.length < 2);
    if (short !== undefined) this.#error(short.place, 'expected a row of two or more cells');
    return kept;
  }

  transactions(rows: readonly TableRow[], maker: TransactionMaker): JournalTransaction[] {
    const made: JournalTransaction[] = [];
    for (const row of rows) {
      this.#problems.tick();
      try {
        made.push(maker.make(this.#evaluator.row(row)));
      } catch (error) {
        if (!(error instanceof LineProblem)) throw error;
        this.#error(error.place, error.message);
      }
    }
    return this.#ordered(made);
  }

  /**
   * From the oldest on; a table whose first date is later than its last is taken for one that begins with the newest.
   */
  #ordered(made: readonly JournalTransaction[]): JournalTransaction[] {
    let transactions = [...made];
    if (this.#directive('intra-day-reversed') !== undefined) {
      const days: JournalTransaction[][] = [];
      for (const transaction of transactions) {
        if (days.at(-1)?.[0]?.date === transaction.date) days.at(-1)!.push(transaction);
        else days.push([transaction]);
      }
      transactions = days.flatMap((day) => day.reverse());
    }
    const dates = [...new Set(transactions.map(({ date }) => date))];
    if (this.#directive('newest-first') !== undefined || (dates[0] ?? 0) > (dates.at(-1) ?? 0)) transactions.reverse();
    return transactions.sort((a, b) => a.date - b.date);
  }
}
