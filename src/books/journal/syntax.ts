/** What a journal says, before amounts are filled in. */
import type { Place } from '../book.ts';
import type { Amount, Costs } from './amount.ts';

/** `=` and its relatives behind a posting: what the account must hold after it. */
export interface Assertion extends Amount {
  /** `==`: and nothing in other commodities. */
  readonly sole: boolean;
  /** `=*`: together with its sub-accounts. */
  readonly inclusive: boolean;
  readonly place: Place;
}

export interface JournalPosting extends Costs {
  readonly account: string;
  /** `virtual`: in round brackets, balanced with nothing. `balanced`: in square brackets, balanced among themselves. */
  readonly kind: 'real' | 'virtual' | 'balanced';
  readonly amount: Amount | undefined;
  readonly assertion: Assertion | undefined;
  readonly place: Place;
}

export interface JournalTransaction {
  readonly date: number;
  readonly payee: string;
  readonly narration: string;
  readonly postings: readonly JournalPosting[];
  readonly place: Place;
}
