/** The trial balance: what every ledger and every code add up to, in one snapshot. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { amountColumn, balanceColumn, countColumn } from '../columns.tsx';
import { ledgerText } from '../lists.tsx';
import { useLoad } from '../load.ts';
import { Head, Trouble } from '../parts.tsx';
import { netOf } from '../records.ts';
import { href } from '../router.ts';
import { countText, nameOfAccount } from '../settings.ts';
import { say } from '../strings/index.ts';
import { type Column, Table } from '../table.tsx';
import { type CodeSums, type LedgerSums, trialOf } from '../trial.ts';
import { Sums } from './home.tsx';

const ALL = 1_000_000;

export function Books(): JSX.Element {
  const words = say();
  const progress = useSignal(0);
  const trial = useLoad('trial', (abort) =>
    trialOf(
      ALL,
      (count) => {
        progress.value = count;
      },
      abort,
    ),
  );
  const { value } = trial;
  return (
    <>
      <Head title={words.trialBalance} about={words.trialAbout}>
        {value !== undefined && <span class="label">{words.asOfOp(countText(BigInt(value.op)))}</span>}
        <button type="button" onClick={trial.reload} disabled={trial.loading}>
          {words.recount}
        </button>
      </Head>
      {trial.loading && (
        <p class="loading" role="status">
          {words.reading(countText(progress.value))}
        </p>
      )}
      {trial.error !== undefined && <Trouble error={trial.error} retry={trial.reload} />}
      {value !== undefined && <Sums ledgers={value.ledgers} />}
      {value?.ledgers.map((ledger) => (
        <Codes key={ledger.ledger} of={ledger} />
      ))}
      {value !== undefined && <Named accounts={value.accounts} />}
    </>
  );
}

function Codes({ of }: { of: LedgerSums }): JSX.Element {
  const words = say();
  const title = `${words.ledger} ${ledgerText(of.ledger)}`;
  const code = (row: CodeSums): JSX.Element => (
    <a href={href(['accounts'], { ledger: row.ledger, code: row.code })}>{row.code}</a>
  );
  const columns: Column<CodeSums>[] = [
    { key: 'code', label: words.code, text: (row) => String(row.code), cell: code },
    countColumn('accounts', words.accountsCount, ({ accounts }) => accounts, { wide: true }),
    amountColumn('debits_posted', words.debits, (row) => [row.debits, row.ledger]),
    amountColumn('credits_posted', words.credits, (row) => [row.credits, row.ledger]),
    balanceColumn(words.balance, (row) => [row.credits - row.debits, row.ledger]),
  ];
  return (
    <section class="panel">
      <h2>{title}</h2>
      <Table caption={title} columns={columns} rows={of.codes} rowKey={(row) => String(row.code)} short />
    </section>
  );
}

/** Accounts of imported books, by name: the balance sheet as the book has it. */
function Named({ accounts }: { accounts: Awaited<ReturnType<typeof trialOf>>['accounts'] }): JSX.Element | null {
  const words = say();
  const rows = accounts
    .flatMap((account) => {
      const name = nameOfAccount(account.id);
      return name === undefined ? [] : [{ name, account }];
    })
    .sort((a, b) => a.account.ledger - b.account.ledger || (a.name < b.name ? -1 : 1));
  if (rows.length === 0) return null;
  type Row = (typeof rows)[number];
  const name = (row: Row): JSX.Element => <a href={href(['account', row.account.id])}>{row.name}</a>;
  const ledger = ({ account }: Row): string => ledgerText(account.ledger);
  const columns: Column<Row>[] = [
    { key: 'name', label: words.account, text: (row) => row.name, cell: name },
    { key: 'ledger', label: words.ledger, text: ({ account }) => String(account.ledger), cell: ledger, wide: true },
    balanceColumn(words.balance, ({ account }) => [netOf(account), account.ledger]),
  ];
  return (
    <section class="panel">
      <h2>{words.byName}</h2>
      <Table
        caption={words.byName}
        columns={columns}
        rows={rows}
        rowKey={({ account }) => account.id}
        short={rows.length < 60}
      />
    </section>
  );
}
