/**
 * What became of events: done now, done before, or refused, and then which of them, why, and what to do. A chain counts
 * as one: when it is sent again its first event answers `exists` and the others `linked_event_failed`, which reads like
 * a failure and is none.
 *
 * These functions are told statuses and no more, and so they take a chain whose first event exists for the same chain:
 * the ledger looks at that event and stops there. `sendTransfers` and its siblings look up the others, and compare.
 */
import { type AccountInput, type AnyTransferInput, CreateTransferStatus, type Id, invalid } from '../model/index.ts';
import { unitsOf } from './chains.ts';
import { accountStatuses, type Refusal, refusalOf, type Statuses, transferStatuses } from './statuses.ts';

/**
 * What of a result this file looks at: ours have it, and those of tigerbeetle-node, whose statuses are another type.
 */
export interface Answered {
  readonly status: number;
}

/** What of an event this file looks at: every account or transfer has it. */
export interface Sent {
  readonly id: Id;
  readonly flags?: number | undefined;
}

/** Of one event, or of one chain, which succeeds or fails as a whole. */
export type Outcome = {
  /** The place of the event, or of the first of its chain, among the events of the call, from 0. */
  readonly index: number;
  /** Events: 1, or those of the chain. */
  readonly count: number;
} & (
  | {
      /** `created`: done now. `existed`: the same was done before, and nothing was done now. */
      readonly outcome: 'created' | 'existed';
    }
  | { readonly outcome: 'refused'; readonly refusal: Refusal }
);

/** Events that are done. */
export interface Accepted {
  /** Done now. */
  readonly created: number;
  /** Done before; nothing was done now. */
  readonly existed: number;
}

/**
 * The domain said no to an event, or to some. **Events of the same call that do not belong to its chain may have been
 * created**: `created` and `existed` say how many.
 */
export class RefusedError extends Error implements Refusal, Accepted {
  override readonly name = 'RefusedError';
  readonly index: number;
  readonly id: Id;
  readonly status: number;
  readonly statusName: string;
  readonly about: string;
  readonly next: string;
  readonly created: number;
  readonly existed: number;
  /** All of them, one for each event or chain, in order; the first is the one that the error speaks of. */
  readonly refusals: readonly Refusal[];

  constructor(list: string, refusals: readonly [Refusal, ...Refusal[]], { created, existed }: Accepted) {
    const [{ index, id, status, statusName, about, next }] = refusals;
    const others = refusals.length === 1 ? '' : ` (and ${refusals.length - 1} more were refused)`;
    super(`${list}[${index}], id ${id}, was refused: ${statusName}. ${about} ${next}${others}`);
    this.index = index;
    this.id = id;
    this.status = status;
    this.statusName = statusName;
    this.about = about;
    this.next = next;
    this.created = created;
    this.existed = existed;
    this.refusals = refusals;
  }
}

/**
 * One outcome for each transfer that stands alone and each chain, in order, of the transfers and the results of one
 * call.
 *
 *   for (const outcome of transferOutcomes(transfers, await ledger.createTransfers(transfers)))
 *     if (outcome.outcome === 'refused') report(outcome.refusal);
 *
 * Of a `ResultBatch` give `toArray()`. Throws `invalid_argument` when there are more events or more results.
 */
export function transferOutcomes(transfers: readonly AnyTransferInput[], results: readonly Answered[]): Outcome[] {
  return outcomes(transferStatuses, transfers, results);
}

/** As {@link transferOutcomes}, of accounts. */
export function accountOutcomes(accounts: readonly AccountInput[], results: readonly Answered[]): Outcome[] {
  return outcomes(accountStatuses, accounts, results);
}

/**
 * How many transfers were created and how many had been before; throws `RefusedError` if any was refused.
 *
 *   const transfers = chain([payment, fee]);
 *   acceptedTransfers(transfers, await ledger.createTransfers(transfers));
 *
 * A promise of the ledger that rejects never comes here: then the outcome is unknown, and the same events are sent
 * again. Throws `invalid_argument` when there are more events or more results.
 */
export function acceptedTransfers(transfers: readonly AnyTransferInput[], results: readonly Answered[]): Accepted {
  return accepted('transfers', transferOutcomes(transfers, results));
}

/** As {@link acceptedTransfers}, of accounts. */
export function acceptedAccounts(accounts: readonly AccountInput[], results: readonly Answered[]): Accepted {
  return accepted('accounts', accountOutcomes(accounts, results));
}

const NOTHING: Accepted = { created: 0, existed: 0 };

/** `before`: what earlier requests of the same list did. */
export function accepted(list: string, all: readonly Outcome[], before: Accepted = NOTHING): Accepted {
  let { created, existed } = before;
  const refusals: Refusal[] = [];
  for (const each of all) {
    if (each.outcome === 'refused') refusals.push(each.refusal);
    else if (each.outcome === 'created') created += each.count;
    else existed += each.count;
  }
  const [first, ...rest] = refusals;
  if (first !== undefined) throw new RefusedError(list, [first, ...rest], { created, existed });
  return { created, existed };
}

/** The same number in both enums. */
const CREATED = CreateTransferStatus.created;
/** The same number in both enums. */
const LINKED_FAILED = CreateTransferStatus.linked_event_failed;

function outcomes(statuses: Statuses, events: readonly Sent[], results: readonly Answered[]): Outcome[] {
  if (events.length !== results.length) {
    throw invalid(`${results.length} results are not those of ${events.length} events: give both of one call`);
  }
  return [...unitsOf(events)].map(([index, end]) => {
    const own = results.slice(index, end).map(({ status }) => status);
    const count = own.length;
    if (own.every((status) => status === CREATED)) return { index, count, outcome: 'created' };
    const [first, ...others] = own;
    if (first === statuses.exists && others.every((status) => status === LINKED_FAILED)) {
      return { index, count, outcome: 'existed' };
    }
    const broken = culprit(own, statuses.exists);
    const { id } = events[index + broken]!;
    return { index, count, outcome: 'refused', refusal: refusalOf(statuses, index + broken, id, own[broken]!) };
  });
}

/** The event that broke the chain: one that was wrong itself comes before one that only exists. */
function culprit(own: readonly number[], exists: number): number {
  const wrong = own.findIndex((status) => ![LINKED_FAILED, CREATED, exists].includes(status));
  return wrong === -1 ? Math.max(0, own.indexOf(exists)) : wrong;
}
