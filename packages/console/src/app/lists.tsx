/** The columns of accounts and transfers, and the questions that lists of them ask. */
import type { JSX } from 'preact';
import { ask, askOne } from './api.ts';
import { accountColumn, amountColumn, balanceColumn, codeColumn, timeColumn, transferColumn } from './columns.tsx';
import { Chip } from './parts.tsx';
import type { Account, Transfer } from './records.ts';
import { kindOf, netOf } from './records.ts';
import { unitOf } from './settings.ts';
import { say } from './strings/index.ts';
import { type Column, Table } from './table.tsx';

export function ledgerText(ledger: number): string {
  const { name } = unitOf(ledger);
  return name === '' ? String(ledger) : `${name} · ${ledger}`;
}

export function accountColumns(): Column<Account>[] {
  const words = say();
  const wide = { wide: true };
  const ledger = (row: Account): string => ledgerText(row.ledger);
  return [
    accountColumn('id', words.account, ({ id }) => id),
    { key: 'ledger', label: words.ledger, text: (row) => String(row.ledger), cell: ledger, ...wide },
    codeColumn('code', words.code, ({ code }) => code, wide),
    amountColumn('debits_posted', words.debits, (row) => [row.debits_posted, row.ledger], wide),
    amountColumn('credits_posted', words.credits, (row) => [row.credits_posted, row.ledger], wide),
    balanceColumn(words.balance, (row) => [netOf(row), row.ledger]),
    timeColumn(words.created, (row) => row, 'created', wide),
  ];
}

export function Kind({ transfer }: { transfer: Pick<Transfer, 'flags'> }): JSX.Element {
  const kind = kindOf(transfer);
  return <Chip {...(kind === 'hold' ? { tone: 'open' as const } : {})}>{say().kinds[kind]}</Chip>;
}

export function transferColumns(): Column<Transfer>[] {
  const words = say();
  const wide = { wide: true };
  return [
    timeColumn(words.time, (row) => row),
    transferColumn('id', words.transfer, ({ id }) => id),
    { key: 'kind', label: words.kind, text: (row) => kindOf(row), cell: (row) => <Kind transfer={row} />, ...wide },
    accountColumn('debit_account_id', words.debit, (row) => row.debit_account_id, wide),
    accountColumn('credit_account_id', words.credit, (row) => row.credit_account_id, wide),
    amountColumn('amount', words.amount, (row) => [row.amount, row.ledger], { unit: true }),
    codeColumn('code', words.code, ({ code }) => code, wide),
  ];
}

/** What transfers are wanted: fields of the API's filter. */
export interface Wanted {
  readonly [field: string]: string | number | readonly string[] | undefined;
}

/** Transfers that fit, the newest first, behind one that is known. */
export function searchTransfers(
  wanted: Wanted,
  after: Transfer | undefined,
  limit: number,
  abort?: AbortSignal,
): Promise<Transfer[]> {
  const { flags = [], ...fields } = wanted;
  const filter: Record<string, unknown> = { ...fields, limit, flags: [...(flags as readonly string[]), 'reversed'] };
  if (after !== undefined) filter.timestamp_max = String(BigInt(after.timestamp) - 1n);
  return ask<Transfer[]>('v1/search_transfers', { body: [filter], ...(abort === undefined ? {} : { signal: abort }) });
}

export function sumTransfers<T>(wanted: Wanted, abort?: AbortSignal): Promise<T | undefined> {
  return askOne<T>('sum_transfers', wanted, abort);
}

/** Accounts that fit, the newest first. */
export function queryAccounts(
  wanted: Wanted,
  after: Account | undefined,
  limit: number,
  abort?: AbortSignal,
): Promise<Account[]> {
  const filter: Record<string, unknown> = { ...wanted, limit, flags: ['reversed'] };
  if (after !== undefined) filter.timestamp_max = String(BigInt(after.timestamp) - 1n);
  return ask<Account[]>('v1/query_accounts', { body: [filter], ...(abort === undefined ? {} : { signal: abort }) });
}

/** A few transfers under a title; nothing where there are none. */
export function TransferPanel({ title, rows }: { title: string; rows: readonly Transfer[] }): JSX.Element | null {
  if (rows.length === 0) return null;
  return (
    <section class="panel">
      <h2>{title}</h2>
      <Table caption={title} columns={transferColumns()} rows={rows} rowKey={({ id }) => id} short />
    </section>
  );
}
