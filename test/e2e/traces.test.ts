/**
 * One trace from a program's own span through client and door to the durable reply, at every way to a server whose
 * client we have: a server process, a collector.
 */
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { context, type Span, trace } from '@opentelemetry/api';
import { startTracing } from '../../packages/server/src/observe/index.ts';
import { type ConnectOptions, connect } from '../../src/index.ts';
import { MessagePackClient } from '../../testing/ports/msgpack.ts';
import { Authority, temporaryFolder } from '../support/access.ts';
import { AsyncContexts, type CollectedSpan, Collector } from '../support/collector.ts';
import { ServedDoors } from '../support/served-doors.ts';

const folder = temporaryFolder();
const socket = join(folder, 'socket');
const authority = await Authority.make('ours');
const { cert, key } = await authority.sign('ledger');
writeFileSync(join(folder, 'cert.pem'), cert);
writeFileSync(join(folder, 'key.pem'), key);
let collector: Collector;
let plain: ServedDoors;
let secure: ServedDoors;
before(async () => {
  collector = await Collector.start();
  const traces = ['--traces-endpoint', collector.url, '--traces-sample-ratio', '1'];
  const tls = ['--tls-certificate', join(folder, 'cert.pem'), '--tls-key', join(folder, 'key.pem')];
  plain = await ServedDoors.start(':memory:', [...traces, '--node-id', '1', '--socket', socket]);
  secure = await ServedDoors.start(':memory:', [...traces, '--node-id', '2', ...tls]);
});
after(async () => {
  await collector.close();
  rmSync(folder, { recursive: true, force: true });
});

const account = (id: bigint) => ({ id, ledger: 1, code: 1 });
const transfer = (id: bigint) => ({
  id,
  debit_account_id: 1n,
  credit_account_id: 2n,
  amount: 1n,
  ledger: 1,
  code: 1,
});

/** A program with an SDK: creates two accounts, and three transfers at once, all below a span of its own. */
async function program(address: string, sampleRatio: number, options: ConnectOptions): Promise<Span> {
  const service = { version: '1', node: 'program' };
  const tracing = await startTracing({ endpoint: collector.url, sampleRatio, service });
  context.setGlobalContextManager(new AsyncContexts());
  const span = trace.getTracer('program').startSpan('payment');
  try {
    const ledger = await connect(address, options);
    await context.with(trace.setSpan(context.active(), span), async () => {
      await ledger.createAccounts([account(1n), account(2n)]);
      await Promise.all([1n, 2n, 3n].map((id) => ledger.createTransfers([transfer(id)])));
    });
    await ledger.close();
    return span;
  } finally {
    span.end();
    context.disable();
    await tracing.close();
  }
}

const ways = [
  { name: 'native', door: 'native', address: () => plain.urls.native, options: {} },
  { name: 'unix socket', door: 'local', address: () => `unix:${socket}`, options: {} },
  { name: 'TLS', door: 'native', address: () => secure.urls.native, options: { tls: { ca: authority.cert } } },
  { name: 'gRPC', door: 'grpc', address: () => plain.urls.grpc, options: {} },
  { name: 'gRPC over TLS', door: 'grpc', address: () => secure.urls.grpc, options: { tls: { ca: authority.cert } } },
];
const sampled = new Map<string, string>();
const unsampled = new Set<string>();

for (const { name, address, options } of ways) {
  test(`${name}: a program with spans of its own, and one that has decided against them`, async () => {
    sampled.set(name, (await program(address(), 1, { ...options, traces: true })).spanContext().traceId);
    unsampled.add((await program(address(), 0, { ...options, traces: true })).spanContext().traceId);
  });
}

test('the same program against http, which hands a context on as it always did', async () => {
  const traceparent = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
  const response = await fetch(`${plain.urls.http}/v1/lookup_accounts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent },
    body: '["1"]',
  });
  assert.equal(response.status, 200);
});

test('a caller of MessagePack says of each request which span it belongs to', async () => {
  const client = new MessagePackClient(Number(new URL(plain.urls.msgpack).port));
  for (const [trace, flags] of [
    ['e', '01'],
    ['f', '00'],
  ] as const) {
    const traceparent = `00-${trace.repeat(32)}-${'d'.repeat(16)}-${flags}`;
    assert.equal((await client.call('lookup_accounts', ['1'], { traceparent })).results!.length, 1);
  }
  await client.close();
});

test('the servers end, and send what is left', async () => {
  assert.deepEqual(await Promise.all([plain.end(), secure.end()]), [0, 0]);
});

const byTrace = (traceId: string): CollectedSpan[] => collector.spans.filter((span) => span.traceId === traceId);
const below = (spans: readonly CollectedSpan[], parent: CollectedSpan): CollectedSpan[] =>
  spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId);

for (const { name, door, address } of ways) {
  test(`${name}: one trace, the server's spans below the client's, and the parts of the way below those`, () => {
    const spans = byTrace(sampled.get(name)!);
    const [root, ...others] = spans.filter(({ parentSpanId }) => parentSpanId === '');
    assert.equal(root!.name, 'payment');
    assert.deepEqual(others, []);
    const calls = below(spans, root!);
    assert.deepEqual(
      calls.map((call) => `${call.service} ${call.name}`),
      ['program create_accounts', ...Array(3).fill('program create_transfers')],
    );
    const url = address();
    for (const call of calls) {
      assert.equal(call.kind, 3);
      assert.equal(call.attributes['server.address'], url.startsWith('unix:') ? socket : '127.0.0.1');
      const served = below(spans, call);
      assert.deepEqual(
        served.map((span) => span.name),
        [call.name],
      );
      const [server] = served;
      assert.equal(server!.kind, 2);
      assert.notEqual(server!.service, 'program');
      assert.equal(server!.attributes['tallystick.door'], door);
      assert.equal(server!.attributes['tallystick.events'], call.name === 'create_accounts' ? 2 : 1);
      assert.deepEqual(
        below(spans, server!).map((span) => span.name),
        ['lane', 'sequencer', 'durable', 'reply'],
      );
    }
    assert.equal(spans.length, 1 + 4 * 6);
  });
}

test('nobody makes a span of a trace that its caller decided against', () => {
  assert.equal(unsampled.size, ways.length);
  const known = new Set([...sampled.values(), 'c'.repeat(32), 'e'.repeat(32)]);
  // Had a server decided for itself, its spans would be in a trace of their own.
  assert.deepEqual([...new Set(collector.spans.map(({ traceId }) => traceId))].sort(), [...known].sort());
});
