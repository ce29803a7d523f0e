/** The port: what a ledger can do, wherever it lives. Services, books and servers are handed one and know no more. */
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

/**
 * All calls are answered in the order in which they were made, and an answer means that what it says is durable.
 * What the domain refuses is a status in the answer; a rejection is the world misbehaving, and then the outcome of
 * the events is unknown: send them again with the same ids, what was done answers `exists`.
 * A request carries at most 8,189 events; a linked chain cannot span requests.
 */
export interface Ledger {
  /** One result for each account, in order. */
  createAccounts(accounts: AccountBatch): Promise<ResultBatch<CreateAccountStatus>>;
  createAccounts(accounts: readonly AccountInput[]): Promise<CreateAccountResult[]>;

  /** One result for each transfer, in order. */
  createTransfers(transfers: TransferBatch): Promise<ResultBatch<CreateTransferStatus>>;
  createTransfers(transfers: readonly TransferInput[]): Promise<CreateTransferResult[]>;

  /** Those found, in the order of `ids`; what is not found is missing, so indexes need not agree. */
  lookupAccounts(ids: readonly Id[]): Promise<Account[]>;
  /** Those found, in the order of `ids`; what is not found is missing, so indexes need not agree. */
  lookupTransfers(ids: readonly Id[]): Promise<Transfer[]>;

  /** Transfers of one account, by timestamp. A filter that makes no sense finds nothing. */
  getAccountTransfers(filter: AccountFilterInput): Promise<Transfer[]>;
  /** Balances of one account with `history` after each of its transfers, by timestamp. */
  getAccountBalances(filter: AccountFilterInput): Promise<AccountBalance[]>;
  /** Accounts equal to every field of the filter, by timestamp. */
  queryAccounts(filter: QueryFilterInput): Promise<Account[]>;
  /** Transfers equal to every field of the filter, by timestamp. */
  queryTransfers(filter: QueryFilterInput): Promise<Transfer[]>;
  /** Everything that changed balances, oldest first; at most 2,730 of them. */
  getChangeEvents(filter: ChangeEventsFilterInput): Promise<ChangeEvent[]>;

  /** Finishes what is in flight and lets go of everything; calls made later are rejected. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
