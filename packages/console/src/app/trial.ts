/**
 * The trial balance: every account as it was in one snapshot, added up by ledger and by code. What is read of one
 * snapshot belongs together, however much moves meanwhile, so debits and credits must be equal to the last unit.
 */
import { ask, askOne } from './api.ts';
import { queryAccounts } from './lists.tsx';
import type { Account, Snapshot } from './records.ts';

export interface CodeSums {
  readonly ledger: number;
  readonly code: number;
  readonly accounts: number;
  readonly debits: bigint;
  readonly credits: bigint;
}

export interface LedgerSums extends Omit<CodeSums, 'code'> {
  readonly codes: readonly CodeSums[];
}

export interface Trial {
  readonly op: string;
  readonly ledgers: readonly LedgerSums[];
  readonly accounts: readonly Account[];
  /** False: there are more accounts than were to be read, so nothing has to be equal. */
  readonly complete: boolean;
}

const PAGE = 2000;

/** `progress` hears how many accounts are read. */
export async function trialOf(max: number, progress?: (count: number) => void, abort?: AbortSignal): Promise<Trial> {
  const snapshot = (await askOne<Snapshot>('get_snapshot', {}, abort))!;
  const accounts: Account[] = [];
  const newest = snapshot.accounts_timestamp;
  let complete = newest === '0';
  let after: Account | undefined;
  while (!complete && accounts.length < max) {
    const page: Account[] = await queryAccounts({ timestamp_max: newest }, after, PAGE, abort);
    if (page.length > 0) {
      const events = page.map(({ id }) => ({ id, as_of: snapshot.as_of }));
      const asking = { body: events, ...(abort === undefined ? {} : { signal: abort }) };
      // One at a time: a closure per account would keep every page alive.
      for (const account of await ask<Account[]>('v1/lookup_accounts_at', asking)) accounts.push(account);
    }
    after = page.at(-1);
    complete = page.length < PAGE;
    progress?.(accounts.length);
  }
  return { op: snapshot.op, ledgers: sumUp(accounts), accounts, complete };
}

export function sumUp(accounts: readonly Account[]): LedgerSums[] {
  const codes = new Map<string, { ledger: number; code: number; accounts: number; debits: bigint; credits: bigint }>();
  for (const { ledger, code, debits_posted, credits_posted } of accounts) {
    const key = `${ledger} ${code}`;
    const sums = codes.get(key) ?? { ledger, code, accounts: 0, debits: 0n, credits: 0n };
    sums.accounts += 1;
    sums.debits += BigInt(debits_posted);
    sums.credits += BigInt(credits_posted);
    codes.set(key, sums);
  }
  const ledgers = new Map<number, CodeSums[]>();
  for (const sums of codes.values()) ledgers.set(sums.ledger, [...(ledgers.get(sums.ledger) ?? []), sums]);
  return [...ledgers]
    .sort(([a], [b]) => a - b)
    .map(([ledger, of]) => ({
      ledger,
      accounts: of.reduce((sum, one) => sum + one.accounts, 0),
      debits: of.reduce((sum, one) => sum + one.debits, 0n),
      credits: of.reduce((sum, one) => sum + one.credits, 0n),
      codes: of.sort((a, b) => a.code - b.code),
    }));
}
