/** Kinds of columns that many tables have: a time, an account, a transfer, an amount, a balance, a number. */
import { AccountLink, Amount, Balance, Time, TransferLink } from './parts.tsx';
import { countText } from './settings.ts';
import type { Column } from './table.tsx';

/** How a column is shown where that differs from others of its kind. */
export type Shown = Pick<Column<unknown>, 'wide' | 'unseen'>;

interface Timed {
  readonly timestamp: string;
  readonly timestamp_iso: string;
}

export function timeColumn<Row>(label: string, of: (row: Row) => Timed, key = 'time', shown: Shown = {}): Column<Row> {
  return {
    key,
    label,
    text: (row) => of(row).timestamp_iso,
    cell: (row) => <Time at={of(row).timestamp} iso={of(row).timestamp_iso} />,
    ...shown,
  };
}

export function accountColumn<Row>(
  key: string,
  label: string,
  id: (row: Row) => string,
  shown: Shown = {},
): Column<Row> {
  return { key, label, text: id, cell: (row) => <AccountLink id={id(row)} />, ...shown };
}

export function transferColumn<Row>(
  key: string,
  label: string,
  id: (row: Row) => string,
  shown: Shown = {},
): Column<Row> {
  return { key, label, text: id, cell: (row) => <TransferLink id={id(row)} />, ...shown };
}

/** An amount, with the ledger that says what it is counted in; `unit`: and its name behind it. */
export function amountColumn<Row>(
  key: string,
  label: string,
  of: (row: Row) => readonly [value: string | bigint, ledger: number],
  { unit = false, ...shown }: Shown & { readonly unit?: boolean } = {},
): Column<Row> {
  return {
    key,
    label,
    text: (row) => String(of(row)[0]),
    cell: (row) => <Amount value={of(row)[0]} ledger={of(row)[1]} unit={unit} />,
    right: true,
    ...shown,
  };
}

/** Credits less debits. */
export function balanceColumn<Row>(
  label: string,
  of: (row: Row) => readonly [net: bigint, ledger: number],
): Column<Row> {
  return {
    key: 'credits_less_debits',
    label,
    text: (row) => String(of(row)[0]),
    cell: (row) => <Balance net={of(row)[0]} ledger={of(row)[1]} />,
    right: true,
  };
}

/** A count. */
export function countColumn<Row>(key: string, label: string, of: (row: Row) => number, shown: Shown = {}): Column<Row> {
  return { key, label, text: (row) => String(of(row)), cell: (row) => countText(of(row)), right: true, ...shown };
}

/** A number that is a name, and has no groups. */
export function codeColumn<Row>(key: string, label: string, of: (row: Row) => number, shown: Shown = {}): Column<Row> {
  return { key, label, text: (row) => String(of(row)), cell: of, right: true, ...shown };
}
