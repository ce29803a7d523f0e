/** The flags and statuses of the one description; statuses stand in the order in which they are checked. */

export interface EnumMember {
  readonly name: string;
  readonly value: number;
  readonly about: string;
  /** A failure that time may heal: it burns the transfer's id, a later use of it gives `id_already_failed`. */
  readonly transient?: true;
}

export interface EnumSchema {
  readonly name: string;
  /** Prefix of the kernel's constants. */
  readonly constant: string;
  readonly kind: 'flags' | 'status' | 'kind';
  readonly about: string;
  readonly members: readonly EnumMember[];
}

const member = (name: string, value: number, about: string): EnumMember => ({ name, value, about });
const transient = (name: string, value: number, about: string): EnumMember => ({ name, value, about, transient: true });

const flags = (
  name: string,
  constant: string,
  about: string,
  ...bits: [name: string, about: string][]
): EnumSchema => ({
  name,
  constant,
  kind: 'flags',
  about,
  members: [member('none', 0, 'No flag.'), ...bits.map(([bit, meaning], index) => member(bit, 2 ** index, meaning))],
});

const linked: [string, string] = [
  'linked',
  'Succeeds or fails together with the next event; the first event without it ends the chain.',
];

const created = member('created', 0xffff_ffff, 'It was created.');

const linkedFailed = member(
  'linked_event_failed',
  1,
  'Another event of its linked chain failed, so this one was not kept.',
);
const chainOpen = member(
  'linked_event_chain_open',
  2,
  'The last event of the request is `linked`, so its chain has no end.',
);
const timestampZero = member(
  'timestamp_must_be_zero',
  3,
  'The ledger gives the timestamp; only imported events bring one.',
);

/** The four statuses that both operations give to imported events before anything else is looked at. */
const imported = (expected: number, notExpected: number, range: number, advance: number): EnumMember[] => [
  member('imported_event_expected', expected, 'The first event of the request is imported and this one is not.'),
  member('imported_event_not_expected', notExpected, 'This event is imported and the first one of the request is not.'),
  timestampZero,
  member(
    'imported_event_timestamp_out_of_range',
    range,
    'The timestamp of an imported event must lie between 1 and 2^63 - 1.',
  ),
  member(
    'imported_event_timestamp_must_not_advance',
    advance,
    'The timestamp of an imported event must lie in the past of the ledger.',
  ),
];

const accountExists = (name: string, value: number, field: string): EnumMember =>
  member(name, value, `An account with this id exists and has different ${field}.`);
const transferExists = (name: string, value: number, field: string): EnumMember =>
  member(name, value, `A transfer with this id exists and has a different ${field}.`);

const zeroBalance = (name: string, value: number): EnumMember =>
  member(`${name}_must_be_zero`, value, `A new account has no balances, so \`${name}\` must be zero.`);

const createAccountStatus: EnumSchema = {
  name: 'CreateAccountStatus',
  constant: 'ACCOUNT_STATUS',
  kind: 'status',
  about: 'The outcome of an account to be created.',
  members: [
    created,
    linkedFailed,
    chainOpen,
    ...imported(22, 23, 24, 25),
    member('reserved_field', 4, 'The field `reserved` must be zero.'),
    member('reserved_flag', 5, 'A flag is set that has no meaning yet.'),
    member('id_must_not_be_zero', 6, 'Zero is not an id.'),
    member('id_must_not_be_int_max', 7, '2^128 - 1 is not an id.'),
    accountExists('exists_with_different_flags', 15, 'flags now'),
    accountExists('exists_with_different_user_data_128', 16, '`user_data_128`'),
    accountExists('exists_with_different_user_data_64', 17, '`user_data_64`'),
    accountExists('exists_with_different_user_data_32', 18, '`user_data_32`'),
    member('exists_with_different_ledger', 19, 'An account with this id exists on a different ledger.'),
    member('exists_with_different_code', 20, 'An account with this id exists and has a different code.'),
    member('exists', 21, 'The same account was created before; nothing was done now.'),
    member(
      'flags_are_mutually_exclusive',
      8,
      'An account cannot have both `debits_must_not_exceed_credits` and `credits_must_not_exceed_debits`.',
    ),
    zeroBalance('debits_pending', 9),
    zeroBalance('debits_posted', 10),
    zeroBalance('credits_pending', 11),
    zeroBalance('credits_posted', 12),
    member('ledger_must_not_be_zero', 13, 'Zero is not a ledger.'),
    member('code_must_not_be_zero', 14, 'Zero is not a code.'),
    member(
      'imported_event_timestamp_must_not_regress',
      26,
      'The timestamp is not after that of the newest account, or it is that of a transfer.',
    ),
  ],
};

const createTransferStatus: EnumSchema = {
  name: 'CreateTransferStatus',
  constant: 'TRANSFER_STATUS',
  kind: 'status',
  about: 'The outcome of a transfer to be created.',
  members: [
    created,
    linkedFailed,
    chainOpen,
    ...imported(56, 57, 58, 59),
    member('reserved_flag', 4, 'A flag is set that has no meaning yet.'),
    member('id_must_not_be_zero', 5, 'Zero is not an id.'),
    member('id_must_not_be_int_max', 6, '2^128 - 1 is not an id.'),
    member('exists_with_different_flags', 36, 'A transfer with this id exists and has different flags.'),
    transferExists('exists_with_different_pending_id', 40, '`pending_id`'),
    transferExists('exists_with_different_timeout', 44, 'timeout'),
    transferExists('exists_with_different_debit_account_id', 37, 'debit account'),
    transferExists('exists_with_different_credit_account_id', 38, 'credit account'),
    transferExists('exists_with_different_amount', 39, 'amount'),
    transferExists('exists_with_different_user_data_128', 41, '`user_data_128`'),
    transferExists('exists_with_different_user_data_64', 42, '`user_data_64`'),
    transferExists('exists_with_different_user_data_32', 43, '`user_data_32`'),
    transferExists('exists_with_different_ledger', 67, 'ledger'),
    transferExists('exists_with_different_code', 45, 'code'),
    member('exists', 46, 'The same transfer was created before; nothing was done now.'),
    member(
      'id_already_failed',
      68,
      'A transfer with this id failed before for a reason that may pass; take a new id to try again.',
    ),
    member(
      'flags_are_mutually_exclusive',
      7,
      'Posting and voiding exclude each other, and both exclude pending, balancing and closing.',
    ),
    member('debit_account_id_must_not_be_zero', 8, 'Zero is not the id of an account.'),
    member('debit_account_id_must_not_be_int_max', 9, '2^128 - 1 is not the id of an account.'),
    member('credit_account_id_must_not_be_zero', 10, 'Zero is not the id of an account.'),
    member('credit_account_id_must_not_be_int_max', 11, '2^128 - 1 is not the id of an account.'),
    member('accounts_must_be_different', 12, 'A transfer needs two different accounts.'),
    member('pending_id_must_be_zero', 13, 'Only a post or a void has a `pending_id`.'),
    member('pending_id_must_not_be_zero', 14, 'A post or a void needs the id of a pending transfer.'),
    member('pending_id_must_not_be_int_max', 15, '2^128 - 1 is not the id of a pending transfer.'),
    member('pending_id_must_be_different', 16, 'A post or a void is a transfer with an id of its own.'),
    member('timeout_reserved_for_pending_transfer', 17, 'Only a pending transfer can have a timeout.'),
    member(
      'closing_transfer_must_be_pending',
      64,
      'Only a pending transfer can close an account, so that voiding it reopens it.',
    ),
    member('ledger_must_not_be_zero', 19, 'Zero is not a ledger.'),
    member('code_must_not_be_zero', 20, 'Zero is not a code.'),
    transient('debit_account_not_found', 21, 'The debit account does not exist.'),
    transient('credit_account_not_found', 22, 'The credit account does not exist.'),
    member('accounts_must_have_the_same_ledger', 23, 'The two accounts are on different ledgers.'),
    member(
      'transfer_must_have_the_same_ledger_as_accounts',
      24,
      'The transfer names another ledger than that of its accounts.',
    ),
    transient('pending_transfer_not_found', 25, 'The pending transfer does not exist.'),
    member('pending_transfer_not_pending', 26, 'The transfer named by `pending_id` is not a pending one.'),
    member(
      'pending_transfer_has_different_debit_account_id',
      27,
      'The pending transfer has another debit account; zero stands for the same.',
    ),
    member(
      'pending_transfer_has_different_credit_account_id',
      28,
      'The pending transfer has another credit account; zero stands for the same.',
    ),
    member(
      'pending_transfer_has_different_ledger',
      29,
      'The pending transfer has another ledger; zero stands for the same.',
    ),
    member(
      'pending_transfer_has_different_code',
      30,
      'The pending transfer has another code; zero stands for the same.',
    ),
    member('exceeds_pending_transfer_amount', 31, 'More than the pending amount cannot be posted or voided.'),
    member(
      'pending_transfer_has_different_amount',
      32,
      'A void releases the whole pending amount; zero stands for the same.',
    ),
    member('pending_transfer_already_posted', 33, 'The pending transfer was posted before.'),
    member('pending_transfer_already_voided', 34, 'The pending transfer was voided before.'),
    member('pending_transfer_expired', 35, 'The pending transfer has expired.'),
    member(
      'imported_event_timestamp_must_not_regress',
      60,
      'The timestamp is not after that of the newest transfer, or it is that of an account.',
    ),
    member(
      'imported_event_timestamp_must_postdate_debit_account',
      61,
      'The debit account was created after the timestamp of the transfer.',
    ),
    member(
      'imported_event_timestamp_must_postdate_credit_account',
      62,
      'The credit account was created after the timestamp of the transfer.',
    ),
    member('imported_event_timeout_must_be_zero', 63, 'An imported pending transfer cannot have a timeout.'),
    transient('debit_account_already_closed', 65, 'The debit account is closed.'),
    transient('credit_account_already_closed', 66, 'The credit account is closed.'),
    member('overflows_debits_pending', 47, 'The pending debits of the debit account would not fit in 128 bits.'),
    member('overflows_credits_pending', 48, 'The pending credits of the credit account would not fit in 128 bits.'),
    member('overflows_debits_posted', 49, 'The posted debits of the debit account would not fit in 128 bits.'),
    member('overflows_credits_posted', 50, 'The posted credits of the credit account would not fit in 128 bits.'),
    member(
      'overflows_debits',
      51,
      'Pending and posted debits of the debit account together would not fit in 128 bits.',
    ),
    member(
      'overflows_credits',
      52,
      'Pending and posted credits of the credit account together would not fit in 128 bits.',
    ),
    member('overflows_timeout', 53, 'The pending transfer would expire after the end of time, 2^63 - 1 nanoseconds.'),
    transient('exceeds_credits', 54, 'The debits of the debit account would exceed its posted credits.'),
    transient('exceeds_debits', 55, 'The credits of the credit account would exceed its posted debits.'),
  ],
};

const reversed: [string, string] = ['reversed', 'Newest first.'];

export const enums: readonly EnumSchema[] = [
  flags(
    'AccountFlags',
    'ACCOUNT_FLAG',
    'Rules of an account, for its whole life.',
    linked,
    [
      'debits_must_not_exceed_credits',
      'Refuses what would make its debits, pending ones included, exceed its posted credits.',
    ],
    [
      'credits_must_not_exceed_debits',
      'Refuses what would make its credits, pending ones included, exceed its posted debits.',
    ],
    ['history', 'Its balances after each transfer can be asked for.'],
    ['imported', 'Brings its own timestamp, from the past.'],
    ['closed', 'Takes no transfers; only voiding or expiry of a pending closing transfer reopens it.'],
  ),
  flags(
    'TransferFlags',
    'TRANSFER_FLAG',
    'Kinds of transfers.',
    linked,
    ['pending', 'Reserves the amount until it is posted, voided or expires.'],
    ['post_pending_transfer', 'Posts the pending transfer named by `pending_id`, wholly or in part.'],
    ['void_pending_transfer', 'Releases the pending transfer named by `pending_id`.'],
    ['balancing_debit', 'Moves at most what the debit account has: its credits less its debits.'],
    ['balancing_credit', 'Moves at most what the credit account owes: its debits less its credits.'],
    ['closing_debit', 'Closes the debit account; the transfer must be pending.'],
    ['closing_credit', 'Closes the credit account; the transfer must be pending.'],
    ['imported', 'Brings its own timestamp, from the past.'],
  ),
  flags(
    'AccountFilterFlags',
    'ACCOUNT_FILTER_FLAG',
    'Which transfers of the account, and in which order.',
    ['debits', 'Transfers that debit the account.'],
    ['credits', 'Transfers that credit the account.'],
    reversed,
  ),
  flags('QueryFilterFlags', 'QUERY_FILTER_FLAG', 'In which order.', reversed),
  flags(
    'TransferFilterFlags',
    'TRANSFER_FILTER_FLAG',
    'Which side the account is on, what became of pending transfers, and in which order.',
    ['debits', 'Transfers that debit the account; neither side means both.'],
    ['credits', 'Transfers that credit the account.'],
    reversed,
    ['open', 'Pending transfers that are open; of several states, any will do.'],
    ['posted', 'Pending transfers that were posted.'],
    ['voided', 'Pending transfers that were voided.'],
    ['expired', 'Pending transfers that have expired.'],
  ),
  createAccountStatus,
  createTransferStatus,
  {
    name: 'ChangeEventType',
    constant: 'CHANGE_EVENT_TYPE',
    kind: 'kind',
    about: 'Kind of a change of balances.',
    members: [
      member('single_phase', 0, 'A transfer moved its amount at once.'),
      member('two_phase_pending', 1, 'A pending transfer reserved its amount.'),
      member('two_phase_posted', 2, 'A pending transfer was posted.'),
      member('two_phase_voided', 3, 'A pending transfer was voided.'),
      member('two_phase_expired', 4, 'A pending transfer expired.'),
    ],
  },
  {
    name: 'PendingState',
    constant: 'PENDING_STATE',
    kind: 'kind',
    about: 'What became of a pending transfer.',
    members: [
      member('not_found', 0, 'No transfer has the id.'),
      member('not_pending', 1, 'The transfer with the id is no pending one.'),
      member('open', 2, 'Its amount is reserved.'),
      member('posted', 3, 'A transfer has posted it, wholly or in part; what was left is released.'),
      member('voided', 4, 'A transfer has voided it, and its amount is released.'),
      member('expired', 5, 'Its timeout has passed, and its amount is released.'),
    ],
  },
];
