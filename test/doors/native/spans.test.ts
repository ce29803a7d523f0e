import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { Ingress } from '../../../packages/server/src/server/index.ts';
import { openMemory } from '../../../src/engine/index.ts';
import {
  NO_CONTEXT,
  ObjectLedger,
  Operation,
  type Port,
  type Request,
  TallystickError,
} from '../../../src/model/index.ts';
import { spans as around } from '../../../src/trace/spans.ts';

const lookup: Request<number> = {
  operation: Operation.lookup_accounts,
  count: 0,
  write: () => {},
  read: () => 0,
  context: NO_CONTEXT,
};

function collector(): { tracer: ReturnType<TracerProvider['getTracer']>; spans: InMemorySpanExporter } {
  const spans = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] });
  return { tracer: provider.getTracer('test'), spans };
}

test('a request has one span from client through door and sequencer to its durable reply', async () => {
  const { tracer, spans } = collector();
  const engine = openMemory().engine;
  const server = around({ side: 'server', attributes: { 'tallystick.door': 'native' } }, tracer);
  const client = around({ side: 'client' }, tracer);
  // A connection in between would carry the context along.
  const ledger = new ObjectLedger(client(server(new Ingress(engine))));
  await ledger.createAccounts([{ id: 1n, ledger: 1, code: 1 }]);
  await ledger.close();

  const finished = spans.getFinishedSpans();
  const roots = finished.filter(({ name }) => name === 'create_accounts');
  const outer = roots.find(({ parentSpanContext }) => parentSpanContext === undefined)!;
  const inner = roots.find((span) => span !== outer)!;
  assert.equal(inner.parentSpanContext!.spanId, outer.spanContext().spanId);
  assert.equal(inner.attributes['tallystick.door'], 'native');
  assert.equal(inner.attributes['tallystick.events'], 1);
  assert.equal(inner.attributes['tallystick.reply_bytes'], 16);
  assert.deepEqual(
    finished
      .filter(({ parentSpanContext }) => parentSpanContext?.spanId === inner.spanContext().spanId)
      .map(({ name }) => name),
    ['lane', 'sequencer', 'durable', 'reply'],
  );
  assert.equal(new Set(finished.map((span) => span.spanContext().traceId)).size, 1);
});

test('a caller who decided against a trace gets none, and one without a context decides nothing', async () => {
  const { tracer, spans } = collector();
  const port = around({ side: 'server' }, tracer)(new Ingress(openMemory().engine));
  const ping = (traceparent: string): Promise<number> =>
    port.request({
      operation: Operation.lookup_accounts,
      count: 0,
      write: () => {},
      read: (_cells, _at, size) => size,
      context: { traceparent },
    });
  await ping(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`);
  assert.equal(spans.getFinishedSpans().length, 0);
  await ping(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
  assert.equal(spans.getFinishedSpans().at(-1)!.spanContext().traceId, 'a'.repeat(32));
  for (const nonsense of ['', 'x', `00-${'0'.repeat(31)}-1-01`]) await ping(nonsense);
  assert.equal(spans.getFinishedSpans().filter(({ name }) => name === 'lookup_accounts').length, 4);
});

test('an error ends the span with its code', async () => {
  const { tracer, spans } = collector();
  const closed: Port = {
    eventsMax: 1,
    request: () => Promise.reject(new TallystickError('closed')),
    close: () => Promise.resolve(),
  };
  for (const [side, names] of [
    ['client', ['lookup_accounts']],
    ['server', ['lane', 'lookup_accounts']],
  ] as const) {
    spans.reset();
    const port = around({ side }, tracer)(closed);
    await assert.rejects(port.request(lookup), { code: 'closed' });
    const finished = spans.getFinishedSpans();
    assert.deepEqual(
      finished.map(({ name }) => name),
      names,
    );
    assert.equal(finished.at(-1)!.attributes['error.type'], 'closed');
  }
});

test('without an SDK a request goes straight through', async () => {
  const asked: Request[] = [];
  const port = around({ side: 'client' })({
    eventsMax: 1,
    request: (request) => {
      asked.push(request);
      return Promise.resolve(7 as never);
    },
    close: () => Promise.resolve(),
  });
  assert.equal(await port.request(lookup), 7);
  assert.deepEqual(asked, [lookup]);
});
