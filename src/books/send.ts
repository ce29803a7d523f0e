/** Hands a plan to a ledger, as few requests as chains allow, and says what was new and what was there already. */
import {
  type AccountInput,
  CreateAccountStatus,
  CreateTransferStatus,
  type Ledger,
  TallystickError,
} from '../model/index.ts';
import { CHAIN_MAX, type Chain } from './plan.ts';

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

/** @throws TallystickError `book_conflict` when a transaction is refused or stands in the ledger otherwise than in the book. */
export async function sendChains(
  ledger: Ledger,
  chains: readonly Chain[],
  onSent: (transactions: number) => void,
): Promise<SentChains> {
  const transactions = { created: 0, existed: 0 };
  const transfers = { created: 0, existed: 0 };
  for (let at = 0; at < chains.length; ) {
    const batch = nextBatch(chains, at);
    const results = await ledger.createTransfers(batch.flatMap(({ transfers: made }) => made));
    const existing: Chain[] = [];
    let first = 0;
    for (const chain of batch) {
      // A chain succeeds or fails as one, and a chain that is there answers `exists` at its first member.
      const statuses = results.slice(first, first + chain.transaction.postings.length).map(({ status }) => status);
      first += chain.transaction.postings.length;
      if (statuses.every((status) => status === CreateTransferStatus.created)) {
        transactions.created += 1;
        transfers.created += statuses.length;
      } else if (statuses[0] === CreateTransferStatus.exists) {
        existing.push(chain);
        transactions.existed += 1;
        transfers.existed += statuses.length;
      } else {
        const refused = statuses.find((status) => status !== CreateTransferStatus.linked_event_failed)!;
        throw conflict(describeChain(chain), CreateTransferStatus[refused]!);
      }
    }
    await verify(ledger, existing);
    at += batch.length;
    onSent(at);
  }
  return { transactions, transfers };
}

function nextBatch(chains: readonly Chain[], at: number): readonly Chain[] {
  let events = 0;
  let end = at;
  while (end < chains.length && events + chains[end]!.transaction.postings.length <= EVENTS_MAX) {
    events += chains[end]!.transaction.postings.length;
    end += 1;
  }
  return chains.slice(at, end);
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
        throw conflict(describeChain(chain), there === undefined ? 'not_found' : 'exists_with_different_amount');
      }
    }
  }
}

const describeChain = ({ transaction: { place } }: Chain): string => `The transaction at ${place.path}:${place.line}`;

function conflict(what: string, status: string): TallystickError {
  return new TallystickError('book_conflict', `${what} is not what the ledger holds under its id: ${status}.`);
}
