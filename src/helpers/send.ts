/**
 * Create, and throw if anything is refused, or tell of each event what became of it. A chain that answers `exists` is
 * looked at as a whole: the ledger compares its first event alone, so the others are looked up and compared here.
 */
import {
  type Account,
  type AccountInput,
  type AnyTransferInput,
  CreateTransferStatus,
  EVENTS_MAX,
  type Id,
  type Transfer,
} from '../model/index.ts';
import { requestsOf } from './chains.ts';
import { compareAccount, compareTransfer, wide } from './existing.ts';
import {
  type Accepted,
  type Answered,
  accepted,
  accountOutcomes,
  type Outcome,
  type Sent,
  transferOutcomes,
} from './outcomes.ts';
import { accountStatuses, refusalOf, type Statuses, transferStatuses } from './statuses.ts';

/** What of a ledger is needed: any `Ledger` has it, and so does the client of tigerbeetle-node. */
export interface AccountsPort {
  createAccounts(accounts: readonly AccountInput[]): Promise<readonly Answered[]>;
  lookupAccounts(ids: readonly Id[]): Promise<Account[]>;
}

/** What of a ledger is needed: any `Ledger` has it, and so does the client of tigerbeetle-node. */
export interface TransfersPort {
  createTransfers(transfers: readonly AnyTransferInput[]): Promise<readonly Answered[]>;
  lookupTransfers(ids: readonly Id[]): Promise<Transfer[]>;
}

/**
 * Creates transfers, all of them or an error: resolves with how many were created now and how many had been before.
 *
 *   await sendTransfers(ledger, chain([payment, fee]));
 *
 * The list may be longer than a request; then its requests go one after another, and none follows one in which an event
 * was refused. It may be sent again at any time: what was done is not done twice. Rejects with
 *
 * - `RefusedError` when the ledger refuses a transfer, and when a chain was sent before under its first id with other
 *   transfers in it. Transfers that are not of its chain may have been created: the error says how many.
 * - the ledger's own error when the world failed. The outcome is then unknown: call again with the same transfers.
 * - `invalid_argument` or `too_much_data` before anything is sent, as `requestsOf` throws them.
 */
export function sendTransfers(ledger: TransfersPort, transfers: readonly AnyTransferInput[]): Promise<Accepted> {
  return send('transfers', transfers, (request) => askForTransfers(ledger, request));
}

/** As {@link sendTransfers}, of accounts: an account that is there already, and the same, is no refusal. */
export function sendAccounts(ledger: AccountsPort, accounts: readonly AccountInput[]): Promise<Accepted> {
  return send('accounts', accounts, (request) => askForAccounts(ledger, request));
}

/**
 * Creates what the ledger accepts of a list, and tells of each transfer that stands alone and of each chain what became
 * of it: a refusal does not stop the others.
 *
 *   for (const outcome of await attemptTransfers(ledger, payslips))
 *     if (outcome.outcome === 'refused') report(outcome.refusal);
 *
 * Length, repetition and errors are as with {@link sendTransfers}, but for `RefusedError`.
 */
export function attemptTransfers(ledger: TransfersPort, transfers: readonly AnyTransferInput[]): Promise<Outcome[]> {
  return attempt(transfers, (request) => askForTransfers(ledger, request));
}

/** As {@link attemptTransfers}, of accounts. */
export function attemptAccounts(ledger: AccountsPort, accounts: readonly AccountInput[]): Promise<Outcome[]> {
  return attempt(accounts, (request) => askForAccounts(ledger, request));
}

type Ask<Event> = (request: readonly Event[]) => Promise<Outcome[]>;

async function send<Event extends Sent>(list: string, events: readonly Event[], ask: Ask<Event>): Promise<Accepted> {
  let done: Accepted = { created: 0, existed: 0 };
  let offset = 0;
  for (const request of requestsOf(events)) {
    done = accepted(list, (await ask(request)).map(shifted(offset)), done);
    offset += request.length;
  }
  return done;
}

async function attempt<Event extends Sent>(events: readonly Event[], ask: Ask<Event>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let offset = 0;
  for (const request of requestsOf(events)) {
    for (const outcome of (await ask(request)).map(shifted(offset))) outcomes.push(outcome);
    offset += request.length;
  }
  return outcomes;
}

/** An outcome of a request whose first event is at `offset` of the list. */
function shifted(offset: number): (outcome: Outcome) => Outcome {
  return (outcome) => {
    const index = outcome.index + offset;
    if (outcome.outcome !== 'refused') return { ...outcome, index };
    const { refusal } = outcome;
    return { ...outcome, index, refusal: { ...refusal, index: refusal.index + offset } };
  };
}

async function askForTransfers(ledger: TransfersPort, request: readonly AnyTransferInput[]): Promise<Outcome[]> {
  const outcomes = transferOutcomes(request, await ledger.createTransfers(request));
  const ids = unconfirmed(request, outcomes).flatMap(({ id, pending_id }) => [wide(id), wide(pending_id)]);
  const found = await lookup((some) => ledger.lookupTransfers(some), ids);
  return confirmed(transferStatuses, request, outcomes, (transfer) => {
    const same = found.get(wide(transfer.id));
    return same && compareTransfer(transfer, same, found.get(wide(transfer.pending_id)));
  });
}

async function askForAccounts(ledger: AccountsPort, request: readonly AccountInput[]): Promise<Outcome[]> {
  const outcomes = accountOutcomes(request, await ledger.createAccounts(request));
  const ids = unconfirmed(request, outcomes).map(({ id }) => wide(id));
  const found = await lookup((some) => ledger.lookupAccounts(some), ids);
  return confirmed(accountStatuses, request, outcomes, (account) => {
    const same = found.get(wide(account.id));
    return same && compareAccount(account, same);
  });
}

const isChainThatExisted = ({ outcome, count }: Outcome): boolean => outcome === 'existed' && count > 1;

/** The events behind the first of each chain that existed. */
function unconfirmed<Event>(events: readonly Event[], outcomes: readonly Outcome[]): Event[] {
  return outcomes.filter(isChainThatExisted).flatMap(({ index, count }) => events.slice(index + 1, index + count));
}

async function lookup<Found extends { readonly id: bigint }>(
  ask: (ids: bigint[]) => Promise<Found[]>,
  ids: readonly bigint[],
): Promise<Map<bigint, Found>> {
  const found = new Map<bigint, Found>();
  const wanted = [...new Set(ids)].filter((id) => id > 0n);
  for (let at = 0; at < wanted.length; at += EVENTS_MAX) {
    for (const each of await ask(wanted.slice(at, at + EVENTS_MAX))) found.set(each.id, each);
  }
  return found;
}

/**
 * A chain of which an event is missing, or is another one, was not done before: it is refused because of that event.
 */
function confirmed<Event extends Sent>(
  statuses: Statuses,
  events: readonly Event[],
  outcomes: readonly Outcome[],
  compare: (event: Event) => number | undefined,
): Outcome[] {
  return outcomes.map((outcome) => {
    if (!isChainThatExisted(outcome)) return outcome;
    const { index, count } = outcome;
    for (let at = index + 1; at < index + count; at++) {
      const status = compare(events[at]!) ?? CreateTransferStatus.linked_event_failed;
      if (status === statuses.exists) continue;
      return { index, count, outcome: 'refused', refusal: refusalOf(statuses, at, events[at]!.id, status) };
    }
    return outcome;
  });
}
