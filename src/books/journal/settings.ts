/** What directives set for the lines behind them, and what they may do to the reading. */
import type { Place, Problems } from '../book.ts';
import { AccountNames } from './accounts.ts';
import type { Style } from './amount.ts';
import type { Line } from './line.ts';

/** What directives set for the lines behind them. */
export interface Settings {
  readonly style: Style;
  readonly names: AccountNames;
  year: number | undefined;
  /** The year is nobody's but the calendar's: a date without one is told, once. */
  yearAssumed: boolean;
  /** Accounts that are declared to be of type Conversion, or of another. */
  readonly conversions: Map<string, boolean>;
}

export type Include = (path: string, place: Place) => Promise<void>;

export function newSettings(year: number | undefined, problems: Problems): Settings {
  const onLone = (line: Line, text: string): void =>
    problems.tell(
      'warning',
      line.place,
      `${text} is read as ${text.replace(',', '.')}; say 'decimal-mark .' if it is a thousand`,
    );
  const style: Style = { decimalMark: undefined, marks: new Map(), commodity: '', mark: undefined, onLone };
  return { style, names: new AccountNames(), year, yearAssumed: year !== undefined, conversions: new Map() };
}

/** Settings for an included file: declarations flow into it, and most of them end with it. */
export const copySettings = ({ style, names, ...others }: Settings): Settings => ({
  ...others,
  style: { ...style },
  names: names.copy(),
});

/** The reader of a file, as directives see it. */
export interface Reading {
  readonly settings: Settings;
  readonly problems: Problems;
  readonly include: Include;
  /** The indented lines from here on. */
  block(): Line[];
  /** To the line behind the first that matches, which is returned; empty: none does. */
  skipTo(end: RegExp): string;
}
