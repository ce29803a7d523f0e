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

// TransferFilter: byte offsets
export const TRANSFER_FILTER_SIZE: usize = 160;
export const TRANSFER_FILTER_ACCOUNT_ID: usize = 0;
export const TRANSFER_FILTER_COUNTERPARTY_ID: usize = 16;
export const TRANSFER_FILTER_PENDING_ID: usize = 32;
export const TRANSFER_FILTER_AMOUNT_MIN: usize = 48;
export const TRANSFER_FILTER_AMOUNT_MAX: usize = 64;
export const TRANSFER_FILTER_USER_DATA_128: usize = 80;
export const TRANSFER_FILTER_USER_DATA_64: usize = 96;
export const TRANSFER_FILTER_USER_DATA_32: usize = 104;
export const TRANSFER_FILTER_LEDGER: usize = 108;
export const TRANSFER_FILTER_CODE: usize = 112;
export const TRANSFER_FILTER_TRANSFER_FLAGS: usize = 114;
export const TRANSFER_FILTER_TIMESTAMP_MIN: usize = 120;
export const TRANSFER_FILTER_TIMESTAMP_MAX: usize = 128;
export const TRANSFER_FILTER_AS_OF: usize = 136;
export const TRANSFER_FILTER_LIMIT: usize = 144;
export const TRANSFER_FILTER_FLAGS: usize = 148;

// TransferSumFilter: byte offsets
export const TRANSFER_SUM_FILTER_SIZE: usize = 160;
export const TRANSFER_SUM_FILTER_ACCOUNT_ID: usize = 0;
export const TRANSFER_SUM_FILTER_COUNTERPARTY_ID: usize = 16;
export const TRANSFER_SUM_FILTER_PENDING_ID: usize = 32;
export const TRANSFER_SUM_FILTER_AMOUNT_MIN: usize = 48;
export const TRANSFER_SUM_FILTER_AMOUNT_MAX: usize = 64;
export const TRANSFER_SUM_FILTER_USER_DATA_128: usize = 80;
export const TRANSFER_SUM_FILTER_USER_DATA_64: usize = 96;
export const TRANSFER_SUM_FILTER_USER_DATA_32: usize = 104;
export const TRANSFER_SUM_FILTER_LEDGER: usize = 108;
export const TRANSFER_SUM_FILTER_CODE: usize = 112;
export const TRANSFER_SUM_FILTER_TRANSFER_FLAGS: usize = 114;
export const TRANSFER_SUM_FILTER_TIMESTAMP_MIN: usize = 120;
export const TRANSFER_SUM_FILTER_TIMESTAMP_MAX: usize = 128;
export const TRANSFER_SUM_FILTER_AS_OF: usize = 136;
export const TRANSFER_SUM_FILTER_FLAGS: usize = 148;

// TransferSum: byte offsets
export const TRANSFER_SUM_SIZE: usize = 128;
export const TRANSFER_SUM_DEBITS_POSTED: usize = 0;
export const TRANSFER_SUM_DEBITS_PENDING: usize = 16;
export const TRANSFER_SUM_CREDITS_POSTED: usize = 32;
export const TRANSFER_SUM_CREDITS_PENDING: usize = 48;
export const TRANSFER_SUM_COUNT: usize = 64;
export const TRANSFER_SUM_TIMESTAMP_FIRST: usize = 72;
export const TRANSFER_SUM_TIMESTAMP_LAST: usize = 80;

// PendingLookup: byte offsets
export const PENDING_LOOKUP_SIZE: usize = 32;
export const PENDING_LOOKUP_ID: usize = 0;
export const PENDING_LOOKUP_AS_OF: usize = 16;

// PendingTransfer: byte offsets
export const PENDING_TRANSFER_SIZE: usize = 128;
export const PENDING_TRANSFER_ID: usize = 0;
export const PENDING_TRANSFER_AMOUNT: usize = 16;
export const PENDING_TRANSFER_AMOUNT_POSTED: usize = 32;
export const PENDING_TRANSFER_ENDED_BY: usize = 48;
export const PENDING_TRANSFER_TIMESTAMP: usize = 64;
export const PENDING_TRANSFER_EXPIRES_AT: usize = 72;
export const PENDING_TRANSFER_ENDED_AT: usize = 80;
export const PENDING_TRANSFER_LEDGER: usize = 88;
export const PENDING_TRANSFER_STATE: usize = 92;

// AccountLookup: byte offsets
export const ACCOUNT_LOOKUP_SIZE: usize = 32;
export const ACCOUNT_LOOKUP_ID: usize = 0;
export const ACCOUNT_LOOKUP_TIMESTAMP: usize = 16;
export const ACCOUNT_LOOKUP_AS_OF: usize = 24;

// SnapshotRequest: byte offsets
export const SNAPSHOT_REQUEST_SIZE: usize = 16;
export const SNAPSHOT_REQUEST_RESERVED: usize = 0;

// Snapshot: byte offsets
export const SNAPSHOT_SIZE: usize = 64;
export const SNAPSHOT_AS_OF: usize = 0;
export const SNAPSHOT_TIMESTAMP: usize = 8;
export const SNAPSHOT_TRANSFERS_TIMESTAMP: usize = 16;
export const SNAPSHOT_ACCOUNTS_TIMESTAMP: usize = 24;
export const SNAPSHOT_OP: usize = 32;

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
export const LOOKUP_PENDINGS_EVENT_SIZE: usize = PENDING_LOOKUP_SIZE;
export const LOOKUP_PENDINGS_REPLY_SIZE: usize = PENDING_TRANSFER_SIZE;
export const SEARCH_TRANSFERS_EVENT_SIZE: usize = TRANSFER_FILTER_SIZE;
export const SEARCH_TRANSFERS_REPLY_SIZE: usize = TRANSFER_SIZE;
export const SUM_TRANSFERS_EVENT_SIZE: usize = TRANSFER_SUM_FILTER_SIZE;
export const SUM_TRANSFERS_REPLY_SIZE: usize = TRANSFER_SUM_SIZE;
export const LOOKUP_ACCOUNTS_AT_EVENT_SIZE: usize = ACCOUNT_LOOKUP_SIZE;
export const LOOKUP_ACCOUNTS_AT_REPLY_SIZE: usize = ACCOUNT_SIZE;
export const GET_SNAPSHOT_EVENT_SIZE: usize = SNAPSHOT_REQUEST_SIZE;
export const GET_SNAPSHOT_REPLY_SIZE: usize = SNAPSHOT_SIZE;

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

// TransferFilterFlags
export const TRANSFER_FILTER_FLAG_DEBITS: u32 = 1;
export const TRANSFER_FILTER_FLAG_CREDITS: u32 = 2;
export const TRANSFER_FILTER_FLAG_REVERSED: u32 = 4;
export const TRANSFER_FILTER_FLAG_OPEN: u32 = 8;
export const TRANSFER_FILTER_FLAG_POSTED: u32 = 16;
export const TRANSFER_FILTER_FLAG_VOIDED: u32 = 32;
export const TRANSFER_FILTER_FLAG_EXPIRED: u32 = 64;
/** Bits without a meaning: they must be zero. Those of u16 flags lie in its low half. */
export const TRANSFER_FILTER_FLAGS_RESERVED: u32 = 0xffffff80;

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

// PendingState
export const PENDING_STATE_NOT_FOUND: u32 = 0;
export const PENDING_STATE_NOT_PENDING: u32 = 1;
export const PENDING_STATE_OPEN: u32 = 2;
export const PENDING_STATE_POSTED: u32 = 3;
export const PENDING_STATE_VOIDED: u32 = 4;
export const PENDING_STATE_EXPIRED: u32 = 5;

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
export const OPERATION_LOOKUP_PENDINGS: u32 = 200;
export const OPERATION_SEARCH_TRANSFERS: u32 = 201;
export const OPERATION_SUM_TRANSFERS: u32 = 202;
export const OPERATION_LOOKUP_ACCOUNTS_AT: u32 = 203;
export const OPERATION_GET_SNAPSHOT: u32 = 204;

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

/** Statuses that depend on the moment, not on the event: they burn the transfer's id. */
@inline export function isTransient(status: CreateTransferStatus): bool {
  switch (status) {
    case CreateTransferStatus.debit_account_not_found:
    case CreateTransferStatus.credit_account_not_found:
    case CreateTransferStatus.pending_transfer_not_found:
    case CreateTransferStatus.debit_account_already_closed:
    case CreateTransferStatus.credit_account_already_closed:
    case CreateTransferStatus.exceeds_credits:
    case CreateTransferStatus.exceeds_debits:
      return true;
    default:
      return false;
  }
}

/** Bytes of a cell. */
export const CELL_SIZE: usize = 128;
/** Columns of a generation. */
export const COLUMNS_COUNT: usize = 9;
/** Entries under one offset into the events. */
export const BLOCK_ENTRIES: u32 = 64;
/** The cell of an entry that has none. */
export const NO_CELL: u64 = 0xffffffffffffffff;
/** The largest u64. */
export const U64_MAX: u64 = 0xffffffffffffffff;
/** The largest timestamp. */
export const TIMESTAMP_MAX: u64 = 0x7fffffffffffffff;

// Header: byte offsets
export const HEADER_SIZE: usize = 128;
export const HEADER_CHECKSUM: usize = 0;
export const HEADER_CHECKSUM_BODY: usize = 4;
export const HEADER_OP: usize = 8;
export const HEADER_TIMESTAMP: usize = 16;
export const HEADER_CELL: usize = 24;
export const HEADER_FENCE: usize = 32;
export const HEADER_DURABLE_OP: usize = 40;
export const HEADER_PARENT: usize = 48;
export const HEADER_COUNT: usize = 52;
export const HEADER_CELLS: usize = 56;
export const HEADER_OPERATION: usize = 60;
export const HEADER_VERSION: usize = 62;
export const HEADER_SESSION: usize = 64;
export const HEADER_REQUEST: usize = 80;
export const HEADER_LANE: usize = 84;
export const HEADER_MAGIC: usize = 88;
export const HEADER_PARTS: usize = 92;
export const HEADER_CHECKSUM_EVENTS: usize = 96;
export const HEADER_ANSWERED: usize = 100;
export const HEADER_RESERVED: usize = 104;

// Before: byte offsets
export const BEFORE_SIZE: usize = 72;
export const BEFORE_OFFSET: usize = 0;
export const BEFORE_SECTION: usize = 4;
export const BEFORE_FLAGS: usize = 6;
export const BEFORE_BYTES: usize = 8;

// Pending: byte offsets
export const PENDING_SIZE: usize = 160;
export const PENDING_ENTRY: usize = 128;
export const PENDING_EXPIRES: usize = 136;
export const PENDING_DEBIT: usize = 144;
export const PENDING_CREDIT: usize = 148;
export const PENDING_STATE: usize = 152;
export const PENDING_NEXT: usize = 156;

// Control: byte offsets
export const CONTROL_SIZE: usize = 64;
export const CONTROL_FIRST_ENTRY: usize = 0;
export const CONTROL_COUNT: usize = 8;
export const CONTROL_EVENTS_SIZE: usize = 12;
export const CONTROL_SPANS_COUNT: usize = 16;
export const CONTROL_STATE: usize = 20;
export const CONTROL_ID_MIN: usize = 24;
export const CONTROL_ID_MAX: usize = 40;

// Span: byte offsets
export const SPAN_SIZE: usize = 24;
export const SPAN_POSITION: usize = 0;
export const SPAN_CELL: usize = 8;
export const SPAN_TIMESTAMP: usize = 16;

// State: byte offsets
export const STATE_SIZE: usize = 256;
export const STATE_ENTRIES: usize = 0;
export const STATE_OP: usize = 8;
export const STATE_TIMESTAMP: usize = 16;
export const STATE_TRANSFERS_TIMESTAMP_MAX: usize = 24;
export const STATE_ACCOUNTS_TIMESTAMP_MAX: usize = 32;
export const STATE_EXPIRES_NEXT: usize = 40;
export const STATE_ACCOUNTS_COUNT: usize = 48;
export const STATE_ACCOUNT_INDEX_LOG2: usize = 52;
export const STATE_PENDINGS_COUNT: usize = 56;
export const STATE_PENDINGS_OPEN: usize = 60;
export const STATE_PENDING_INDEX_LOG2: usize = 64;
export const STATE_HEAP_COUNT: usize = 68;
export const STATE_RESOLVED_HEAD: usize = 72;
export const STATE_RESOLVED_TAIL: usize = 76;
export const STATE_FREE_HEAD: usize = 80;
export const STATE_GENERATION: usize = 84;
export const STATE_ID_TABLE: usize = 88;
export const STATE_ID_COUNT: usize = 92;
export const STATE_ID_FLOORS: usize = 96;
export const STATE_RUNS_COUNT: usize = 112;
export const STATE_ROWS_FIRST: usize = 120;
export const STATE_COLD_ID_MIN: usize = 128;
export const STATE_COLD_ID_MAX: usize = 144;

// Config: byte offsets
export const CONFIG_SIZE: usize = 128;
export const CONFIG_STATE: usize = 0;
export const CONFIG_ACCOUNTS: usize = 4;
export const CONFIG_ACCOUNTS_MAX: usize = 8;
export const CONFIG_ACCOUNT_INDEX: usize = 12;
export const CONFIG_ACCOUNT_COLUMNS: usize = 16;
export const CONFIG_PENDINGS: usize = 20;
export const CONFIG_PENDINGS_MAX: usize = 24;
export const CONFIG_PENDING_INDEX: usize = 28;
export const CONFIG_HEAP: usize = 32;
export const CONFIG_RESOLVED: usize = 36;
export const CONFIG_RESOLVED_MASK: usize = 40;
export const CONFIG_ID_TABLE_0: usize = 44;
export const CONFIG_ID_TABLE_1: usize = 48;
export const CONFIG_ID_BLOCKS_MASK: usize = 52;
export const CONFIG_ROWS: usize = 56;
export const CONFIG_ROWS_MASK: usize = 60;
export const CONFIG_RUNS: usize = 64;
export const CONFIG_UNDO: usize = 68;
export const CONFIG_SLOTS: usize = 72;
export const CONFIG_COLD: usize = 76;
export const CONFIG_GENERATIONS: usize = 80;
export const CONFIG_GENERATION_COLUMN_SIZE: usize = 84;
export const CONFIG_ROWS_TRUSTED: usize = 88;
export const CONFIG_RESOLVED_KEPT: usize = 92;
export const CONFIG_IMAGE: usize = 96;
export const CONFIG_BEFORES: usize = 100;
export const CONFIG_BEFORES_MASK: usize = 104;
export const CONFIG_ACCOUNTS_KEPT: usize = 108;
export const CONFIG_PENDINGS_KEPT: usize = 112;
export const CONFIG_ASKED: usize = 116;
export const CONFIG_ASKED_MASK: usize = 120;
export const CONFIG_ASKED_NEWEST: usize = 124;

// Generation: byte offsets
export const GENERATION_SIZE: usize = 32;
export const GENERATION_CONTROL: usize = 0;
export const GENERATION_COLUMNS: usize = 4;
export const GENERATION_BLOCKS: usize = 8;
export const GENERATION_EVENTS: usize = 12;
export const GENERATION_SPANS: usize = 16;

// RunRecord: byte offsets
export const RUN_RECORD_SIZE: usize = 64;
export const RUN_RECORD_FILTER: usize = 0;
export const RUN_RECORD_BLOCKS: usize = 4;
export const RUN_RECORD_FIRST_ENTRY: usize = 8;
export const RUN_RECORD_ID_MIN: usize = 16;
export const RUN_RECORD_ID_MAX: usize = 32;
export const RUN_RECORD_COUNT: usize = 48;

// HeapItem: byte offsets
export const HEAP_ITEM_SIZE: usize = 24;
export const HEAP_ITEM_EXPIRES: usize = 0;
export const HEAP_ITEM_ENTRY: usize = 8;
export const HEAP_ITEM_PLACE: usize = 16;

// Undo: byte offsets
export const UNDO_SIZE: usize = 96;
export const UNDO_KIND: usize = 0;
export const UNDO_PLACE: usize = 4;
export const UNDO_BALANCES: usize = 16;
export const UNDO_FLAGS: usize = 80;

// Asked: byte offsets
export const ASKED_SIZE: usize = 80;
export const ASKED_NUMBER: usize = 0;
export const ASKED_PLACE: usize = 4;
export const ASKED_EARLIER: usize = 8;
export const ASKED_FLAGS: usize = 12;
export const ASKED_BALANCES: usize = 16;

// ImageWord: byte offsets
export const IMAGE_WORD_SIZE: usize = 256;
export const IMAGE_WORD_OPEN: usize = 0;
export const IMAGE_WORD_SAVED: usize = 64;
export const IMAGE_WORD_TAIL: usize = 128;
export const IMAGE_WORD_TAKEN: usize = 192;

// EntryKind
export const KIND_SINGLE_PHASE: u32 = 0;
export const KIND_PENDING: u32 = 1;
export const KIND_POSTED: u32 = 2;
export const KIND_VOIDED: u32 = 3;
export const KIND_EXPIRED: u32 = 4;
export const KIND_FAILED: u32 = 5;

// EventMark
export const EVENT_AMOUNT: u32 = 16;
export const EVENT_PENDING: u32 = 32;
export const EVENT_DEBIT_CLOSED: u32 = 64;
export const EVENT_CREDIT_CLOSED: u32 = 128;

// Column
export const COLUMN_ID: u32 = 0;
export const COLUMN_DEBIT_ACCOUNT: u32 = 1;
export const COLUMN_CREDIT_ACCOUNT: u32 = 2;
export const COLUMN_PENDING_ID: u32 = 3;
export const COLUMN_USER_DATA_128: u32 = 4;
export const COLUMN_USER_DATA_64: u32 = 5;
export const COLUMN_USER_DATA_32: u32 = 6;
export const COLUMN_LEDGER: u32 = 7;
export const COLUMN_CODE: u32 = 8;

// BeforeSection
export const BEFORE_OF_ACCOUNTS: u32 = 0;
export const BEFORE_OF_PENDINGS: u32 = 1;

// ColdAnswer
export const COLD_UNKNOWN: u32 = 0;
export const COLD_STORED: u32 = 1;
export const COLD_BURNT: u32 = 2;

/** The header cell of a request, in the ring and in the journal. */
@unmanaged export class Header {
  checksum: u32;
  checksum_body: u32;
  op: u64;
  timestamp: u64;
  cell: u64;
  fence: u64;
  durable_op: u64;
  parent: u32;
  count: u32;
  cells: u32;
  operation: u16;
  version: u16;
  session_lo: u64;
  session_hi: u64;
  request: u32;
  lane: u32;
  magic: u32;
  parts: u32;
  checksum_events: u32;
  answered: u32;
  _104: u64;
  _112: u64;
  _120: u64;
}

/** A before-image: what a row was when the image of a snapshot was opened. */
@unmanaged export class Before {
  offset: u32;
  section: u16;
  flags: u16;
  _8: u64;
  _16: u64;
  _24: u64;
  _32: u64;
  _40: u64;
  _48: u64;
  _56: u64;
  _64: u64;
}

/** A pending transfer as the ledger keeps it until the place is needed: the stored transfer, and what is known of it. */
@unmanaged export class Pending extends Transfer {
  entry: u64;
  expires: u64;
  debit: u32;
  credit: u32;
  state: u32;
  next: u32;
}

/** The control block of a generation. */
@unmanaged export class Control {
  first_entry: f64;
  count: u32;
  events_size: u32;
  spans_count: u32;
  state: u32;
  id_min_lo: u64;
  id_min_hi: u64;
  id_max_lo: u64;
  id_max_hi: u64;
}

/** A stretch of entries, one behind the other in the journal and in time. */
@unmanaged export class Span {
  position: u32;
  _4: u32;
  cell: u64;
  timestamp: u64;
}

/** The state block: what a snapshot carries besides accounts and pending transfers. */
@unmanaged export class State {
  entries: u64;
  op: u64;
  timestamp: u64;
  transfers_timestamp_max: u64;
  accounts_timestamp_max: u64;
  expires_next: u64;
  accounts_count: u32;
  account_index_log2: u32;
  pendings_count: u32;
  pendings_open: u32;
  pending_index_log2: u32;
  heap_count: u32;
  resolved_head: u32;
  resolved_tail: u32;
  free_head: u32;
  generation: u32;
  id_table: u32;
  id_count: u32;
  _96: u64;
  _104: u64;
  runs_count: u32;
  _116: u32;
  rows_first: u64;
  cold_id_min_lo: u64;
  cold_id_min_hi: u64;
  cold_id_max_lo: u64;
  cold_id_max_hi: u64;
}

/** Where everything of the machine lies, and how large it is: read by each kernel when it attaches. */
@unmanaged export class Config {
  state: u32;
  accounts: u32;
  accounts_max: u32;
  account_index: u32;
  account_columns: u32;
  pendings: u32;
  pendings_max: u32;
  pending_index: u32;
  heap: u32;
  resolved: u32;
  resolved_mask: u32;
  id_table_0: u32;
  id_table_1: u32;
  id_blocks_mask: u32;
  rows: u32;
  rows_mask: u32;
  runs: u32;
  undo: u32;
  slots: u32;
  cold: u32;
  generations: u32;
  generation_column_size: u32;
  rows_trusted: u32;
  resolved_kept: u32;
  image: u32;
  befores: u32;
  befores_mask: u32;
  accounts_kept: u32;
  pendings_kept: u32;
  asked: u32;
  asked_mask: u32;
  asked_newest: u32;
}

/** Where the parts of a generation buffer lie. */
@unmanaged export class Generation {
  control: u32;
  columns: u32;
  blocks: u32;
  events: u32;
  spans: u32;
}

/** A run as the kernel knows it. */
@unmanaged export class RunRecord {
  filter: u32;
  blocks: u32;
  first_entry: u64;
  id_min_lo: u64;
  id_min_hi: u64;
  id_max_lo: u64;
  id_max_hi: u64;
  count: u32;
}

/** An item of the heap of expiries; dead when its record is not that entry any more, or not open. */
@unmanaged export class HeapItem {
  expires: u64;
  entry: u64;
  place: u32;
}

/** A change of an open chain, so that a broken chain leaves nothing behind. */
@unmanaged export class Undo {
  kind: u32;
  place: u32;
  _8: u64;
  _16: u64;
  _24: u64;
  _32: u64;
  _40: u64;
  _48: u64;
  _56: u64;
  _64: u64;
  _72: u64;
  flags: u16;
}

/** An account's balances and flags from when a query was asked. */
@unmanaged export class Asked {
  number: u32;
  place: u32;
  earlier: u32;
  flags: u32;
  _16: u64;
  _24: u64;
  _32: u64;
  _40: u64;
  _48: u64;
  _56: u64;
  _64: u64;
  _72: u64;
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
  if (offsetof<Header>("checksum") != 0) ERROR("Header.checksum is not at 0");
  if (offsetof<Header>("checksum_body") != 4) ERROR("Header.checksum_body is not at 4");
  if (offsetof<Header>("op") != 8) ERROR("Header.op is not at 8");
  if (offsetof<Header>("timestamp") != 16) ERROR("Header.timestamp is not at 16");
  if (offsetof<Header>("cell") != 24) ERROR("Header.cell is not at 24");
  if (offsetof<Header>("fence") != 32) ERROR("Header.fence is not at 32");
  if (offsetof<Header>("durable_op") != 40) ERROR("Header.durable_op is not at 40");
  if (offsetof<Header>("parent") != 48) ERROR("Header.parent is not at 48");
  if (offsetof<Header>("count") != 52) ERROR("Header.count is not at 52");
  if (offsetof<Header>("cells") != 56) ERROR("Header.cells is not at 56");
  if (offsetof<Header>("operation") != 60) ERROR("Header.operation is not at 60");
  if (offsetof<Header>("version") != 62) ERROR("Header.version is not at 62");
  if (offsetof<Header>("session_lo") != 64) ERROR("Header.session is not at 64");
  if (offsetof<Header>("request") != 80) ERROR("Header.request is not at 80");
  if (offsetof<Header>("lane") != 84) ERROR("Header.lane is not at 84");
  if (offsetof<Header>("magic") != 88) ERROR("Header.magic is not at 88");
  if (offsetof<Header>("parts") != 92) ERROR("Header.parts is not at 92");
  if (offsetof<Header>("checksum_events") != 96) ERROR("Header.checksum_events is not at 96");
  if (offsetof<Header>("answered") != 100) ERROR("Header.answered is not at 100");
  if (offsetof<Header>("_104") != 104) ERROR("Header.reserved is not at 104");
  if (offsetof<Before>("offset") != 0) ERROR("Before.offset is not at 0");
  if (offsetof<Before>("section") != 4) ERROR("Before.section is not at 4");
  if (offsetof<Before>("flags") != 6) ERROR("Before.flags is not at 6");
  if (offsetof<Before>("_8") != 8) ERROR("Before.bytes is not at 8");
  if (offsetof<Pending>("entry") != 128) ERROR("Pending.entry is not at 128");
  if (offsetof<Pending>("expires") != 136) ERROR("Pending.expires is not at 136");
  if (offsetof<Pending>("debit") != 144) ERROR("Pending.debit is not at 144");
  if (offsetof<Pending>("credit") != 148) ERROR("Pending.credit is not at 148");
  if (offsetof<Pending>("state") != 152) ERROR("Pending.state is not at 152");
  if (offsetof<Pending>("next") != 156) ERROR("Pending.next is not at 156");
  if (offsetof<Control>("first_entry") != 0) ERROR("Control.first_entry is not at 0");
  if (offsetof<Control>("count") != 8) ERROR("Control.count is not at 8");
  if (offsetof<Control>("events_size") != 12) ERROR("Control.events_size is not at 12");
  if (offsetof<Control>("spans_count") != 16) ERROR("Control.spans_count is not at 16");
  if (offsetof<Control>("state") != 20) ERROR("Control.state is not at 20");
  if (offsetof<Control>("id_min_lo") != 24) ERROR("Control.id_min is not at 24");
  if (offsetof<Control>("id_max_lo") != 40) ERROR("Control.id_max is not at 40");
  if (offsetof<Span>("position") != 0) ERROR("Span.position is not at 0");
  if (offsetof<Span>("cell") != 8) ERROR("Span.cell is not at 8");
  if (offsetof<Span>("timestamp") != 16) ERROR("Span.timestamp is not at 16");
  if (offsetof<State>("entries") != 0) ERROR("State.entries is not at 0");
  if (offsetof<State>("op") != 8) ERROR("State.op is not at 8");
  if (offsetof<State>("timestamp") != 16) ERROR("State.timestamp is not at 16");
  if (offsetof<State>("transfers_timestamp_max") != 24) ERROR("State.transfers_timestamp_max is not at 24");
  if (offsetof<State>("accounts_timestamp_max") != 32) ERROR("State.accounts_timestamp_max is not at 32");
  if (offsetof<State>("expires_next") != 40) ERROR("State.expires_next is not at 40");
  if (offsetof<State>("accounts_count") != 48) ERROR("State.accounts_count is not at 48");
  if (offsetof<State>("account_index_log2") != 52) ERROR("State.account_index_log2 is not at 52");
  if (offsetof<State>("pendings_count") != 56) ERROR("State.pendings_count is not at 56");
  if (offsetof<State>("pendings_open") != 60) ERROR("State.pendings_open is not at 60");
  if (offsetof<State>("pending_index_log2") != 64) ERROR("State.pending_index_log2 is not at 64");
  if (offsetof<State>("heap_count") != 68) ERROR("State.heap_count is not at 68");
  if (offsetof<State>("resolved_head") != 72) ERROR("State.resolved_head is not at 72");
  if (offsetof<State>("resolved_tail") != 76) ERROR("State.resolved_tail is not at 76");
  if (offsetof<State>("free_head") != 80) ERROR("State.free_head is not at 80");
  if (offsetof<State>("generation") != 84) ERROR("State.generation is not at 84");
  if (offsetof<State>("id_table") != 88) ERROR("State.id_table is not at 88");
  if (offsetof<State>("id_count") != 92) ERROR("State.id_count is not at 92");
  if (offsetof<State>("_96") != 96) ERROR("State.id_floors is not at 96");
  if (offsetof<State>("runs_count") != 112) ERROR("State.runs_count is not at 112");
  if (offsetof<State>("rows_first") != 120) ERROR("State.rows_first is not at 120");
  if (offsetof<State>("cold_id_min_lo") != 128) ERROR("State.cold_id_min is not at 128");
  if (offsetof<State>("cold_id_max_lo") != 144) ERROR("State.cold_id_max is not at 144");
  if (offsetof<Config>("state") != 0) ERROR("Config.state is not at 0");
  if (offsetof<Config>("accounts") != 4) ERROR("Config.accounts is not at 4");
  if (offsetof<Config>("accounts_max") != 8) ERROR("Config.accounts_max is not at 8");
  if (offsetof<Config>("account_index") != 12) ERROR("Config.account_index is not at 12");
  if (offsetof<Config>("account_columns") != 16) ERROR("Config.account_columns is not at 16");
  if (offsetof<Config>("pendings") != 20) ERROR("Config.pendings is not at 20");
  if (offsetof<Config>("pendings_max") != 24) ERROR("Config.pendings_max is not at 24");
  if (offsetof<Config>("pending_index") != 28) ERROR("Config.pending_index is not at 28");
  if (offsetof<Config>("heap") != 32) ERROR("Config.heap is not at 32");
  if (offsetof<Config>("resolved") != 36) ERROR("Config.resolved is not at 36");
  if (offsetof<Config>("resolved_mask") != 40) ERROR("Config.resolved_mask is not at 40");
  if (offsetof<Config>("id_table_0") != 44) ERROR("Config.id_table_0 is not at 44");
  if (offsetof<Config>("id_table_1") != 48) ERROR("Config.id_table_1 is not at 48");
  if (offsetof<Config>("id_blocks_mask") != 52) ERROR("Config.id_blocks_mask is not at 52");
  if (offsetof<Config>("rows") != 56) ERROR("Config.rows is not at 56");
  if (offsetof<Config>("rows_mask") != 60) ERROR("Config.rows_mask is not at 60");
  if (offsetof<Config>("runs") != 64) ERROR("Config.runs is not at 64");
  if (offsetof<Config>("undo") != 68) ERROR("Config.undo is not at 68");
  if (offsetof<Config>("slots") != 72) ERROR("Config.slots is not at 72");
  if (offsetof<Config>("cold") != 76) ERROR("Config.cold is not at 76");
  if (offsetof<Config>("generations") != 80) ERROR("Config.generations is not at 80");
  if (offsetof<Config>("generation_column_size") != 84) ERROR("Config.generation_column_size is not at 84");
  if (offsetof<Config>("rows_trusted") != 88) ERROR("Config.rows_trusted is not at 88");
  if (offsetof<Config>("resolved_kept") != 92) ERROR("Config.resolved_kept is not at 92");
  if (offsetof<Config>("image") != 96) ERROR("Config.image is not at 96");
  if (offsetof<Config>("befores") != 100) ERROR("Config.befores is not at 100");
  if (offsetof<Config>("befores_mask") != 104) ERROR("Config.befores_mask is not at 104");
  if (offsetof<Config>("accounts_kept") != 108) ERROR("Config.accounts_kept is not at 108");
  if (offsetof<Config>("pendings_kept") != 112) ERROR("Config.pendings_kept is not at 112");
  if (offsetof<Config>("asked") != 116) ERROR("Config.asked is not at 116");
  if (offsetof<Config>("asked_mask") != 120) ERROR("Config.asked_mask is not at 120");
  if (offsetof<Config>("asked_newest") != 124) ERROR("Config.asked_newest is not at 124");
  if (offsetof<Generation>("control") != 0) ERROR("Generation.control is not at 0");
  if (offsetof<Generation>("columns") != 4) ERROR("Generation.columns is not at 4");
  if (offsetof<Generation>("blocks") != 8) ERROR("Generation.blocks is not at 8");
  if (offsetof<Generation>("events") != 12) ERROR("Generation.events is not at 12");
  if (offsetof<Generation>("spans") != 16) ERROR("Generation.spans is not at 16");
  if (offsetof<RunRecord>("filter") != 0) ERROR("RunRecord.filter is not at 0");
  if (offsetof<RunRecord>("blocks") != 4) ERROR("RunRecord.blocks is not at 4");
  if (offsetof<RunRecord>("first_entry") != 8) ERROR("RunRecord.first_entry is not at 8");
  if (offsetof<RunRecord>("id_min_lo") != 16) ERROR("RunRecord.id_min is not at 16");
  if (offsetof<RunRecord>("id_max_lo") != 32) ERROR("RunRecord.id_max is not at 32");
  if (offsetof<RunRecord>("count") != 48) ERROR("RunRecord.count is not at 48");
  if (offsetof<HeapItem>("expires") != 0) ERROR("HeapItem.expires is not at 0");
  if (offsetof<HeapItem>("entry") != 8) ERROR("HeapItem.entry is not at 8");
  if (offsetof<HeapItem>("place") != 16) ERROR("HeapItem.place is not at 16");
  if (offsetof<Undo>("kind") != 0) ERROR("Undo.kind is not at 0");
  if (offsetof<Undo>("place") != 4) ERROR("Undo.place is not at 4");
  if (offsetof<Undo>("_16") != 16) ERROR("Undo.balances is not at 16");
  if (offsetof<Undo>("flags") != 80) ERROR("Undo.flags is not at 80");
  if (offsetof<Asked>("number") != 0) ERROR("Asked.number is not at 0");
  if (offsetof<Asked>("place") != 4) ERROR("Asked.place is not at 4");
  if (offsetof<Asked>("earlier") != 8) ERROR("Asked.earlier is not at 8");
  if (offsetof<Asked>("flags") != 12) ERROR("Asked.flags is not at 12");
  if (offsetof<Asked>("_16") != 16) ERROR("Asked.balances is not at 16");
}
