/**
 * hledger's rules for CSV, line by line, as hledger 1.52 reads them:
 *
 *   fields date, description, amount
 *   currency EUR
 *   if coffee|bakery
 *   && %amount -
 *     account2 Expenses:Food
 */
import type { Place, Problems, Source } from '../book.ts';
import { LineProblem } from '../journal/line.ts';
import { posixPattern } from '../posix.ts';
import { type Assignment, type Block, DIRECTIVES, type Directive, FIELD, type Matcher, type Rules } from './syntax.ts';

/** Finds the file that an include names. */
export type Include = (path: string, from: Source) => Promise<readonly Source[]>;

interface RuleLine {
  readonly text: string;
  readonly place: Place;
}

const BLANK = /^[ \t]*([;#*].*)?$/;
const DIRECTIVE = new RegExp(`^(${DIRECTIVES.join('|')})(?::[ \\t]*(.*)|[ \\t]+(.*)|)$`);
const ASSIGNMENT = new RegExp(`^(${FIELD})(?:[ \\t]*:[ \\t]*(.*)|[ \\t]+(.*)|)$`);
const FIELDS = /^fields:?[ \t]+(.*)$/;
const CELL_NAME = /^(?:"([^"\n:;#~]+)"|([^ \t\n,;#~]+))/;
const INCLUDES_MAX = 100;
const BLOCKS_MAX = 20_000;

/** What is no rule is told as an error. */
export async function parseRules(source: Source, include: Include, problems: Problems): Promise<Rules> {
  const lines = await expand(source, include, problems, []);
  const parser = new Parser(lines, problems);
  parser.parse();
  if (!parser.assignments.some(({ field }) => field === 'date')) {
    const message = 'expected a rule for the date at the top level, such as "date %1"';
    problems.tell('error', { path: source.path, line: 1, column: 1 }, message);
  }
  return parser;
}

/** The lines of included files stand where they are included. */
async function expand(
  source: Source,
  include: Include,
  problems: Problems,
  above: readonly string[],
): Promise<RuleLine[]> {
  problems.source(source);
  const lines: RuleLine[] = [];
  const trail = [...above, source.path];
  for (const [index, text] of source.text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const place = { path: source.path, line: index + 1, column: 1 };
    const path = /^include[ \t]+(.*)$/.exec(text)?.[1]?.trim();
    if (path === undefined) {
      lines.push({ text, place });
      continue;
    }
    const files = await include(path, source);
    if (files.length !== 1) problems.tell('error', place, `expected the name of one file, found '${path}'`);
    for (const file of files.slice(0, 1)) {
      if (trail.includes(file.path)) problems.tell('error', place, `${file.path} includes itself`);
      else if (trail.length > INCLUDES_MAX) problems.tell('error', place, 'expected fewer files within each other');
      else lines.push(...(await expand(file, include, problems, trail)));
    }
  }
  return lines;
}

class Parser implements Rules {
  readonly directives: Map<string, Directive> = new Map();
  columns: Map<string, number> = new Map();
  readonly assignments: Assignment[] = [];
  readonly blocks: Block[] = [];
  readonly #lines: readonly RuleLine[];
  readonly #problems: Problems;
  #at = 0;

  constructor(lines: readonly RuleLine[], problems: Problems) {
    this.#lines = lines;
    this.#problems = problems;
  }

  parse(): void {
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at++]!;
      this.#problems.tick();
      try {
        this.#rule(line);
      } catch (error) {
        if (!(error instanceof LineProblem)) throw error;
        this.#problems.tell('error', error.place, error.message);
        // What belongs to the rule that was not understood would be told again, line by line.
        while (/^[ \t]/.test(this.#lines[this.#at]?.text ?? '')) this.#at += 1;
      }
    }
  }

  #rule({ text, place }: RuleLine): void {
    if (BLANK.test(text)) return;
    const directive = DIRECTIVE.exec(text);
    if (directive !== null) {
      const value = (directive[2] ?? directive[3] ?? '').trim();
      // The first of several counts.
      if (!this.directives.has(directive[1]!)) this.directives.set(directive[1]!, { value, place });
      return;
    }
    const fields = FIELDS.exec(text);
    if (fields !== null) this.#fields(fields[1]!, place);
    else if (ASSIGNMENT.test(text)) this.assignments.push(assignment(text, place));
    else if (/^if([ \t]|$)/.test(text)) this.#block(text.slice(2), place);
    else if (/^if[^\p{L}\p{N}\s]/u.test(text)) this.#table(text.slice(2), place);
    else throw new LineProblem(place, 'expected a rule');
  }

  #fields(text: string, place: Place): void {
    const names: string[] = [];
    let rest = text;
    for (;;) {
      const name = CELL_NAME.exec(rest);
      names.push((name?.[1] ?? name?.[2] ?? '').toLowerCase());
      rest = rest.slice(name?.[0].length ?? 0);
      const comma = /^[ \t]*,[ \t]*/.exec(rest);
      if (comma === null) break;
      rest = rest.slice(comma[0].length);
    }
    if (names.length < 2) throw new LineProblem(place, 'expected the names of two or more columns');
    if (/^[ \t]/.test(rest)) throw new LineProblem(place, "expected ',' between the names of columns");
    this.columns = new Map([...names.entries()].reverse().map(([index, name]) => [name, index + 1]));
    const field = new RegExp(`^${FIELD}$`);
    for (const [name, column] of this.columns) {
      if (field.test(name)) this.assignments.push({ field: name, template: `%${column}`, place });
    }
  }

  #block(rest: string, place: Place): void {
    const matchers: Matcher[] = [];
    if (rest.trim() !== '') matchers.push(...matchersIn(rest.trimStart(), undefined, place).matchers);
    while (/^\S/.test(this.#lines[this.#at]?.text ?? '')) {
      const line = this.#lines[this.#at++]!;
      matchers.push(...matchersIn(line.text, undefined, line.place).matchers);
    }
    const assignments: Assignment[] = [];
    while (/^[ \t]/.test(this.#lines[this.#at]?.text ?? '')) {
      const line = this.#lines[this.#at++]!;
      if (line.text.trim() !== '') assignments.push(assignment(line.text.trimStart(), line.place));
    }
    if (matchers.length === 0) throw new LineProblem(place, "expected a pattern behind 'if'");
    if (assignments.length === 0) throw new LineProblem(place, "expected indented assignments below 'if'");
    this.#add({ matchers, assignments });
  }

  #table(header: string, place: Place): void {
    const separator = header[0]!;
    const fields = header.slice(1).split(separator);
    const field = new RegExp(`^${FIELD}$`);
    for (const name of fields) {
      if (!field.test(name)) throw new LineProblem(place, `expected a field of a transaction, found '${name}'`);
    }
    let rows = 0;
    for (; (this.#lines[this.#at]?.text ?? '').trim() !== ''; this.#at++) {
      const line = this.#lines[this.#at]!;
      if (BLANK.test(line.text)) continue;
      rows += 1;
      const { matchers, rest } = matchersIn(line.text, separator, line.place);
      const values = rest?.split(separator) ?? [];
      if (values.length !== fields.length) {
        this.#problems.tell('error', line.place, `expected ${fields.length} values behind the pattern`);
        continue;
      }
      const assignments = fields.map((name, index) => ({ field: name, template: values[index]!, place: line.place }));
      this.#add({ matchers, assignments });
    }
    if (rows === 0) throw new LineProblem(place, "expected a table below 'if'");
  }

  #add(block: Block): void {
    if (this.blocks.length >= BLOCKS_MAX)
      throw new LineProblem(block.assignments[0]!.place, `expected at most ${BLOCKS_MAX} conditions`);
    this.blocks.push(block);
  }
}

function assignment(text: string, place: Place): Assignment {
  const match = ASSIGNMENT.exec(text);
  if (match === null) throw new LineProblem(place, 'expected a field of a transaction and its value');
  return { field: match[1]!, template: match[2] ?? match[3] ?? '', place };
}

/** The matchers of a line, up to `separator` in a table; `rest` is what stands behind it. */
function matchersIn(
  text: string,
  separator: string | undefined,
  place: Place,
): { readonly matchers: Matcher[]; readonly rest: string | undefined } {
  const matchers: Matcher[] = [];
  let at = 0;
  for (;;) {
    const prefix = /^(?:(&&?)[ \t]*(?:(!)[ \t]*)?|(!)[ \t]*)?/.exec(text.slice(at))!;
    at += prefix[0].length;
    const name = /^%(?:"([^"\n:;#~]+)"|([^ \t\n,;#~]+))[ \t]*(?=\S)/.exec(text.slice(at));
    if (name !== null) at += name[0].length;
    const found = text.slice(at);
    const ends = ['&&', separator].map((end) => (end === undefined ? -1 : found.indexOf(end, 1)));
    const end = Math.min(...ends.filter((place) => place >= 0), found.length);
    const written = found.slice(0, end).trim();
    const compiled = /^\S/.test(found) ? posixPattern(written) : undefined;
    if (compiled === undefined) throw new LineProblem(place, `expected a regular expression, found '${written}'`);
    // A name in quotes is looked for with its quotes by hledger, and so never found when it has blanks.
    const cell = name === null ? undefined : name[1] !== undefined && /\s/.test(name[1]) ? '"' : (name[1] ?? name[2]);
    matchers.push({
      cell,
      pattern: compiled,
      negated: (prefix[2] ?? prefix[3]) !== undefined,
      and: prefix[1] !== undefined,
    });
    at += end;
    if (at >= text.length) return { matchers, rest: undefined };
    if (!text.startsWith('&&', at)) return { matchers, rest: text.slice(at + 1) };
  }
}
