/** What must hold of all transfers at the end, against what clients were told. */
import { CreateTransferStatus, type Transfer } from '../../src/model/index.ts';
import { Broken } from '../failure.ts';
import { accounts, type OpenedAccount } from './clients.ts';

const { created, exists, linked_event_failed } = CreateTransferStatus;

/** What clients were told is there once; what was refused is not there; a chain is there as a whole. */
export function exactlyOnce(
  all: readonly Transfer[],
  told: ReadonlyMap<bigint, CreateTransferStatus>,
  chains: readonly (readonly Transfer[])[],
): void {
  const times = new Map<bigint, number>();
  for (const { id } of all) times.set(id, (times.get(id) ?? 0) + 1);
  for (const [id, count] of times) {
    if (count > 1) throw new Broken('exactly-once', `transfer ${id} is there ${count} times`);
  }
  for (const [id, status] of told) {
    const isThere = times.has(id);
    if (status === created || status === exists) {
      if (!isThere) throw new Broken('exactly-once', `transfer ${id} was acknowledged and is not there`);
    } else if (isThere && status !== linked_event_failed && !isTaken(status)) {
      throw new Broken('exactly-once', `transfer ${id} was refused (${CreateTransferStatus[status]}) and is there`);
    }
  }
  for (const chain of chains) {
    const there = chain.filter(({ id }) => times.has(id)).length;
    if (there === 0 || there === chain.length) continue;
    const why = `of the chain of transfer ${chain[0]!.id} ${there} of ${chain.length} are there`;
    throw new Broken('exactly-once', why);
  }
}

/** An account's history is what names it, wherever it has lived. */
export async function histories(
  all: readonly Transfer[],
  read: (account: OpenedAccount) => Promise<readonly Transfer[]>,
): Promise<void> {
  for (const account of accounts()) {
    const { id } = account;
    const named = all.filter((one) => one.debit_account_id === id || one.credit_account_id === id);
    const [got, expected] = [await read(account), named].map((some) => idsOf(some));
    if (got !== expected) throw new Broken('history', `account ${id} has ${got}, and is named by ${expected}`);
  }
}

const idsOf = (some: readonly Transfer[]): string =>
  some
    .map(({ id }) => String(id))
    .toSorted()
    .join();

function isTaken(status: CreateTransferStatus): boolean {
  return CreateTransferStatus[status]?.startsWith('exists') === true;
}
