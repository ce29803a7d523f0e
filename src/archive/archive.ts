/**
 * An archive: all of a ledger as lines of JSON, out of which `tallystick import` makes a ledger again. Records are
 * spelled as everywhere.
 *
 *   {"archive":3}                                             the format; 1 had no sums, 2 no dates
 *   {"account":{"id":"1",…}}                                  all accounts, by timestamp; balances are those at the end
 *   {"transfer":{"id":"7",…}}                                 all transfers, by timestamp
 *   {"expiry":{"transfer_id":"7","timestamp":"…",…}}          among them, where a pending transfer expired
 *   {"sum":"…"}                                               every 1,024 lines, and before the end (archive-sums.ts)
 *   {"end":{"accounts":2,"transfers":1,"expiries":0}}         a file without it is not whole
 *
 * The flag `imported` is left out: it says how a record came and not what it is, and what is made out of an archive
 * bears it everywhere.
 */
import { isoText } from '../base/index.ts';
import {
  AccountFlags,
  accountsOf,
  type ChangeEvent,
  ChangeEventType,
  changeEventsOf,
  type Ledger,
  newestTimestamp,
  TallystickError,
  type Transfer,
  TransferFlags,
} from '../model/index.ts';
import { objectToJson, plainRecords } from '../wire/index.ts';
import { summed } from './archive-sums.ts';

export const ARCHIVE_VERSION = 3;
/** Without dates beside times; still read. */
export const ARCHIVE_VERSION_WITHOUT_DATES = 2;
/** Without sums either; still read. */
export const ARCHIVE_VERSION_WITHOUT_SUMS = 1;

export interface ArchiveCounts {
  readonly accounts: number;
  readonly transfers: number;
  readonly expiries: number;
}

const accountRecord = plainRecords.get('Account')!;
const transferRecord = plainRecords.get('Transfer')!;

/** Pieces of the archive, lines with their ends. `visit` hears of the timestamp that was reached, and of the last. */
export function archive(
  ledger: Ledger,
  visit: (reached: bigint, last: bigint) => void = () => {},
): AsyncGenerator<string> {
  return summed(records(ledger, visit));
}

async function* records(ledger: Ledger, visit: (reached: bigint, last: bigint) => void): AsyncGenerator<string> {
  const until = await newestTimestamp(ledger);
  const counts = { accounts: 0, transfers: 0, expiries: 0 };
  yield `${JSON.stringify({ archive: ARCHIVE_VERSION })}\n`;
  if (until > 0n) {
    for await (const page of accountsOf(ledger, until)) {
      counts.accounts += page.length;
      yield page
        .map((account) => {
          const flags = account.flags & ~AccountFlags.imported;
          return `{"account":${objectToJson(accountRecord, { ...account, flags })}}\n`;
        })
        .join('');
    }
    // What expired since belongs to it, if it was there.
    for await (const page of changeEventsOf(ledger)) {
      const lines: string[] = [];
      for (const event of page) {
        const expiry = event.type === ChangeEventType.two_phase_expired;
        if (event.transfer_timestamp > until) throw movedOn();
        if (expiry) counts.expiries++;
        else counts.transfers++;
        lines.push(expiry ? expiryLine(event) : transferLine(event));
      }
      yield lines.join('');
      visit(page.at(-1)!.timestamp, until);
    }
  }
  yield `${JSON.stringify({ end: counts })}\n`;
}

/** Accounts have the balances of when they were read; transfers that came later would not add up to them. */
function movedOn(): TallystickError {
  return new TallystickError(
    'invalid_argument',
    'The ledger went on while it was archived, and this archive is not whole: take a backup and export that, ' +
      'or export when nobody writes.',
  );
}

function transferLine(event: ChangeEvent): string {
  const transfer: Transfer = {
    id: event.transfer_id,
    debit_account_id: event.debit_account_id,
    credit_account_id: event.credit_account_id,
    amount: event.transfer_amount,
    pending_id: event.transfer_pending_id,
    user_data_128: event.transfer_user_data_128,
    user_data_64: event.transfer_user_data_64,
    user_data_32: event.transfer_user_data_32,
    timeout: event.transfer_timeout,
    ledger: event.ledger,
    code: event.transfer_code,
    flags: event.transfer_flags & ~TransferFlags.imported,
    timestamp: event.timestamp,
  };
  return `{"transfer":${objectToJson(transferRecord, transfer)}}\n`;
}

function expiryLine({ transfer_id, timestamp }: ChangeEvent): string {
  const times = { timestamp: String(timestamp), timestamp_iso: isoText(timestamp) };
  return `{"expiry":${JSON.stringify({ transfer_id: String(transfer_id), ...times })}}\n`;
}
