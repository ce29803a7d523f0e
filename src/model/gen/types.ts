// Printed by scripts/generate.ts from src/model/schema.ts: change that, then `npm run generate`.

import type { ChangeEventType, CreateAccountStatus, CreateTransferStatus, PendingState } from './enums.ts';

/** A u128: a bigint, or the text of a UUID, such as `'01890a5d-ac96-774b-bcce-b302099a8057'`. */
export type Id = bigint | string;

/** Holds the sums of its debits and credits, on one ledger. Only balances and `closed` ever change. */
export type Account = {
  /** Chosen by you, unique among accounts, neither zero nor 2^128 - 1. */
  id: bigint;
  /** Debits reserved by pending transfers; zero in an account to be created. */
  debits_pending: bigint;
  /** Debits posted; zero in an account to be created. */
  debits_posted: bigint;
  /** Credits reserved by pending transfers; zero in an account to be created. */
  credits_pending: bigint;
  /** Credits posted; zero in an account to be created. */
  credits_posted: bigint;
  /** 128 bits for your own use, indexed when it is not zero. */
  user_data_128: bigint;
  /** 64 bits for your own use, indexed when it is not zero. */
  user_data_64: bigint;
  /** 32 bits for your own use, indexed when it is not zero. */
  user_data_32: number;
  /** Must be zero. */
  reserved: number;
  /** Accounts can trade within one ledger only; not zero. */
  ledger: number;
  /** Kind of the account, in your own numbering; not zero. */
  code: number;
  /** Any of `AccountFlags`, combined with `|`. */
  flags: number;
  /** When it was created, in nanoseconds since the epoch; zero in an account to be created, unless imported. */
  timestamp: bigint;
};

/** Holds the sums of its debits and credits, on one ledger. Only balances and `closed` ever change. As callers may give it. */
export type AccountInput = {
  /** Chosen by you, unique among accounts, neither zero nor 2^128 - 1. */
  readonly id: Id;
  /** Debits reserved by pending transfers; zero in an account to be created. Default: zero. */
  readonly debits_pending?: bigint | undefined;
  /** Debits posted; zero in an account to be created. Default: zero. */
  readonly debits_posted?: bigint | undefined;
  /** Credits reserved by pending transfers; zero in an account to be created. Default: zero. */
  readonly credits_pending?: bigint | undefined;
  /** Credits posted; zero in an account to be created. Default: zero. */
  readonly credits_posted?: bigint | undefined;
  /** 128 bits for your own use, indexed when it is not zero. Default: zero. */
  readonly user_data_128?: Id | undefined;
  /** 64 bits for your own use, indexed when it is not zero. Default: zero. */
  readonly user_data_64?: bigint | undefined;
  /** 32 bits for your own use, indexed when it is not zero. Default: zero. */
  readonly user_data_32?: number | undefined;
  /** Must be zero. Default: zero. */
  readonly reserved?: number | undefined;
  /** Accounts can trade within one ledger only; not zero. */
  readonly ledger: number;
  /** Kind of the account, in your own numbering; not zero. */
  readonly code: number;
  /** Any of `AccountFlags`, combined with `|`. Default: zero. */
  readonly flags?: number | undefined;
  /**
   * When it was created, in nanoseconds since the epoch; zero in an account to be created, unless imported. Default:
   * zero.
   */
  readonly timestamp?: bigint | undefined;
};

/** Moves an amount from a debit account to a credit account, once and for ever. It never changes. */
export type Transfer = {
  /** Chosen by you, unique among transfers, neither zero nor 2^128 - 1. Sending it twice moves money once. */
  id: bigint;
  /** The account to debit. */
  debit_account_id: bigint;
  /** The account to credit, on the same ledger. */
  credit_account_id: bigint;
  /** How much, in the smallest unit of the ledger; zero is allowed. */
  amount: bigint;
  /** The pending transfer to post or to void, otherwise zero. */
  pending_id: bigint;
  /** 128 bits for your own use, indexed when it is not zero. */
  user_data_128: bigint;
  /** 64 bits for your own use, indexed when it is not zero. */
  user_data_64: bigint;
  /** 32 bits for your own use, indexed when it is not zero. */
  user_data_32: number;
  /** Seconds after which a pending transfer expires; zero: never. */
  timeout: number;
  /** The ledger of both accounts. */
  ledger: number;
  /** Why the money moves, in your own numbering; not zero. */
  code: number;
  /** Any of `TransferFlags`, combined with `|`. */
  flags: number;
  /** When it was created, in nanoseconds since the epoch; zero in a transfer to be created, unless imported. */
  timestamp: bigint;
};

/** Moves an amount from a debit account to a credit account, once and for ever. It never changes. As callers may give it. */
export type TransferInput = {
  /** Chosen by you, unique among transfers, neither zero nor 2^128 - 1. Sending it twice moves money once. */
  readonly id: Id;
  /** The account to debit. Default: zero. */
  readonly debit_account_id?: Id | undefined;
  /** The account to credit, on the same ledger. Default: zero. */
  readonly credit_account_id?: Id | undefined;
  /** How much, in the smallest unit of the ledger; zero is allowed. Must be said: what is left out is not zero. */
  readonly amount: bigint;
  /** The pending transfer to post or to void, otherwise zero. Default: zero. */
  readonly pending_id?: Id | undefined;
  /** 128 bits for your own use, indexed when it is not zero. Default: zero. */
  readonly user_data_128?: Id | undefined;
  /** 64 bits for your own use, indexed when it is not zero. Default: zero. */
  readonly user_data_64?: bigint | undefined;
  /** 32 bits for your own use, indexed when it is not zero. Default: zero. */
  readonly user_data_32?: number | undefined;
  /** Seconds after which a pending transfer expires; zero: never. Default: zero. */
  readonly timeout?: number | undefined;
  /** The ledger of both accounts. Default: zero. */
  readonly ledger?: number | undefined;
  /** Why the money moves, in your own numbering; not zero. Default: zero. */
  readonly code?: number | undefined;
  /** Any of `TransferFlags`, combined with `|`. Default: zero. */
  readonly flags?: number | undefined;
  /**
   * When it was created, in nanoseconds since the epoch; zero in a transfer to be created, unless imported. Default:
   * zero.
   */
  readonly timestamp?: bigint | undefined;
};

/** `TransferFlags.void_pending_transfer` and no other flag: all of it is released, so no amount need be said. */
export type VoidInput = Omit<TransferInput, 'amount' | 'flags'> & {
  readonly flags: 8;
  readonly amount?: bigint | undefined;
};

/** Any transfer that may be sent: one that says its amount, or a void. */
export type AnyTransferInput = TransferInput | VoidInput;

/** The balances of an account with `history`, right after one transfer. */
export type AccountBalance = {
  /** Debits reserved by pending transfers. */
  debits_pending: bigint;
  /** Debits posted. */
  debits_posted: bigint;
  /** Credits reserved by pending transfers. */
  credits_pending: bigint;
  /** Credits posted. */
  credits_posted: bigint;
  /** Timestamp of that transfer, in nanoseconds since the epoch. */
  timestamp: bigint;
};

/** Which transfers, or balances, of one account to return. */
export type AccountFilter = {
  /** The account. */
  account_id: bigint;
  /** 128 bits that the found ones must have; zero finds all. */
  user_data_128: bigint;
  /** 64 bits that the found ones must have; zero finds all. */
  user_data_64: bigint;
  /** 32 bits that the found ones must have; zero finds all. */
  user_data_32: number;
  /** Code that the found ones must have; zero finds all. */
  code: number;
  /** First timestamp wanted, inclusive; zero: from the beginning. */
  timestamp_min: bigint;
  /** Last timestamp wanted, inclusive; zero: to the end. */
  timestamp_max: bigint;
  /** How many to return at most; not zero, and at most 8189. */
  limit: number;
  /** Which side of the transfer the account is on, and the order. */
  flags: number;
};

/** Which transfers, or balances, of one account to return. As callers may give it. */
export type AccountFilterInput = {
  /** The account. */
  readonly account_id: Id;
  /** 128 bits that the found ones must have; zero finds all. Default: zero. */
  readonly user_data_128?: Id | undefined;
  /** 64 bits that the found ones must have; zero finds all. Default: zero. */
  readonly user_data_64?: bigint | undefined;
  /** 32 bits that the found ones must have; zero finds all. Default: zero. */
  readonly user_data_32?: number | undefined;
  /** Code that the found ones must have; zero finds all. Default: zero. */
  readonly code?: number | undefined;
  /** First timestamp wanted, inclusive; zero: from the beginning. Default: zero. */
  readonly timestamp_min?: bigint | undefined;
  /** Last timestamp wanted, inclusive; zero: to the end. Default: zero. */
  readonly timestamp_max?: bigint | undefined;
  /** How many to return at most; not zero, and at most 8189. Default: 8189. */
  readonly limit?: number | undefined;
  /** Which side of the transfer the account is on, and the order. Default: debits and credits. */
  readonly flags?: number | undefined;
};

/** Which accounts or transfers to return: those equal to every field given. */
export type QueryFilter = {
  /** 128 bits that the found ones must have; zero finds all. */
  user_data_128: bigint;
  /** 64 bits that the found ones must have; zero finds all. */
  user_data_64: bigint;
  /** 32 bits that the found ones must have; zero finds all. */
  user_data_32: number;
  /** Ledger that the found ones must have; zero finds all. */
  ledger: number;
  /** Code that the found ones must have; zero finds all. */
  code: number;
  /** First timestamp wanted, inclusive; zero: from the beginning. */
  timestamp_min: bigint;
  /** Last timestamp wanted, inclusive; zero: to the end. */
  timestamp_max: bigint;
  /** How many to return at most; not zero, and at most 8189. */
  limit: number;
  /** The order. */
  flags: number;
};

/** Which accounts or transfers to return: those equal to every field given. As callers may give it. */
export type QueryFilterInput = {
  /** 128 bits that the found ones must have; zero finds all. Default: zero. */
  readonly user_data_128?: Id | undefined;
  /** 64 bits that the found ones must have; zero finds all. Default: zero. */
  readonly user_data_64?: bigint | undefined;
  /** 32 bits that the found ones must have; zero finds all. Default: zero. */
  readonly user_data_32?: number | undefined;
  /** Ledger that the found ones must have; zero finds all. Default: zero. */
  readonly ledger?: number | undefined;
  /** Code that the found ones must have; zero finds all. Default: zero. */
  readonly code?: number | undefined;
  /** First timestamp wanted, inclusive; zero: from the beginning. Default: zero. */
  readonly timestamp_min?: bigint | undefined;
  /** Last timestamp wanted, inclusive; zero: to the end. Default: zero. */
  readonly timestamp_max?: bigint | undefined;
  /** How many to return at most; not zero, and at most 8189. Default: 8189. */
  readonly limit?: number | undefined;
  /** The order. Default: zero. */
  readonly flags?: number | undefined;
};

/** Which change events to return, always oldest first. */
export type ChangeEventsFilter = {
  /** First timestamp wanted, inclusive; zero: from the beginning. */
  timestamp_min: bigint;
  /** Last timestamp wanted, inclusive; zero: to the end. */
  timestamp_max: bigint;
  /** How many to return at most; not zero, and at most 2730. */
  limit: number;
};

/** Which change events to return, always oldest first. As callers may give it. */
export type ChangeEventsFilterInput = {
  /** First timestamp wanted, inclusive; zero: from the beginning. Default: zero. */
  readonly timestamp_min?: bigint | undefined;
  /** Last timestamp wanted, inclusive; zero: to the end. Default: zero. */
  readonly timestamp_max?: bigint | undefined;
  /** How many to return at most; not zero, and at most 2730. Default: 2730. */
  readonly limit?: number | undefined;
};

/** One thing that changed balances: the transfer, and both accounts as they were right after it. */
export type ChangeEvent = {
  /** The transfer; of an expiry, the pending transfer that expired. */
  transfer_id: bigint;
  /** The amount that moved, was reserved or was released. */
  transfer_amount: bigint;
  /** The pending transfer that was posted or voided, otherwise zero. */
  transfer_pending_id: bigint;
  /** 128 bits of user data of the transfer. */
  transfer_user_data_128: bigint;
  /** 64 bits of user data of the transfer. */
  transfer_user_data_64: bigint;
  /** 32 bits of user data of the transfer. */
  transfer_user_data_32: number;
  /** Timeout of the transfer, in seconds. */
  transfer_timeout: number;
  /** Code of the transfer. */
  transfer_code: number;
  /** Flags of the transfer. */
  transfer_flags: number;
  /** Ledger of the transfer and of both accounts. */
  ledger: number;
  /** Kind of the change. */
  type: ChangeEventType;
  /** The account that the transfer debits. */
  debit_account_id: bigint;
  /** Debits reserved by pending transfers of the debited account after the event. */
  debit_account_debits_pending: bigint;
  /** Debits posted of the debited account after the event. */
  debit_account_debits_posted: bigint;
  /** Credits reserved by pending transfers of the debited account after the event. */
  debit_account_credits_pending: bigint;
  /** Credits posted of the debited account after the event. */
  debit_account_credits_posted: bigint;
  /** 128 bits of user data of the debited account. */
  debit_account_user_data_128: bigint;
  /** 64 bits of user data of the debited account. */
  debit_account_user_data_64: bigint;
  /** 32 bits of user data of the debited account. */
  debit_account_user_data_32: number;
  /** Code of the debited account. */
  debit_account_code: number;
  /** Flags of the debited account after the event. */
  debit_account_flags: number;
  /** The account that the transfer credits. */
  credit_account_id: bigint;
  /** Debits reserved by pending transfers of the credited account after the event. */
  credit_account_debits_pending: bigint;
  /** Debits posted of the credited account after the event. */
  credit_account_debits_posted: bigint;
  /** Credits reserved by pending transfers of the credited account after the event. */
  credit_account_credits_pending: bigint;
  /** Credits posted of the credited account after the event. */
  credit_account_credits_posted: bigint;
  /** 128 bits of user data of the credited account. */
  credit_account_user_data_128: bigint;
  /** 64 bits of user data of the credited account. */
  credit_account_user_data_64: bigint;
  /** 32 bits of user data of the credited account. */
  credit_account_user_data_32: number;
  /** Code of the credited account. */
  credit_account_code: number;
  /** Flags of the credited account after the event. */
  credit_account_flags: number;
  /** Timestamp of the event, unique; nanoseconds since the epoch. */
  timestamp: bigint;
  /** When the transfer was created; differs from `timestamp` only for an expiry. */
  transfer_timestamp: bigint;
  /** When the debited account was created. */
  debit_account_timestamp: bigint;
  /** When the credited account was created. */
  credit_account_timestamp: bigint;
};

/** The outcome of one account to be created. */
export type CreateAccountResult = {
  /** Timestamp of the object if `created` or `exists`, otherwise of the attempt; nanoseconds since the epoch. */
  timestamp: bigint;
  /** The outcome of the event. */
  status: CreateAccountStatus;
};

/** The outcome of one transfer to be created. */
export type CreateTransferResult = {
  /** Timestamp of the object if `created` or `exists`, otherwise of the attempt; nanoseconds since the epoch. */
  timestamp: bigint;
  /** The outcome of the event. */
  status: CreateTransferStatus;
};

/** Which transfers to return: those that fit everything that is given. */
export type TransferFilter = {
  /** The account that is debited or credited; zero: any. */
  account_id: bigint;
  /** The account on the other side; zero: any. */
  counterparty_id: bigint;
  /** The pending transfer that the found ones post or void; zero: any. */
  pending_id: bigint;
  /** Smallest amount wanted, inclusive. */
  amount_min: bigint;
  /** Largest amount wanted, inclusive; zero: no bound. */
  amount_max: bigint;
  /** 128 bits that the found ones must have; zero finds all. */
  user_data_128: bigint;
  /** 64 bits that the found ones must have; zero finds all. */
  user_data_64: bigint;
  /** 32 bits that the found ones must have; zero finds all. */
  user_data_32: number;
  /** Ledger that the found ones must have; zero finds all. */
  ledger: number;
  /** Code that the found ones must have; zero finds all. */
  code: number;
  /** Flags that the found ones must have, all of them; zero finds all. */
  transfer_flags: number;
  /** First timestamp wanted, inclusive; zero: from the beginning. */
  timestamp_min: bigint;
  /** Last timestamp wanted, inclusive; zero: to the end. */
  timestamp_max: bigint;
  /** As of a snapshot: its `as_of`. Zero: as of now. */
  as_of: bigint;
  /** How many to return at most; not zero, and at most 8189. */
  limit: number;
  /** Which side the account is on, what became of pending transfers, and the order. */
  flags: number;
};

/** Which transfers to return: those that fit everything that is given. As callers may give it. */
export type TransferFilterInput = {
  /** The account that is debited or credited; zero: any. Default: zero. */
  readonly account_id?: Id | undefined;
  /** The account on the other side; zero: any. Default: zero. */
  readonly counterparty_id?: Id | undefined;
  /** The pending transfer that the found ones post or void; zero: any. Default: zero. */
  readonly pending_id?: Id | undefined;
  /** Smallest amount wanted, inclusive. Default: zero. */
  readonly amount_min?: bigint | undefined;
  /** Largest amount wanted, inclusive; zero: no bound. Default: zero. */
  readonly amount_max?: bigint | undefined;
  /** 128 bits that the found ones must have; zero finds all. Default: zero. */
  readonly user_data_128?: Id | undefined;
  /** 64 bits that the found ones must have; zero finds all. Default: zero. */
  readonly user_data_64?: bigint | undefined;
  /** 32 bits that the found ones must have; zero finds all. Default: zero. */
  readonly user_data_32?: number | undefined;
  /** Ledger that the found ones must have; zero finds all. Default: zero. */
  readonly ledger?: number | undefined;
  /** Code that the found ones must have; zero finds all. Default: zero. */
  readonly code?: number | undefined;
  /** Flags that the found ones must have, all of them; zero finds all. Default: zero. */
  readonly transfer_flags?: number | undefined;
  /** First timestamp wanted, inclusive; zero: from the beginning. Default: zero. */
  readonly timestamp_min?: bigint | undefined;
  /** Last timestamp wanted, inclusive; zero: to the end. Default: zero. */
  readonly timestamp_max?: bigint | undefined;
  /** As of a snapshot: its `as_of`. Zero: as of now. Default: zero. */
  readonly as_of?: bigint | undefined;
  /** How many to return at most; not zero, and at most 8189. Default: 8189. */
  readonly limit?: number | undefined;
  /** Which side the account is on, what became of pending transfers, and the order. Default: zero. */
  readonly flags?: number | undefined;
};

/** Which transfers to add up: those that fit everything that is given. */
export type TransferSumFilter = {
  /** The account that is debited or credited; zero: any. */
  account_id: bigint;
  /** The account on the other side; zero: any. */
  counterparty_id: bigint;
  /** The pending transfer that the found ones post or void; zero: any. */
  pending_id: bigint;
  /** Smallest amount wanted, inclusive. */
  amount_min: bigint;
  /** Largest amount wanted, inclusive; zero: no bound. */
  amount_max: bigint;
  /** 128 bits that the found ones must have; zero finds all. */
  user_data_128: bigint;
  /** 64 bits that the found ones must have; zero finds all. */
  user_data_64: bigint;
  /** 32 bits that the found ones must have; zero finds all. */
  user_data_32: number;
  /** Ledger that the found ones must have; zero finds all. */
  ledger: number;
  /** Code that the found ones must have; zero finds all. */
  code: number;
  /** Flags that the found ones must have, all of them; zero finds all. */
  transfer_flags: number;
  /** First timestamp wanted, inclusive; zero: from the beginning. */
  timestamp_min: bigint;
  /** Last timestamp wanted, inclusive; zero: to the end. */
  timestamp_max: bigint;
  /** As of a snapshot: its `as_of`. Zero: as of now. */
  as_of: bigint;
  /** Which side the account is on, and what became of pending transfers. */
  flags: number;
};

/** Which transfers to add up: those that fit everything that is given. As callers may give it. */
export type TransferSumFilterInput = {
  /** The account that is debited or credited; zero: any. Default: zero. */
  readonly account_id?: Id | undefined;
  /** The account on the other side; zero: any. Default: zero. */
  readonly counterparty_id?: Id | undefined;
  /** The pending transfer that the found ones post or void; zero: any. Default: zero. */
  readonly pending_id?: Id | undefined;
  /** Smallest amount wanted, inclusive. Default: zero. */
  readonly amount_min?: bigint | undefined;
  /** Largest amount wanted, inclusive; zero: no bound. Default: zero. */
  readonly amount_max?: bigint | undefined;
  /** 128 bits that the found ones must have; zero finds all. Default: zero. */
  readonly user_data_128?: Id | undefined;
  /** 64 bits that the found ones must have; zero finds all. Default: zero. */
  readonly user_data_64?: bigint | undefined;
  /** 32 bits that the found ones must have; zero finds all. Default: zero. */
  readonly user_data_32?: number | undefined;
  /** Ledger that the found ones must have; zero finds all. Default: zero. */
  readonly ledger?: number | undefined;
  /** Code that the found ones must have; zero finds all. Default: zero. */
  readonly code?: number | undefined;
  /** Flags that the found ones must have, all of them; zero finds all. Default: zero. */
  readonly transfer_flags?: number | undefined;
  /** First timestamp wanted, inclusive; zero: from the beginning. Default: zero. */
  readonly timestamp_min?: bigint | undefined;
  /** Last timestamp wanted, inclusive; zero: to the end. Default: zero. */
  readonly timestamp_max?: bigint | undefined;
  /** As of a snapshot: its `as_of`. Zero: as of now. Default: zero. */
  readonly as_of?: bigint | undefined;
  /** Which side the account is on, and what became of pending transfers. Default: zero. */
  readonly flags?: number | undefined;
};

/** Amounts added up, by the side that the account is on; without an account, both sides are the same. */
export type TransferSum = {
  /** What single-phase transfers and posts debit together. */
  debits_posted: bigint;
  /** What pending transfers would debit, together, whatever became of them. */
  debits_pending: bigint;
  /** What single-phase transfers and posts credit together. */
  credits_posted: bigint;
  /** What pending transfers would credit, together, whatever became of them. */
  credits_pending: bigint;
  /** Transfers that were found, voids among them, which move nothing. */
  count: bigint;
  /** Timestamp of the oldest of them; zero: none was found. */
  timestamp_first: bigint;
  /** Timestamp of the newest of them. */
  timestamp_last: bigint;
};

/** Which pending transfer to look up. */
export type PendingLookup = {
  /** The pending transfer. */
  id: bigint;
  /** As of a snapshot: its `as_of`. Zero: as of now. */
  as_of: bigint;
};

/** Which pending transfer to look up. As callers may give it. */
export type PendingLookupInput = {
  /** The pending transfer. */
  readonly id: Id;
  /** As of a snapshot: its `as_of`. Zero: as of now. Default: zero. */
  readonly as_of?: bigint | undefined;
};

/** A pending transfer, and what became of it. */
export type PendingTransfer = {
  /** The id that was asked for. */
  id: bigint;
  /** What it reserved. */
  amount: bigint;
  /** The amount that was posted; zero unless `posted`. */
  amount_posted: bigint;
  /** The transfer that posted or voided it, otherwise zero. */
  ended_by: bigint;
  /** When it was created; zero: `not_found`. */
  timestamp: bigint;
  /** When its timeout passes; zero: never. */
  expires_at: bigint;
  /** When it was posted, voided or expired; zero: it was not. */
  ended_at: bigint;
  /** The ledger of both accounts; zero: `not_found`. */
  ledger: number;
  /** What became of it. */
  state: PendingState;
};

/** Which account to look up, and as of when. */
export type AccountLookup = {
  /** The account. */
  id: bigint;
  /** Last timestamp that counts, inclusive; zero: the newest. */
  timestamp: bigint;
  /** As of a snapshot: its `as_of`. Zero: as of now. */
  as_of: bigint;
};

/** Which account to look up, and as of when. As callers may give it. */
export type AccountLookupInput = {
  /** The account. */
  readonly id: Id;
  /** Last timestamp that counts, inclusive; zero: the newest. Default: zero. */
  readonly timestamp?: bigint | undefined;
  /** As of a snapshot: its `as_of`. Zero: as of now. Default: zero. */
  readonly as_of?: bigint | undefined;
};

/** Asks for the snapshot that is now. */
export type SnapshotRequest = {
  /** Must be zero. */
  reserved: bigint;
};

/** Asks for the snapshot that is now. As callers may give it. */
export type SnapshotRequestInput = {
  /** Must be zero. Default: zero. */
  readonly reserved?: bigint | undefined;
};

/** A state of the ledger, by the last of everything that it holds. It keeps nothing, and never ends. */
export type Snapshot = {
  /** Names the state in other reads; never zero. */
  as_of: bigint;
  /** The newest timestamp that the ledger has given. */
  timestamp: bigint;
  /** Timestamp of the newest transfer; zero: there is none. */
  transfers_timestamp: bigint;
  /** Timestamp of the newest account; zero: there is none. */
  accounts_timestamp: bigint;
  /** Number of the last batch that changed the ledger. */
  op: bigint;
};
