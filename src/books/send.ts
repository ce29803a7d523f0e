/** Hands a plan to a ledger, as few requests as chains allow, and says what was new and what was there already. */
import {
  type AccountInput,
  CreateAccountStatus,
  CreateTransferStatus,
  type Ledger,
  TallystickError,
  type TransferInput,
} from '../model/index.ts';
import type { Place } from './book.ts';
import type { Chain, Chains } from './chains.ts';
import { CHAIN_MAX } from './plan.ts';

export interface Counts {
  readonly created: number;
  /** There already, from an earlier import. */
  readonly existed: number;
}

const EVENTS_MAX = CHAIN_MAX;

/** @throws TallystickError `book_conflict` when an id of ours is taken by another account. */
export async function sendAccounts(ledger: Ledger, accounts: readonly AccountInput[]): Promise<Counts> {
  let created = 0;
  let existed = 0;
  for (let at = 0; at < accounts.length; at += EVENTS_MAX) {
    const batch = accounts.slice(at, at + EVENTS_MAX);
    const results = await ledger.createAccounts(batch);
    results.forEach(({ status }, index) => {
      if (status === CreateAccountStatus.created) created += 1;
      else if (status === CreateAccountStatus.exists) existed += 1;
      else throw conflict(`The account ${String(batch[index]!.id)}`, CreateAccountStatus[status]!);
    });
  }
  return { created, existed };
}

export interface SentChains {
  readonly transactions: Counts;
  readonly transfers: Counts;
}

/** Chains of one request, and the transfers that they are. */
interface Batch {
  readonly first: number;
  readonly end: number;
  readonly transfers: readonly TransferInput[];
}

/**
 * @throws TallystickError `book_conflict` when a transaction is refused or stands in the ledger otherwise than in the
 * book.
 */
export async function sendChains(
  ledger: Ledger,
  chains: Chains,
  onSent: (transactions: number) => void,
): Promise<SentChains> {
  const transactions = { created: 0, existed: 0 };
  const transfers = { created: 0, existed: 0 };
  for (let next = nextBatch(chains, 0); next.first < chains.length; ) {
    const batch = next;
    const asked = ledger.createTransfers(batch.transfers);
    // While the ledger works on one request, the next one is made.
    next = nextBatch(chains, batch.end);
    const results = await asked;
    const existing: Chain[] = [];
    let at = 0;
    for (let index = batch.first; index < batch.end; index++) {
      // A chain succeeds or fails as one, and a chain that is there answers `exists` at its first member.
      const count = chains.count(index);
      const { status } = results[at]!;
      if (allCreated(results, at, count)) {
        transactions.created += 1;
        transfers.created += count;
      } else if (status === CreateTransferStatus.exists) {
        existing.push(chains.at(index));
        transactions.existed += 1;
        transfers.existed += count;
      } else {
        const statuses = results.slice(at, at + count).map((result) => result.status);
        const refused = statuses.find((found) => found !== CreateTransferStatus.linked_event_failed)!;
        throw conflict(describePlace(chains.place(index)), CreateTransferStatus[refused]!);
      }
      at += count;
    }
    await verify(ledger, existing);
    onSent(batch.end);
  }
  return { transactions, transfers };
}

function allCreated(results: ArrayLike<{ readonly status: number }>, at: number, count: number): boolean {
  for (let index = at; index < at + count; index++) {
    if (results[index]!.status !== CreateTransferStatus.created) return false;
  }
  return true;
}

function nextBatch(chains: Chains, first: number): Batch {
  const transfers: TransferInput[] = [];
  let end = first;
  for (; end < chains.length && transfers.length + chains.count(end) <= EVENTS_MAX; end++) {
    chains.transfers(end, transfers);
  }
  return { first, end, transfers };
}

/** The first member of a chain was there; are the others, and with the amounts that the book says? */
async function verify(ledger: Ledger, chains: readonly Chain[]): Promise<void> {
  const rest = chains.flatMap((chain) => chain.transfers.slice(1));
  if (rest.length === 0) return;
  const found = new Map(
    (await ledger.lookupTransfers(rest.map(({ id }) => id))).map((transfer) => [transfer.id, transfer]),
  );
  for (const chain of chains) {
    for (const { id, amount, debit_account_id } of chain.transfers.slice(1)) {
      const there = found.get(id as bigint);
      if (there?.amount !== amount || there?.debit_account_id !== debit_account_id) {
        throw conflict(describePlace(chain.place), there === undefined ? 'not_found' : 'exists_with_different_amount');
      }
    }
  }
}

const describePlace = ({ path, line }: Place): string => `The transaction at ${path}:${line}`;

function conflict(what: string, status: string): TallystickError {
  return new TallystickError('book_conflict', `${what} is not what the ledger holds under its id: ${status}.`);
}
