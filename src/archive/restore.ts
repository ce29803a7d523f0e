/**
 * Makes a ledger out of an archive: the accounts, then the transfers, each an imported event with the timestamp that it
 * had. The file is read twice, and its accounts once more: checked to its end before anything is sent, sent, and
 * compared with the balances that came out. Importing again goes on where it stopped.
 *
 * What the ledger's rules want otherwise: an imported pending transfer has no timeout, so one that expired is voided,
 * at that time and by a transfer of its own, whose id is a hash of the other's. An account that a pending transfer
 * closed begins open.
 */
import { createHash } from 'node:crypto';
import {
  type Account,
  AccountFlags,
  type AccountInput,
  CreateAccountStatus,
  CreateTransferStatus,
  EVENTS_MAX,
  type Ledger,
  QueryFilterFlags,
  type Transfer,
  TransferFlags,
  type TransferInput,
} from '../model/index.ts';
import type { ArchiveCounts } from './archive.ts';
import { archiveLines } from './archive-lines.ts';
import { type Refused, Sender, type Stored } from './sender.ts';
import type { ArchiveSource } from './source.ts';

export interface Restored {
  /** Sent, or there already. */
  readonly counts: ArchiveCounts;
  /** Of them: there already. */
  readonly skipped: number;
  /** The first event that was refused; nothing behind it was sent. */
  readonly refused: Refused | undefined;
  /** Accounts that are not as the archive has them, at most {@link DIFFERENCES_MAX}. */
  readonly differences: readonly string[];
  /** Pending transfers whose timeout was left out, and those of them that are still open. */
  readonly timeouts: number;
  readonly timeoutsOpen: number;
  /** The archive bears sums, and they are right. An older one bears none. */
  readonly isSummed: boolean;
}

const DIFFERENCES_MAX = 20;

/**
 * `open` is called once the archive is known to be whole. `visit`: bytes read, of how many. Rejects with
 * `book_invalid`, `book_conflict`, or as the source or the ledger does.
 */
export async function restore(
  source: ArchiveSource,
  open: () => Promise<Ledger>,
  visit: (done: number, total: number) => void = () => {},
): Promise<Restored> {
  const total = 2 * source.size;
  let done = 0;
  const count = (bytes: number): void => {
    done += bytes;
    visit(done, total);
  };
  const known = await examine(source, count);
  const { counts, timeouts, timeoutsOpen, isSummed } = known;
  const result = { counts, timeouts, timeoutsOpen, isSummed };
  const ledger = await open();
  const { refused, skipped } = await send(source, ledger, known.closed, count);
  if (refused !== undefined) return { ...result, skipped, refused, differences: [] };
  return { ...result, skipped, refused, differences: await compare(source, ledger) };
}

interface Known {
  readonly counts: ArchiveCounts;
  /** Accounts that a closing transfer was about: they were not created closed. */
  readonly closed: ReadonlySet<bigint>;
  readonly timeouts: number;
  readonly timeoutsOpen: number;
  readonly isSummed: boolean;
}

async function examine(source: ArchiveSource, visit: (bytes: number) => void): Promise<Known> {
  const counts = { accounts: 0, transfers: 0, expiries: 0 };
  const closed = new Set<bigint>();
  const open = new Set<bigint>();
  let timeouts = 0;
  let isSummed = false;
  const began = (hasSums: boolean): void => {
    isSummed = hasSums;
  };
  for await (const line of archiveLines(source, visit, began)) {
    if (line.kind === 'account') counts.accounts++;
    else if (line.kind === 'expiry') {
      counts.expiries++;
      open.delete(line.transferId);
    } else {
      counts.transfers++;
      const { id, flags, timeout, pending_id, debit_account_id, credit_account_id } = line.transfer;
      if ((flags & TransferFlags.closing_debit) !== 0) closed.add(debit_account_id);
      if ((flags & TransferFlags.closing_credit) !== 0) closed.add(credit_account_id);
      open.delete(pending_id);
      if (timeout === 0) continue;
      timeouts++;
      open.add(id);
    }
  }
  return { counts, closed, timeouts, timeoutsOpen: open.size, isSummed };
}

/** Sends all that the ledger does not have. */
async function send(
  source: ArchiveSource,
  ledger: Ledger,
  closed: ReadonlySet<bigint>,
  visit: (bytes: number) => void,
): Promise<{ refused: Refused | undefined; skipped: number }> {
  const newest = { flags: QueryFilterFlags.reversed, limit: 1 };
  const accounts = new Sender<AccountInput>(
    'account',
    source.name,
    (await ledger.queryAccounts(newest))[0],
    async (events) =>
      (await ledger.createAccounts(events)).map(({ status }) => CreateAccountStatus[status] ?? String(status)),
  );
  const transfers = new Sender<TransferInput>(
    'transfer',
    source.name,
    (await ledger.queryTransfers(newest))[0],
    async (events) =>
      (await ledger.createTransfers(events)).map(({ status }) => CreateTransferStatus[status] ?? String(status)),
  );
  for await (const line of archiveLines(source, visit)) {
    if (line.kind === 'account') await accounts.add(accountOf(line.account, closed), line.line);
    else {
      await accounts.flush();
      await transfers.add(
        line.kind === 'transfer' ? transferOf(line.transfer) : voidOf(line.transferId, line.timestamp),
        line.line,
      );
    }
    if (accounts.refused !== undefined || transfers.refused !== undefined) break;
  }
  await accounts.flush();
  await transfers.flush();
  return { refused: accounts.refused ?? transfers.refused, skipped: accounts.skipped + transfers.skipped };
}

function accountOf(account: Account, closed: ReadonlySet<bigint>): Account {
  const created = closed.has(account.id) ? account.flags & ~AccountFlags.closed : account.flags;
  return {
    ...account,
    debits_pending: 0n,
    debits_posted: 0n,
    credits_pending: 0n,
    credits_posted: 0n,
    flags: created | AccountFlags.imported,
  };
}

function transferOf(transfer: Transfer): Transfer {
  return { ...transfer, timeout: 0, flags: transfer.flags | TransferFlags.imported };
}

/** What takes the place of an expiry; the rest is as in the pending transfer. */
function voidOf(pendingId: bigint, timestamp: bigint): Stored<TransferInput> {
  return {
    id: expiryId(pendingId),
    pending_id: pendingId,
    amount: 0n,
    flags: TransferFlags.void_pending_transfer | TransferFlags.imported,
    timestamp,
  };
}

/** The same each time, so that importing again finds it. */
export function expiryId(pendingId: bigint): bigint {
  const digest = createHash('sha256').update(`tallystick expiry ${pendingId}`).digest('hex');
  return BigInt(`0x${digest.slice(0, 32)}`);
}

const BALANCES = ['debits_pending', 'debits_posted', 'credits_pending', 'credits_posted'] as const;

/** Every account of the archive against the ledger's. */
async function compare(source: ArchiveSource, ledger: Ledger): Promise<string[]> {
  const differences: string[] = [];
  let wanted: Account[] = [];
  const check = async (): Promise<void> => {
    const found = new Map(
      (await ledger.lookupAccounts(wanted.map(({ id }) => id))).map((account) => [account.id, account]),
    );
    for (const account of wanted) {
      const held = found.get(account.id);
      for (const field of BALANCES) {
        if (held?.[field] !== account[field])
          differences.push(
            `account ${account.id}: ${field} ${account[field]} in the archive, ` +
              `${held?.[field] ?? 'no account'} in the ledger`,
          );
      }
      if (held !== undefined && ((held.flags ^ account.flags) & AccountFlags.closed) !== 0) {
        differences.push(
          `account ${account.id}: closed in ` +
            `${(held.flags & AccountFlags.closed) === 0 ? 'the archive' : 'the ledger'} alone`,
        );
      }
    }
    wanted = [];
  };
  for await (const line of archiveLines(source)) {
    // Accounts come first.
    if (line.kind !== 'account' || differences.length >= DIFFERENCES_MAX) break;
    wanted.push(line.account);
    if (wanted.length === EVENTS_MAX) await check();
  }
  await check();
  return differences.slice(0, DIFFERENCES_MAX);
}
