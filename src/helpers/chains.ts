/**
 * Linked chains, and many events cut into requests. Pure: what comes back goes to `createAccounts` or
 * `createTransfers`.
 */
import {
  type Account,
  AccountFlags,
  type AccountInput,
  type AnyTransferInput,
  EVENTS_MAX,
  type Id,
  invalid,
  TallystickError,
  type Transfer,
  TransferFlags,
  type TransferInput,
} from '../model/index.ts';

/** What of an event this file looks at; every account or transfer has an id. */
interface Flagged {
  readonly id: Id;
  readonly flags?: number | undefined;
}

/** What tells an account from a transfer, for the compiler. */
type Only<Account> = Account & { readonly [field in 'debit_account_id' | 'pending_id' | 'amount']?: never };

/** The same bit for both records. */
const LINKED = TransferFlags.linked & AccountFlags.linked;

/** Whether the next event belongs to the same chain. */
export const isLinked = ({ flags = 0 }: Flagged): boolean => (flags & LINKED) !== 0;

/**
 * The same events as a chain, which is created whole or not at all: copies that are `linked`, but for the last.
 *
 *   await ledger.createTransfers(chain([payment, fee]));
 *   await ledger.createTransfers([...chain([payment, fee]), ...chain([refund, feeBack])]);   // two chains in a request
 *
 * A chain cannot span requests, so it has at most 8,189 events. Throws `too_much_data` for more, and `invalid_argument`
 * when the last event is linked already: the chain would go on into whatever stands behind it.
 */
export function chain<Record extends Transfer | Account>(events: readonly Record[]): Record[];
export function chain(accounts: readonly Only<AccountInput>[]): AccountInput[];
export function chain(transfers: readonly TransferInput[]): TransferInput[];
export function chain(transfers: readonly AnyTransferInput[]): AnyTransferInput[];
export function chain<Event extends Flagged>(events: readonly Event[]): Event[] {
  if (events.length > EVENTS_MAX) throw tooLong(events.length, EVENTS_MAX);
  const last = events.length - 1;
  if (last >= 0 && isLinked(events[last]!)) throw invalid(`events[${last}] is linked, and the last of its chain`);
  return events.map((event, index) => (index === last ? event : { ...event, flags: (event.flags ?? 0) | LINKED }));
}

/**
 * The events in their order, cut into lists of at most `max`, each of which fits a request; a chain is never cut.
 *
 *   for (const transfers of requestsOf(all)) acceptedTransfers(transfers, await ledger.createTransfers(transfers));
 *
 * Everything is checked before the first list comes back. Throws `too_much_data` for a chain longer than `max`, and
 * `invalid_argument` when the last event is linked or `max` is not a whole number from 1 to 8,189.
 */
export function requestsOf<Event extends Flagged>(events: readonly Event[], max: number = EVENTS_MAX): Event[][] {
  if (!Number.isInteger(max) || max < 1 || max > EVENTS_MAX) throw invalid(`max must lie between 1 and ${EVENTS_MAX}`);
  const requests: Event[][] = [];
  let current: Event[] = [];
  for (const [start, end] of unitsOf(events)) {
    if (end - start > max) throw tooLong(end - start, max);
    if (current.length + end - start > max) {
      requests.push(current);
      current = [];
    }
    for (let index = start; index < end; index++) current.push(events[index]!);
  }
  const last = events.at(-1);
  if (last !== undefined && isLinked(last))
    throw invalid(`events[${events.length - 1}] is linked, and nothing follows it`);
  if (current.length > 0) requests.push(current);
  return requests;
}

/** Start and end (exclusive) of what succeeds or fails together: a chain, or an event that stands alone. */
export function* unitsOf(events: readonly Flagged[]): Generator<readonly [start: number, end: number], void> {
  let start = 0;
  for (let index = 0; index < events.length; index++) {
    if (isLinked(events[index]!) && index < events.length - 1) continue;
    yield [start, index + 1];
    start = index + 1;
  }
}

function tooLong(count: number, max: number): TallystickError {
  return new TallystickError('too_much_data', `a chain of ${count} events fits no request, which has at most ${max}`);
}
