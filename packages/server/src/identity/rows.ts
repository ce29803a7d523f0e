/**
 * Which records a caller may touch and see: those of its ledgers, and of accounts whose ids begin as it may name them.
 */
import { AccountOffset, Cells, ChangeEventOffset, type Request, TransferOffset } from 'tallystick/internal/model';
import type { AccountPrefixes } from './account-prefixes.ts';
import type { Ledgers } from './ledgers.ts';

export interface Realm {
  /** Left out: all. */
  readonly ledgers?: Ledgers | undefined;
  /** Left out: all. */
  readonly accounts?: AccountPrefixes | undefined;
}

/** One request, as it was asked for. */
export interface Asked<T> {
  readonly request: Request<T>;
  readonly events: Cells;
}

/** Bytes of an id. */
export const ID_SIZE = 16;

/** Whether the record at `at` is within. */
export type Within = (cells: Cells, at: number) => boolean;

export interface RowTests {
  readonly account: Within;
  /** Of a stored transfer or a change: it shows in the statement of an account that the caller may see. */
  readonly transfer: Within;
  readonly change: Within;
}

export function rowTests({ ledgers, accounts }: Realm): RowTests {
  const inLedger = (cells: Cells, at: number): boolean => ledgers?.has(cells.view.getUint32(at, true)) ?? true;
  const isNamed = (cells: Cells, at: number): boolean => accounts?.has(cells.bytes, at) ?? true;
  const either =
    (ledger: number, debit: number, credit: number): Within =>
    (cells, at) =>
      inLedger(cells, at + ledger) && (isNamed(cells, at + debit) || isNamed(cells, at + credit));
  return {
    account: (cells, at) => inLedger(cells, at + AccountOffset.ledger) && isNamed(cells, at + AccountOffset.id),
    transfer: either(TransferOffset.ledger, TransferOffset.debit_account_id, TransferOffset.credit_account_id),
    change: either(ChangeEventOffset.ledger, ChangeEventOffset.debit_account_id, ChangeEventOffset.credit_account_id),
  };
}

/** The rows of a reply that are within, one behind the other. */
export function kept(cells: Cells, at: number, size: number, rowSize: number, within: Within): Uint8Array[] {
  const rows: Uint8Array[] = [];
  for (let from = at; from < at + size; from += rowSize) {
    if (within(cells, from)) rows.push(cells.bytes.slice(from, from + rowSize));
  }
  return rows;
}

/** Rows as one reply. */
export function joined(rows: readonly Uint8Array[]): Cells {
  const cells = Cells.of(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    cells.bytes.set(row, at);
    at += row.length;
  }
  return cells;
}

/** The id at `at`, as a key of sets and maps. */
export function idText(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, ID_SIZE).toString('latin1');
}
