/**
 * A short story of requests and answers, by the name of the route: two accounts, a transfer, a pending one, and
 * everything that can be asked about them. A test tells it to a server, from top to bottom, and compares.
 */
import { isoOfDigits } from 'tallystick/internal/base';

export interface Example {
  /** Left out: the route reads no body. */
  readonly body?: unknown;
  /** Parameters of the query, with their question mark. */
  readonly query?: string;
  readonly answer: unknown;
}

type Plain = { readonly [field: string]: unknown };

/** Times of the story: two accounts, the transfer, one more account, the pending transfer, and when that expires. */
const [FIRST, SECOND, PAID, THIRD, HELD, EXPIRY] = [1n, 2n, 500n, 700n, 900n, 3_600_000_000_900n].map((since) =>
  String(1_769_860_800_000_000_000n + since),
) as [string, string, string, string, string, string];

function at(field: string, time: string): Plain {
  return { [field]: time, [`${field}_iso`]: isoOfDigits(time) };
}

const timestamp = (time: string): Plain => at('timestamp', time);
const created = (time: string): Plain => ({ ...timestamp(time), status: 'created' });
const noData = { user_data_128: '0', user_data_64: '0', user_data_32: 0 };

const account = {
  id: '1',
  debits_pending: '300',
  debits_posted: '1250',
  credits_pending: '0',
  credits_posted: '0',
  ...noData,
  ledger: 840,
  code: 100,
  flags: ['history'],
  ...timestamp(FIRST),
};

const asked = { id: '100', debit_account_id: '1', credit_account_id: '2', amount: '1250', ledger: 840, code: 1 };
const { ledger, code, ...moved } = asked;
const transfer = { ...moved, pending_id: '0', ...noData, timeout: 0, ledger, code, flags: [], ...timestamp(PAID) };

const balance = {
  debits_pending: '0',
  debits_posted: '1250',
  credits_pending: '0',
  credits_posted: '0',
  ...timestamp(PAID),
};

function prefixed(prefix: string, fields: Plain): Plain {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${prefix}_${name}`, value]));
}

const change = {
  ...prefixed('transfer', {
    id: '100',
    amount: '1250',
    pending_id: '0',
    ...noData,
    timeout: 0,
    code: 1,
    flags: [],
  }),
  ledger: 840,
  type: 'single_phase',
  ...prefixed('debit_account', {
    id: '1',
    debits_pending: '0',
    debits_posted: '1250',
    credits_pending: '0',
    credits_posted: '0',
    ...noData,
    code: 100,
    flags: ['history'],
  }),
  ...prefixed('credit_account', {
    id: '2',
    debits_pending: '0',
    debits_posted: '0',
    credits_pending: '0',
    credits_posted: '1250',
    ...noData,
    code: 400,
    flags: [],
  }),
  ...timestamp(PAID),
  ...prefixed('transfer', timestamp(PAID)),
  ...prefixed('debit_account', timestamp(FIRST)),
  ...prefixed('credit_account', timestamp(SECOND)),
};

const two = [
  { id: '1', ledger: 840, code: 100, flags: ['history'] },
  { id: '2', ledger: 840, code: 400 },
];
const held = { ...asked, id: '101', amount: '300', flags: ['pending'], timeout: 3600 };

const pending = {
  id: '101',
  amount: '300',
  amount_posted: '0',
  ended_by: '0',
  ...timestamp(HELD),
  ...at('expires_at', EXPIRY),
  ended_at: '0',
  ledger: 840,
  state: 'open',
};

const sum = {
  debits_posted: '1250',
  debits_pending: '300',
  credits_posted: '0',
  credits_pending: '0',
  count: '2',
  ...at('timestamp_first', PAID),
  ...at('timestamp_last', HELD),
};

const snapshot = {
  as_of: '3',
  ...timestamp(HELD),
  ...at('transfers_timestamp', HELD),
  ...at('accounts_timestamp', THIRD),
  op: '4',
};

const one = '?limit=1';

export const examples: { readonly [operationId: string]: Example } = {
  post_accounts: { body: two, answer: [created(FIRST), created(SECOND)] },
  post_transfers: { body: asked, answer: created(PAID) },
  create_accounts: { body: [{ id: '3', ledger: 840, code: 400 }], answer: [created(THIRD)] },
  create_transfers: { body: [held], answer: [created(HELD)] },
  list_accounts: { query: one, answer: { accounts: [account], next: FIRST } },
  get_account: { answer: account },
  list_account_transfers: { query: one, answer: { transfers: [transfer], next: PAID } },
  list_account_balances: { query: one, answer: { balances: [balance], next: PAID } },
  list_transfers: { query: one, answer: { transfers: [transfer], next: PAID } },
  get_transfer: { answer: transfer },
  changes: { query: one, answer: { changes: [change], next: PAID } },
  get_change_events: { body: { limit: 1 }, answer: [change] },
  lookup_accounts: { body: ['1'], answer: [account] },
  lookup_transfers: { body: ['100'], answer: [transfer] },
  get_account_transfers: { body: { account_id: '1', limit: 1 }, answer: [transfer] },
  get_account_balances: { body: { account_id: '1', limit: 1 }, answer: [balance] },
  query_accounts: { body: { limit: 1 }, answer: [account] },
  query_transfers: { body: { limit: 1 }, answer: [transfer] },
  lookup_pendings: { body: [{ id: '101' }], answer: [pending] },
  search_transfers: { body: { amount_min: '1000', limit: 1 }, answer: [transfer] },
  sum_transfers: { body: { account_id: '1' }, answer: [sum] },
  lookup_accounts_at: { body: [{ id: '1' }], answer: [account] },
  get_snapshot: { body: {}, answer: [snapshot] },
};
