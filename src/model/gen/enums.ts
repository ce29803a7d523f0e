// Printed by scripts/generate.ts from src/model/schema.ts: change that, then `npm run generate`.

/** Names by number as well as numbers by name. */
export type Reversible<T> = T & { readonly [value: number]: string };

function reversible<T extends Record<string, number>>(members: T): Reversible<T> {
  const names = Object.entries(members).map(([name, value]) => [value, name]);
  return Object.freeze({ ...members, ...Object.fromEntries(names) }) as Reversible<T>;
}

const accountFlags = {
  /** No flag. */
  none: 0,
  /** Succeeds or fails together with the next event; the first event without it ends the chain. */
  linked: 1,
  /** Refuses what would make its debits, pending ones included, exceed its posted credits. */
  debits_must_not_exceed_credits: 2,
  /** Refuses what would make its credits, pending ones included, exceed its posted debits. */
  credits_must_not_exceed_debits: 4,
  /** Its balances after each transfer can be asked for. */
  history: 8,
  /** Brings its own timestamp, from the past. */
  imported: 16,
  /** Takes no transfers; only voiding or expiry of a pending closing transfer reopens it. */
  closed: 32,
} as const;

/** Rules of an account, for its whole life. */
export const AccountFlags: Reversible<typeof accountFlags> = reversible(accountFlags);
export type AccountFlags = number;
/** Its members as types, as those of an enum are: `AccountFlags.none`. */
export declare namespace AccountFlags {
  type none = 0;
  type linked = 1;
  type debits_must_not_exceed_credits = 2;
  type credits_must_not_exceed_debits = 4;
  type history = 8;
  type imported = 16;
  type closed = 32;
}

const transferFlags = {
  /** No flag. */
  none: 0,
  /** Succeeds or fails together with the next event; the first event without it ends the chain. */
  linked: 1,
  /** Reserves the amount until it is posted, voided or expires. */
  pending: 2,
  /** Posts the pending transfer named by `pending_id`, wholly or in part. */
  post_pending_transfer: 4,
  /** Releases the pending transfer named by `pending_id`. */
  void_pending_transfer: 8,
  /** Moves at most what the debit account has: its credits less its debits. */
  balancing_debit: 16,
  /** Moves at most what the credit account owes: its debits less its credits. */
  balancing_credit: 32,
  /** Closes the debit account; the transfer must be pending. */
  closing_debit: 64,
  /** Closes the credit account; the transfer must be pending. */
  closing_credit: 128,
  /** Brings its own timestamp, from the past. */
  imported: 256,
} as const;

/** Kinds of transfers. */
export const TransferFlags: Reversible<typeof transferFlags> = reversible(transferFlags);
export type TransferFlags = number;
/** Its members as types, as those of an enum are: `TransferFlags.none`. */
export declare namespace TransferFlags {
  type none = 0;
  type linked = 1;
  type pending = 2;
  type post_pending_transfer = 4;
  type void_pending_transfer = 8;
  type balancing_debit = 16;
  type balancing_credit = 32;
  type closing_debit = 64;
  type closing_credit = 128;
  type imported = 256;
}

const accountFilterFlags = {
  /** No flag. */
  none: 0,
  /** Transfers that debit the account. */
  debits: 1,
  /** Transfers that credit the account. */
  credits: 2,
  /** Newest first. */
  reversed: 4,
} as const;

/** Which transfers of the account, and in which order. */
export const AccountFilterFlags: Reversible<typeof accountFilterFlags> = reversible(accountFilterFlags);
export type AccountFilterFlags = number;
/** Its members as types, as those of an enum are: `AccountFilterFlags.none`. */
export declare namespace AccountFilterFlags {
  type none = 0;
  type debits = 1;
  type credits = 2;
  type reversed = 4;
}

const queryFilterFlags = {
  /** No flag. */
  none: 0,
  /** Newest first. */
  reversed: 1,
} as const;

/** In which order. */
export const QueryFilterFlags: Reversible<typeof queryFilterFlags> = reversible(queryFilterFlags);
export type QueryFilterFlags = number;
/** Its members as types, as those of an enum are: `QueryFilterFlags.none`. */
export declare namespace QueryFilterFlags {
  type none = 0;
  type reversed = 1;
}

const transferFilterFlags = {
  /** No flag. */
  none: 0,
  /** Transfers that debit the account; neither side means both. */
  debits: 1,
  /** Transfers that credit the account. */
  credits: 2,
  /** Newest first. */
  reversed: 4,
  /** Pending transfers that are open; of several states, any will do. */
  open: 8,
  /** Pending transfers that were posted. */
  posted: 16,
  /** Pending transfers that were voided. */
  voided: 32,
  /** Pending transfers that have expired. */
  expired: 64,
} as const;

/** Which side the account is on, what became of pending transfers, and in which order. */
export const TransferFilterFlags: Reversible<typeof transferFilterFlags> = reversible(transferFilterFlags);
export type TransferFilterFlags = number;
/** Its members as types, as those of an enum are: `TransferFilterFlags.none`. */
export declare namespace TransferFilterFlags {
  type none = 0;
  type debits = 1;
  type credits = 2;
  type reversed = 4;
  type open = 8;
  type posted = 16;
  type voided = 32;
  type expired = 64;
}

const createAccountStatus = {
  /** It was created. */
  created: 4294967295,
  /** Another event of its linked chain failed, so this one was not kept. */
  linked_event_failed: 1,
  /** The last event of the request is `linked`, so its chain has no end. */
  linked_event_chain_open: 2,
  /** The first event of the request is imported and this one is not. */
  imported_event_expected: 22,
  /** This event is imported and the first one of the request is not. */
  imported_event_not_expected: 23,
  /** The ledger gives the timestamp; only imported events bring one. */
  timestamp_must_be_zero: 3,
  /** The timestamp of an imported event must lie between 1 and 2^63 - 1. */
  imported_event_timestamp_out_of_range: 24,
  /** The timestamp of an imported event must lie in the past of the ledger. */
  imported_event_timestamp_must_not_advance: 25,
  /** The field `reserved` must be zero. */
  reserved_field: 4,
  /** A flag is set that has no meaning yet. */
  reserved_flag: 5,
  /** Zero is not an id. */
  id_must_not_be_zero: 6,
  /** 2^128 - 1 is not an id. */
  id_must_not_be_int_max: 7,
  /** An account with this id exists and has different flags now. */
  exists_with_different_flags: 15,
  /** An account with this id exists and has different `user_data_128`. */
  exists_with_different_user_data_128: 16,
  /** An account with this id exists and has different `user_data_64`. */
  exists_with_different_user_data_64: 17,
  /** An account with this id exists and has different `user_data_32`. */
  exists_with_different_user_data_32: 18,
  /** An account with this id exists on a different ledger. */
  exists_with_different_ledger: 19,
  /** An account with this id exists and has a different code. */
  exists_with_different_code: 20,
  /** The same account was created before; nothing was done now. */
  exists: 21,
  /** An account cannot have both `debits_must_not_exceed_credits` and `credits_must_not_exceed_debits`. */
  flags_are_mutually_exclusive: 8,
  /** A new account has no balances, so `debits_pending` must be zero. */
  debits_pending_must_be_zero: 9,
  /** A new account has no balances, so `debits_posted` must be zero. */
  debits_posted_must_be_zero: 10,
  /** A new account has no balances, so `credits_pending` must be zero. */
  credits_pending_must_be_zero: 11,
  /** A new account has no balances, so `credits_posted` must be zero. */
  credits_posted_must_be_zero: 12,
  /** Zero is not a ledger. */
  ledger_must_not_be_zero: 13,
  /** Zero is not a code. */
  code_must_not_be_zero: 14,
  /** The timestamp is not after that of the newest account, or it is that of a transfer. */
  imported_event_timestamp_must_not_regress: 26,
} as const;

/** The outcome of an account to be created. */
export const CreateAccountStatus: Reversible<typeof createAccountStatus> = reversible(createAccountStatus);
export type CreateAccountStatus = (typeof createAccountStatus)[keyof typeof createAccountStatus];
/** Its members as types, as those of an enum are: `CreateAccountStatus.created`. */
export declare namespace CreateAccountStatus {
  type created = 4294967295;
  type linked_event_failed = 1;
  type linked_event_chain_open = 2;
  type imported_event_expected = 22;
  type imported_event_not_expected = 23;
  type timestamp_must_be_zero = 3;
  type imported_event_timestamp_out_of_range = 24;
  type imported_event_timestamp_must_not_advance = 25;
  type reserved_field = 4;
  type reserved_flag = 5;
  type id_must_not_be_zero = 6;
  type id_must_not_be_int_max = 7;
  type exists_with_different_flags = 15;
  type exists_with_different_user_data_128 = 16;
  type exists_with_different_user_data_64 = 17;
  type exists_with_different_user_data_32 = 18;
  type exists_with_different_ledger = 19;
  type exists_with_different_code = 20;
  type exists = 21;
  type flags_are_mutually_exclusive = 8;
  type debits_pending_must_be_zero = 9;
  type debits_posted_must_be_zero = 10;
  type credits_pending_must_be_zero = 11;
  type credits_posted_must_be_zero = 12;
  type ledger_must_not_be_zero = 13;
  type code_must_not_be_zero = 14;
  type imported_event_timestamp_must_not_regress = 26;
}

const createTransferStatus = {
  /** It was created. */
  created: 4294967295,
  /** Another event of its linked chain failed, so this one was not kept. */
  linked_event_failed: 1,
  /** The last event of the request is `linked`, so its chain has no end. */
  linked_event_chain_open: 2,
  /** The first event of the request is imported and this one is not. */
  imported_event_expected: 56,
  /** This event is imported and the first one of the request is not. */
  imported_event_not_expected: 57,
  /** The ledger gives the timestamp; only imported events bring one. */
  timestamp_must_be_zero: 3,
  /** The timestamp of an imported event must lie between 1 and 2^63 - 1. */
  imported_event_timestamp_out_of_range: 58,
  /** The timestamp of an imported event must lie in the past of the ledger. */
  imported_event_timestamp_must_not_advance: 59,
  /** A flag is set that has no meaning yet. */
  reserved_flag: 4,
  /** Zero is not an id. */
  id_must_not_be_zero: 5,
  /** 2^128 - 1 is not an id. */
  id_must_not_be_int_max: 6,
  /** A transfer with this id exists and has different flags. */
  exists_with_different_flags: 36,
  /** A transfer with this id exists and has a different `pending_id`. */
  exists_with_different_pending_id: 40,
  /** A transfer with this id exists and has a different timeout. */
  exists_with_different_timeout: 44,
  /** A transfer with this id exists and has a different debit account. */
  exists_with_different_debit_account_id: 37,
  /** A transfer with this id exists and has a different credit account. */
  exists_with_different_credit_account_id: 38,
  /** A transfer with this id exists and has a different amount. */
  exists_with_different_amount: 39,
  /** A transfer with this id exists and has a different `user_data_128`. */
  exists_with_different_user_data_128: 41,
  /** A transfer with this id exists and has a different `user_data_64`. */
  exists_with_different_user_data_64: 42,
  /** A transfer with this id exists and has a different `user_data_32`. */
  exists_with_different_user_data_32: 43,
  /** A transfer with this id exists and has a different ledger. */
  exists_with_different_ledger: 67,
  /** A transfer with this id exists and has a different code. */
  exists_with_different_code: 45,
  /** The same transfer was created before; nothing was done now. */
  exists: 46,
  /** A transfer with this id failed before for a reason that may pass; take a new id to try again. */
  id_already_failed: 68,
  /** Posting and voiding exclude each other, and both exclude pending, balancing and closing. */
  flags_are_mutually_exclusive: 7,
  /** Zero is not the id of an account. */
  debit_account_id_must_not_be_zero: 8,
  /** 2^128 - 1 is not the id of an account. */
  debit_account_id_must_not_be_int_max: 9,
  /** Zero is not the id of an account. */
  credit_account_id_must_not_be_zero: 10,
  /** 2^128 - 1 is not the id of an account. */
  credit_account_id_must_not_be_int_max: 11,
  /** A transfer needs two different accounts. */
  accounts_must_be_different: 12,
  /** Only a post or a void has a `pending_id`. */
  pending_id_must_be_zero: 13,
  /** A post or a void needs the id of a pending transfer. */
  pending_id_must_not_be_zero: 14,
  /** 2^128 - 1 is not the id of a pending transfer. */
  pending_id_must_not_be_int_max: 15,
  /** A post or a void is a transfer with an id of its own. */
  pending_id_must_be_different: 16,
  /** Only a pending transfer can have a timeout. */
  timeout_reserved_for_pending_transfer: 17,
  /** Only a pending transfer can close an account, so that voiding it reopens it. */
  closing_transfer_must_be_pending: 64,
  /** Zero is not a ledger. */
  ledger_must_not_be_zero: 19,
  /** Zero is not a code. */
  code_must_not_be_zero: 20,
  /** The debit account does not exist. */
  debit_account_not_found: 21,
  /** The credit account does not exist. */
  credit_account_not_found: 22,
  /** The two accounts are on different ledgers. */
  accounts_must_have_the_same_ledger: 23,
  /** The transfer names another ledger than that of its accounts. */
  transfer_must_have_the_same_ledger_as_accounts: 24,
  /** The pending transfer does not exist. */
  pending_transfer_not_found: 25,
  /** The transfer named by `pending_id` is not a pending one. */
  pending_transfer_not_pending: 26,
  /** The pending transfer has another debit account; zero stands for the same. */
  pending_transfer_has_different_debit_account_id: 27,
  /** The pending transfer has another credit account; zero stands for the same. */
  pending_transfer_has_different_credit_account_id: 28,
  /** The pending transfer has another ledger; zero stands for the same. */
  pending_transfer_has_different_ledger: 29,
  /** The pending transfer has another code; zero stands for the same. */
  pending_transfer_has_different_code: 30,
  /** More than the pending amount cannot be posted or voided. */
  exceeds_pending_transfer_amount: 31,
  /** A void releases the whole pending amount; zero stands for the same. */
  pending_transfer_has_different_amount: 32,
  /** The pending transfer was posted before. */
  pending_transfer_already_posted: 33,
  /** The pending transfer was voided before. */
  pending_transfer_already_voided: 34,
  /** The pending transfer has expired. */
  pending_transfer_expired: 35,
  /** The timestamp is not after that of the newest transfer, or it is that of an account. */
  imported_event_timestamp_must_not_regress: 60,
  /** The debit account was created after the timestamp of the transfer. */
  imported_event_timestamp_must_postdate_debit_account: 61,
  /** The credit account was created after the timestamp of the transfer. */
  imported_event_timestamp_must_postdate_credit_account: 62,
  /** An imported pending transfer cannot have a timeout. */
  imported_event_timeout_must_be_zero: 63,
  /** The debit account is closed. */
  debit_account_already_closed: 65,
  /** The credit account is closed. */
  credit_account_already_closed: 66,
  /** The pending debits of the debit account would not fit in 128 bits. */
  overflows_debits_pending: 47,
  /** The pending credits of the credit account would not fit in 128 bits. */
  overflows_credits_pending: 48,
  /** The posted debits of the debit account would not fit in 128 bits. */
  overflows_debits_posted: 49,
  /** The posted credits of the credit account would not fit in 128 bits. */
  overflows_credits_posted: 50,
  /** Pending and posted debits of the debit account together would not fit in 128 bits. */
  overflows_debits: 51,
  /** Pending and posted credits of the credit account together would not fit in 128 bits. */
  overflows_credits: 52,
  /** The pending transfer would expire after the end of time, 2^63 - 1 nanoseconds. */
  overflows_timeout: 53,
  /** The debits of the debit account would exceed its posted credits. */
  exceeds_credits: 54,
  /** The credits of the credit account would exceed its posted debits. */
  exceeds_debits: 55,
} as const;

/** The outcome of a transfer to be created. */
export const CreateTransferStatus: Reversible<typeof createTransferStatus> = reversible(createTransferStatus);
export type CreateTransferStatus = (typeof createTransferStatus)[keyof typeof createTransferStatus];
/** Its members as types, as those of an enum are: `CreateTransferStatus.created`. */
export declare namespace CreateTransferStatus {
  type created = 4294967295;
  type linked_event_failed = 1;
  type linked_event_chain_open = 2;
  type imported_event_expected = 56;
  type imported_event_not_expected = 57;
  type timestamp_must_be_zero = 3;
  type imported_event_timestamp_out_of_range = 58;
  type imported_event_timestamp_must_not_advance = 59;
  type reserved_flag = 4;
  type id_must_not_be_zero = 5;
  type id_must_not_be_int_max = 6;
  type exists_with_different_flags = 36;
  type exists_with_different_pending_id = 40;
  type exists_with_different_timeout = 44;
  type exists_with_different_debit_account_id = 37;
  type exists_with_different_credit_account_id = 38;
  type exists_with_different_amount = 39;
  type exists_with_different_user_data_128 = 41;
  type exists_with_different_user_data_64 = 42;
  type exists_with_different_user_data_32 = 43;
  type exists_with_different_ledger = 67;
  type exists_with_different_code = 45;
  type exists = 46;
  type id_already_failed = 68;
  type flags_are_mutually_exclusive = 7;
  type debit_account_id_must_not_be_zero = 8;
  type debit_account_id_must_not_be_int_max = 9;
  type credit_account_id_must_not_be_zero = 10;
  type credit_account_id_must_not_be_int_max = 11;
  type accounts_must_be_different = 12;
  type pending_id_must_be_zero = 13;
  type pending_id_must_not_be_zero = 14;
  type pending_id_must_not_be_int_max = 15;
  type pending_id_must_be_different = 16;
  type timeout_reserved_for_pending_transfer = 17;
  type closing_transfer_must_be_pending = 64;
  type ledger_must_not_be_zero = 19;
  type code_must_not_be_zero = 20;
  type debit_account_not_found = 21;
  type credit_account_not_found = 22;
  type accounts_must_have_the_same_ledger = 23;
  type transfer_must_have_the_same_ledger_as_accounts = 24;
  type pending_transfer_not_found = 25;
  type pending_transfer_not_pending = 26;
  type pending_transfer_has_different_debit_account_id = 27;
  type pending_transfer_has_different_credit_account_id = 28;
  type pending_transfer_has_different_ledger = 29;
  type pending_transfer_has_different_code = 30;
  type exceeds_pending_transfer_amount = 31;
  type pending_transfer_has_different_amount = 32;
  type pending_transfer_already_posted = 33;
  type pending_transfer_already_voided = 34;
  type pending_transfer_expired = 35;
  type imported_event_timestamp_must_not_regress = 60;
  type imported_event_timestamp_must_postdate_debit_account = 61;
  type imported_event_timestamp_must_postdate_credit_account = 62;
  type imported_event_timeout_must_be_zero = 63;
  type debit_account_already_closed = 65;
  type credit_account_already_closed = 66;
  type overflows_debits_pending = 47;
  type overflows_credits_pending = 48;
  type overflows_debits_posted = 49;
  type overflows_credits_posted = 50;
  type overflows_debits = 51;
  type overflows_credits = 52;
  type overflows_timeout = 53;
  type exceeds_credits = 54;
  type exceeds_debits = 55;
}

const changeEventType = {
  /** A transfer moved its amount at once. */
  single_phase: 0,
  /** A pending transfer reserved its amount. */
  two_phase_pending: 1,
  /** A pending transfer was posted. */
  two_phase_posted: 2,
  /** A pending transfer was voided. */
  two_phase_voided: 3,
  /** A pending transfer expired. */
  two_phase_expired: 4,
} as const;

/** Kind of a change of balances. */
export const ChangeEventType: Reversible<typeof changeEventType> = reversible(changeEventType);
export type ChangeEventType = (typeof changeEventType)[keyof typeof changeEventType];
/** Its members as types, as those of an enum are: `ChangeEventType.single_phase`. */
export declare namespace ChangeEventType {
  type single_phase = 0;
  type two_phase_pending = 1;
  type two_phase_posted = 2;
  type two_phase_voided = 3;
  type two_phase_expired = 4;
}

const pendingState = {
  /** No transfer has the id. */
  not_found: 0,
  /** The transfer with the id is no pending one. */
  not_pending: 1,
  /** Its amount is reserved. */
  open: 2,
  /** A transfer has posted it, wholly or in part; what was left is released. */
  posted: 3,
  /** A transfer has voided it, and its amount is released. */
  voided: 4,
  /** Its timeout has passed, and its amount is released. */
  expired: 5,
} as const;

/** What became of a pending transfer. */
export const PendingState: Reversible<typeof pendingState> = reversible(pendingState);
export type PendingState = (typeof pendingState)[keyof typeof pendingState];
/** Its members as types, as those of an enum are: `PendingState.not_found`. */
export declare namespace PendingState {
  type not_found = 0;
  type not_pending = 1;
  type open = 2;
  type posted = 3;
  type voided = 4;
  type expired = 5;
}

const operation = {
  /** Expires pending transfers that are due; the ledger itself sends it. */
  pulse: 128,
  /** Returns the changes of balances, oldest first. */
  get_change_events: 137,
  /** Returns the accounts found, in the order of the ids asked for. */
  lookup_accounts: 140,
  /** Returns the transfers found, in the order of the ids asked for. */
  lookup_transfers: 141,
  /** Returns the transfers of one account. */
  get_account_transfers: 142,
  /** Returns the balances of one account with `history`, after each of its transfers. */
  get_account_balances: 143,
  /** Returns the accounts equal to every field of the filter. */
  query_accounts: 144,
  /** Returns the transfers equal to every field of the filter. */
  query_transfers: 145,
  /** Creates accounts; one result for each, in order. */
  create_accounts: 146,
  /** Creates transfers; one result for each, in order. */
  create_transfers: 147,
  /** Returns what became of pending transfers: one record for each, in order. */
  lookup_pendings: 200,
  /** Returns the transfers that fit everything in the filter. */
  search_transfers: 201,
  /** Adds up the transfers that fit everything in the filter, however many they are. */
  sum_transfers: 202,
  /** Returns the accounts found, as they were at a time or in a snapshot, in the order asked for. */
  lookup_accounts_at: 203,
  /** Returns what names the present state of the ledger, for reads that belong together. */
  get_snapshot: 204,
} as const;

/** The operation of a request. */
export const Operation: Reversible<typeof operation> = reversible(operation);
export type Operation = (typeof operation)[keyof typeof operation];
/** Its members as types, as those of an enum are: `Operation.pulse`. */
export declare namespace Operation {
  type pulse = 128;
  type get_change_events = 137;
  type lookup_accounts = 140;
  type lookup_transfers = 141;
  type get_account_transfers = 142;
  type get_account_balances = 143;
  type query_accounts = 144;
  type query_transfers = 145;
  type create_accounts = 146;
  type create_transfers = 147;
  type lookup_pendings = 200;
  type search_transfers = 201;
  type sum_transfers = 202;
  type lookup_accounts_at = 203;
  type get_snapshot = 204;
}
