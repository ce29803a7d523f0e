/** The server as whoever is on call looks at it: its place in a cluster, its ledgers or shards, lanes and doors. */
import type { JSX } from 'preact';
import { may, request } from '../api.ts';
import { countColumn } from '../columns.tsx';
import { useLoad, useTick } from '../load.ts';
import { bytesText, durationText, figureOf, type Metrics, parseMetrics, quantileOf, type Sample } from '../metrics.ts';
import { Chip, Figure, Head, Loading, Trouble } from '../parts.tsx';
import { countText } from '../settings.ts';
import { say } from '../strings/index.ts';
import { type Column, Table } from '../table.tsx';

export function Cluster(): JSX.Element {
  const words = say();
  // Nothing is asked for that would be refused.
  return may('metrics:read') ? <Figures /> : <Head title={words.cluster} about={words.noMetrics} />;
}

function Figures(): JSX.Element {
  const words = say();
  const tick = useTick();
  const figures = useLoad(
    'cluster',
    async (signal) => parseMetrics(await (await request('metrics', { signal, accept: 'text/plain' })).text()),
    tick,
  );
  if (figures.value === undefined) {
    return figures.error === undefined ? <Loading /> : <Trouble error={figures.error} retry={figures.reload} />;
  }
  const metrics = figures.value;
  return (
    <>
      <Head title={words.cluster} about={words.clusterAbout}>
        <Role metrics={metrics} />
      </Head>
      <Node metrics={metrics} />
      <Ledgers metrics={metrics} />
      <Settlements metrics={metrics} />
      <By
        title={words.lanes}
        metrics={metrics}
        label="lane"
        columns={[
          ['tallystick_lane_depth_cells', words.depth],
          ['tallystick_lane_requests_total', words.requests],
          ['tallystick_lane_refused_total', words.turnedAway],
        ]}
      />
      <By
        title={words.doors}
        metrics={metrics}
        label="door"
        columns={[
          ['tallystick_door_connections', words.connections],
          ['tallystick_door_received_bytes_total', words.received, bytesText],
          ['tallystick_door_sent_bytes_total', words.sent, bytesText],
          ['tallystick_door_refused_total', words.turnedAway],
        ]}
      />
    </>
  );
}

function Role({ metrics }: { metrics: Metrics }): JSX.Element {
  const words = say();
  const role = metrics.get('tallystick_cluster_role')?.find(({ value }) => value === 1)?.labels.role;
  if (role === undefined) return <Chip>{words.noCluster}</Chip>;
  return <Chip tone={role === 'alone' ? 'bad' : 'good'}>{words.roles[role] ?? role}</Chip>;
}

/** This node among the others, as it sees them. */
function Node({ metrics }: { metrics: Metrics }): JSX.Element | null {
  const words = say();
  const epoch = figureOf(metrics, 'tallystick_cluster_epoch');
  if (epoch === undefined) return null;
  const agreed = figureOf(metrics, 'tallystick_cluster_agreed_op') ?? 0;
  const quorum = quantileOf(metrics, 'tallystick_cluster_quorum_seconds', 0.99);
  const damaged = figureOf(metrics, 'tallystick_cluster_damaged_copies') ?? 0;
  return (
    <div class="figures">
      <Figure name={words.epoch} value={countText(epoch)} />
      <Figure name={words.age} value={durationText(figureOf(metrics, 'tallystick_cluster_age_seconds') ?? 0)} />
      <Figure name={words.behind} value={countText(figureOf(metrics, 'tallystick_cluster_behind_records') ?? 0)} />
      <Figure name={words.agreed} value={agreed === 0 ? '–' : countText(agreed)} />
      <Figure name={words.quorum} value={quorum === undefined ? '–' : `≤ ${durationText(quorum)}`} />
      <Figure name={words.damagedCopies} value={countText(damaged)} bad={damaged > 0} />
    </div>
  );
}

/** One row a shard; a ledger that is not divided has one. */
function Ledgers({ metrics }: { metrics: Metrics }): JSX.Element {
  const words = say();
  const shards = (metrics.get('tallystick_op') ?? []).map(({ labels }) => labels.shard ?? '');
  const of = (shard: string, name: string): number | undefined =>
    metrics.get(name)?.find(({ labels }) => (labels.shard ?? '') === shard)?.value;
  const count = (name: string, label: string, wide = false): Column<string> =>
    countColumn(name, label, (shard) => of(shard, name) ?? 0, wide ? { wide: true } : {});
  const age = (shard: string): string => {
    const seconds = of(shard, 'tallystick_snapshot_age_seconds');
    return seconds === undefined ? '–' : durationText(seconds);
  };
  const size = (shard: string): string => bytesText(of(shard, 'tallystick_journal_bytes') ?? 0);
  const columns: Column<string>[] = [
    {
      key: 'shard',
      label: words.shard,
      text: (shard) => shard,
      cell: (shard) => (shard === '' ? words.whole : shard),
    },
    count('tallystick_op', words.op),
    count('tallystick_accounts', words.accountsCount, true),
    count('tallystick_pendings_open', words.openHolds, true),
    count('tallystick_entries', words.entries, true),
    { key: 'journal_bytes', label: words.journal, text: size, cell: size, right: true, wide: true },
    { key: 'snapshot_age', label: words.snapshotAge, text: age, cell: age, right: true },
  ];
  return (
    <section class="panel">
      <h2>{words.shards}</h2>
      <Table caption={words.shards} columns={columns} rows={shards} rowKey={(shard) => shard} short />
    </section>
  );
}

/** Money on bridges, between shards. */
function Settlements({ metrics }: { metrics: Metrics }): JSX.Element | null {
  const words = say();
  const open = metrics.get('tallystick_settlements_open');
  if (open === undefined) return null;
  const inState = (state: string): number => open.find(({ labels }) => labels.state === state)?.value ?? 0;
  const oldest = figureOf(metrics, 'tallystick_settlement_oldest_seconds') ?? 0;
  return (
    <section class="panel">
      <h2>{words.settlements}</h2>
      <div class="figures">
        <Figure name={words.settling} value={countText(inState('open'))} />
        <Figure name={words.heldOnBridges} value={countText(inState('held'))} />
        <Figure name={words.oldest} value={durationText(oldest)} />
      </div>
    </section>
  );
}

type Shown = readonly [name: string, label: string, text?: (value: number) => string];

/** A row for each value of a label. */
function By({
  title,
  metrics,
  label,
  columns,
}: {
  title: string;
  metrics: Metrics;
  label: 'lane' | 'door';
  columns: readonly Shown[];
}): JSX.Element {
  const rows = [...new Set((metrics.get(columns[0]![0]) ?? []).map(({ labels }) => labels[label]!))];
  const sum = (row: string, samples: readonly Sample[] = []): number =>
    samples.reduce((all, { labels, value }) => (labels[label] === row ? all + value : all), 0);
  const shown: Column<string>[] = columns.map(([name, head, text = countText]) => ({
    key: name,
    label: head,
    text: (row) => String(sum(row, metrics.get(name))),
    cell: (row) => text(sum(row, metrics.get(name))),
    right: true,
  }));
  const first: Column<string> = { key: label, label: title, text: (row) => row, cell: (row) => row };
  return (
    <section class="panel">
      <h2>{title}</h2>
      <Table caption={title} columns={[first, ...shown]} rows={rows} rowKey={(row) => row} short />
    </section>
  );
}
