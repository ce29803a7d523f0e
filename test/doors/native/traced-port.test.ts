import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { ObjectLedger } from '../../../src/client/object-ledger.ts';
import { type ContextPort, type TraceContext, TracedPort } from '../../../src/client/traced-port.ts';
import { openMemory } from '../../../src/engine/index.ts';
import { Operation, TallystickError } from '../../../src/model/index.ts';
import { Ingress } from '../../../src/server/index.ts';

function collector(): { tracer: ReturnType<TracerProvider['getTracer']>; spans: InMemorySpanExporter } {
  const spans = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] });
  return { tracer: provider.getTracer('test'), spans };
}

test('a request has one span from client through door and sequencer to its durable reply', async () => {
  const { tracer, spans } = collector();
  const engine = openMemory().engine;
  const door = new TracedPort(new Ingress(engine), {
    side: 'server',
    tracer,
    attributes: { 'tallystick.door': 'native' },
  });
  // A connection in between would carry the context along.
  const ledger = new ObjectLedger(new TracedPort(door, { side: 'client', tracer }));
  await ledger.createAccounts([{ id: 1n, ledger: 1, code: 1 }]);
  await ledger.close();

  const finished = spans.getFinishedSpans();
  const roots = finished.filter(({ name }) => name === 'create_accounts');
  const client = roots.find(({ parentSpanContext }) => parentSpanContext === undefined)!;
  const server = roots.find((span) => span !== client)!;
  assert.equal(server.parentSpanContext!.spanId, client.spanContext().spanId);
  assert.equal(server.attributes['tallystick.door'], 'native');
  assert.equal(server.attributes['tallystick.events'], 1);
  assert.equal(server.attributes['tallystick.reply_bytes'], 16);
  assert.deepEqual(
    finished
      .filter(({ parentSpanContext }) => parentSpanContext?.spanId === server.spanContext().spanId)
      .map(({ name }) => name),
    ['sequencer', 'durable'],
  );
  assert.equal(new Set(finished.map((span) => span.spanContext().traceId)).size, 1);
});

test('a caller who decided against a trace gets none, and one without a context decides nothing', async () => {
  const { tracer, spans } = collector();
  const port = new TracedPort(new Ingress(openMemory().engine), { side: 'server', tracer });
  const ping = (traceparent: string): Promise<number> =>
    port.request(
      Operation.lookup_accounts,
      0,
      () => {},
      (_cells, _at, size) => size,
      { traceparent },
    );
  await ping(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`);
  assert.equal(spans.getFinishedSpans().length, 0);
  await ping(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
  assert.equal(spans.getFinishedSpans().at(-1)!.spanContext().traceId, 'a'.repeat(32));
  for (const nonsense of ['', 'x', `00-${'0'.repeat(31)}-1-01`]) await ping(nonsense);
  assert.equal(spans.getFinishedSpans().filter(({ name }) => name === 'lookup_accounts').length, 4);
});

test('an error ends the span with its code', async () => {
  const { tracer, spans } = collector();
  const closed: ContextPort<TraceContext> = {
    eventsMax: 1,
    request: () => Promise.reject(new TallystickError('closed')),
    close: () => Promise.resolve(),
  };
  for (const [side, names] of [
    ['client', ['lookup_accounts']],
    ['server', ['sequencer', 'lookup_accounts']],
  ] as const) {
    spans.reset();
    const port = new TracedPort(closed, { side, tracer });
    await assert.rejects(
      port.request(
        Operation.lookup_accounts,
        0,
        () => {},
        () => 0,
      ),
      { code: 'closed' },
    );
    const finished = spans.getFinishedSpans();
    assert.deepEqual(
      finished.map(({ name }) => name),
      names,
    );
    assert.equal(finished.at(-1)!.attributes['error.type'], 'closed');
  }
});

test('without an SDK a request goes straight through', async () => {
  const asked: unknown[] = [];
  const write = (): void => {};
  const read = (): number => 7;
  const port = new TracedPort<TraceContext>(
    {
      eventsMax: 1,
      request: (...args: unknown[]) => {
        asked.push(...args);
        return Promise.resolve(7 as never);
      },
      close: () => Promise.resolve(),
    },
    { side: 'client' },
  );
  assert.equal(await port.request(Operation.lookup_accounts, 0, write, read), 7);
  assert.equal(asked[2], write);
  assert.equal(asked[3], read);
});
