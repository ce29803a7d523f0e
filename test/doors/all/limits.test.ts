/**
 * At every door: so many connections and no more, and nobody may dawdle, neither before TLS nor in the middle of it,
 * nor by not taking what was asked for.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { decode } from '@msgpack/msgpack';
import { StaticTokenAuthenticator } from '../../../packages/server/src/identity/index.ts';
import { Meter } from '../../../packages/server/src/server/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { frame } from '../../../testing/ports/msgpack.ts';
import { loadCertificates, type OpenDoor, openDoor } from '../../support/door-servers.ts';
import { doorNames } from '../../support/served-doors.ts';

const { certificates, ca, folder } = await loadCertificates();
after(() => {
  certificates.close();
  rmSync(folder, { recursive: true });
});

/** Longer than any wait of this file, however busy the machine is. */
const PATIENT_MS = 60_000;
/** A handshake that is left is given up after that: longer than four of them take. */
const HANDSHAKE_MS = 20_000;

function ended(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the connection does not end')), PATIENT_MS);
    socket.once('close', () => {
      clearTimeout(late);
      resolve();
    });
  });
}

/** Connected over TLS. Rejects where the door ends the handshake. */
async function secured(port: number, alpn: string[] = []): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', ca, ALPNProtocols: alpn });
  await once(socket, 'secureConnect', { signal: AbortSignal.timeout(PATIENT_MS) });
  socket.on('error', () => {});
  return socket;
}

/** Connected, reading what comes, and doing nothing else. */
async function come({ port }: OpenDoor): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.resume();
  await new Promise<void>((resolve) => {
    socket.once('connect', () => resolve());
    socket.once('close', () => resolve());
  });
  return socket;
}

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 5) {
    assert.ok(waited < PATIENT_MS, 'it does not become so');
    await sleep(5);
  }
}

for (const door of doorNames) {
  test(`${door}: so many connections and no more, until one leaves`, async () => {
    const open = await openDoor(door, new FakePort(), { connectionsMax: 3 });
    const inside = await Promise.all([1, 2, 3].map(() => come(open)));
    await until(() => open.counters.connections === 3);
    await ended(await come(open));
    await until(() => (open.counters.refused.get('too_many_connections') ?? 0) >= 1);
    assert.ok(inside.every((socket) => !socket.destroyed));
    inside[0]!.destroy();
    await until(() => open.counters.connections === 2);
    const next = await come(open);
    await until(() => open.counters.connections === 3);
    assert.equal(next.destroyed, false);
    for (const socket of [...inside, next]) socket.destroy();
    await open.close();
  });

  test(`${door}: a handshake that does not begin, stops half way, or is left, is given up`, async () => {
    const open = await openDoor(door, new FakePort(), { helloMs: 300 }, { certificates });
    const silent = await come(open);
    const half = await come(open);
    half.write(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]));
    const doubting = connectTls({ port: open.port, host: '127.0.0.1' });
    doubting.on('error', () => {});
    await Promise.all([silent, half, doubting].map(ended));
    await until(() => open.counters.connections === 0);
    // The native door counts those who have shaken hands, and ends with the last of all.
    await open.close();
  });
}

for (const door of doorNames) {
  test(`${door}: a handshake that goes on counts in the memory of all doors, until it is over`, async () => {
    const budget = new Meter(64 * 2 ** 20);
    const open = await openDoor(door, new FakePort(), { budget, helloMs: HANDSHAKE_MS }, { certificates });
    const half = await Promise.all(Array.from({ length: 4 }, () => come(open)));
    await until(() => budget.used === 4 * 64 * 1024);
    const whole = await secured(open.port, door === 'grpc' ? ['h2'] : []);
    await until(() => budget.used === 4 * 64 * 1024);
    for (const socket of [...half, whole]) socket.destroy();
    await until(() => budget.used === 0);
    await open.close();
  });
}

test('http: a body that is being read counts in the memory of all doors', async () => {
  const budget = new Meter(64 * 2 ** 20);
  const open = await openDoor('http', new FakePort(), { budget });
  const socket = await come(open);
  socket.write('POST /v1/lookup_accounts HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n');
  socket.write(`content-length: 1000000\r\n\r\n${' '.repeat(600_000)}`);
  await until(() => budget.used >= 600_000);
  socket.destroy();
  await until(() => budget.used === 0);
  await open.close();
});

test('http and msgpack: answers that nobody takes end their connection', async () => {
  const port = new FakePort();
  port.answer = ({ count }) => new Uint8Array(count * 128);
  const body = JSON.stringify(Array.from({ length: 2000 }, (_, index) => index));
  const post =
    'POST /v1/lookup_accounts HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ' +
    `${body.length}\r\n\r\n${body}`;
  const lookup = frame({ id: 1, op: 'lookup_accounts', events: Array.from({ length: 2000 }, (_, index) => index) });
  for (const [door, request] of [
    ['http', Buffer.from(post)],
    ['msgpack', lookup],
  ] as const) {
    const open = await openDoor(door, port, { writeMs: 300 });
    const deaf = connect({ port: open.port, host: '127.0.0.1' });
    deaf.on('error', () => {});
    deaf.pause();
    for (let i = 0; i < 40; i++) deaf.write(request);
    // It may come and go between two looks.
    await until(() => open.counters.connectionsAccepted === 1 && open.counters.connections === 0);
    deaf.destroy();
    await open.close();
  }
});

test('msgpack: who must say hello does so in time, in a small frame, and first', async () => {
  const authenticator = new StaticTokenAuthenticator('sixteen-characters');
  const brief = await openDoor('msgpack', new FakePort(), { helloMs: 300 }, { authenticator });
  const patient = await openDoor('msgpack', new FakePort(), { helloMs: PATIENT_MS }, { authenticator });
  const answered = async (bytes: Uint8Array, { port } = patient): Promise<unknown> => {
    const socket = connect({ port, host: '127.0.0.1' });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.write(bytes);
    await ended(socket);
    const reply = decode(Buffer.concat(chunks).subarray(4)) as { error: { code: string } } | [number, { code: string }];
    return Array.isArray(reply) ? reply[1].code : reply.error.code;
  };
  assert.equal(await answered(new Uint8Array(0), brief), 'timed_out');
  assert.equal(await answered(Buffer.from([0, 0, 1]), brief), 'timed_out');
  assert.equal(await answered(Buffer.from([0, 0, 0x40, 1])), 'frame_invalid');
  assert.equal(await answered(Buffer.from([0, 0, 0, 1, 0xc1])), 'invalid_argument');
  assert.equal(await answered(frame({ id: 1, op: 'lookup_accounts', events: [1] })), 'unauthenticated');
  assert.equal(await answered(frame([1, 'hello', 'sixteen-character5'])), 'unauthenticated');
  assert.equal(await answered(frame({ id: 1, op: 'hello', token: 5 })), 'unauthenticated');
  await brief.close();
  await patient.close();
});

test('the certificate is believed by who knows the authority', async () => {
  const open = await openDoor('msgpack', new FakePort(), {}, { certificates });
  const socket = await secured(open.port);
  assert.equal(socket.authorized, true);
  socket.destroy();
  await open.close();
});
