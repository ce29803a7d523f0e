/** One line of a transaction: `[status] account  [amount [costs]] [= assertion] [; comment]`. */
import type { AccountNames } from './accounts.ts';
import { type Amount, type Costs, readAmount, readCosts, type Style } from './amount.ts';
import type { Line } from './line.ts';
import type { Assertion, JournalPosting } from './syntax.ts';

const NO_COSTS: Costs = { price: undefined, lot: undefined };

/** @throws LineProblem */
export function readPosting(line: Line, names: AccountNames, style: Style): JournalPosting {
  line.take(/^[*!][ \t]*/);
  const place = line.place;
  // Two blanks or a tab end an account's name, which may itself have single blanks.
  const written = line.take(/^(?:[^\s]|[ ](?![ \t]|$))+/)?.[0];
  if (written === undefined) line.fail('an account');
  const { account, kind } = unwrap(written);
  if (account === '') line.fail('an account');
  line.blanks();
  let amount: Amount | undefined;
  let costs = NO_COSTS;
  if (!atEnd(line) && !line.rest.startsWith('=')) {
    amount = readAmount(line, style);
    costs = readCosts(line, amount, style);
  }
  const assertion = readAssertion(line, style);
  line.blanks();
  if (!atEnd(line))
    line.fail(assertion === undefined ? 'a cost, an assertion or the end of the line' : 'the end of the line');
  return { account: names.complete(account), kind, amount, ...costs, assertion, place };
}

const atEnd = (line: Line): boolean => line.done || line.rest.startsWith(';');

function unwrap(written: string): { account: string; kind: JournalPosting['kind'] } {
  if (/^\(.*\)$/.test(written)) return { account: written.slice(1, -1).trim(), kind: 'virtual' };
  if (/^\[.*\]$/.test(written)) return { account: written.slice(1, -1).trim(), kind: 'balanced' };
  return { account: written, kind: 'real' };
}

function readAssertion(line: Line, style: Style): Assertion | undefined {
  const place = line.place;
  const sign = line.take(/^(==?)(\*?)[ \t]*/);
  if (sign === undefined) return undefined;
  const amount = readAmount(line, style);
  readCosts(line, amount, style);
  return { ...amount, sole: sign[1] === '==', inclusive: sign[2] === '*', place };
}
