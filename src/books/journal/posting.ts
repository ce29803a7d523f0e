/** One line of a transaction: `[status] account  [amount [cost]] [= assertion] [; comment]`. */
import { type AccountNames, NAME_MAX } from './accounts.ts';
import { readAmount, readCost, type Style } from './amount.ts';
import { Code, type Line } from './line.ts';
import type { Priced } from './mixed.ts';
import type { Assertion, JournalPosting } from './syntax.ts';

/** @throws LineProblem */
export function readPosting(line: Line, names: AccountNames, style: Style): JournalPosting {
  line.mark();
  const place = line.place;
  // Two blanks of any kind end an account's name, which may itself have single ones.
  const written = line.take(/^\S+(?:\s\S+)*/)?.[0].replace(/\s/g, ' ');
  if (written === undefined) line.fail('an account');
  const { account, kind } = unwrap(written);
  if (account.trim() === '') line.fail('an account');
  const name = names.complete(account);
  if (name.length > NAME_MAX) line.fail(`an account of at most ${NAME_MAX} characters`);
  line.blanks();
  let amount: Priced | undefined;
  if (!atEnd(line) && line.code() !== Code.equals) {
    const read = readAmount(line, style);
    amount = { ...read, cost: readCost(line, read, style) };
  }
  const assertion = readAssertion(line, style);
  line.blanks();
  if (!atEnd(line))
    line.fail(assertion === undefined ? 'a cost, an assertion or the end of the line' : 'the end of the line');
  return { account: name, kind, amount, assertion, place, date: undefined };
}

const atEnd = (line: Line): boolean => line.done || line.code() === Code.semicolon;

/** The outermost brackets tell the kind, and no others are left around the name. */
function unwrap(written: string): { account: string; kind: JournalPosting['kind'] } {
  const opening = written.charCodeAt(0);
  if (opening !== Code.bracket && opening !== Code.square) return { account: written, kind: 'real' };
  const kind = /^\(.*\)$/.test(written) ? 'virtual' : /^\[.*\]$/.test(written) ? 'balanced' : 'real';
  let account = written;
  while (/^(?:\(.*\)|\[.*\])$/.test(account)) account = account.slice(1, -1);
  return { account, kind };
}

function readAssertion(line: Line, style: Style): Assertion | undefined {
  if (line.code() !== Code.equals) return undefined;
  const place = line.place;
  const sign = line.take(/^(==?)(\*?)[ \t]*/);
  if (sign === undefined) return undefined;
  const amount = readAmount(line, style);
  line.blanks();
  const cost = /^\(?@/.test(line.rest) ? readCost(line, amount, style) : undefined;
  return { ...amount, cost, sole: sign[1] === '==', inclusive: sign[2] === '*', place };
}
