/** A slice of a query is bounded, whatever the query asks for: looked at wherever the read side spends one. */
import { History } from '../../src/projector/index.ts';
import { Broken } from '../failure.ts';

/**
 * Units beyond the slice that the last thing looked at may cost: some rows that are read together, and a part that is
 * entered.
 */
const BEYOND_MAX = 60_000;

const { advance } = History.prototype;

History.prototype.advance = function (search, slice): boolean {
  const before = search.work.units;
  const done = advance.call(this, search, slice);
  const spent = search.work.units - before;
  if (spent > slice.units + BEYOND_MAX) {
    throw new Broken('slices', `a slice of ${slice.units} units cost ${spent}: nobody else had a turn meanwhile`);
  }
  return done;
};
