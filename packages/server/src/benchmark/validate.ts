/** Makes the whole load again and compares it, field by field, with what the ledger answers to lookups. */
import { setTimeout } from 'node:timers/promises';
import {
  type Account,
  type AccountInput,
  decodeTransfer,
  EVENTS_MAX,
  type Ledger,
  TRANSFER_SIZE,
  type Transfer,
} from 'tallystick/internal/model';
import type { Load } from './load.ts';
import type { BenchmarkOptions } from './names.ts';

export interface Validation {
  readonly accounts: number;
  readonly transfers: number;
  /** Missing or different. */
  readonly mismatches: number;
  /** The first few of them, in words. */
  readonly examples: readonly string[];
  /** Do debits equal credits over all accounts, posted and pending, and both the sum of what was sent? */
  readonly balanced: boolean;
}

const EXAMPLES_MAX = 5;

export async function validate(ledger: Ledger, load: Load, options: BenchmarkOptions): Promise<Validation> {
  const examples: string[] = [];
  let mismatches = 0;
  const compare = (kind: string, sent: object, found: object | undefined): void => {
    const difference = found === undefined ? 'is not there' : firstDifference(sent, found);
    if (difference === undefined) return;
    mismatches++;
    if (examples.length < EXAMPLES_MAX) examples.push(`${kind} ${(sent as { id: bigint }).id} ${difference}`);
  };

  let amounts = 0n;
  let transfers = 0;
  for (let from = 0; from < options.transferCount; from += EVENTS_MAX) {
    const length = Math.min(EVENTS_MAX, options.transferCount - from);
    const at = load.transfers(from, length).byteOffset;
    const sent = Array.from({ length }, (_, index) => decodeTransfer(load.cells, at + index * TRANSFER_SIZE));
    const found = byId(await ledger.lookupTransfers(sent.map(({ id }) => id)));
    for (const transfer of sent) {
      const stored = found.get(transfer.id);
      compare('transfer', transfer, stored);
      if (stored !== undefined) amounts += stored.amount;
    }
    transfers += found.size;
  }

  let accounts = 0;
  for (let from = 0; from < options.accountCount; from += EVENTS_MAX) {
    const sent = accountsOf(load, options, from);
    const found = byId(await ledger.lookupAccounts(sent.map(({ id }) => id)));
    for (const account of sent) compare('account', account, found.get(account.id as bigint));
    accounts += found.size;
  }
  return { accounts, transfers, mismatches, examples, balanced: await isBalanced(ledger, load, options, amounts) };
}

/** Longer than the longest timeout of a pending transfer; milliseconds. */
const EXPIRY_MAX = 6000;

/** What expires between two lookups of accounts tears the sum; look again until nothing does, or all has expired. */
async function isBalanced(ledger: Ledger, load: Load, options: BenchmarkOptions, amounts: bigint): Promise<boolean> {
  const start = performance.now();
  for (;;) {
    const totals = { debits_pending: 0n, debits_posted: 0n, credits_pending: 0n, credits_posted: 0n };
    for (let from = 0; from < options.accountCount; from += EVENTS_MAX) {
      for (const account of await ledger.lookupAccounts(accountsOf(load, options, from).map(({ id }) => id))) {
        for (const column of Object.keys(totals) as (keyof typeof totals)[]) totals[column] += account[column];
      }
    }
    const debits = totals.debits_pending + totals.debits_posted;
    const complete = options.pendingPercent > 0 ? debits <= amounts : debits === amounts;
    const equal = totals.debits_posted === totals.credits_posted && totals.debits_pending === totals.credits_pending;
    if (equal && complete) return true;
    if (options.pendingPercent === 0 || performance.now() - start > EXPIRY_MAX) return false;
    await setTimeout(100);
  }
}

function accountsOf(load: Load, options: BenchmarkOptions, from: number): AccountInput[] {
  const length = Math.min(EVENTS_MAX, options.accountCount - from);
  return Array.from({ length }, (_, index) => load.account(from + index));
}

function byId<Item extends Account | Transfer>(items: readonly Item[]): Map<bigint, Item> {
  return new Map(items.map((item) => [item.id, item]));
}

/** What the ledger gave a record itself is not compared: a timestamp of zero means that it was to give one. */
function firstDifference(sent: object, found: object): string | undefined {
  for (const [field, value] of Object.entries(sent)) {
    const stored: unknown = (found as Record<string, unknown>)[field];
    if (field === 'timestamp' && value === 0n) continue;
    if (stored !== value) return `has ${field} ${stored}, not ${value}`;
  }
  return undefined;
}
