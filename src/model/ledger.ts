/** The port to a ledger, wherever it lives. Services, books and servers are handed one and know no more. */
import type { ResultBatch } from './batch.ts';
import type { AccountBatch, TransferBatch } from './gen/batches.ts';
import type { CreateAccountStatus, CreateTransferStatus } from './gen/enums.ts';
import type {
  Account,
  AccountBalance,
  AccountFilterInput,
  AccountInput,
  ChangeEvent,
  ChangeEventsFilterInput,
  CreateAccountResult,
  CreateTransferResult,
  Id,
  QueryFilterInput,
  Transfer,
  TransferInput,
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

/**
 * Calls take effect in the order in which they were made, and every answer is durable. A query answers as of its place
 * in that order; if it takes long, answers to later calls come before its own. A refused event gets a status in the
 * answer. A rejection means that the world failed, and then the outcome of the events is unknown: send them again with
 * the same ids. An event that was done before answers `exists`, a linked chain that was done before
 * `exists, linked_event_failed, …`. A request carries at most 8,189 events; a linked chain cannot span requests.
 */
export interface Ledger {
  /** One result for each account, in order. */
  createAccounts(accounts: AccountBatch): Promise<ResultBatch<CreateAccountStatus>>;
  createAccounts(accounts: readonly AccountInput[]): Promise<CreateAccountResult[]>;

  /** One result for each transfer, in order. */
  createTransfers(transfers: TransferBatch): Promise<ResultBatch<CreateTransferStatus>>;
  createTransfers(transfers: readonly TransferInput[]): Promise<CreateTransferResult[]>;

  /** The records found, in the order of `ids`. An id without a record is left out, so indexes need not agree. */
  lookupAccounts(ids: readonly Id[], options?: AskOptions): Promise<Account[]>;
  /** The records found, in the order of `ids`. An id without a record is left out, so indexes need not agree. */
  lookupTransfers(ids: readonly Id[], options?: AskOptions): Promise<Transfer[]>;

  /** Transfers of one account, by timestamp. An invalid filter finds nothing. */
  getAccountTransfers(filter: AccountFilterInput, options?: AskOptions): Promise<Transfer[]>;
  /** Balances of one account with `history` after each of its transfers, by timestamp. */
  getAccountBalances(filter: AccountFilterInput, options?: AskOptions): Promise<AccountBalance[]>;
  /** Accounts equal to every field of the filter, by timestamp. */
  queryAccounts(filter: QueryFilterInput, options?: AskOptions): Promise<Account[]>;
  /** Transfers equal to every field of the filter, by timestamp. */
  queryTransfers(filter: QueryFilterInput, options?: AskOptions): Promise<Transfer[]>;
  /** Everything that changed balances, oldest first; at most 2,730 of them. */
  getChangeEvents(filter: ChangeEventsFilterInput, options?: AskOptions): Promise<ChangeEvent[]>;

  /** Finishes the calls in flight and releases everything; later calls are rejected. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
