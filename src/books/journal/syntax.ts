/** What a journal says, before amounts are filled in. */
import type { Place } from '../book.ts';
import type { Priced } from './mixed.ts';

/** `=` and its relatives behind a posting: what the account must hold after it. */
export interface Assertion extends Priced {
  /** `==`: and nothing in other commodities. */
  readonly sole: boolean;
  /** `=*`: together with its sub-accounts. */
  readonly inclusive: boolean;
  readonly place: Place;
}

export interface JournalPosting {
  readonly account: string;
  /** `virtual`: in round brackets, balanced with nothing. `balanced`: in square brackets, balanced among themselves. */
  readonly kind: 'real' | 'virtual' | 'balanced';
  readonly amount: Priced | undefined;
  readonly assertion: Assertion | undefined;
  /** Of its own, from its comment. */
  readonly date: number | undefined;
  readonly place: Place;
}

/** Takes transactions as they are read. */
export interface Sink {
  push(transaction: JournalTransaction): unknown;
}

export interface JournalTransaction {
  readonly date: number;
  readonly payee: string;
  readonly narration: string;
  readonly postings: readonly JournalPosting[];
  readonly place: Place;
}
