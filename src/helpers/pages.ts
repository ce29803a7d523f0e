/**
 * All that a filter finds, a page at a time: a query answers with 8,189 records at most, and does not say that there
 * are more.
 *
 *   for await (const page of accountTransfersOf(ledger, { account_id: alice, flags: AccountFilterFlags.reversed }))
 *     for (const transfer of page) print(transfer);
 *
 * A loop may be left at any time. `limit` of a filter is the size of a page. What is created while the pages are read
 * comes last in them, oldest first, and not at all in reverse. Each generator rejects as the ledger does, and throws
 * `invalid_argument` for a `limit` that is not a whole number from 1 to 8,189.
 */
import {
  type Account,
  type AccountBalance,
  AccountFilterFlags,
  type AccountFilterInput,
  EVENTS_MAX,
  type Id,
  invalid,
  type Ledger,
  QueryFilterFlags,
  type QueryFilterInput,
  type Transfer,
  TransferFilterFlags,
  type TransferFilterInput,
} from '../model/index.ts';

/** Every account, transfer or change event of a ledger, by timestamp. */
export { accountsOf, changeEventsOf, transfersOf } from '../model/index.ts';

/** Transfers of one account. Flags without a side mean both: `reversed` alone is what finds nothing elsewhere. */
export function accountTransfersOf(
  ledger: Pick<Ledger, 'getAccountTransfers'>,
  filter: AccountFilterInput,
): AsyncGenerator<Transfer[], void> {
  return ofAccount((each) => ledger.getAccountTransfers(each), filter);
}

/** Balances of one account with `history`, after each of its transfers; flags as in {@link accountTransfersOf}. */
export function accountBalancesOf(
  ledger: Pick<Ledger, 'getAccountBalances'>,
  filter: AccountFilterInput,
): AsyncGenerator<AccountBalance[], void> {
  return ofAccount((each) => ledger.getAccountBalances(each), filter);
}

/** Transfers equal to every field of the filter. */
export function queriedTransfersOf(
  ledger: Pick<Ledger, 'queryTransfers'>,
  filter: QueryFilterInput,
): AsyncGenerator<Transfer[], void> {
  return ofQuery((each) => ledger.queryTransfers(each), filter);
}

/** Accounts equal to every field of the filter. */
export function queriedAccountsOf(
  ledger: Pick<Ledger, 'queryAccounts'>,
  filter: QueryFilterInput,
): AsyncGenerator<Account[], void> {
  return ofQuery((each) => ledger.queryAccounts(each), filter);
}

/** Transfers that fit everything in the filter, pages by timestamp; `reversed` in `flags`: newest first. */
export function foundTransfersOf(
  ledger: Pick<Ledger, 'searchTransfers'>,
  filter: TransferFilterInput,
): AsyncGenerator<Transfer[], void> {
  const reversed = ((filter.flags ?? 0) & TransferFilterFlags.reversed) !== 0;
  return pages((span) => ledger.searchTransfers({ ...filter, ...span }), filter, reversed);
}

/** Pending transfers of one account that are open. */
export function openPendingsOf(
  ledger: Pick<Ledger, 'searchTransfers'>,
  account_id: Id,
): AsyncGenerator<Transfer[], void> {
  return foundTransfersOf(ledger, { account_id, flags: TransferFilterFlags.open });
}

/**
 * The records of all pages, one after the other.
 *
 *   for await (const transfer of each(accountTransfersOf(ledger, { account_id: alice }))) print(transfer);
 */
export async function* each<Found>(pages: AsyncIterable<readonly Found[]>): AsyncGenerator<Found, void> {
  for await (const page of pages) yield* page;
}

/** Every field of a filter: tigerbeetle-node's client wants all of them. */
const everyField = { user_data_128: 0n, user_data_64: 0n, user_data_32: 0, code: 0 };
const BOTH_SIDES = AccountFilterFlags.debits | AccountFilterFlags.credits;

function ofAccount<Found extends Stamped>(
  ask: (filter: AccountFilterInput) => Promise<Found[]>,
  filter: AccountFilterInput,
): AsyncGenerator<Found[], void> {
  const given = filter.flags ?? 0;
  const flags = (given & BOTH_SIDES) === 0 ? given | BOTH_SIDES : given;
  const reversed = (flags & AccountFilterFlags.reversed) !== 0;
  return pages((span) => ask({ ...everyField, ...filter, ...span, flags }), filter, reversed);
}

function ofQuery<Found extends Stamped>(
  ask: (filter: QueryFilterInput) => Promise<Found[]>,
  filter: QueryFilterInput,
): AsyncGenerator<Found[], void> {
  const { flags = 0 } = filter;
  const reversed = (flags & QueryFilterFlags.reversed) !== 0;
  return pages((span) => ask({ ...everyField, ledger: 0, ...filter, ...span, flags }), filter, reversed);
}

interface Stamped {
  readonly timestamp: bigint;
}

interface Span {
  readonly timestamp_min: bigint;
  readonly timestamp_max: bigint;
  readonly limit: number;
}

async function* pages<Found extends Stamped>(
  ask: (span: Span) => Promise<Found[]>,
  filter: { readonly [field in keyof Span]?: Span[field] | undefined },
  reversed: boolean,
): AsyncGenerator<Found[], void> {
  const { limit = EVENTS_MAX } = filter;
  if (!Number.isInteger(limit) || limit < 1 || limit > EVENTS_MAX) {
    throw invalid(`limit must lie between 1 and ${EVENTS_MAX}`);
  }
  let [timestamp_min, timestamp_max] = [filter.timestamp_min ?? 0n, filter.timestamp_max ?? 0n];
  for (;;) {
    const page = await ask({ timestamp_min, timestamp_max, limit });
    if (page.length > 0) yield page;
    if (page.length < limit) return;
    const { timestamp } = page.at(-1)!;
    if (reversed) timestamp_max = timestamp - 1n;
    else timestamp_min = timestamp + 1n;
    // Zero is no bound, so the page before the first nanosecond would begin anew.
    if (reversed && timestamp_max === 0n) return;
  }
}
