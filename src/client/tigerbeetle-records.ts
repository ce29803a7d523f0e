/**
 * What each operation is in the words of tigerbeetle-node: the cells of a request as its objects, and the objects of
 * its answer as the cells of a reply. Operations that its client has no method for are not in the table.
 */
import {
  ACCOUNT_BALANCE_SIZE,
  ACCOUNT_SIZE,
  type Account,
  type AccountBalance,
  AccountBalanceOffset,
  type AccountFilter,
  Cells,
  CREATE_TRANSFER_RESULT_SIZE,
  CreateTransferResultOffset,
  decodeAccountFilter,
  decodeAccounts,
  decodeQueryFilter,
  decodeTransfers,
  EVENTS_MAX,
  encodeAccountFilter,
  encodeAccounts,
  encodeQueryFilter,
  encodeTransfers,
  getU128,
  ID_SIZE,
  Operation,
  putU128,
  type QueryFilter,
  TRANSFER_SIZE,
  type Transfer,
} from '../model/index.ts';

/** A result of tigerbeetle-node. */
export interface TigerBeetleResult {
  readonly timestamp: bigint;
  readonly status: number;
}

/** The client of tigerbeetle-node, as far as it is used here. */
export interface TigerBeetleClient {
  createAccounts(batch: Account[]): Promise<readonly TigerBeetleResult[]>;
  createTransfers(batch: Transfer[]): Promise<readonly TigerBeetleResult[]>;
  lookupAccounts(batch: bigint[]): Promise<readonly Account[]>;
  lookupTransfers(batch: bigint[]): Promise<readonly Transfer[]>;
  getAccountTransfers(filter: AccountFilter): Promise<readonly Transfer[]>;
  getAccountBalances(filter: AccountFilter): Promise<readonly AccountBalance[]>;
  queryAccounts(filter: QueryFilter): Promise<readonly Account[]>;
  queryTransfers(filter: QueryFilter): Promise<readonly Transfer[]>;
  /** Rejects what is in flight; later calls are rejected, too. */
  destroy(): void;
}

/** A request, read: what it may take of a message, and how it is asked. */
export interface Question {
  /** The most records of the request or of its answer. */
  readonly records: number;
  ask(client: TigerBeetleClient): Promise<Cells>;
}

/** Reads the events of a request. */
type Reader = (events: Cells) => Question;

const readers: ReadonlyMap<Operation, Reader> = new Map<Operation, Reader>([
  [
    Operation.create_accounts,
    (events) => {
      const accounts = decodeAccounts(events, 0, events.bytes.length);
      return { records: accounts.length, ask: async (client) => results(await client.createAccounts(accounts)) };
    },
  ],
  [
    Operation.create_transfers,
    (events) => {
      const transfers = decodeTransfers(events, 0, events.bytes.length);
      return { records: transfers.length, ask: async (client) => results(await client.createTransfers(transfers)) };
    },
  ],
  [
    Operation.lookup_accounts,
    (events) => {
      const ids = idsIn(events);
      return { records: ids.length, ask: async (client) => accountCells(await client.lookupAccounts(ids)) };
    },
  ],
  [
    Operation.lookup_transfers,
    (events) => {
      const ids = idsIn(events);
      return { records: ids.length, ask: async (client) => transferCells(await client.lookupTransfers(ids)) };
    },
  ],
  [
    Operation.get_account_transfers,
    (events) => byAccount(events, async (client, filter) => transferCells(await client.getAccountTransfers(filter))),
  ],
  [
    Operation.get_account_balances,
    (events) => byAccount(events, async (client, filter) => balanceCells(await client.getAccountBalances(filter))),
  ],
  [
    Operation.query_accounts,
    (events) => byFields(events, async (client, filter) => accountCells(await client.queryAccounts(filter))),
  ],
  [
    Operation.query_transfers,
    (events) => byFields(events, async (client, filter) => transferCells(await client.queryTransfers(filter))),
  ],
]);

/** Undefined for an operation that tigerbeetle-node does not have. */
export function questionOf(operation: Operation, events: Cells): Question | undefined {
  return readers.get(operation)?.(events);
}

function byAccount(events: Cells, act: (client: TigerBeetleClient, filter: AccountFilter) => Promise<Cells>): Question {
  const filter = decodeAccountFilter(events, 0);
  const same = Cells.of(events.bytes.length);
  encodeAccountFilter(same, 0, filter, false);
  return filtered(events, same, filter, (client) => act(client, filter));
}

function byFields(events: Cells, act: (client: TigerBeetleClient, filter: QueryFilter) => Promise<Cells>): Question {
  const filter = decodeQueryFilter(events, 0);
  const same = Cells.of(events.bytes.length);
  encodeQueryFilter(same, 0, filter, false);
  return filtered(events, same, filter, (client) => act(client, filter));
}

/** TigerBeetle finds nothing by a filter whose reserved bytes are not zero, and its client has no word for them. */
function filtered(events: Cells, same: Cells, { limit }: { readonly limit: number }, ask: Question['ask']): Question {
  const records = Math.min(limit, EVENTS_MAX);
  const isSaid = events.bytes.every((byte, at) => byte === same.bytes[at]);
  return { records, ask: isSaid ? ask : () => Promise.resolve(Cells.none) };
}

function idsIn(events: Cells): bigint[] {
  return Array.from({ length: events.bytes.length / ID_SIZE }, (_, nth) => getU128(events, nth * ID_SIZE));
}

function accountCells(accounts: readonly Account[]): Cells {
  const cells = Cells.of(accounts.length * ACCOUNT_SIZE);
  encodeAccounts(cells, 0, accounts, false);
  return cells;
}

function transferCells(transfers: readonly Transfer[]): Cells {
  const cells = Cells.of(transfers.length * TRANSFER_SIZE);
  encodeTransfers(cells, 0, transfers, false);
  return cells;
}

/** Results of accounts and of transfers have one shape. */
function results(all: readonly TigerBeetleResult[]): Cells {
  const cells = Cells.of(all.length * CREATE_TRANSFER_RESULT_SIZE);
  for (const [index, { timestamp, status }] of all.entries()) {
    const at = index * CREATE_TRANSFER_RESULT_SIZE;
    cells.view.setBigUint64(at + CreateTransferResultOffset.timestamp, timestamp, true);
    cells.view.setUint32(at + CreateTransferResultOffset.status, status, true);
  }
  return cells;
}

function balanceCells(balances: readonly AccountBalance[]): Cells {
  const cells = Cells.of(balances.length * ACCOUNT_BALANCE_SIZE);
  for (const [index, balance] of balances.entries()) {
    const at = index * ACCOUNT_BALANCE_SIZE;
    putU128(cells, at + AccountBalanceOffset.debits_pending, balance.debits_pending, 'debits_pending');
    putU128(cells, at + AccountBalanceOffset.debits_posted, balance.debits_posted, 'debits_posted');
    putU128(cells, at + AccountBalanceOffset.credits_pending, balance.credits_pending, 'credits_pending');
    putU128(cells, at + AccountBalanceOffset.credits_posted, balance.credits_posted, 'credits_posted');
    cells.view.setBigUint64(at + AccountBalanceOffset.timestamp, balance.timestamp, true);
  }
  return cells;
}
