/** A promise of every ledger, and the story that proves it. */
import type { Ledger } from '../../src/model/index.ts';
import type { Teller } from './scenario.ts';

/** A fresh, empty ledger, in the two ways in which stories look at one. */
export interface Subject {
  /** Tables of events, with the status that each must get. */
  readonly teller: Teller;
  /** The typed API, by the ledger's own clock. */
  readonly ledger: Ledger;
  /** Each request can be told its time. */
  readonly timed: boolean;
  close(): Promise<void>;
}

export interface Story {
  /** A sentence that can be false; no two stories have the same. */
  readonly promise: string;
  /** The story tells each request its time to the nanosecond. */
  readonly timed: boolean;
  tell(subject: Subject): Promise<void>;
}

/** Adds stories to a chapter that are told as tables. `timed`: with each request's time, to the nanosecond. */
export function scenarios(
  chapter: Story[],
  timed = false,
): (promise: string, story: (ledger: Teller) => Promise<void>) => void {
  return (promise, story) => {
    chapter.push({ promise, timed, tell: ({ teller }) => story(teller) });
  };
}

/** Adds stories to a chapter that are told through the typed API. */
export function typed(chapter: Story[]): (promise: string, story: (ledger: Ledger) => Promise<void>) => void {
  return (promise, story) => {
    chapter.push({ promise, timed: false, tell: ({ ledger }) => story(ledger) });
  };
}
