/**
 * The cost of a search, in units. One unit is one hash that is looked at, some nanoseconds; dearer steps count for
 * several. A slice ends when its units are spent, and with a clock also when its time is over: for a row a cold disk
 * takes sixty times as long as a warm one.
 */

/** A row that is put together: from the ring of rows, or one read of the journal and its checksum (1.5 us). */
export const ROW_UNITS = 256;
/** An event record that is looked at: its block of 64 is read and indexed once. */
export const RECORD_UNITS = 16;
/** A part of the history that is entered, or one list of a run that is opened: some reads of a file. */
export const OPEN_UNITS = 2048;

/** The units and the time that a search may spend before others have their turn. */
export interface Slice {
  readonly units: number;
  readonly milliseconds: number;
}

/** To the end, at once. */
export const WHOLE: Slice = { units: Number.POSITIVE_INFINITY, milliseconds: Number.POSITIVE_INFINITY };

export class Work {
  /** All units since the search began. */
  units = 0;
  #sliceEnd = Number.POSITIVE_INFINITY;
  #timeEnd = Number.POSITIVE_INFINITY;
  readonly #clock: (() => number) | undefined;

  /** `clock`: milliseconds. */
  constructor(clock?: () => number) {
    this.#clock = clock;
  }

  spend(units: number): void {
    this.units += units;
  }

  /** Begins a slice of so many units, and so many milliseconds if there is a clock. */
  begin({ units, milliseconds }: Slice): void {
    this.#sliceEnd = this.units + units;
    if (this.#clock !== undefined) this.#timeEnd = this.#clock() + milliseconds;
  }

  /** Whether the slice is used up. */
  get isOver(): boolean {
    return this.units >= this.#sliceEnd || (this.#clock !== undefined && this.#clock() >= this.#timeEnd);
  }
}
