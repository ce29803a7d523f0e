/** The reader of one file, as directives and included files see it. */
import type { Place, Source } from '../book.ts';
import type { Line } from '../journal/line.ts';
import type { Amount } from './amount.ts';
import type { Session } from './session.ts';
import type { Clock } from './timelog.ts';

export type Include = (path: string, reading: Reading, place: Place) => Promise<void>;

/** One `apply …` that has not ended yet. */
export interface Applied {
  readonly label: string;
  readonly account?: string;
  readonly rate?: { readonly commodity: string; readonly price: Amount };
  readonly year?: number | undefined;
}

export interface Reading {
  readonly session: Session;
  readonly source: Source;
  readonly include: Include;
  readonly clock: Clock;
  /** The newest is the last. */
  readonly applied: Applied[];
  /** Of `apply account`, in this file or in those that include it. */
  readonly parent: string;
  /** Rates of `apply fixed`, by commodity. */
  readonly fixed: ReadonlyMap<string, Amount>;
  /** All indented lines from here on. */
  block(): Line[];
  /** To the line behind the first that matches. */
  skipTo(end: RegExp): void;
}
