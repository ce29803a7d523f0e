/** Is all well? What the books add up to, what waits, how the server is, and what moves. */
import type { JSX } from 'preact';
import { askOne, may, request } from '../api.ts';
import { accountColumn, amountColumn, countColumn, timeColumn, transferColumn } from '../columns.tsx';
import { missed, rate, recent } from '../feed.ts';
import { ledgerText, searchTransfers, sumTransfers } from '../lists.tsx';
import { useLoad, useTick } from '../load.ts';
import { durationText, figureOf, type Metrics, parseMetrics, quantileOf, sumOf } from '../metrics.ts';
import { Chip, Figure, Head, Loading, Trouble } from '../parts.tsx';
import { type Change, kindOf, type Snapshot, type Transfer, type TransferSum } from '../records.ts';
import { href } from '../router.ts';
import { countText } from '../settings.ts';
import { say } from '../strings/index.ts';
import { type Column, Table } from '../table.tsx';
import { type LedgerSums, trialOf } from '../trial.ts';

/** Home adds up so many accounts; the books add up all. */
const HOME_MAX = 8189;

export function Home(): JSX.Element {
  const tick = useTick();
  const figures = useLoad('figures', (abort) => figuresOf(abort), tick);
  const sums = useLoad('sums', (abort) => trialOf(HOME_MAX, undefined, abort), missed);
  const holds = useLoad('holds', (abort) => holdsOf(abort), tick);
  return (
    <>
      <Head title={say().home}>
        <Verdict sums={sums.value?.ledgers} metrics={figures.value?.metrics} />
      </Head>
      <div class="figures">
        <Figures metrics={figures.value?.metrics} op={figures.value?.snapshot.op} holds={holds.value?.count} />
      </div>
      {figures.error !== undefined && <Trouble error={figures.error} retry={figures.reload} />}
      <section class="panel" aria-labelledby="sums">
        <h2 id="sums">{say().sums}</h2>
        <p class="about">{say().sumsAbout}</p>
        {sums.error !== undefined && <Trouble error={sums.error} retry={sums.reload} />}
        {sums.value === undefined ? sums.loading && <Loading /> : <Sums ledgers={sums.value.ledgers} />}
        {sums.value?.complete === false && <a href={href(['books'])}>{say().trialBalance}</a>}
      </section>
      <Newest />
    </>
  );
}

async function figuresOf(signal: AbortSignal) {
  const [snapshot, text] = await Promise.all([
    askOne<Snapshot>('get_snapshot', {}, signal),
    may('metrics:read') ? request('metrics', { signal, accept: 'text/plain' }).then((got) => got.text()) : undefined,
  ]);
  return { snapshot: snapshot!, metrics: text === undefined ? undefined : parseMetrics(text) };
}

async function holdsOf(signal: AbortSignal) {
  const sum = await sumTransfers<TransferSum>({ flags: ['open'] }, signal);
  return { count: sum!.count };
}

function stateOf(metrics: Metrics | undefined): string | undefined {
  return metrics?.get('tallystick_state')?.find(({ value }) => value === 1)?.labels.state;
}

function Verdict({ sums, metrics }: { sums: readonly LedgerSums[] | undefined; metrics: Metrics | undefined }) {
  if (sums === undefined) return null;
  const state = stateOf(metrics);
  const equal = sums.every(({ debits, credits }) => debits === credits);
  // A node that neither leads nor follows, a thread that stands still: the server says that it is not ready.
  const works = metrics === undefined || (state === 'ready' && figureOf(metrics, 'tallystick_ready') !== 0);
  const well = equal && works;
  return <Chip tone={well ? 'good' : 'bad'}>{well ? say().wellYes : say().wellNo}</Chip>;
}

function Figures({
  metrics,
  op,
  holds,
}: {
  metrics: Metrics | undefined;
  op: string | undefined;
  holds: string | undefined;
}) {
  const words = say();
  const seconds = metrics && quantileOf(metrics, 'tallystick_submit_to_durable_seconds', 0.99);
  const snapshot = metrics && figureOf(metrics, 'tallystick_snapshot_age_seconds');
  const depth = metrics && sumOf(metrics, 'tallystick_lane_depth_cells');
  return (
    <>
      <Figure name={words.state} value={stateOf(metrics) ?? '–'} />
      <Figure
        name={words.openHolds}
        value={holds === undefined ? '–' : countText(BigInt(holds))}
        to={href(['holds'])}
      />
      <Figure name={words.op} value={op === undefined ? '–' : countText(BigInt(op))} />
      <Figure name={words.p99} value={seconds === undefined ? '–' : `≤ ${countText(Math.ceil(seconds * 1000))} ms`} />
      <Role metrics={metrics} />
      <Figure name={words.snapshotAge} value={snapshot === undefined ? '–' : durationText(snapshot)} />
      <Figure name={words.queued} value={depth === undefined ? '–' : countText(depth)} />
      <Figure name={words.changesASecond} value={countText(rate.value)} />
    </>
  );
}

/** What this node is in its cluster, and how far behind; nothing where there is none. */
function Role({ metrics }: { metrics: Metrics | undefined }): JSX.Element | null {
  const words = say();
  const role = metrics?.get('tallystick_cluster_role')?.find(({ value }) => value === 1)?.labels.role;
  if (role === undefined || metrics === undefined) return null;
  const age = figureOf(metrics, 'tallystick_cluster_age_seconds') ?? 0;
  return (
    <>
      <Figure name={words.role} value={words.roles[role] ?? role} to={href(['cluster'])} bad={role === 'alone'} />
      <Figure name={words.age} value={durationText(age)} />
    </>
  );
}

export function Sums({ ledgers }: { ledgers: readonly LedgerSums[] }): JSX.Element {
  const words = say();
  const ledger = (row: LedgerSums): JSX.Element => (
    <a href={href(['accounts'], { ledger: row.ledger })}>{ledgerText(row.ledger)}</a>
  );
  const verdict = ({ debits, credits }: LedgerSums): JSX.Element =>
    debits === credits ? <Chip tone="good">{words.equal}</Chip> : <Chip tone="bad">{words.different}</Chip>;
  const columns: Column<LedgerSums>[] = [
    { key: 'ledger', label: words.ledger, text: (row) => String(row.ledger), cell: ledger },
    countColumn('accounts', words.accountsCount, ({ accounts }) => accounts, { wide: true }),
    amountColumn('debits_posted', words.debits, (row) => [row.debits, row.ledger]),
    amountColumn('credits_posted', words.credits, (row) => [row.credits, row.ledger], { wide: true }),
    {
      key: 'difference',
      label: words.difference,
      text: (row) => String(row.credits - row.debits),
      cell: verdict,
      right: true,
    },
  ];
  return <Table caption={words.sums} columns={columns} rows={ledgers} rowKey={(row) => String(row.ledger)} short />;
}

const CHANGE_KINDS: { readonly [type: string]: string } = {
  single_phase: 'transfer',
  two_phase_pending: 'hold',
  two_phase_posted: 'post',
  two_phase_voided: 'void',
  two_phase_expired: 'expiry',
};
const SHOWN = 20;

function Newest(): JSX.Element {
  const words = say();
  // What happened before the page was opened is a list; what happens now comes by the feed.
  const earlier = useLoad('earlier', (abort) => searchTransfers({}, undefined, SHOWN, abort), missed);
  const rows: Change[] = [...recent.value, ...(earlier.value ?? []).map(changeOf)]
    .filter((one, i, all) => all.findIndex(({ timestamp }) => timestamp === one.timestamp) === i)
    .slice(0, SHOWN);
  const kind = ({ type }: Change): string => words.kinds[CHANGE_KINDS[type] ?? ''] ?? type;
  const columns: Column<Change>[] = [
    timeColumn(words.time, (row) => row),
    transferColumn('transfer_id', words.transfer, (row) => row.transfer_id, { wide: true }),
    { key: 'type', label: words.kind, text: ({ type }) => type, cell: kind, wide: true },
    accountColumn('debit_account_id', words.debit, (row) => row.debit_account_id),
    accountColumn('credit_account_id', words.credit, (row) => row.credit_account_id),
    amountColumn('amount', words.amount, (row) => [row.transfer_amount, row.ledger], { unit: true }),
  ];
  return (
    <section class="panel" aria-labelledby="newest">
      <h2 id="newest">{words.newest}</h2>
      <Table
        caption={words.newest}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.timestamp}
        short
        loading={earlier.loading}
      />
    </section>
  );
}

const CHANGE_TYPES = {
  transfer: 'single_phase',
  hold: 'two_phase_pending',
  post: 'two_phase_posted',
  void: 'two_phase_voided',
} as const;

function changeOf(transfer: Transfer): Change {
  const { id, amount, code, ledger, debit_account_id, credit_account_id, timestamp, timestamp_iso } = transfer;
  const moved = { transfer_id: id, transfer_amount: amount, transfer_code: code, ledger };
  const sides = { debit_account_id, credit_account_id };
  return { ...moved, ...sides, type: CHANGE_TYPES[kindOf(transfer)], timestamp, timestamp_iso };
}
