/** What a Ledger journal says, while its transactions are completed one after the other. */
import type { Place } from '../book.ts';
import type { Decimal } from '../decimal.ts';
import type { Amount } from './amount.ts';

/** In the cost's commodity, for the whole posting. */
export type Cost = Amount;

export interface LedgerPosting {
  readonly account: string;
  /** `virtual`: in round brackets, balanced with nothing. `balanced`: in square brackets, balanced among themselves. */
  readonly kind: 'real' | 'virtual' | 'balanced';
  /** In angle brackets: it counts when the book is read to its end. */
  readonly deferred: boolean;
  amount: Amount | undefined;
  cost: Cost | undefined;
  /** Made by an automated transaction, or by an elided amount in several commodities. */
  readonly generated: boolean;
  readonly place: Place;
}

export interface LedgerTransaction {
  readonly date: number;
  readonly payee: string;
  readonly narration: string;
  /** The whole of what stands behind date and code. */
  readonly description: string;
  readonly uuid: string | undefined;
  readonly place: Place;
  readonly postings: LedgerPosting[];
  /** From the clock: it balances with nothing. */
  readonly timelog: boolean;
}

/** A sum by what balances with what. */
export type Sums = Map<string, Amount>;

export interface Weighed {
  readonly key: string;
  readonly number: Decimal;
}
