/** What reads ask, as it is written into a request: filters, and ids as of a time. */
import type { Cells } from './cells.ts';
import { TallystickError } from './errors.ts';
import {
  encodeAccountFilter,
  encodeAccountLookups,
  encodeChangeEventsFilter,
  encodePendingLookups,
  encodeQueryFilter,
  encodeSnapshotRequest,
  encodeTransferFilter,
  encodeTransferSumFilter,
} from './gen/codec.ts';
import {
  AccountFilterOffset,
  CHANGE_EVENTS_MAX,
  ChangeEventsFilterOffset,
  EVENTS_MAX,
  QueryFilterOffset,
  TransferFilterOffset,
} from './gen/layout.ts';
import type {
  AccountFilterInput,
  ChangeEventsFilterInput,
  Id,
  QueryFilterInput,
  Snapshot,
  TransferFilterInput,
  TransferSumFilterInput,
} from './gen/types.ts';
import { invalidField } from './scalars.ts';
import { checkSearch } from './search.ts';

/** Writes what is asked, and says how many records may answer it. */
export type Ask = (cells: Cells, at: number) => number;

/** Writes events packed. */
export type Encode<Event> = (cells: Cells, at: number, events: readonly Event[], exact: boolean) => void;

export const tooMuch = (): TallystickError => new TallystickError('too_much_data');

export function accountFilter(filter: AccountFilterInput, exact: boolean): Ask {
  return (cells, at) => {
    encodeAccountFilter(cells, at, filter, exact);
    return checkLimit(cells, at + AccountFilterOffset.limit, EVENTS_MAX);
  };
}

export function queryFilter(filter: QueryFilterInput, exact: boolean): Ask {
  return (cells, at) => {
    encodeQueryFilter(cells, at, filter, exact);
    return checkLimit(cells, at + QueryFilterOffset.limit, EVENTS_MAX);
  };
}

export function changeEventsFilter(filter: ChangeEventsFilterInput, exact: boolean): Ask {
  return (cells, at) => {
    encodeChangeEventsFilter(cells, at, filter, exact);
    return checkLimit(cells, at + ChangeEventsFilterOffset.limit, CHANGE_EVENTS_MAX);
  };
}

/** As written, so after it was coerced to u32. */
function checkLimit(cells: Cells, at: number, max: number): number {
  const limit = cells.view.getUint32(at, true);
  if (limit > max) throw tooMuch();
  return limit;
}

export function searchFilter(filter: TransferFilterInput, exact: boolean): Ask {
  return (cells, at) => {
    encodeTransferFilter(cells, at, filter, exact);
    checkSearch(cells, at);
    const limit = checkLimit(cells, at + TransferFilterOffset.limit, EVENTS_MAX);
    if (limit === 0) throw invalidField('limit', `must lie between 1 and ${EVENTS_MAX}`);
    return limit;
  };
}

export function sumFilter(filter: TransferSumFilterInput, exact: boolean): Ask {
  return (cells, at) => {
    encodeTransferSumFilter(cells, at, filter, exact);
    checkSearch(cells, at);
    return 1;
  };
}

export const askForSnapshot: Ask = (cells, at) => {
  encodeSnapshotRequest(cells, at, {});
  return 1;
};

export function pendingIds(snapshot: Snapshot | undefined): Encode<Id> {
  return (cells, at, ids, exact) =>
    encodePendingLookups(
      cells,
      at,
      asked(ids, (id) => ({ id, as_of: snapshot?.as_of })),
      exact,
    );
}

export function accountIds(when: bigint | Snapshot): Encode<Id> {
  const as = typeof when === 'bigint' ? { timestamp: when } : { as_of: when.as_of };
  return (cells, at, ids, exact) =>
    encodeAccountLookups(
      cells,
      at,
      asked(ids, (id) => ({ id, ...as })),
      exact,
    );
}

/** Read once, and no holes: a getter that grows the array must not write past the request. */
function asked<Asked>(ids: readonly Id[], ask: (id: Id) => Asked): Asked[] {
  return Array.from({ length: ids.length }, (_, index) => ask(ids[index]!));
}
