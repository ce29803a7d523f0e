/**
 * Reads of one snapshot, from what every ledger answers. Transfers and accounts never go away, and later ones have
 * later timestamps, those that are imported among them; so bounds of time are enough for what never changes, and
 * accounts are asked for as they were.
 */
import type {
  Account,
  AccountBalance,
  AccountFilterInput,
  Id,
  PendingTransfer,
  QueryFilterInput,
  Snapshot,
  Transfer,
  TransferFilterInput,
  TransferSum,
  TransferSumFilterInput,
} from './gen/types.ts';
import type { AskOptions, Ledger, Reads } from './ledger.ts';

export class SnapshotView implements Reads {
  readonly #ledger: Ledger;
  readonly #snapshot: Snapshot;

  constructor(ledger: Ledger, snapshot: Snapshot) {
    this.#ledger = ledger;
    this.#snapshot = snapshot;
  }

  lookupAccounts(ids: readonly Id[], options?: AskOptions): Promise<Account[]> {
    return this.#ledger.lookupAccountsAt(ids, this.#snapshot, options);
  }

  async lookupTransfers(ids: readonly Id[], options?: AskOptions): Promise<Transfer[]> {
    const found = await this.#ledger.lookupTransfers(ids, options);
    return found.filter(({ timestamp }) => timestamp <= this.#snapshot.transfers_timestamp);
  }

  lookupPendings(ids: readonly Id[], options?: AskOptions): Promise<PendingTransfer[]> {
    return this.#ledger.lookupPendings(ids, { ...options, snapshot: this.#snapshot });
  }

  async getAccountTransfers(filter: AccountFilterInput, options?: AskOptions): Promise<Transfer[]> {
    const within = until(filter, this.#snapshot.transfers_timestamp);
    return within === undefined ? [] : this.#ledger.getAccountTransfers(within, options);
  }

  async getAccountBalances(filter: AccountFilterInput, options?: AskOptions): Promise<AccountBalance[]> {
    const within = until(filter, this.#snapshot.transfers_timestamp);
    return within === undefined ? [] : this.#ledger.getAccountBalances(within, options);
  }

  async queryAccounts(filter: QueryFilterInput, options?: AskOptions): Promise<Account[]> {
    const within = until(filter, this.#snapshot.accounts_timestamp);
    if (within === undefined) return [];
    const found = await this.#ledger.queryAccounts(within, options);
    const ids = found.map(({ id }) => id);
    return this.lookupAccounts(ids, options);
  }

  async queryTransfers(filter: QueryFilterInput, options?: AskOptions): Promise<Transfer[]> {
    const within = until(filter, this.#snapshot.transfers_timestamp);
    return within === undefined ? [] : this.#ledger.queryTransfers(within, options);
  }

  searchTransfers(filter: TransferFilterInput, options?: AskOptions): Promise<Transfer[]> {
    return this.#ledger.searchTransfers({ ...filter, as_of: this.#snapshot.as_of }, options);
  }

  sumTransfers(filter: TransferSumFilterInput, options?: AskOptions): Promise<TransferSum> {
    return this.#ledger.sumTransfers({ ...filter, as_of: this.#snapshot.as_of }, options);
  }
}

/** The same filter up to `last` at most; undefined when there is nothing up to then, since zero is no bound. */
function until<Filter extends { readonly timestamp_max?: bigint | undefined }>(
  filter: Filter,
  last: bigint,
): Filter | undefined {
  if (last === 0n) return undefined;
  const { timestamp_max = 0n } = filter;
  return timestamp_max !== 0n && timestamp_max <= last ? filter : { ...filter, timestamp_max: last };
}
