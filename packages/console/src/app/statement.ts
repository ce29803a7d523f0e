/**
 * The transfers of an account with the balance after each. A page is anchored: the account as it was at the page's
 * newest transfer is asked for, and the balances before it follow by taking back one transfer after the other, so no
 * page depends on what moves meanwhile.
 */
import { ask, askOne } from './api.ts';
import { searchTransfers, type Wanted } from './lists.tsx';
import type { Account, Transfer } from './records.ts';
import { effectOf, netOf } from './records.ts';

export interface Line {
  readonly transfer: Transfer;
  /** Credits less debits posted, right after the transfer. */
  readonly net: bigint;
}

export function accountAt(id: string, timestamp: string, abort?: AbortSignal): Promise<Account | undefined> {
  return askOne<Account>('lookup_accounts_at', { id, timestamp }, abort);
}

/** The newest first. */
export async function linesOf(
  id: string,
  wanted: Wanted,
  after: Line | undefined,
  limit: number,
  abort?: AbortSignal,
): Promise<Line[]> {
  const found = await searchTransfers({ ...wanted, account_id: id }, after?.transfer, limit, abort);
  const newest = found[0];
  if (newest === undefined) return [];
  let net: bigint;
  if (after === undefined) {
    const anchor = await accountAt(id, newest.timestamp, abort);
    net = anchor === undefined ? 0n : netOf(anchor);
  } else net = after.net - effectOf(after.transfer, id);
  return found.map((transfer) => {
    const line = { transfer, net };
    net -= effectOf(transfer, id);
    return line;
  });
}

const PAGE = 2000;
const MAX = 200_000;

/** Every line of a time, for a file; `progress` hears how many there are so far. */
export async function wholeStatement(id: string, wanted: Wanted, progress: (count: number) => void): Promise<Line[]> {
  const lines: Line[] = [];
  for (;;) {
    const page = await linesOf(id, wanted, lines.at(-1), PAGE);
    for (const line of page) lines.push(line);
    progress(lines.length);
    if (page.length < PAGE || lines.length >= MAX) return lines;
  }
}

/** Accounts by id, for a preview. */
export async function accountsOf(ids: readonly string[], abort?: AbortSignal): Promise<Map<string, Account>> {
  const body = [...new Set(ids)];
  const found = await ask<Account[]>('v1/lookup_accounts', { body, ...(abort === undefined ? {} : { signal: abort }) });
  return new Map(found.map((account) => [account.id, account]));
}
