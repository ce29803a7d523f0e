// Printed by scripts/generate.ts from src/model/schema.ts: change that, then `npm run generate`.

/** The same bit in accounts and in transfers. */
export const FLAG_LINKED: u32 = 1;
export const EVENTS_MAX: u32 = 8189;
export const CHANGE_EVENTS_MAX: u32 = 2730;
export const ID_SIZE: usize = 16;

// Account: byte offsets
export const ACCOUNT_SIZE: usize = 128;
export const ACCOUNT_ID: usize = 0;
export const ACCOUNT_DEBITS_PENDING: usize = 16;
export const ACCOUNT_DEBITS_POSTED: usize = 32;
export const ACCOUNT_CREDITS_PENDING: usize = 48;
export const ACCOUNT_CREDITS_POSTED: usize = 64;
export const ACCOUNT_USER_DATA_128: usize = 80;
export const ACCOUNT_USER_DATA_64: usize = 96;
export const ACCOUNT_USER_DATA_32: usize = 104;
export const ACCOUNT_RESERVED: usize = 108;
export const ACCOUNT_LEDGER: usize = 112;
export const ACCOUNT_CODE: usize = 116;
export const ACCOUNT_FLAGS: usize = 118;
export const ACCOUNT_TIMESTAMP: usize = 120;

// Transfer: byte offsets
export const TRANSFER_SIZE: usize = 128;
export const TRANSFER_ID: usize = 0;
export const TRANSFER_DEBIT_ACCOUNT_ID: usize = 16;
export const TRANSFER_CREDIT_ACCOUNT_ID: usize = 32;
export const TRANSFER_AMOUNT: usize = 48;
export const TRANSFER_PENDING_ID: usize = 64;
export const TRANSFER_USER_DATA_128: usize = 80;
export const TRANSFER_USER_DATA_64: usize = 96;
export const TRANSFER_USER_DATA_32: usize = 104;
export const TRANSFER_TIMEOUT: usize = 108;
export const TRANSFER_LEDGER: usize = 112;
export const TRANSFER_CODE: usize = 116;
export const TRANSFER_FLAGS: usize = 118;
export const TRANSFER_TIMESTAMP: usize = 120;

// AccountBalance: byte offsets
export const ACCOUNT_BALANCE_SIZE: usize = 128;
export const ACCOUNT_BALANCE_DEBITS_PENDING: usize = 0;
export const ACCOUNT_BALANCE_DEBITS_POSTED: usize = 16;
export const ACCOUNT_BALANCE_CREDITS_PENDING: usize = 32;
export const ACCOUNT_BALANCE_CREDITS_POSTED: usize = 48;
export const ACCOUNT_BALANCE_TIMESTAMP: usize = 64;

// AccountFilter: byte offsets
export const ACCOUNT_FILTER_SIZE: usize = 128;
export const ACCOUNT_FILTER_ACCOUNT_ID: usize = 0;
export const ACCOUNT_FILTER_USER_DATA_128: usize = 16;
export const ACCOUNT_FILTER_USER_DATA_64: usize = 32;
export const ACCOUNT_FILTER_USER_DATA_32: usize = 40;
export const ACCOUNT_FILTER_CODE: usize = 44;
export const ACCOUNT_FILTER_TIMESTAMP_MIN: usize = 104;
export const ACCOUNT_FILTER_TIMESTAMP_MAX: usize = 112;
export const ACCOUNT_FILTER_LIMIT: usize = 120;
export const ACCOUNT_FILTER_FLAGS: usize = 124;

// QueryFilter: byte offsets
export const QUERY_FILTER_SIZE: usize = 64;
export const QUERY_FILTER_USER_DATA_128: usize = 0;
export const QUERY_FILTER_USER_DATA_64: usize = 16;
export const QUERY_FILTER_USER_DATA_32: usize = 24;
export const QUERY_FILTER_LEDGER: usize = 28;
export const QUERY_FILTER_CODE: usize = 32;
export const QUERY_FILTER_TIMESTAMP_MIN: usize = 40;
export const QUERY_FILTER_TIMESTAMP_MAX: usize = 48;
export const QUERY_FILTER_LIMIT: usize = 56;
export const QUERY_FILTER_FLAGS: usize = 60;

// ChangeEventsFilter: byte offsets
export const CHANGE_EVENTS_FILTER_SIZE: usize = 64;
export const CHANGE_EVENTS_FILTER_TIMESTAMP_MIN: usize = 0;
export const CHANGE_EVENTS_FILTER_TIMESTAMP_MAX: usize = 8;
export const CHANGE_EVENTS_FILTER_LIMIT: usize = 16;

// ChangeEvent: byte offsets
export const CHANGE_EVENT_SIZE: usize = 384;
export const CHANGE_EVENT_TRANSFER_ID: usize = 0;
export const CHANGE_EVENT_TRANSFER_AMOUNT: usize = 16;
export const CHANGE_EVENT_TRANSFER_PENDING_ID: usize = 32;
export const CHANGE_EVENT_TRANSFER_USER_DATA_128: usize = 48;
export const CHANGE_EVENT_TRANSFER_USER_DATA_64: usize = 64;
export const CHANGE_EVENT_TRANSFER_USER_DATA_32: usize = 72;
export const CHANGE_EVENT_TRANSFER_TIMEOUT: usize = 76;
export const CHANGE_EVENT_TRANSFER_CODE: usize = 80;
export const CHANGE_EVENT_TRANSFER_FLAGS: usize = 82;
export const CHANGE_EVENT_LEDGER: usize = 84;
export const CHANGE_EVENT_TYPE: usize = 88;
export const CHANGE_EVENT_DEBIT_ACCOUNT_ID: usize = 128;
export const CHANGE_EVENT_DEBIT_ACCOUNT_DEBITS_PENDING: usize = 144;
export const CHANGE_EVENT_DEBIT_ACCOUNT_DEBITS_POSTED: usize = 160;
export const CHANGE_EVENT_DEBIT_ACCOUNT_CREDITS_PENDING: usize = 176;
export const CHANGE_EVENT_DEBIT_ACCOUNT_CREDITS_POSTED: usize = 192;
export const CHANGE_EVENT_DEBIT_ACCOUNT_USER_DATA_128: usize = 208;
export const CHANGE_EVENT_DEBIT_ACCOUNT_USER_DATA_64: usize = 224;
export const CHANGE_EVENT_DEBIT_ACCOUNT_USER_DATA_32: usize = 232;
export const CHANGE_EVENT_DEBIT_ACCOUNT_CODE: usize = 236;
export const CHANGE_EVENT_DEBIT_ACCOUNT_FLAGS: usize = 238;
export const CHANGE_EVENT_CREDIT_ACCOUNT_ID: usize = 240;
export const CHANGE_EVENT_CREDIT_ACCOUNT_DEBITS_PENDING: usize = 256;
export const CHANGE_EVENT_CREDIT_ACCOUNT_DEBITS_POSTED: usize = 272;
export const CHANGE_EVENT_CREDIT_ACCOUNT_CREDITS_PENDING: usize = 288;
export const CHANGE_EVENT_CREDIT_ACCOUNT_CREDITS_POSTED: usize = 304;
export const CHANGE_EVENT_CREDIT_ACCOUNT_USER_DATA_128: usize = 320;
export const CHANGE_EVENT_CREDIT_ACCOUNT_USER_DATA_64: usize = 336;
export const CHANGE_EVENT_CREDIT_ACCOUNT_USER_DATA_32: usize = 344;
export const CHANGE_EVENT_CREDIT_ACCOUNT_CODE: usize = 348;
export const CHANGE_EVENT_CREDIT_ACCOUNT_FLAGS: usize = 350;
export const CHANGE_EVENT_TIMESTAMP: usize = 352;
export const CHANGE_EVENT_TRANSFER_TIMESTAMP: usize = 360;
export const CHANGE_EVENT_DEBIT_ACCOUNT_TIMESTAMP: usize = 368;
export const CHANGE_EVENT_CREDIT_ACCOUNT_TIMESTAMP: usize = 376;

// CreateAccountResult: byte offsets
export const CREATE_ACCOUNT_RESULT_SIZE: usize = 16;
export const CREATE_ACCOUNT_RESULT_TIMESTAMP: usize = 0;
export const CREATE_ACCOUNT_RESULT_STATUS: usize = 8;
export const CREATE_ACCOUNT_RESULT_RESERVED: usize = 12;

// CreateTransferResult: byte offsets
export const CREATE_TRANSFER_RESULT_SIZE: usize = 16;
export const CREATE_TRANSFER_RESULT_TIMESTAMP: usize = 0;
export const CREATE_TRANSFER_RESULT_STATUS: usize = 8;
export const CREATE_TRANSFER_RESULT_RESERVED: usize = 12;

// Operations: sizes of one event and of one item of the reply
export const GET_CHANGE_EVENTS_EVENT_SIZE: usize = CHANGE_EVENTS_FILTER_SIZE;
export const GET_CHANGE_EVENTS_REPLY_SIZE: usize = CHANGE_EVENT_SIZE;
export const LOOKUP_ACCOUNTS_EVENT_SIZE: usize = ID_SIZE;
export const LOOKUP_ACCOUNTS_REPLY_SIZE: usize = ACCOUNT_SIZE;
export const LOOKUP_TRANSFERS_EVENT_SIZE: usize = ID_SIZE;
export const LOOKUP_TRANSFERS_REPLY_SIZE: usize = TRANSFER_SIZE;
export const GET_ACCOUNT_TRANSFERS_EVENT_SIZE: usize = ACCOUNT_FILTER_SIZE;
export const GET_ACCOUNT_TRANSFERS_REPLY_SIZE: usize = TRANSFER_SIZE;
export const GET_ACCOUNT_BALANCES_EVENT_SIZE: usize = ACCOUNT_FILTER_SIZE;
export const GET_ACCOUNT_BALANCES_REPLY_SIZE: usize = ACCOUNT_BALANCE_SIZE;
export const QUERY_ACCOUNTS_EVENT_SIZE: usize = QUERY_FILTER_SIZE;
export const QUERY_ACCOUNTS_REPLY_SIZE: usize = ACCOUNT_SIZE;
export const QUERY_TRANSFERS_EVENT_SIZE: usize = QUERY_FILTER_SIZE;
export const QUERY_TRANSFERS_REPLY_SIZE: usize = TRANSFER_SIZE;
export const CREATE_ACCOUNTS_EVENT_SIZE: usize = ACCOUNT_SIZE;
export const CREATE_ACCOUNTS_REPLY_SIZE: usize = CREATE_ACCOUNT_RESULT_SIZE;
export const CREATE_TRANSFERS_EVENT_SIZE: usize = TRANSFER_SIZE;
export const CREATE_TRANSFERS_REPLY_SIZE: usize = CREATE_TRANSFER_RESULT_SIZE;

// AccountFlags
export const ACCOUNT_FLAG_LINKED: u32 = 1;
export const ACCOUNT_FLAG_DEBITS_MUST_NOT_EXCEED_CREDITS: u32 = 2;
export const ACCOUNT_FLAG_CREDITS_MUST_NOT_EXCEED_DEBITS: u32 = 4;
export const ACCOUNT_FLAG_HISTORY: u32 = 8;
export const ACCOUNT_FLAG_IMPORTED: u32 = 16;
export const ACCOUNT_FLAG_CLOSED: u32 = 32;
/** Bits without a meaning: they must be zero. Those of u16 flags lie in its low half. */
export const ACCOUNT_FLAGS_RESERVED: u32 = 0xffffffc0;

// TransferFlags
export const TRANSFER_FLAG_LINKED: u32 = 1;
export const TRANSFER_FLAG_PENDING: u32 = 2;
export const TRANSFER_FLAG_POST_PENDING_TRANSFER: u32 = 4;
export const TRANSFER_FLAG_VOID_PENDING_TRANSFER: u32 = 8;
export const TRANSFER_FLAG_BALANCING_DEBIT: u32 = 16;
export const TRANSFER_FLAG_BALANCING_CREDIT: u32 = 32;
export const TRANSFER_FLAG_CLOSING_DEBIT: u32 = 64;
export const TRANSFER_FLAG_CLOSING_CREDIT: u32 = 128;
export const TRANSFER_FLAG_IMPORTED: u32 = 256;
/** Bits without a meaning: they must be zero. Those of u16 flags lie in its low half. */
export const TRANSFER_FLAGS_RESERVED: u32 = 0xfffffe00;

// AccountFilterFlags
export const ACCOUNT_FILTER_FLAG_DEBITS: u32 = 1;
export const ACCOUNT_FILTER_FLAG_CREDITS: u32 = 2;
export const ACCOUNT_FILTER_FLAG_REVERSED: u32 = 4;
/** Bits without a meaning: they must be zero. Those of u16 flags lie in its low half. */
export const ACCOUNT_FILTER_FLAGS_RESERVED: u32 = 0xfffffff8;

// QueryFilterFlags
export const QUERY_FILTER_FLAG_REVERSED: u32 = 1;
/** Bits without a meaning: they must be zero. Those of u16 flags lie in its low half. */
export const QUERY_FILTER_FLAGS_RESERVED: u32 = 0xfffffffe;

// CreateAccountStatus
export const ACCOUNT_STATUS_CREATED: u32 = 0xffffffff;
export const ACCOUNT_STATUS_LINKED_EVENT_FAILED: u32 = 1;
export const ACCOUNT_STATUS_LINKED_EVENT_CHAIN_OPEN: u32 = 2;
export const ACCOUNT_STATUS_IMPORTED_EVENT_EXPECTED: u32 = 22;
export const ACCOUNT_STATUS_IMPORTED_EVENT_NOT_EXPECTED: u32 = 23;
export const ACCOUNT_STATUS_TIMESTAMP_MUST_BE_ZERO: u32 = 3;
export const ACCOUNT_STATUS_IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE: u32 = 24;
export const ACCOUNT_STATUS_IMPORTED_EVENT_TIMESTAMP_MUST_NOT_ADVANCE: u32 = 25;
export const ACCOUNT_STATUS_RESERVED_FIELD: u32 = 4;
export const ACCOUNT_STATUS_RESERVED_FLAG: u32 = 5;
export const ACCOUNT_STATUS_ID_MUST_NOT_BE_ZERO: u32 = 6;
export const ACCOUNT_STATUS_ID_MUST_NOT_BE_INT_MAX: u32 = 7;
export const ACCOUNT_STATUS_EXISTS_WITH_DIFFERENT_FLAGS: u32 = 15;
export const ACCOUNT_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_128: u32 = 16;
export const ACCOUNT_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_64: u32 = 17;
export const ACCOUNT_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_32: u32 = 18;
export const ACCOUNT_STATUS_EXISTS_WITH_DIFFERENT_LEDGER: u32 = 19;
export const ACCOUNT_STATUS_EXISTS_WITH_DIFFERENT_CODE: u32 = 20;
export const ACCOUNT_STATUS_EXISTS: u32 = 21;
export const ACCOUNT_STATUS_FLAGS_ARE_MUTUALLY_EXCLUSIVE: u32 = 8;
export const ACCOUNT_STATUS_DEBITS_PENDING_MUST_BE_ZERO: u32 = 9;
export const ACCOUNT_STATUS_DEBITS_POSTED_MUST_BE_ZERO: u32 = 10;
export const ACCOUNT_STATUS_CREDITS_PENDING_MUST_BE_ZERO: u32 = 11;
export const ACCOUNT_STATUS_CREDITS_POSTED_MUST_BE_ZERO: u32 = 12;
export const ACCOUNT_STATUS_LEDGER_MUST_NOT_BE_ZERO: u32 = 13;
export const ACCOUNT_STATUS_CODE_MUST_NOT_BE_ZERO: u32 = 14;
export const ACCOUNT_STATUS_IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS: u32 = 26;

// CreateTransferStatus
export const TRANSFER_STATUS_CREATED: u32 = 0xffffffff;
export const TRANSFER_STATUS_LINKED_EVENT_FAILED: u32 = 1;
export const TRANSFER_STATUS_LINKED_EVENT_CHAIN_OPEN: u32 = 2;
export const TRANSFER_STATUS_IMPORTED_EVENT_EXPECTED: u32 = 56;
export const TRANSFER_STATUS_IMPORTED_EVENT_NOT_EXPECTED: u32 = 57;
export const TRANSFER_STATUS_TIMESTAMP_MUST_BE_ZERO: u32 = 3;
export const TRANSFER_STATUS_IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE: u32 = 58;
export const TRANSFER_STATUS_IMPORTED_EVENT_TIMESTAMP_MUST_NOT_ADVANCE: u32 = 59;
export const TRANSFER_STATUS_RESERVED_FLAG: u32 = 4;
export const TRANSFER_STATUS_ID_MUST_NOT_BE_ZERO: u32 = 5;
export const TRANSFER_STATUS_ID_MUST_NOT_BE_INT_MAX: u32 = 6;
export const TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_FLAGS: u32 = 36;
export const TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_PENDING_ID: u32 = 40;
export const TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_TIMEOUT: u32 = 44;
export const TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID: u32 = 37;
export const TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID: u32 = 38;
export const TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_AMOUNT: u32 = 39;
export const TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_128: u32 = 41;
export const TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_64: u32 = 42;
export const TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_32: u32 = 43;
export const TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_LEDGER: u32 = 67;
export const TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_CODE: u32 = 45;
export const TRANSFER_STATUS_EXISTS: u32 = 46;
export const TRANSFER_STATUS_ID_ALREADY_FAILED: u32 = 68;
export const TRANSFER_STATUS_FLAGS_ARE_MUTUALLY_EXCLUSIVE: u32 = 7;
export const TRANSFER_STATUS_DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO: u32 = 8;
export const TRANSFER_STATUS_DEBIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX: u32 = 9;
export const TRANSFER_STATUS_CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO: u32 = 10;
export const TRANSFER_STATUS_CREDIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX: u32 = 11;
export const TRANSFER_STATUS_ACCOUNTS_MUST_BE_DIFFERENT: u32 = 12;
export const TRANSFER_STATUS_PENDING_ID_MUST_BE_ZERO: u32 = 13;
export const TRANSFER_STATUS_PENDING_ID_MUST_NOT_BE_ZERO: u32 = 14;
export const TRANSFER_STATUS_PENDING_ID_MUST_NOT_BE_INT_MAX: u32 = 15;
export const TRANSFER_STATUS_PENDING_ID_MUST_BE_DIFFERENT: u32 = 16;
export const TRANSFER_STATUS_TIMEOUT_RESERVED_FOR_PENDING_TRANSFER: u32 = 17;
export const TRANSFER_STATUS_CLOSING_TRANSFER_MUST_BE_PENDING: u32 = 64;
export const TRANSFER_STATUS_LEDGER_MUST_NOT_BE_ZERO: u32 = 19;
export const TRANSFER_STATUS_CODE_MUST_NOT_BE_ZERO: u32 = 20;
export const TRANSFER_STATUS_DEBIT_ACCOUNT_NOT_FOUND: u32 = 21;
export const TRANSFER_STATUS_CREDIT_ACCOUNT_NOT_FOUND: u32 = 22;
export const TRANSFER_STATUS_ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER: u32 = 23;
export const TRANSFER_STATUS_TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS: u32 = 24;
export const TRANSFER_STATUS_PENDING_TRANSFER_NOT_FOUND: u32 = 25;
export const TRANSFER_STATUS_PENDING_TRANSFER_NOT_PENDING: u32 = 26;
export const TRANSFER_STATUS_PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT_ID: u32 = 27;
export const TRANSFER_STATUS_PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT_ID: u32 = 28;
export const TRANSFER_STATUS_PENDING_TRANSFER_HAS_DIFFERENT_LEDGER: u32 = 29;
export const TRANSFER_STATUS_PENDING_TRANSFER_HAS_DIFFERENT_CODE: u32 = 30;
export const TRANSFER_STATUS_EXCEEDS_PENDING_TRANSFER_AMOUNT: u32 = 31;
export const TRANSFER_STATUS_PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT: u32 = 32;
export const TRANSFER_STATUS_PENDING_TRANSFER_ALREADY_POSTED: u32 = 33;
export const TRANSFER_STATUS_PENDING_TRANSFER_ALREADY_VOIDED: u32 = 34;
export const TRANSFER_STATUS_PENDING_TRANSFER_EXPIRED: u32 = 35;
export const TRANSFER_STATUS_IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS: u32 = 60;
export const TRANSFER_STATUS_IMPORTED_EVENT_TIMESTAMP_MUST_POSTDATE_DEBIT_ACCOUNT: u32 = 61;
export const TRANSFER_STATUS_IMPORTED_EVENT_TIMESTAMP_MUST_POSTDATE_CREDIT_ACCOUNT: u32 = 62;
export const TRANSFER_STATUS_IMPORTED_EVENT_TIMEOUT_MUST_BE_ZERO: u32 = 63;
export const TRANSFER_STATUS_DEBIT_ACCOUNT_ALREADY_CLOSED: u32 = 65;
export const TRANSFER_STATUS_CREDIT_ACCOUNT_ALREADY_CLOSED: u32 = 66;
export const TRANSFER_STATUS_OVERFLOWS_DEBITS_PENDING: u32 = 47;
export const TRANSFER_STATUS_OVERFLOWS_CREDITS_PENDING: u32 = 48;
export const TRANSFER_STATUS_OVERFLOWS_DEBITS_POSTED: u32 = 49;
export const TRANSFER_STATUS_OVERFLOWS_CREDITS_POSTED: u32 = 50;
export const TRANSFER_STATUS_OVERFLOWS_DEBITS: u32 = 51;
export const TRANSFER_STATUS_OVERFLOWS_CREDITS: u32 = 52;
export const TRANSFER_STATUS_OVERFLOWS_TIMEOUT: u32 = 53;
export const TRANSFER_STATUS_EXCEEDS_CREDITS: u32 = 54;
export const TRANSFER_STATUS_EXCEEDS_DEBITS: u32 = 55;

// ChangeEventType
export const CHANGE_EVENT_TYPE_SINGLE_PHASE: u32 = 0;
export const CHANGE_EVENT_TYPE_TWO_PHASE_PENDING: u32 = 1;
export const CHANGE_EVENT_TYPE_TWO_PHASE_POSTED: u32 = 2;
export const CHANGE_EVENT_TYPE_TWO_PHASE_VOIDED: u32 = 3;
export const CHANGE_EVENT_TYPE_TWO_PHASE_EXPIRED: u32 = 4;

// Operation
export const OPERATION_PULSE: u32 = 128;
export const OPERATION_GET_CHANGE_EVENTS: u32 = 137;
export const OPERATION_LOOKUP_ACCOUNTS: u32 = 140;
export const OPERATION_LOOKUP_TRANSFERS: u32 = 141;
export const OPERATION_GET_ACCOUNT_TRANSFERS: u32 = 142;
export const OPERATION_GET_ACCOUNT_BALANCES: u32 = 143;
export const OPERATION_QUERY_ACCOUNTS: u32 = 144;
export const OPERATION_QUERY_TRANSFERS: u32 = 145;
export const OPERATION_CREATE_ACCOUNTS: u32 = 146;
export const OPERATION_CREATE_TRANSFERS: u32 = 147;

/** Holds the sums of its debits and credits, on one ledger. Only balances and `closed` ever change. */
@unmanaged export class Account {
  id_lo: u64;
  id_hi: u64;
  debits_pending_lo: u64;
  debits_pending_hi: u64;
  debits_posted_lo: u64;
  debits_posted_hi: u64;
  credits_pending_lo: u64;
  credits_pending_hi: u64;
  credits_posted_lo: u64;
  credits_posted_hi: u64;
  user_data_128_lo: u64;
  user_data_128_hi: u64;
  user_data_64: u64;
  user_data_32: u32;
  reserved: u32;
  ledger: u32;
  code: u16;
  flags: u16;
  timestamp: u64;
}

/** Moves an amount from a debit account to a credit account, once and for ever. It never changes. */
@unmanaged export class Transfer {
  id_lo: u64;
  id_hi: u64;
  debit_account_id_lo: u64;
  debit_account_id_hi: u64;
  credit_account_id_lo: u64;
  credit_account_id_hi: u64;
  amount_lo: u64;
  amount_hi: u64;
  pending_id_lo: u64;
  pending_id_hi: u64;
  user_data_128_lo: u64;
  user_data_128_hi: u64;
  user_data_64: u64;
  user_data_32: u32;
  timeout: u32;
  ledger: u32;
  code: u16;
  flags: u16;
  timestamp: u64;
}

/** Which accounts or transfers to return: those equal to every field given. */
@unmanaged export class QueryFilter {
  user_data_128_lo: u64;
  user_data_128_hi: u64;
  user_data_64: u64;
  user_data_32: u32;
  ledger: u32;
  code: u16;
  timestamp_min: u64;
  timestamp_max: u64;
  limit: u32;
  flags: u32;
}

// As i32: `created` is -1.
export const enum CreateAccountStatus {
  created = -1,
  linked_event_failed = 1,
  linked_event_chain_open = 2,
  imported_event_expected = 22,
  imported_event_not_expected = 23,
  timestamp_must_be_zero = 3,
  imported_event_timestamp_out_of_range = 24,
  imported_event_timestamp_must_not_advance = 25,
  reserved_field = 4,
  reserved_flag = 5,
  id_must_not_be_zero = 6,
  id_must_not_be_int_max = 7,
  exists_with_different_flags = 15,
  exists_with_different_user_data_128 = 16,
  exists_with_different_user_data_64 = 17,
  exists_with_different_user_data_32 = 18,
  exists_with_different_ledger = 19,
  exists_with_different_code = 20,
  exists = 21,
  flags_are_mutually_exclusive = 8,
  debits_pending_must_be_zero = 9,
  debits_posted_must_be_zero = 10,
  credits_pending_must_be_zero = 11,
  credits_posted_must_be_zero = 12,
  ledger_must_not_be_zero = 13,
  code_must_not_be_zero = 14,
  imported_event_timestamp_must_not_regress = 26,
}

// As i32: `created` is -1.
export const enum CreateTransferStatus {
  created = -1,
  linked_event_failed = 1,
  linked_event_chain_open = 2,
  imported_event_expected = 56,
  imported_event_not_expected = 57,
  timestamp_must_be_zero = 3,
  imported_event_timestamp_out_of_range = 58,
  imported_event_timestamp_must_not_advance = 59,
  reserved_flag = 4,
  id_must_not_be_zero = 5,
  id_must_not_be_int_max = 6,
  exists_with_different_flags = 36,
  exists_with_different_pending_id = 40,
  exists_with_different_timeout = 44,
  exists_with_different_debit_account_id = 37,
  exists_with_different_credit_account_id = 38,
  exists_with_different_amount = 39,
  exists_with_different_user_data_128 = 41,
  exists_with_different_user_data_64 = 42,
  exists_with_different_user_data_32 = 43,
  exists_with_different_ledger = 67,
  exists_with_different_code = 45,
  exists = 46,
  id_already_failed = 68,
  flags_are_mutually_exclusive = 7,
  debit_account_id_must_not_be_zero = 8,
  debit_account_id_must_not_be_int_max = 9,
  credit_account_id_must_not_be_zero = 10,
  credit_account_id_must_not_be_int_max = 11,
  accounts_must_be_different = 12,
  pending_id_must_be_zero = 13,
  pending_id_must_not_be_zero = 14,
  pending_id_must_not_be_int_max = 15,
  pending_id_must_be_different = 16,
  timeout_reserved_for_pending_transfer = 17,
  closing_transfer_must_be_pending = 64,
  ledger_must_not_be_zero = 19,
  code_must_not_be_zero = 20,
  debit_account_not_found = 21,
  credit_account_not_found = 22,
  accounts_must_have_the_same_ledger = 23,
  transfer_must_have_the_same_ledger_as_accounts = 24,
  pending_transfer_not_found = 25,
  pending_transfer_not_pending = 26,
  pending_transfer_has_different_debit_account_id = 27,
  pending_transfer_has_different_credit_account_id = 28,
  pending_transfer_has_different_ledger = 29,
  pending_transfer_has_different_code = 30,
  exceeds_pending_transfer_amount = 31,
  pending_transfer_has_different_amount = 32,
  pending_transfer_already_posted = 33,
  pending_transfer_already_voided = 34,
  pending_transfer_expired = 35,
  imported_event_timestamp_must_not_regress = 60,
  imported_event_timestamp_must_postdate_debit_account = 61,
  imported_event_timestamp_must_postdate_credit_account = 62,
  imported_event_timeout_must_be_zero = 63,
  debit_account_already_closed = 65,
  credit_account_already_closed = 66,
  overflows_debits_pending = 47,
  overflows_credits_pending = 48,
  overflows_debits_posted = 49,
  overflows_credits_posted = 50,
  overflows_debits = 51,
  overflows_credits = 52,
  overflows_timeout = 53,
  exceeds_credits = 54,
  exceeds_debits = 55,
}

/** Does nothing when it runs. */
@inline export function provePlaces(): void {
  if (offsetof<Account>("id_lo") != 0) ERROR("Account.id is not at 0");
  if (offsetof<Account>("debits_pending_lo") != 16) ERROR("Account.debits_pending is not at 16");
  if (offsetof<Account>("debits_posted_lo") != 32) ERROR("Account.debits_posted is not at 32");
  if (offsetof<Account>("credits_pending_lo") != 48) ERROR("Account.credits_pending is not at 48");
  if (offsetof<Account>("credits_posted_lo") != 64) ERROR("Account.credits_posted is not at 64");
  if (offsetof<Account>("user_data_128_lo") != 80) ERROR("Account.user_data_128 is not at 80");
  if (offsetof<Account>("user_data_64") != 96) ERROR("Account.user_data_64 is not at 96");
  if (offsetof<Account>("user_data_32") != 104) ERROR("Account.user_data_32 is not at 104");
  if (offsetof<Account>("reserved") != 108) ERROR("Account.reserved is not at 108");
  if (offsetof<Account>("ledger") != 112) ERROR("Account.ledger is not at 112");
  if (offsetof<Account>("code") != 116) ERROR("Account.code is not at 116");
  if (offsetof<Account>("flags") != 118) ERROR("Account.flags is not at 118");
  if (offsetof<Account>("timestamp") != 120) ERROR("Account.timestamp is not at 120");
  if (offsetof<Transfer>("id_lo") != 0) ERROR("Transfer.id is not at 0");
  if (offsetof<Transfer>("debit_account_id_lo") != 16) ERROR("Transfer.debit_account_id is not at 16");
  if (offsetof<Transfer>("credit_account_id_lo") != 32) ERROR("Transfer.credit_account_id is not at 32");
  if (offsetof<Transfer>("amount_lo") != 48) ERROR("Transfer.amount is not at 48");
  if (offsetof<Transfer>("pending_id_lo") != 64) ERROR("Transfer.pending_id is not at 64");
  if (offsetof<Transfer>("user_data_128_lo") != 80) ERROR("Transfer.user_data_128 is not at 80");
  if (offsetof<Transfer>("user_data_64") != 96) ERROR("Transfer.user_data_64 is not at 96");
  if (offsetof<Transfer>("user_data_32") != 104) ERROR("Transfer.user_data_32 is not at 104");
  if (offsetof<Transfer>("timeout") != 108) ERROR("Transfer.timeout is not at 108");
  if (offsetof<Transfer>("ledger") != 112) ERROR("Transfer.ledger is not at 112");
  if (offsetof<Transfer>("code") != 116) ERROR("Transfer.code is not at 116");
  if (offsetof<Transfer>("flags") != 118) ERROR("Transfer.flags is not at 118");
  if (offsetof<Transfer>("timestamp") != 120) ERROR("Transfer.timestamp is not at 120");
  if (offsetof<QueryFilter>("user_data_128_lo") != 0) ERROR("QueryFilter.user_data_128 is not at 0");
  if (offsetof<QueryFilter>("user_data_64") != 16) ERROR("QueryFilter.user_data_64 is not at 16");
  if (offsetof<QueryFilter>("user_data_32") != 24) ERROR("QueryFilter.user_data_32 is not at 24");
  if (offsetof<QueryFilter>("ledger") != 28) ERROR("QueryFilter.ledger is not at 28");
  if (offsetof<QueryFilter>("code") != 32) ERROR("QueryFilter.code is not at 32");
  if (offsetof<QueryFilter>("timestamp_min") != 40) ERROR("QueryFilter.timestamp_min is not at 40");
  if (offsetof<QueryFilter>("timestamp_max") != 48) ERROR("QueryFilter.timestamp_max is not at 48");
  if (offsetof<QueryFilter>("limit") != 56) ERROR("QueryFilter.limit is not at 56");
  if (offsetof<QueryFilter>("flags") != 60) ERROR("QueryFilter.flags is not at 60");
}
