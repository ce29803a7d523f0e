/** `account`, `commodity` and `payee` with the lines below them. */
import type { Line } from '../journal/line.ts';
import { pattern } from '../pattern.ts';
import { blanks, readAmount } from './amount.ts';
import { nameOf, readingOf } from './posting.ts';
import type { Reading } from './reading.ts';

/** A word and what stands behind it. */
function split(line: Line): { word: string; argument: string } {
  line.take(/^[ \t]+/);
  const word = line.take(/^\S+/)![0];
  blanks(line);
  return { word, argument: line.rest.trim() };
}

/** `account NAME` with aliases, patterns of payees and `default`. */
export function block(parser: Reading, line: Line, argument: string): void {
  const { session } = parser;
  const context = { parent: parser.parent, payee: undefined, fixed: new Map(), before: [] };
  const account = nameOf(line, session, argument, context);
  for (const below of parser.block()) {
    const { word, argument: said } = split(below);
    if (word === 'alias' && !session.accounts.alias(said, account)) below.fail('another name');
    if (word === 'payee' && !session.accounts.payee(said, account)) below.fail('a pattern of payees');
    if (word === 'default') session.bucket = account;
    if (word === 'assert' || word === 'check')
      session.problems.tell('notice', below.place, 'assert and check are not evaluated');
  }
}

export function payee(parser: Reading, line: Line, argument: string): void {
  const { session } = parser;
  for (const below of parser.block()) {
    const { word, argument: said } = split(below);
    if (word === 'uuid') session.payeesByUuid.set(said, argument);
    if (word !== 'alias') continue;
    const found = pattern(said) ?? below.fail('a pattern of payees');
    session.payeeNames.push({ pattern: found, payee: argument });
  }
  if (argument === '') line.fail('a payee');
}

/** `commodity EUR` with `alias` and `format`; its `default` is for Ledger's own `xact` command. */
export function commodity(parser: Reading, line: Line): void {
  const { commodities } = parser.session;
  const [, quoted, plain] = line.take(/^(?:"([^"]*)"|([^\d\s;,.+-][^\s;,]*))/) ?? [];
  const name = quoted ?? plain;
  if (name === undefined) line.fail('the name of a commodity');
  const declared = commodities.of(name);
  for (const below of parser.block()) {
    const { word, argument } = split(below);
    if (word === 'alias' && !commodities.alias(argument.replace(/^"(.*)"$/, '$1'), declared)) {
      below.fail('a name that is no commodity yet');
    }
    if (word !== 'format') continue;
    const { commodity: shown } = readAmount(below, readingOf(parser.session, true));
    if (shown !== declared) below.fail(`an amount of ${name}`);
    declared.declared = true;
  }
}
