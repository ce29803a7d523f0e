/** Which requests are answered in slices, between those that follow: their price is not bounded by a slice's. */
import { Operation } from './gen/enums.ts';

/**
 * Up to so many ids are looked up at once, which takes a slice's time at most: 7 us each where a transfer is in a run.
 */
const TRANSFERS_AT_ONCE = 32;
/** Accounts are always in memory. */
const ACCOUNTS_AT_ONCE = 1024;

/** Whether a request of `count` events is answered in slices, as of its place in the order, and not in turn. */
export function isSliced(operation: number, count: number): boolean {
  switch (operation) {
    case Operation.query_accounts:
    case Operation.query_transfers:
    case Operation.get_account_transfers:
    case Operation.get_account_balances:
    case Operation.get_change_events:
    case Operation.search_transfers:
    case Operation.sum_transfers:
    case Operation.lookup_pendings:
    case Operation.lookup_accounts_at:
      return true;
    case Operation.lookup_transfers:
      return count > TRANSFERS_AT_ONCE;
    case Operation.lookup_accounts:
      return count > ACCOUNTS_AT_ONCE;
    default:
      return false;
  }
}
