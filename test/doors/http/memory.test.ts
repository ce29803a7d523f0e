/** What clients that send and do not read may make the HTTP door hold; and that the others are served meanwhile. */
import '../../support/plain.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpPeer } from '../../support/door-clients.ts';
import { enter, ServedDoors } from '../../support/served-doors.ts';

const MIB = 2 ** 20;
const COUNT = 2000;

let server: ServedDoors;
let polite: HttpPeer;
const rude: Socket[] = [];

before(async () => {
  server = await ServedDoors.start(':memory:');
  polite = new HttpPeer(server.urls.http);
  const ledger = await enter('native', server.urls.native);
  await ledger.createAccounts(
    Array.from({ length: COUNT }, (_, index) => ({ id: BigInt(index + 1), ledger: 1, code: 1 })),
  );
  await ledger.createTransfers(
    Array.from({ length: COUNT }, (_, index) => ({
      id: BigInt(index + 1),
      debit_account_id: 1n,
      credit_account_id: 2n,
      amount: 1n,
      ledger: 1,
      code: 1,
    })),
  );
  await ledger.close();
  // As large as it gets by answering at all.
  for (let i = 0; i < 10; i++) await polite.ask('/v1/accounts?limit=8189');
});
afterEach(() => {
  for (const socket of rude.splice(0)) socket.destroy();
});
after(async () => {
  polite.close();
  assert.equal(await server.end(), 0);
});

/** Bytes of a server's memory at its largest so far. */
function peak({ child }: ServedDoors = server): number {
  return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1024;
}

/** Says it all, as far as it is taken, and reads nothing. */
function send(text: string): Socket {
  const socket = connect(Number(new URL(server.urls.http).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write(text);
  rude.push(socket);
  return socket;
}

/** Bytes by which the server has grown while others were served. */
async function grownBy(act: () => void): Promise<number> {
  const before = peak();
  act();
  for (let round = 0; round < 10; round++) {
    const started = performance.now();
    const { status } = await polite.ask('/v1/accounts/1');
    assert.equal(status, 200);
    assert.ok(performance.now() - started < 5000, 'the others wait too long');
    await sleep(50);
  }
  return peak() - before;
}

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}

const page = 'GET /v1/accounts?limit=8189 HTTP/1.1\r\nhost: localhost\r\n\r\n';
const feed = (type: string): string => `GET /v1/changes HTTP/1.1\r\nhost: localhost\r\naccept: ${type}\r\n\r\n`;

test('10,000 requests on one connection, none of whose answers is read', async (t) => {
  const grown = await grownBy(() => send(page.repeat(10_000)));
  t.diagnostic(`grown by ${mib(grown)}`);
  assert.ok(grown < 128 * MIB, `grown by ${mib(grown)}`);
});

test('the same on 50 connections: all together hold no more than their budget', async (t) => {
  const grown = await grownBy(() => {
    for (let i = 0; i < 50; i++) send(page.repeat(200));
  });
  t.diagnostic(`grown by ${mib(grown)}`);
  assert.ok(grown < 384 * MIB, `grown by ${mib(grown)}`);
});

for (const type of ['text/event-stream', 'application/x-ndjson']) {
  test(`feeds of ${type} that are not read, many on a connection`, async (t) => {
    const grown = await grownBy(() => {
      for (let i = 0; i < 50; i++) send(feed(type).repeat(200));
    });
    t.diagnostic(`grown by ${mib(grown)}`);
    assert.ok(grown < 256 * MIB, `grown by ${mib(grown)}`);
  });
}

test('a body of nothing but brackets, or of more values than any request has', async (t) => {
  // A server of its own: what the tests before left behind would still be collected, and counted here.
  const fresh = await ServedDoors.start(':memory:');
  const post = (body: string): Promise<{ status: number; code: string }> =>
    fetch(`${fresh.urls.http}/v1/accounts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    }).then(async (response) => ({
      status: response.status,
      code: ((await response.json()) as { code: string }).code,
    }));
  assert.equal((await post('5')).status, 400);
  const before = peak(fresh);
  const half = 3 * 10 ** 6;
  assert.deepEqual(await post('['.repeat(half) + ']'.repeat(half)), { status: 400, code: 'invalid_argument' });
  assert.deepEqual(await post('{"a":'.repeat(10 ** 6)), { status: 400, code: 'invalid_argument' });
  assert.deepEqual(await post(`[${'{},'.repeat(2 * 10 ** 6 - 1)}{}]`), { status: 413, code: 'too_much_data' });
  const fields = Array.from({ length: 4 * 10 ** 5 }, (_, index) => `"${index}":0`);
  assert.deepEqual(await post(`{${fields.join(',')}}`), { status: 400, code: 'invalid_argument' });
  const grown = peak(fresh) - before;
  assert.equal(await fresh.end(), 0);
  t.diagnostic(`grown by ${mib(grown)}`);
  assert.ok(grown < 64 * MIB, `grown by ${mib(grown)}`);
});
