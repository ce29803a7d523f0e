/** The transfers of an account with the balance after each, and the statement of a time. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { accountColumn, amountColumn, balanceColumn, timeColumn, transferColumn } from '../columns.tsx';
import { csvOf, download, jsonOf } from '../exports.ts';
import { Kind } from '../lists.tsx';
import type { Paged } from '../pages.ts';
import { Amount } from '../parts.tsx';
import { effectOf, kindOf } from '../records.ts';
import { countText } from '../settings.ts';
import { type Line, wholeStatement } from '../statement.ts';
import { say } from '../strings/index.ts';
import { type Column, Table } from '../table.tsx';

function lineColumns(id: string): Column<Line>[] {
  const words = say();
  const other = ({ transfer }: Line): string =>
    transfer.debit_account_id === id ? transfer.credit_account_id : transfer.debit_account_id;
  const side = (line: Line, debit: boolean): string => {
    const moved = effectOf(line.transfer, id);
    return (debit ? moved < 0n : moved > 0n) ? String(moved < 0n ? -moved : moved) : '';
  };
  const amount = (line: Line, debit: boolean): JSX.Element | string => {
    const { transfer } = line;
    const value = side(line, debit);
    if (value !== '') return <Amount value={value} ledger={transfer.ledger} />;
    // What is only reserved stands there too, and is not counted in the balance.
    const reserved = kindOf(transfer) === 'hold' && (transfer.debit_account_id === id) === debit;
    return reserved ? (
      <i class="reserved">
        (<Amount value={transfer.amount} ledger={transfer.ledger} />)
      </i>
    ) : (
      ''
    );
  };
  const sideColumn = (key: string, label: string, debit: boolean): Column<Line> => {
    return { key, label, text: (line) => side(line, debit), cell: (line) => amount(line, debit), right: true };
  };
  const kind = ({ transfer }: Line): JSX.Element => <Kind transfer={transfer} />;
  const wide = { wide: true };
  return [
    timeColumn(words.time, ({ transfer }) => transfer),
    transferColumn('transfer', words.transfer, ({ transfer }) => transfer.id, wide),
    { key: 'kind', label: words.kind, text: ({ transfer }) => kindOf(transfer), cell: kind, ...wide },
    accountColumn('counterparty', words.counterparty, other),
    sideColumn('debit', words.debit, true),
    sideColumn('credit', words.credit, false),
    balanceColumn(words.running, ({ net, transfer }) => [net, transfer.ledger]),
    amountColumn('amount', words.amount, ({ transfer }) => [transfer.amount, transfer.ledger], { unseen: true }),
  ];
}

interface LinesProps {
  readonly id: string;
  readonly list: Paged<Line>;
  readonly newer: number;
  readonly refresh: () => void;
  readonly wanted: { readonly [field: string]: string };
}

export function Lines({ id, list, newer, refresh, wanted }: LinesProps): JSX.Element {
  const words = say();
  const columns = lineColumns(id);
  const progress = useSignal<string | undefined>(undefined);
  const save = async (type: 'csv' | 'json'): Promise<void> => {
    try {
      const lines = await wholeStatement(id, wanted, (count) => {
        progress.value = words.exporting(countText(count));
      });
      const text = type === 'csv' ? csvOf(columns, lines) : jsonOf(columns, lines);
      download(`statement-${id}.${type}`, type === 'csv' ? 'text/csv' : 'application/json', text);
      progress.value = undefined;
    } catch (error) {
      progress.value = (error as Error).message;
    }
  };
  return (
    <Table
      caption={words.transfers}
      columns={columns}
      rows={list.rows}
      rowKey={({ transfer }) => transfer.id}
      more={list.more}
      loading={list.loading}
    >
      <span class="statement">
        <span class="label" title={words.statementAbout}>
          {words.statement}
        </span>
        <button
          type="button"
          class="quiet"
          onClick={() => void save('csv')}
          aria-label={`${words.statement} ${words.exportCsv}`}
        >
          {words.exportCsv}
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() => void save('json')}
          aria-label={`${words.statement} ${words.exportJson}`}
        >
          {words.exportJson}
        </button>
        <span role="status">{progress.value}</span>
      </span>
      {newer > 0 && (
        <button type="button" onClick={refresh}>
          {words.newer(countText(newer))}
        </button>
      )}
    </Table>
  );
}
