/**
 * The directives of hledger's journals: those that change how the lines behind them are read, and those that do not.
 */
import { markOf, readAmount } from './amount.ts';
import type { Line } from './line.ts';
import type { Reading } from './settings.ts';

/** Directives without effect on balances, with the indented lines below them. */
const PASSED = new Set([
  ...['P', 'N', 'C', 'A', 'account', 'payee', 'tag', 'assert', 'check', 'define', 'expr', 'eval', 'value', 'capture'],
  ...['bucket', 'python', 'apply tag', 'apply fixed', 'end tag', 'end apply tag', 'end apply fixed', 'end apply year'],
]);

/** @throws LineProblem */
export async function directive(parser: Reading, line: Line): Promise<void> {
  const { settings, problems } = parser;
  line.take(/^[!@](?=[a-zA-Z])/);
  if (line.take(/^[~=]/) !== undefined) {
    problems.tell('notice', { ...line.place, column: 1 }, 'periodic and automated transactions are not run');
    parser.block();
    return;
  }
  if (line.take(/^--/) !== undefined) {
    problems.tell('notice', { ...line.place, column: 1 }, 'options in a journal have no effect, in hledger neither');
    return;
  }
  if (/^[iIoObh] \d/.test(line.text)) line.fail('no time clock in a journal, where hledger reads none either');
  const year = line.take(/^(?:Y|year|apply year)[ \t]*(\d{4,})[ \t]*(?:;.*)?$/)?.[1];
  if (year !== undefined) {
    settings.year = Number(year);
    settings.yearAssumed = false;
    return;
  }
  const word = line.take(/^(?:end +apply +[a-z]+|end +[a-z]+|apply +[a-z]+|[A-Za-z-]+)/)?.[0].replace(/ +/g, ' ');
  if (word === undefined || !/^(?:\s|$)/.test(line.rest)) {
    line.at = 0;
    line.fail('a directive or a date at the start of the line');
  }
  line.blanks();
  await named(parser, line, word);
}

async function named(parser: Reading, line: Line, word: string): Promise<void> {
  const { style, names } = parser.settings;
  const argument = line.rest.replace(/(^|\s+);.*$/, '').trim();
  switch (word) {
    case 'include':
      await parser.include(argument.replace(/^(["'])(.*)\1$/, '$2'), { ...line.place, column: 1 });
      return;
    case 'comment':
      if (!line.done) line.fail("nothing behind 'comment'");
      if (!/^(?:end comment\s*)?$/.test(parser.skipTo(/^end comment/))) line.fail("nothing behind 'end comment'");
      return;
    case 'alias':
      if (names.full) line.fail('at most 1,000 aliases at a time');
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
      if (names.end() === undefined) line.fail("'apply account' before its end");
      return;
    case 'account':
      account(parser, line, argument);
      return;
    case 'commodity':
      commodity(parser, line, argument);
      return;
    case 'D': {
      const mark = markOf(line.rest.replace(/"[^"]*"/, '').replace(/;.*$/, ''));
      style.commodity = example(parser, line).commodity;
      style.mark = mark;
      parser.block();
      return;
    }
    case 'decimal-mark':
      if (argument !== '.' && argument !== ',') line.fail("'.' or ','");
      style.decimalMark = argument;
      return;
    default:
      if (!PASSED.has(word)) {
        line.at = 0;
        line.fail('a directive or a date at the start of the line');
      }
      parser.block();
  }
}

/** Its type may be said in a comment: `account equity:fx  ; type:Conversion`. */
function account(parser: Reading, line: Line, argument: string): void {
  const { settings } = parser;
  const name = argument.split(/ {2,}|\t/)[0]!.trim();
  const comments = [line.rest, ...parser.block().map(({ text }) => text)].map((text) => text.replace(/^[^;]*;?/, ''));
  for (const comment of comments) {
    const type = /(?:^|[\s,])type:\s*([^\s,]+)/i.exec(comment)?.[1]?.toLowerCase();
    if (type !== undefined)
      settings.conversions.set(settings.names.complete(name), type === 'v' || type === 'conversion');
  }
}

/** Either `commodity $1,000.00`, or `commodity $` with `format $1,000.00` below it. */
function commodity(parser: Reading, line: Line, argument: string): void {
  if (/\d/.test(argument.replace(/"[^"]*"/, ''))) example(parser, line);
  for (const below of parser.block()) {
    below.blanks();
    if (below.take(/^format[ \t]+/) !== undefined) example(parser, below);
  }
}

const SHOWN = 'an amount that shows its decimal mark, as in 1,000. or 1.000,00';

/** An amount that shows how its commodity is written. */
function example(parser: Reading, line: Line): { commodity: string } {
  const { style } = parser.settings;
  const text = line.rest.replace(/"[^"]*"/, '').replace(/;.*$/, '');
  const mark = markOf(text);
  const { at } = line;
  if (mark === undefined) line.fail(SHOWN);
  const bare = { ...style, commodity: '', decimalMark: style.decimalMark ?? mark, onLone: () => {} };
  const { commodity: name } = readAmount(line, bare);
  // Where it is known already which mark splits decimals, a lone other one is a thousand's.
  const known = style.decimalMark ?? style.marks.get(name) ?? style.mark;
  if (known !== undefined && known !== mark && text.replace(/[^.,]/g, '').length === 1) {
    line.at = at;
    line.fail(SHOWN);
  }
  style.marks.set(name, mark);
  return { commodity: name };
}
