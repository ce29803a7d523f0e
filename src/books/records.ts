/**
 * What every format becomes: dated transactions whose postings all have an account, a commodity and a number.
 * Positive debits the account, negative credits it. Costs and prices have done their work by then.
 */
import type { Decimal } from './decimal.ts';

/** Where in the text; lines and columns count from 1. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

export interface BookPosting {
  readonly account: string;
  readonly commodity: string;
  readonly number: Decimal;
}

export interface BookTransaction {
  /** yyyymmdd. */
  readonly date: number;
  readonly payee: string;
  readonly narration: string;
  /** `pad`: made by the importer from a pad and its balance. */
  readonly kind: 'transaction' | 'pad';
  readonly postings: readonly BookPosting[];
  readonly place: Place;
}
