/**
 * Ten thousand connections, opened and dropped in every state, a quarter of them at each door of a served ledger:
 * nothing of them stays.
 */
import '../../support/plain.ts';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Operation } from '../../../src/model/index.ts';
import { frame } from '../../../testing/ports/msgpack.ts';
import { HttpPeer } from '../../support/door-clients.ts';
import { frameOf, helloFrame } from '../../support/native-peer.ts';
import { type DoorName, doorNames, ServedDoors, welcome } from '../../support/served-doors.ts';

const EACH = 2500;
const AT_A_TIME = 100;
const WARM = 500;

let server: ServedDoors;
let metrics: HttpPeer;
before(async () => {
  server = await ServedDoors.start(':memory:');
  metrics = new HttpPeer(server.urls.metrics);
});
after(async () => {
  metrics.close();
  assert.equal(await server.end(), 0);
});

const half = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length - 7);
const transfers = new Uint8Array(5 * 128).fill(3);
const create = frameOf({ operation: Operation.create_transfers, count: 5 }, transfers);
const lookup = frame({ id: 1, op: 'lookup_accounts', events: [1, 2, 3] });
const post = Buffer.from(
  'POST /v1/lookup_accounts HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ' +
    '7\r\n\r\n[1,2,3]',
);
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');
/** Headers that go on and on. */
const headers = Buffer.from('\0\0\x05\x01\0\0\0\0\x01\x82\x84\x86', 'latin1');

/** What a connection says before it is dropped. */
const sayings: { readonly [door in DoorName]: readonly Uint8Array[] } = {
  native: [
    new Uint8Array(0),
    half(helloFrame()),
    helloFrame(),
    Buffer.concat([helloFrame(), half(create)]),
    Buffer.concat([helloFrame(), create]),
    create,
  ],
  grpc: [new Uint8Array(0), half(preface), preface, Buffer.concat([preface, headers]), create],
  http: [new Uint8Array(0), half(post), post, Buffer.concat([post, post, half(post)]), create],
  msgpack: [new Uint8Array(0), half(lookup), lookup, Buffer.concat([lookup, lookup, half(lookup)]), create],
};

async function drop(socket: Socket, saying: Uint8Array, how: number): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  await new Promise<void>((resolve) => {
    socket.once('connect', () => resolve());
    socket.once('close', () => resolve());
  });
  if (saying.length > 0) socket.write(saying);
  // At once, by halves, or when something has come or it is clear that nothing will.
  if (how === 1) socket.end();
  if (how === 2) await Promise.race([new Promise((resolve) => socket.once('data', resolve)), sleep(10)]);
  if (how === 0) socket.resetAndDestroy();
  else socket.destroy();
  await closed;
}

/** Calls that are in flight when their connection goes. */
async function dropCall(url: string): Promise<void> {
  const session = connectHttp2(url.replace('grpc', 'http'));
  session.on('error', () => {});
  const stream = session.request({
    ':method': 'POST',
    ':path': '/tallystick.v1.Ledger/Submit',
    'content-type': 'application/grpc',
  });
  stream.on('error', () => {});
  stream.write(Buffer.from([0, 0, 0, 1, 0, 10]));
  await new Promise<void>((resolve) => session.once('remoteSettings', () => resolve()));
  await new Promise<void>((resolve) => {
    session.once('close', () => resolve());
    session.destroy();
  });
}

async function crowd(door: DoorName, size: number): Promise<void> {
  const url = server.urls[door];
  const { port, hostname } = new URL(url);
  for (let begun = 0; begun < size; begun += AT_A_TIME) {
    await Promise.all(
      Array.from({ length: AT_A_TIME }, (_, index) => {
        if (door === 'grpc' && index % 20 === 0) return dropCall(url);
        const saying = sayings[door][index % sayings[door].length]!;
        return drop(connect({ port: Number(port), host: hostname }), saying, (index >> 2) % 3);
      }),
    );
  }
}

async function gauge(name: string): Promise<number> {
  const { text } = await metrics.ask('/metrics');
  return [...text.matchAll(new RegExp(`^${name} (\\S+)$`, 'gm'))].reduce((sum, [, value]) => sum + Number(value), 0);
}

/**
 * Waits until the server holds no connection of that door; what it holds then. `filesMax`: waits a few seconds longer
 * for so few files, since a socket that the metrics port or the kernel still ends is no leak.
 */
async function settled(door: DoorName, filesMax = Number.POSITIVE_INFINITY): Promise<{ files: number; bytes: number }> {
  const { pid } = server.child;
  const filesOpen = (): number => readdirSync(`/proc/${pid}/fd`).length;
  for (const deadline = performance.now() + 60_000; ; await sleep(20)) {
    if ((await gauge(`tallystick_door_connections\\{door="${door}"\\}`)) === 0) break;
    assert.ok(performance.now() < deadline, 'connections stay');
  }
  for (const deadline = performance.now() + 5000; filesOpen() > filesMax && performance.now() < deadline; ) {
    await sleep(20);
  }
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return { files: filesOpen(), bytes: pages * 4096 };
}

const skip = process.platform === 'linux' ? false : 'open files are counted in /proc';
for (const door of doorNames) {
  test(`${door}: ${EACH} connections leave nothing behind`, { skip }, async () => {
    await crowd(door, WARM);
    const first = await settled(door);
    await crowd(door, EACH);
    const last = await settled(door, first.files);
    assert.ok(last.files <= first.files, `${first.files} open files became ${last.files}`);
    const grown = (last.bytes - first.bytes) / 2 ** 20;
    assert.ok(grown < 64, `${grown} MiB more than before`);
    assert.equal(await gauge('tallystick_lane_depth_cells\\{.*\\}'), 0);
    const accepted = await gauge(`tallystick_door_connections_accepted_total\\{door="${door}"\\}`);
    assert.ok(accepted >= EACH + WARM - AT_A_TIME, `${accepted} came`);
    const id = BigInt(doorNames.indexOf(door)) + 1n;
    assert.deepEqual(await welcome(door, server.urls[door], {}, id), ['ok', 'ok']);
  });
}
