/** A part of the history: a run, or a generation that has not become one yet. Positions count from 0 within it. */
import type { Positions, Predicates } from './candidates.ts';
import type { EventBlock } from './event-block.ts';
import type { SpanList } from './spans.ts';
import type { Work } from './work.ts';

/** Positions [from, to), in one direction or the other. */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly reversed: boolean;
}

export interface Part {
  /** Absolute number of the entry at position 0. */
  readonly firstEntry: number;
  /** Entries. */
  readonly count: number;
  /** Where messages say a fault lies. */
  readonly name: string;
  readonly spans: SpanList;
  readonly timestampMin: bigint;
  readonly timestampMax: bigint;
  /** Timestamps grow from position to position. */
  readonly ascending: boolean;
  /**
   * Positions in a range whose hashes fit, perhaps a few beyond the range, and perhaps a few whose full hash does not.
   */
  candidates(predicates: Predicates, range: Range, work: Work): Positions;
  /** Loads the 64 records from position `block * 64` on, fewer at the end. */
  loadEvents(block: number, target: EventBlock): void;
}
