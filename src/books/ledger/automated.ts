/**
 * Automated transactions: postings that Ledger adds to every transaction with a posting that matches.
 *
 *   = /^Income:Salary/
 *       (Liabilities:Tax)      0.2
 *
 * Predicates of account names, payees, `and`, `or`, `not` and brackets are read; others are not.
 */

import type { Problems } from '../book.ts';
import { add, multiply, ZERO } from '../decimal.ts';
import { type Pattern, pattern } from '../pattern.ts';
import type { Accounts } from './accounts.ts';
import type { Amount } from './amount.ts';
import { BalanceProblem, isZeroAmount, small } from './finalize.ts';
import type { LedgerPosting, LedgerTransaction } from './syntax.ts';

type Predicate = (posting: LedgerPosting, transaction: LedgerTransaction) => boolean;

export interface AutomatedPosting extends Pick<LedgerPosting, 'kind' | 'deferred' | 'place'> {
  /** With `$account` for the account of the posting that matched. */
  readonly account: string;
  /** From the amount that matched; a bare number multiplies it. */
  readonly amount: (matched: Amount) => Amount;
}

export interface Automated {
  readonly matches: Predicate;
  readonly postings: readonly AutomatedPosting[];
}

/** The postings that were added. @throws BalanceProblem */
export function extend(
  { matches, postings }: Automated,
  transaction: LedgerTransaction,
  session: { readonly accounts: Accounts; readonly problems: Problems },
): LedgerPosting[] {
  const made: LedgerPosting[] = [];
  for (const matched of [...transaction.postings]) {
    session.problems.tick();
    if (matched.generated || !matches(matched, transaction)) continue;
    for (const { account, amount: amountOf, kind, deferred, place } of postings) {
      const from = { ...matched.amount!, lot: undefined };
      const said = amountOf(from);
      const amount: Amount =
        said.commodity === undefined
          ? { commodity: from.commodity, number: multiply(from.number, said.number) }
          : { ...said, lot: undefined };
      const whole = account.replace(/\$account(?!\w)/g, matched.account);
      const name = session.accounts.complete(whole, '', transaction.description);
      made.push({ account: name, kind, deferred, amount: small(amount), cost: undefined, generated: true, place });
    }
  }
  transaction.postings.push(...made);
  const sums = new Map<string, Amount>();
  for (const { kind, amount } of made) {
    const name = amount!.commodity?.name ?? '';
    if (kind !== 'virtual') sums.set(name, { ...amount!, number: add(sums.get(name)?.number ?? ZERO, amount!.number) });
  }
  if ([...sums.values()].some((sum) => !isZeroAmount(sum))) {
    throw new BalanceProblem('the transaction does not balance with its automated postings');
  }
  return made;
}

/** Undefined: the predicate has parts that are not read. */
export function readPredicate(text: string): Predicate | undefined {
  const tokens = text.match(/\/(?:[^/\\]|\\.)*\/|[()&|!@]|[^\s()&|!@/][^\s()&|]*/g) ?? [];
  if (tokens.join('') !== text.replace(/\s+/g, '') && !text.includes('/')) return undefined;
  const reader = new Reader(tokens);
  const predicate = reader.any(0);
  return reader.done ? predicate : undefined;
}

const DEPTH_MAX = 20;
/** What Ledger would take for more than a name. */
const UNREAD =
  /[=<>~+*?%#"'`,;]|^(expr|tag|has|meta|data|note|code|desc|account|for|since|until|from|to|show|only|bold|a(?:ny|ll))$/i;

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get done(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** Terms that stand behind each other without a word are alternatives. */
  any(depth: number): Predicate | undefined {
    let left = this.#all(depth);
    while (left !== undefined && !this.done && this.#next !== ')') {
      if (this.#next === 'or' || this.#next === '|') this.#at += 1;
      const before = left;
      const right = this.#all(depth);
      left = right === undefined ? undefined : (posting, at) => before(posting, at) || right(posting, at);
    }
    return left;
  }

  get #next(): string | undefined {
    return this.#tokens[this.#at]?.toLowerCase();
  }

  #all(depth: number): Predicate | undefined {
    let left = this.#term(depth);
    while (left !== undefined && (this.#next === 'and' || this.#next === '&')) {
      this.#at += 1;
      const before = left;
      const right = this.#term(depth);
      left = right === undefined ? undefined : (posting, at) => before(posting, at) && right(posting, at);
    }
    return left;
  }

  #term(depth: number): Predicate | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined || depth > DEPTH_MAX) return undefined;
    this.#at += 1;
    if (token === '!' || token.toLowerCase() === 'not') {
      const inner = this.#term(depth + 1);
      return inner === undefined ? undefined : (posting, at) => !inner(posting, at);
    }
    if (token === '(') {
      const inner = this.any(depth + 1);
      this.#at += 1;
      return this.#tokens[this.#at - 1] === ')' ? inner : undefined;
    }
    if (token === '@' || /^(payee|desc)$/i.test(token)) {
      const found = this.#pattern(this.#tokens[this.#at++]);
      return found === undefined ? undefined : (_, { description }) => found.finds(description);
    }
    const found = this.#pattern(token);
    return found === undefined ? undefined : ({ account }) => found.finds(account);
  }

  #pattern(token: string | undefined): Pattern | undefined {
    if (token === undefined) return undefined;
    if (/^\/.*\/$/.test(token)) return pattern(token.slice(1, -1).replaceAll('\\/', '/'));
    return UNREAD.test(token) || /^[()&|!@]$/.test(token) ? undefined : pattern(token);
  }
}
