/** The directives of Ledger's journals. */

import { isZero } from '../decimal.ts';
import type { Line } from '../journal/line.ts';
import { under } from './accounts.ts';
import { blanks, readAmount } from './amount.ts';
import type { AutomatedPosting } from './automated.ts';
import { readPredicate } from './automated.ts';
import { block, commodity, payee } from './declarations.ts';
import { readExpression } from './expression.ts';
import { finalize } from './finalize.ts';
import { option } from './options.ts';
import { nameOf, readingOf, readPosting, takeAccount } from './posting.ts';
import type { Reading } from './reading.ts';
import type { LedgerPosting } from './syntax.ts';

/** Directives without effect on balances, with the indented lines below them. */
const PASSED = new Set(['N', 'tag', 'def', 'define', 'expr', 'eval', 'value']);
const NOT_EVALUATED = 'assert and check are not evaluated';
/** Timelog entries that say when a day began or ended. */
const CLOCK = /^[iIoO][ \t]+\d/;

/** @throws LineProblem */
export async function directive(parser: Reading, line: Line): Promise<void> {
  const { session } = parser;
  line.take(/^[!@](?=[a-zA-Z])/);
  if (line.text.startsWith('=')) return automated(parser, line);
  if (line.text.startsWith('~')) {
    return periodic(parser, line);
  }
  if (line.text.startsWith('-')) return option(session, line);
  if (CLOCK.test(line.rest)) return parser.clock.directive(line, parser.parent);
  if (/^[hb][ \t]+\d/.test(line.rest)) return;
  const year = line.take(/^(?:Y|year)[ \t]*(\d{4})[ \t]*$/)?.[1];
  if (year !== undefined) {
    session.dates.year = Number(year);
    return;
  }
  const word = line.take(/^[A-Za-z]+(?=[ \t]|$)/)?.[0];
  if (word === undefined) line.fail('a directive or a date at the start of the line');
  blanks(line);
  await named(parser, line, word);
}

async function named(parser: Reading, line: Line, word: string): Promise<void> {
  const { session } = parser;
  const argument = line.rest.trim();
  switch (word) {
    case 'include':
      await parser.include(argument.replace(/^(["'])(.*)\1$/, '$2'), parser, { ...line.place, column: 1 });
      return;
    case 'comment':
    case 'test':
      parser.skipTo(/^end (?:comment|test)/);
      return;
    case 'alias':
      return alias(parser, line, argument);
    case 'apply':
      return apply(parser, line);
    case 'end':
      return end(parser, line, argument);
    case 'account':
      return block(parser, line, argument);
    case 'commodity':
      return commodity(parser, line);
    case 'payee':
      return payee(parser, line, argument);
    case 'bucket':
    case 'A':
      if (argument === '') line.fail('an account');
      session.bucket = under(parser.parent, argument);
      return;
    case 'C':
      return conversion(parser, line);
    case 'D':
      // It is for Ledger's own `xact` command; all that it does here is to show how the commodity is written.
      readAmount(line, readingOf(session, true));
      return;
    case 'P':
      return price(parser, line);
    case 'assert':
    case 'check':
      session.problems.tell('notice', { ...line.place, column: 1 }, NOT_EVALUATED);
      return;
    case 'import':
    case 'python':
      session.problems.partial(
        { ...line.place, column: 1 },
        `'${word}' is not run, and could change what the book says`,
      );
      parser.block();
      return;
    default:
      if (!PASSED.has(word)) {
        line.at = 0;
        line.fail('a directive or a date at the start of the line');
      }
      parser.block();
  }
}

/** A price has no effect on balances, but Ledger stops where it cannot read one. */
function price({ session }: Reading, line: Line): void {
  const date = line.take(/^\S+/)?.[0];
  if (date === undefined || session.dates.read(date) === undefined) line.fail('a date');
  line.take(/^[ \t]+\d\d:\d\d(?::\d\d)?(?![^ \t])/);
  blanks(line);
  if (line.take(/^(?:"[^"]*"|[^\s\d"-]\S*)/) === undefined) line.fail('a commodity');
  readAmount(line, readingOf(session, false));
}

function alias(parser: Reading, line: Line, argument: string): void {
  const [, name, account] = /^([^=]+?)\s*=\s*(.*)$/.exec(argument) ?? [];
  if (name === undefined || account === '' || !parser.session.accounts.alias(name, under(parser.parent, account!))) {
    line.fail('an alias, as old = new');
  }
}

function apply(parser: Reading, line: Line): void {
  const { session } = parser;
  const label = line.take(/^[a-z]+/)?.[0];
  blanks(line);
  const argument = line.rest.trim();
  if (argument === '') line.fail("what is applied: 'account', 'tag', 'fixed' or 'year', and its argument");
  switch (label) {
    case 'account':
      parser.applied.push({ label, account: under(parser.parent, argument) });
      return;
    case 'tag':
      if (/^UUID:/i.test(argument)) line.fail('another tag than UUID, which would make all transactions one');
      parser.applied.push({ label });
      return;
    case 'year':
      if (!/^\d{4}$/.test(argument)) line.fail('a year of four digits');
      parser.applied.push({ label, year: session.dates.year });
      session.dates.year = Number(argument);
      return;
    case 'fixed':
    case 'rate': {
      const symbol = line.take(/^(?:"[^"]*"|\S+)/)![0].replace(/^"(.*)"$/, '$1');
      const price = readAmount(line, readingOf(session, false));
      parser.applied.push({ label: 'fixed', rate: { commodity: symbol, price } });
      return;
    }
    default:
      line.at = 0;
      line.fail("'apply account', 'apply tag', 'apply fixed' or 'apply year'");
  }
}

/** The newest `apply` of any sort ends; a name behind it must be that of the newest. */
function end(parser: Reading, line: Line, argument: string): void {
  const named = /^apply[ \t]+(\S+)/.exec(argument)?.[1];
  const last = parser.applied.at(-1);
  if (last === undefined || (named !== undefined && named !== last.label)) {
    line.at = 0;
    line.fail(last === undefined ? "an 'apply' before its end" : `the end of 'apply ${last.label}' first`);
  }
  parser.applied.pop();
  if (last.label === 'year') parser.session.dates.year = last.year;
}

/** `C 1 KB = 1024 B`. */
function conversion({ session }: Reading, line: Line): void {
  const reading = { ...readingOf(session, true), lots: false };
  const large = readAmount(line, reading);
  blanks(line);
  if (line.take(/^=/) === undefined) line.fail("'='");
  const small = readAmount(line, reading);
  if (large.commodity === undefined || small.commodity === undefined || large.commodity === small.commodity) {
    line.fail('two commodities, as in C 1 KB = 1024 B');
  }
  const one = large.number.mantissa === 10n ** BigInt(-large.number.exponent);
  if (!one || isZero(small.number) || small.number.mantissa < 0n)
    line.fail('how many smaller units are one larger one');
  for (let unit = small.commodity.smaller?.unit; unit !== undefined; unit = unit.smaller?.unit) {
    if (unit === large.commodity) line.fail('units that do not go round in a circle');
  }
  // As in Ledger, the larger one is then written as the smaller one is.
  large.commodity.comma ||= small.commodity.comma;
  large.commodity.declared ||= small.commodity.declared;
  large.commodity.smaller = { factor: small.number, unit: small.commodity };
}

/** It is not run, but it must balance, and its amounts teach how their commodities are written. */
function periodic(parser: Reading, line: Line): void {
  const { session, parent, fixed } = parser;
  const { place } = line;
  const postings: LedgerPosting[] = [];
  for (const below of parser.block()) {
    below.take(/^[ \t]+/);
    if (below.rest.startsWith(';')) continue;
    postings.push(readPosting(below, session, { parent, payee: undefined, fixed, before: postings }));
  }
  finalize(postings, session.bucket);
  session.problems.tell('notice', place, 'periodic transactions are not run');
}

function automated(parser: Reading, line: Line): void {
  const { session } = parser;
  const place = line.place;
  const matches = readPredicate(
    line.rest
      .slice(1)
      .replace(/(^|\s);.*$/, '')
      .trim(),
  );
  let why: string | undefined =
    matches === undefined ? 'this automated transaction is not run: its predicate is not read' : undefined;
  const postings: AutomatedPosting[] = [];
  for (const below of parser.block()) {
    below.take(/^[ \t]+/);
    if (below.rest.startsWith(';') || /^(?:assert|check|expr|eval)[ \t]/.test(below.rest)) continue;
    const posting = why === undefined ? template(parser, below) : undefined;
    if (posting !== undefined) postings.push(posting);
    else why ??= `this automated transaction is not run: its posting on line ${below.place.line} is not read`;
  }
  if (why !== undefined || matches === undefined) session.problems.partial(place, why ?? '');
  else session.automated.push({ matches, postings });
}

/** Undefined: it is not read. */
function template({ session, parent }: Reading, line: Line): AutomatedPosting | undefined {
  const place = line.place;
  const { account, kind, deferred } = takeAccount(line);
  if (account.includes('%(')) return undefined;
  const name = account.startsWith('$account')
    ? account
    : nameOf(line, session, account, { parent, payee: undefined, fixed: new Map(), before: [] });
  blanks(line);
  if (line.done || /^[;=@]/.test(line.rest)) return undefined;
  const reading = readingOf(session, true);
  const text = line.rest;
  const read = (
    amount: Parameters<AutomatedPosting['amount']>[0] | undefined,
  ): ReturnType<AutomatedPosting['amount']> => {
    line.at = line.text.length - text.length;
    return text.startsWith('(') ? readExpression(line, { ...reading, amount }) : readAmount(line, reading);
  };
  const sample = read({ number: { mantissa: 1n, exponent: 0 }, commodity: undefined });
  blanks(line);
  if (!line.done && !line.rest.startsWith(';')) return undefined;
  return { account: name, kind, deferred, place, amount: text.startsWith('(') ? read : () => sample };
}
