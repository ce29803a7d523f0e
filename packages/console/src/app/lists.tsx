/** The columns of accounts and transfers, and the questions that lists of them ask. */
import type { JSX } from 'preact';
import { ask, askOne } from './api.ts';
import { AccountLink, Amount, Balance, Chip, Time, TransferLink } from './parts.tsx';
import type { Account, Transfer } from './records.ts';
import { kindOf, netOf } from './records.ts';
import { unitOf } from './settings.ts';
import { say } from './strings/index.ts';
import type { Column } from './table.tsx';

export function ledgerText(ledger: number): string {
  const { name } = unitOf(ledger);
  return name === '' ? String(ledger) : `${name} · ${ledger}`;
}

export function accountColumns(): Column<Account>[] {
  const words = say();
  return [
    { key: 'id', label: words.account, text: ({ id }) => id, cell: ({ id }) => <AccountLink id={id} /> },
    { key: 'ledger', label: words.ledger, text: (row) => String(row.ledger), cell: (row) => ledgerText(row.ledger), wide: true },
    { key: 'code', label: words.code, text: (row) => String(row.code), cell: (row) => row.code, right: true, wide: true },
    {
      key: 'debits_posted',
      label: words.debits,
      text: (row) => row.debits_posted,
      cell: (row) => <Amount value={row.debits_posted} ledger={row.ledger} />,
      right: true,
      wide: true,
    },
    {
      key: 'credits_posted',
      label: words.credits,
      text: (row) => row.credits_posted,
      cell: (row) => <Amount value={row.credits_posted} ledger={row.ledger} />,
      right: true,
      wide: true,
    },
    {
      key: 'credits_less_debits',
      label: words.balance,
      text: (row) => String(netOf(row)),
      cell: (row) => <Balance net={netOf(row)} ledger={row.ledger} />,
      right: true,
    },
    {
      key: 'created',
      label: words.created,
      text: (row) => row.timestamp_iso,
      cell: (row) => <Time at={row.timestamp} iso={row.timestamp_iso} />,
      wide: true,
    },
  ];
}

export function Kind({ transfer }: { transfer: Pick<Transfer, 'flags'> }): JSX.Element {
  const kind = kindOf(transfer);
  return <Chip {...(kind === 'hold' ? { tone: 'open' as const } : {})}>{say().kinds[kind]}</Chip>;
}

export function transferColumns(): Column<Transfer>[] {
  const words = say();
  return [
    {
      key: 'time',
      label: words.time,
      text: (row) => row.timestamp_iso,
      cell: (row) => <Time at={row.timestamp} iso={row.timestamp_iso} />,
    },
    { key: 'id', label: words.transfer, text: ({ id }) => id, cell: ({ id }) => <TransferLink id={id} /> },
    { key: 'kind', label: words.kind, text: (row) => kindOf(row), cell: (row) => <Kind transfer={row} />, wide: true },
    {
      key: 'debit_account_id',
      label: words.debit,
      text: (row) => row.debit_account_id,
      cell: (row) => <AccountLink id={row.debit_account_id} />,
      wide: true,
    },
    {
      key: 'credit_account_id',
      label: words.credit,
      text: (row) => row.credit_account_id,
      cell: (row) => <AccountLink id={row.credit_account_id} />,
      wide: true,
    },
    {
      key: 'amount',
      label: words.amount,
      text: (row) => row.amount,
      cell: (row) => <Amount value={row.amount} ledger={row.ledger} unit />,
      right: true,
    },
    { key: 'code', label: words.code, text: (row) => String(row.code), cell: (row) => row.code, right: true, wide: true },
  ];
}

/** What transfers are wanted: fields of the API's filter. */
export interface Wanted {
  readonly [field: string]: string | number | readonly string[] | undefined;
}

/** Transfers that fit, the newest first, behind one that is known. */
export function searchTransfers(wanted: Wanted, after: Transfer | undefined, limit: number, abort?: AbortSignal): Promise<Transfer[]> {
  const { flags = [], ...fields } = wanted;
  const filter: Record<string, unknown> = { ...fields, limit, flags: [...(flags as readonly string[]), 'reversed'] };
  if (after !== undefined) filter.timestamp_max = String(BigInt(after.timestamp) - 1n);
  return ask<Transfer[]>('v1/search_transfers', { body: [filter], ...(abort === undefined ? {} : { signal: abort }) });
}

export function sumTransfers<T>(wanted: Wanted, abort?: AbortSignal): Promise<T | undefined> {
  return askOne<T>('sum_transfers', wanted, abort);
}

/** Accounts that fit, the newest first. */
export function queryAccounts(wanted: Wanted, after: Account | undefined, limit: number, abort?: AbortSignal): Promise<Account[]> {
  const filter: Record<string, unknown> = { ...wanted, limit, flags: ['reversed'] };
  if (after !== undefined) filter.timestamp_max = String(BigInt(after.timestamp) - 1n);
  return ask<Account[]>('v1/query_accounts', { body: [filter], ...(abort === undefined ? {} : { signal: abort }) });
}
