/** The port to a ledger, wherever it lives. Services, books and servers are handed one and know no more. */
import type { ResultBatch } from './batch.ts';
import type { AccountBatch, TransferBatch } from './gen/batches.ts';
import type { CreateAccountStatus, CreateTransferStatus } from './gen/enums.ts';
import type {
  Account,
  AccountBalance,
  AccountFilterInput,
  AccountInput,
  AnyTransferInput,
  ChangeEvent,
  ChangeEventsFilterInput,
  CreateAccountResult,
  CreateTransferResult,
  Id,
  PendingTransfer,
  QueryFilterInput,
  Snapshot,
  Transfer,
  TransferFilterInput,
  TransferSum,
  TransferSumFilterInput,
} from './gen/types.ts';
import type { Consistency } from './request.ts';

/** Options of a read. */
export interface AskOptions {
  /**
   * How long the caller waits for the answer, milliseconds. Then the call rejects with `deadline_exceeded`: nothing was
   * done, and the ledger works on it no more.
   */
  readonly timeoutMs?: number;
  /** In a cluster: who may answer; by default as the connection says, which is `linearizable` unless told otherwise. */
  readonly consistency?: Consistency;
}

/** Options of a read that may be of the past. */
export interface PastOptions extends AskOptions {
  /** As of this snapshot; as of now by default. */
  readonly snapshot?: Snapshot;
}

/** What can be read of a ledger as it is, and of one of its snapshots in the same way. */
export interface Reads {
  /** The records found, in the order of `ids`. An id without a record is left out, so indexes need not agree. */
  lookupAccounts(ids: readonly Id[], options?: AskOptions): Promise<Account[]>;
  /** The records found, in the order of `ids`. An id without a record is left out, so indexes need not agree. */
  lookupTransfers(ids: readonly Id[], options?: AskOptions): Promise<Transfer[]>;
  /** What became of pending transfers: one record for each id, in order; `state` says if there is none. */
  lookupPendings(ids: readonly Id[], options?: AskOptions): Promise<PendingTransfer[]>;

  /** Transfers of one account, by timestamp. An invalid filter finds nothing. */
  getAccountTransfers(filter: AccountFilterInput, options?: AskOptions): Promise<Transfer[]>;
  /** Balances of one account with `history` after each of its transfers, by timestamp. */
  getAccountBalances(filter: AccountFilterInput, options?: AskOptions): Promise<AccountBalance[]>;
  /** Accounts equal to every field of the filter, by timestamp. */
  queryAccounts(filter: QueryFilterInput, options?: AskOptions): Promise<Account[]>;
  /** Transfers equal to every field of the filter, by timestamp. */
  queryTransfers(filter: QueryFilterInput, options?: AskOptions): Promise<Transfer[]>;
  /**
   * Transfers that fit everything in the filter, by timestamp: by account and counterparty, `pending_id`, a range of
   * amounts, flags, and the state of pending transfers. Rejects with `invalid_argument` where no filter of this kind
   * could find anything: bounds in the wrong order, no limit.
   */
  searchTransfers(filter: TransferFilterInput, options?: AskOptions): Promise<Transfer[]>;
  /** Adds up the transfers that fit the filter, however many they are. Rejects as {@link searchTransfers}. */
  sumTransfers(filter: TransferSumFilterInput, options?: AskOptions): Promise<TransferSum>;
}

/**
 * Calls take effect in the order in which they were made, and every answer is durable. A query answers as of its place
 * in that order; if it takes long, answers to later calls come before its own. A refused event gets a status in the
 * answer. A rejection means that the world failed, and then the outcome of the events is unknown: send them again with
 * the same ids. An event that was done before answers `exists`, a linked chain that was done before
 * `exists, linked_event_failed, …`. A request carries at most 8,189 events; a linked chain cannot span requests.
 */
export interface Ledger extends Reads {
  /** One result for each account, in order. */
  createAccounts(accounts: AccountBatch): Promise<ResultBatch<CreateAccountStatus>>;
  createAccounts(accounts: readonly AccountInput[]): Promise<CreateAccountResult[]>;

  /** One result for each transfer, in order. */
  createTransfers(transfers: TransferBatch): Promise<ResultBatch<CreateTransferStatus>>;
  createTransfers(transfers: readonly AnyTransferInput[]): Promise<CreateTransferResult[]>;

  lookupPendings(ids: readonly Id[], options?: PastOptions): Promise<PendingTransfer[]>;
  /**
   * Accounts as they were at a time, that nanosecond included, or in a snapshot, whether they have `history` or not; in
   * the order of `ids`. An id without an account, or with one that was created later, is left out.
   */
  lookupAccountsAt(ids: readonly Id[], at: bigint | Snapshot, options?: AskOptions): Promise<Account[]>;
  /** What names the present state. It keeps nothing, costs nothing and never ends, so it may be stored. */
  getSnapshot(options?: AskOptions): Promise<Snapshot>;
  /**
   * Reads that belong together: all that `act` reads of the view is of one moment, whatever others create meanwhile.
   *
   *   const [[account], sums] = await ledger.read((view) =>
   *     Promise.all([view.lookupAccounts([id]), view.sumTransfers({ account_id: id })]));
   *
   * `snapshot`: that moment; now by default. Nothing waits, and nothing is kept for it.
   */
  read<T>(act: (view: Reads) => Promise<T>, snapshot?: Snapshot): Promise<T>;

  /** Everything that changed balances, oldest first; at most 2,730 of them. */
  getChangeEvents(filter: ChangeEventsFilterInput, options?: AskOptions): Promise<ChangeEvent[]>;

  /** Finishes the calls in flight and releases everything; later calls are rejected. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
