/** What a file of rules says: how the rows of a table become transactions. */
import type { Place } from '../book.ts';
import type { PosixPattern } from '../posix.ts';

/** Of one row, the cells as they were written, without their quotes. */
export interface TableRow {
  readonly cells: readonly string[];
  readonly place: Place;
}

/** `FIELD VALUE`; the value may refer to cells (`%2`, `%payee`) and to what a pattern found (`\1`). */
export interface Assignment {
  readonly field: string;
  readonly template: string;
  readonly place: Place;
}

/** A pattern for one cell, or for the whole row. */
export interface Matcher {
  /** Name or number of the cell, without its `%`. */
  readonly cell: string | undefined;
  readonly pattern: PosixPattern;
  readonly negated: boolean;
  /** `&`: together with the matcher before; else the first of a group, of which one is enough. */
  readonly and: boolean;
}

export interface Block {
  readonly matchers: readonly Matcher[];
  readonly assignments: readonly Assignment[];
}

export interface Directive {
  readonly value: string;
  readonly place: Place;
}

export interface Rules {
  readonly directives: ReadonlyMap<string, Directive>;
  /** Positions of the cells, from 1, by the names that `fields` gives them, in lower case. */
  readonly columns: ReadonlyMap<string, number>;
  readonly assignments: readonly Assignment[];
  readonly blocks: readonly Block[];
}

/** Directives of a whole file; what they are called in it. */
export const DIRECTIVES = [
  'source',
  'archive',
  'encoding',
  'date-format',
  'decimal-mark',
  'separator',
  'skip',
  'timezone',
  'newest-first',
  'intra-day-reversed',
  'balance-type',
] as const;
export type DirectiveName = (typeof DIRECTIVES)[number];

/** The fields of a transaction, as a pattern. A posting's have its number behind them, 1 to 99. */
export const FIELD: string =
  '(?:account[1-9]\\d?|amount(?:[1-9]\\d?)?(?:-in|-out)?|(?:balance|comment|currency)(?:[1-9]\\d?)?' +
  '|code|date2?|description|status|skip|end)';
