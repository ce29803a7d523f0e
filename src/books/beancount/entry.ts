/** A book's directives once their numbers are filled in. */
import type { Booked } from './inventory.ts';
import type { Directive, Transaction } from './syntax.ts';

export interface BookedTransaction extends Omit<Transaction, 'kind' | 'postings'> {
  readonly kind: 'booked';
  /** Made from a pad. */
  readonly padding: boolean;
  readonly postings: readonly Booked[];
}

export type Entry = Exclude<Directive, Transaction> | BookedTransaction;

/** Does `account` lie at or under `parent`? */
export const isUnder = (account: string, parent: string): boolean =>
  account === parent || (account.startsWith(parent) && account[parent.length] === ':');
