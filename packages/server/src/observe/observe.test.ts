/** The port for machines that watch, as they see it. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { trace } from '@opentelemetry/api';
import { DoorCounters, LogHistogram } from 'tallystick/internal/base';
import { openMemory } from 'tallystick/internal/engine';
import { ObjectLedger, Operation, TallystickError } from 'tallystick/internal/model';
import { traced } from 'tallystick/internal/trace';
import { Ingress } from '../server/index.ts';
import { Heartbeat } from './heartbeat.ts';
import { createLogger } from './log.ts';
import { metrics } from './metrics.ts';
import { MetricsServer } from './server.ts';
import { Sources, type Standing } from './sources.ts';
import { startTracing, tracesUrl } from './tracing.ts';

const LOOPBACK = '127.0.0.1';

async function scrape(server: MetricsServer): Promise<string> {
  const response = await fetch(`http://${LOOPBACK}:${server.port}/metrics`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/);
  return response.text();
}

const statusOf = async (server: MetricsServer, path: string): Promise<number> =>
  (await fetch(`http://${LOOPBACK}:${server.port}${path}`)).status;

test('metrics say what happened, from start to durable reply', async () => {
  const sources = new Sources('1.2.3');
  const server = await MetricsServer.start(sources, { host: LOOPBACK, port: 0 });
  try {
    assert.match(await scrape(server), /^tallystick_build_info\{version="1\.2\.3",node="v\d+\S*"\} 1$/m);

    const { engine } = openMemory();
    const ingress = new Ingress(engine);
    const door = new DoorCounters('native');
    sources.opened.push({ engine, fence: 4n });
    sources.lanes = ingress;
    sources.doors.push(door);
    const ledger = new ObjectLedger({
      eventsMax: ingress.eventsMax,
      request: (request) => ingress.request({ ...request, context: { door, wish: 'critical' } }),
      close: () => engine.close(),
    });
    door.connections = 2;
    door.refuse('frame_invalid');
    await ledger.createAccounts([1n, 2n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));

    const text = await scrape(server);
    for (const line of [
      'tallystick_accounts 2',
      'tallystick_fence 4',
      'tallystick_requests_total{operation="create_accounts"} 1',
      'tallystick_events_total{operation="create_accounts"} 3',
      'tallystick_rejected_events_total{operation="create_accounts",status="exists"} 1',
      'tallystick_batch_events_bucket{operation="create_accounts",le="2"} 0',
      'tallystick_batch_events_bucket{operation="create_accounts",le="4"} 1',
      'tallystick_batch_events_sum{operation="create_accounts"} 3',
      'tallystick_submit_to_durable_seconds_count{lane="critical",door="native"} 1',
      'tallystick_submit_to_durable_seconds_bucket{lane="critical",door="native",le="+Inf"} 1',
      'tallystick_lane_requests_total{lane="critical"} 1',
      'tallystick_lane_depth_cells{lane="normal"} 0',
      'tallystick_door_connections{door="native"} 2',
      'tallystick_door_refused_total{door="native",code="frame_invalid"} 1',
    ]) {
      assert.ok(text.includes(`\n${line}\n`), line);
    }
    await ledger.close();
  } finally {
    await server.close();
  }
});

test('what is exported is what is declared: names, types and labels, and histograms that only grow', async () => {
  const sources = new Sources('0');
  const door = new DoorCounters('grpc');
  for (const ms of [0.02, 0.3, 2, 90_000]) door.latency.high.record(ms);
  door.refuse('frame_invalid');
  sources.doors.push(door);
  const { engine } = openMemory();
  sources.lanes = new Ingress(engine);
  sources.opened.push({
    engine,
    fence: 1n,
    recovery: {
      replayed: 3,
      snapshotOp: 2,
      tornCells: 1,
      tornAt: undefined,
      damagedSnapshots: [],
      kept: [],
      loss: undefined,
      milliseconds: 12,
    },
  });
  sources.heartbeat = new Heartbeat({ debug() {}, info() {}, warn() {}, error() {} });
  sources.budget = { used: 7 };
  sources.certificates = { left: [{ what: 'certificate', seconds: 60, share: 0.5 }] };
  sources.secrets = { failing: false };
  const more = { behind: 0, agreedOp: 0, damagedCopies: 0, quorum: new LogHistogram() };
  sources.standing = { role: 'following', epoch: 1, op: 2, ageMs: 3, ...more };
  const last = { posted: 0, voided: 0, open: 1, held: 1, heldAmounts: new Map([[840, 5n]]), oldest: 1n };
  sources.settlement = { counts: { settled: 1, refused: 2, posted: 3, voided: 4 }, last, now: () => 2n };
  const took = new LogHistogram();
  took.record(1);
  sources.services = {
    payments: new Map([['pay', new Map([['done', 2]])]]),
    latency: new Map([['pay', took]]),
    refused: new Map([['insufficient_funds', 1]]),
    turnedAway: new Map([['lane_full', 1]]),
    webhooks: new Map([['delivered', 1]]),
    webhookAge: () => 0,
    screened: new Map([['hit', 1]]),
  };
  sources.heartbeat.look([{ name: 'journal', beats: 1 }], performance.now());
  engine.memory.counters.builder.wrote(1, BigInt(Date.now() - 5000) * 1_000_000n);
  engine.memory.counters.machine.results(Operation.create_transfers, new Int32Array([0, 0, 46, 0]), 0, 16);
  const server = await MetricsServer.start(sources, { host: LOOPBACK, port: 0 });
  const text = await scrape(server);
  await server.close();
  const declared = new Map(Object.values(metrics).map((metric) => [metric.name, metric]));
  const seen = new Set<string>();
  for (const line of text.split('\n').filter((line) => line.startsWith('tallystick_'))) {
    const [, full, labels] = /^(\w+)(?:\{(.*)\})? [-+\d.e]+$/.exec(line) ?? assert.fail(line);
    const metric = declared.get(full!) ?? declared.get(full!.replace(/_(bucket|sum|count)$/, ''));
    assert.ok(metric !== undefined, full);
    seen.add(metric.name);
    const names = [...(labels ?? '').matchAll(/(\w+)="/g)].map(([, name]) => name).filter((name) => name !== 'le');
    assert.deepEqual(names, metric.labels, line);
  }
  assert.deepEqual(
    [...declared.keys()].filter((name) => !seen.has(name)),
    [],
  );
  const buckets = [...text.matchAll(/^tallystick_submit_to_durable_seconds_bucket\{.*le="([^"]+)"\} (\d+)$/gm)];
  const counts = buckets.map(([, , count]) => Number(count));
  assert.deepEqual(
    counts,
    [...counts].sort((a, b) => a - b),
  );
  assert.equal(counts.at(-1), 4);
  assert.equal(counts.at(-2), 3);
  assert.match(text, /^tallystick_snapshot_age_seconds (5|6)\.\d+$/m);
  await engine.close();
});

test('live and ready follow the state', async () => {
  const sources = new Sources('0');
  const server = await MetricsServer.start(sources, { host: LOOPBACK, port: 0 });
  const both = async (): Promise<number[]> => [await statusOf(server, '/live'), await statusOf(server, '/ready')];
  try {
    assert.deepEqual(await both(), [200, 503]);
    sources.state = 'recovering';
    assert.deepEqual(await both(), [200, 503]);
    const { engine } = openMemory();
    sources.opened.push({ engine });
    sources.state = 'ready';
    assert.deepEqual(await both(), [200, 200]);
    sources.state = 'draining';
    assert.deepEqual(await both(), [200, 503]);
    sources.state = 'ready';
    engine.fail(new Error('the disk is gone'));
    assert.deepEqual(await both(), [503, 503]);
    assert.equal(await statusOf(server, '/'), 404);
    const posted = await fetch(`http://${LOOPBACK}:${server.port}/metrics`, { method: 'POST' });
    assert.equal(posted.status, 405);
  } finally {
    await server.close();
  }
});

test('a node of a cluster is ready while it follows or leads, says which, and is not when it is alone', async () => {
  const sources = new Sources('0');
  const server = await MetricsServer.start(sources, { host: LOOPBACK, port: 0 });
  const { engine } = openMemory();
  try {
    sources.opened.push({ engine });
    sources.state = 'ready';
    assert.doesNotMatch(await scrape(server), /^tallystick_cluster_role/m);
    const said = async (standing: Standing): Promise<[number, unknown]> => {
      sources.standing = standing;
      const response = await fetch(`http://${LOOPBACK}:${server.port}/ready`);
      return [response.status, await response.json()];
    };
    const more = { behind: 0, agreedOp: 0, damagedCopies: 0, quorum: new LogHistogram() };
    const standing = { role: 'following', epoch: 3, op: 9, ageMs: 15_000, ...more } as const;
    assert.deepEqual(await said(standing), [200, { state: 'ready', role: 'following' }]);
    assert.deepEqual(await said({ ...standing, role: 'leading' }), [200, { state: 'ready', role: 'leading' }]);
    const text = await scrape(server);
    assert.match(text, /^tallystick_cluster_role\{role="following"\} 0$/m);
    assert.match(text, /^tallystick_cluster_role\{role="leading"\} 1$/m);
    assert.match(text, /^tallystick_cluster_epoch 3$/m);
    assert.match(text, /^tallystick_cluster_age_seconds 15$/m);
    assert.deepEqual(await said({ ...standing, ageMs: 15_001 }), [503, { state: 'ready', role: 'alone' }]);
    assert.deepEqual(await said({ ...standing, role: 'ended' }), [503, { state: 'ready', role: 'alone' }]);
  } finally {
    await server.close();
    await engine.close();
  }
});

test('metrics want their token, and are never open to everybody without one and TLS', async () => {
  const sources = new Sources('0');
  const server = await MetricsServer.start(sources, { host: LOOPBACK, port: 0, token: 'sesame' });
  const url = `http://${LOOPBACK}:${server.port}`;
  try {
    assert.equal((await fetch(`${url}/metrics`)).status, 401);
    assert.equal((await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer sesam' } })).status, 401);
    assert.equal((await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer sesame' } })).status, 200);
    assert.equal((await fetch(`${url}/live`)).status, 200);
    await assert.rejects(MetricsServer.start(sources, { host: '0.0.0.0', port: 0, token: 'x' }), {
      code: 'configuration_invalid',
    });
    await assert.rejects(MetricsServer.start(sources, { host: LOOPBACK, port: server.port }), {
      code: 'not_listening',
      message: /EADDRINUSE/,
    });
  } finally {
    await server.close();
  }
});

test('a log is lines of JSON, without the level below, without secrets', async () => {
  const lines: string[] = [];
  const to = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ level: 'info', format: 'json', fields: { node: 3 }, to });
  log.debug({}, 'not said');
  log.info({ door: 'grpc', token: 'sesame', request: { headers: { authorization: 'Bearer sesame' } } }, 'refused');
  log.error({ err: Object.assign(new Error('full'), { code: 'disk_full' }), bytes: 2n ** 64n }, 'stopped');
  assert.equal(lines.length, 2);
  const [first, second] = lines.map((line) => JSON.parse(line));
  assert.equal(first.level, 'info');
  assert.equal(first.node, 3);
  assert.equal(first.door, 'grpc');
  assert.equal(first.msg, 'refused');
  assert.match(first.time, /^\d{4}-\d{2}-\d{2}T.*Z$/);
  assert.equal(second.err.code, 'disk_full');
  assert.ok(!lines.join('').includes('sesame'));

  const pretty: string[] = [];
  const eyes = createLogger({
    level: 'info',
    format: 'pretty',
    to: { write: (line: string) => void pretty.push(line) },
  });
  eyes.info({ door: 'grpc' }, 'listening');
  eyes.error({ err: new TallystickError('disk_full') }, 'a write\x1b[2J failed');
  eyes.fatal({ err: new Error('our mistake') }, 'ended');
  await new Promise((resolve) => setImmediate(resolve));
  const [listening, failed, ended] = pretty;
  assert.match(listening!, /^[\d:.]{12} INFO {2}listening {2}door=grpc\n$/);
  assert.match(failed!, /ERROR a write\?\[2J failed\n +disk_full: The disk has no room .*\n +Free some space/);
  assert.match(ended!, /FATAL ended\n +our mistake\n +at /);
});

test('spans reach a collector that speaks OTLP', async () => {
  let received!: (body: string) => void;
  const body = new Promise<string>((resolve) => (received = resolve));
  const collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.end('{}');
      received(`${request.url} ${Buffer.concat(chunks)}`);
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, LOOPBACK, resolve));
  const { port } = collector.address() as AddressInfo;
  const tracing = await startTracing({
    endpoint: `http://${LOOPBACK}:${port}`,
    sampleRatio: 1,
    service: { version: '1.2.3', node: '0' },
  });
  const { engine } = openMemory();
  const ledger = new ObjectLedger((await traced({ side: 'server' }))(new Ingress(engine)));
  await ledger.createAccounts([{ id: 1n, ledger: 1, code: 1 }]);
  await tracing.close();
  const text = await body;
  collector.close();
  await ledger.close();
  assert.match(text, /^\/v1\/traces /);
  for (const word of ['create_accounts', 'sequencer', 'durable', 'tallystick', '1.2.3']) {
    assert.ok(text.includes(word), word);
  }
  assert.equal(trace.getTracer('x').startSpan('y').isRecording(), false);
  assert.equal(tracesUrl('http://127.0.0.1:4318/v1/traces'), 'http://127.0.0.1:4318/v1/traces');
});
