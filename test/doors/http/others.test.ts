/** What other programs say to the HTTP door that ours do not. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { after, before, mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bodies } from '../../../packages/server/src/server/http/body.ts';
import { Newest } from '../../../packages/server/src/server/newest.ts';
import { ChangeEventOffset, ChangeEventsFilterOffset } from '../../../src/model/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { startHttp } from '../../support/http.ts';

let base: string;
let close: () => Promise<void>;
before(async () => {
  [, base, close] = await startHttp({ heartbeatMs: 100, pollMs: 5 });
});
after(() => close());

test('HEAD of a feed has no end to wait for', async () => {
  for (const accept of ['text/event-stream', 'application/x-ndjson']) {
    const response = await fetch(`${base}/v1/changes`, {
      method: 'HEAD',
      headers: { accept },
      signal: AbortSignal.timeout(5000),
    });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), '');
  }
});

test('the whole address as a target, as a proxy may send it; a second question mark belongs to the query', async () => {
  const { host, port } = new URL(base);
  const status = (target: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`),
      );
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1])));
    });
  assert.equal(await status(`http://${host}/openapi.json`), 200);
  assert.equal(await status('/openapi.json?x'), 200);
  assert.equal(await status('/v1/changes?limit=1?since=2'), 400);
});

test('a follower who names a time to come costs the others nothing, and hides nothing from them', async () => {
  const port = new FakePort();
  let newest = 5n;
  port.answer = ({ cells }) => {
    const from = cells.view.getBigUint64(ChangeEventsFilterOffset.timestamp_min, true);
    if (from > newest) return new Uint8Array(0);
    const event = new DataView(new ArrayBuffer(384));
    event.setBigUint64(ChangeEventOffset.timestamp, newest, true);
    return new Uint8Array(event.buffer);
  };
  const changes = new Newest(port, 5);
  const end = new AbortController();
  const gone = new AbortController();
  const far = changes.wait(2n ** 62n, gone.signal);
  const others = Array.from({ length: 50 }, () => changes.wait(5n, end.signal));
  await sleep(60);
  gone.abort();
  await far;
  await sleep(60);
  // One question for all of them, a poll.
  assert.ok(port.sent.length < 60, `${port.sent.length} questions`);
  newest = 6n;
  await Promise.all(others);
});

test('a body that comes byte by byte is read whole', async () => {
  const bodies = new Bodies(2 ** 20, 2 ** 20);
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 251));
  const body = Object.assign(new PassThrough(), { headers: {} });
  const read = bodies.read(body as unknown as IncomingMessage);
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + ((at * 7) % 5);
    if (!body.write(bytes.subarray(at, end))) await once(body, 'drain');
    at = end;
  }
  body.end();
  assert.deepEqual(await read, bytes);
  assert.equal(bodies.total, 0);
});

test('a body of an announced size is held in just that', async () => {
  const size = 3 * 2 ** 20 + 1;
  const bodies = new Bodies(2 ** 23, 2 ** 23);
  const body = Object.assign(new PassThrough(), { headers: { 'content-length': String(size) } });
  const allocated: number[] = [];
  const spied = mock.method(Buffer, 'allocUnsafe', (bytes: number) => {
    allocated.push(bytes);
    return Buffer.alloc(bytes);
  });
  try {
    const read = bodies.read(body as unknown as IncomingMessage);
    const bytes = Buffer.alloc(size, 'x');
    for (let at = 0; at < size; at += 2 ** 16) body.write(bytes.subarray(at, at + 2 ** 16));
    body.end();
    assert.deepEqual(await read, bytes);
  } finally {
    spied.mock.restore();
  }
  assert.equal(allocated.at(-1), size);
  const outgrown = allocated.slice(0, -1).reduce((sum, one) => sum + one, 0);
  assert.ok(outgrown < size / 2, `buffers of ${allocated.join(', ')} bytes`);
});
