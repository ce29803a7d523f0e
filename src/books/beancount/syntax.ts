/**
 * What a Beancount file says, before anything is worked out. `missing` is what the author left to be filled in;
 * `undefined` is what is not there at all: `10 HOOL {}` has a cost whose number is missing, `10 HOOL` has no cost.
 */
import type { Place } from '../book.ts';
import type { Decimal } from '../decimal.ts';

export const missing: unique symbol = Symbol('missing');
export type Missing = typeof missing;

export interface Amount {
  readonly number: Decimal | Missing;
  readonly currency: string | Missing;
}

export interface CostSpec {
  readonly per: Decimal | Missing;
  readonly total: Decimal | Missing | undefined;
  readonly currency: string | Missing;
  readonly date: number | undefined;
  readonly label: string | undefined;
}

export interface Posting {
  readonly account: string;
  /** `missing`: nothing but the account is written. */
  readonly units: Amount | Missing;
  readonly cost: CostSpec | undefined;
  /** For one unit; a total price has been divided already. */
  readonly price: Amount | undefined;
  readonly place: Place;
}

interface Dated {
  readonly date: number;
  readonly place: Place;
}
export interface Transaction extends Dated {
  readonly kind: 'transaction';
  readonly payee: string;
  readonly narration: string;
  readonly postings: readonly Posting[];
}
export interface Open extends Dated {
  readonly kind: 'open';
  readonly account: string;
  readonly currencies: readonly string[];
  readonly booking: string | undefined;
}
export interface Close extends Dated {
  readonly kind: 'close';
  readonly account: string;
}
export interface Pad extends Dated {
  readonly kind: 'pad';
  readonly account: string;
  readonly source: string;
}
export interface Balance extends Dated {
  readonly kind: 'balance';
  readonly account: string;
  readonly number: Decimal;
  readonly currency: string;
  readonly tolerance: Decimal | undefined;
}
export type Directive = Transaction | Open | Close | Pad | Balance;

/** One parsed file: what it includes is for the caller to find. */
export interface Parsed {
  readonly directives: readonly Directive[];
  readonly options: readonly { readonly name: string; readonly value: string }[];
  readonly includes: readonly { readonly path: string; readonly place: Place }[];
  readonly plugins: readonly { readonly name: string; readonly place: Place }[];
}

const order: Readonly<Record<Directive['kind'], number>> = { open: -2, balance: -1, transaction: 0, pad: 0, close: 2 };

/** Beancount's order: by date; on a day opens, balances, the rest by line, closes. */
export function compareDirectives(a: Directive, b: Directive): number {
  return a.date - b.date || order[a.kind] - order[b.kind] || a.place.line - b.place.line;
}
