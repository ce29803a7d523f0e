/** One posting of a Ledger journal: `[status] account  [amount [cost]] [= balance] [; note]`. */

import { NAME_MAX } from '../journal/accounts.ts';
import { Code, isPlainBlank, type Line } from '../journal/line.ts';
import { type Amount, blanks, type ReadingOptions, readAmount } from './amount.ts';
import { readExpression } from './expression.ts';
import { isNegative, small, wholeCost } from './finalize.ts';
import type { Session } from './session.ts';
import type { LedgerPosting } from './syntax.ts';

export interface PostingContext {
  /** Account that `apply account` put in front. */
  readonly parent: string;
  readonly payee: string | undefined;
  /** Rates of `apply fixed`, by commodity. */
  readonly fixed: ReadonlyMap<string, Amount>;
  readonly before: readonly LedgerPosting[];
}

/** An account in front of an amount: two blanks or a tab end it. */
export function takeAccount(line: Line): Pick<LedgerPosting, 'account' | 'kind' | 'deferred'> {
  line.mark();
  const written = takeName(line);
  if (written === '') line.fail('an account');
  const found = bracketed(written);
  if (found.account.trim() === '') line.fail('an account');
  return found;
}

/** To the first tab or the first two blanks. Empty: none begins here. */
function takeName(line: Line): string {
  const { text, at: start } = line;
  const code = line.code();
  if (line.done || isPlainBlank(code) || code === Code.semicolon) return '';
  let end = start + 1;
  for (; end < text.length; end++) {
    const next = text.charCodeAt(end);
    if (!isPlainBlank(next)) continue;
    if (next !== BLANK || isPlainBlank(text.charCodeAt(end + 1))) break;
  }
  line.at = end;
  return text.slice(start, end).trimEnd();
}

const BLANK = 0x20;

function bracketed(written: string): Pick<LedgerPosting, 'account' | 'kind' | 'deferred'> {
  const opening = written.charCodeAt(0);
  if (opening !== Code.bracket && opening !== Code.square && opening !== Code.less)
    return { account: written, kind: 'real', deferred: false };
  const inside = written.slice(1, -1);
  switch (`${written[0]}${written.at(-1)}`) {
    case '()':
      return { account: inside, kind: 'virtual', deferred: false };
    case '[]':
      return { account: inside, kind: 'balanced', deferred: false };
    case '<>':
      return { account: inside, kind: 'real', deferred: true };
    default:
      return { account: written, kind: 'real', deferred: false };
  }
}

/** @throws LineProblem, BalanceProblem */
export function readPosting(line: Line, session: Session, context: PostingContext): LedgerPosting {
  const place = line.place;
  const found = takeAccount(line);
  const account = nameOf(line, session, found.account, context);
  blanks(line);
  const { reading } = session;
  const { kind, deferred } = found;
  const posting: LedgerPosting = {
    account,
    kind,
    deferred,
    amount: undefined,
    cost: undefined,
    generated: false,
    place,
  };
  if (!line.done && line.code() !== Code.semicolon && line.code() !== Code.equals) {
    posting.amount = withRate(readValue(line, reading), context);
    posting.cost = readCost(line, posting.amount, reading);
  }
  blanks(line);
  if (line.code() === Code.equals) {
    const at = line.place;
    line.take(/^=[ \t]*/);
    // An expression of what is assigned teaches nothing, an amount does.
    const wanted = readValue(line, { ...reading, learns: line.code() !== Code.bracket });
    session.assign(posting, { ...small(wanted), lot: undefined }, context.before, at);
    blanks(line);
  }
  if (!line.done && line.code() !== Code.semicolon) line.fail('a cost, a balance or the end of the line');
  return posting;
}

export function nameOf(line: Line, session: Session, written: string, { parent, payee }: PostingContext): string {
  const account = session.accounts.complete(written, parent, payee);
  // One text for all postings of an account: a million of them would each keep their own.
  const known = session.names.get(account);
  if (known !== undefined) return known;
  if (account.length > NAME_MAX) line.fail(`an account of at most ${NAME_MAX} characters`);
  if (account.split(':').includes('')) line.fail("an account without empty parts between its ':'");
  session.names.set(account, account);
  return account;
}

export const readingOf = ({ reading }: Session, learns: boolean): ReadingOptions =>
  learns ? reading : { ...reading, learns };

/** An amount, or an expression in brackets. */
function readValue(line: Line, options: ReadingOptions): Amount {
  return line.code() === Code.bracket ? readExpression(line, options) : readAmount(line, options);
}

function withRate(amount: Amount, { fixed }: PostingContext): Amount {
  const rate = amount.commodity === undefined ? undefined : fixed.get(amount.commodity.name);
  if (rate === undefined || amount.lot !== undefined) return amount;
  const price = { number: rate.number, commodity: rate.commodity, of: { mantissa: 1n, exponent: 0 } };
  return { ...amount, lot: { price, date: '', note: '' } };
}

function readCost(line: Line, units: Amount, reading: ReadingOptions): Amount | undefined {
  blanks(line);
  if (line.done) return undefined;
  const sign = line.take(/^(?:\((@@?)\)|(@@?))[ \t]*=?[ \t]*/);
  if (sign === undefined) return undefined;
  const cost = readValue(line, { ...reading, learns: false });
  if (isNegative(cost)) line.fail('a cost that is not negative');
  return wholeCost(small(cost), units, (sign[1] ?? sign[2]) === '@@');
}
