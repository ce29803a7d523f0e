/**
 * Callers who have not shown who they are get a share of every door, whatever they do; known callers and probes get in
 * beside them.
 */
import assert from 'node:assert/strict';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TallystickError } from '../../../src/model/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { openGuarded, TOKEN } from '../../support/door-servers.ts';
import { type DoorName, doorNames, enter } from '../../support/served-doors.ts';

const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0]),
]);

/** Answers pings, so that the connection is as alive as one can be without a token. */
function polite(socket: Socket): void {
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
      const frame = bytes.subarray(0, 9 + bytes.readUIntBE(0, 3));
      bytes = bytes.subarray(frame.length);
      if (frame[3] !== 6 || (frame[4]! & 1) !== 0) continue;
      const answer = Buffer.from(frame);
      answer[4] = 1;
      socket.write(answer);
    }
  });
}

const acts: { readonly [door in DoorName]: (socket: Socket) => void } = {
  native: () => {},
  msgpack: () => {},
  http: (socket) => socket.write('GET /v1/accounts HTTP/1.1\r\nhost: x\r\n\r\n'),
  grpc: (socket) => {
    socket.write(PREFACE);
    polite(socket);
  },
};

/** Comes from the address of the crowd, whose last newcomer may have to leave: then it asks again, as it is told to. */
async function askAmongStrangers(door: DoorName, url: string, tries = 5): Promise<unknown> {
  const owner = await enter(door, url, { token: TOKEN });
  try {
    return await owner.lookupAccounts([1n]);
  } catch (error) {
    if (tries === 1 || !(error instanceof TallystickError && error.code === 'connection_lost')) throw error;
  } finally {
    await owner.close();
  }
  return askAmongStrangers(door, url, tries - 1);
}

for (const door of doorNames) {
  test(`${door}: strangers hold a quarter of the connections at most, and go when their time is over`, async () => {
    const gate = { strangersMax: 100, strangerMs: 1500 };
    const open = await openGuarded(door, new FakePort(), { connectionsMax: 40, gate });
    const strangers = new Set<Socket>();
    let crowding = true;
    const come = (): void => {
      if (!crowding) return;
      const socket = connect({ port: open.port, host: '127.0.0.1' });
      strangers.add(socket);
      socket.on('error', () => {});
      socket.resume();
      socket.once('connect', () => acts[door](socket));
      socket.once('close', () => {
        strangers.delete(socket);
        setTimeout(come, 10);
      });
    };
    try {
      for (let i = 0; i < 60; i++) come();
      for (let i = 0; i < 4; i++) {
        await sleep(100);
        assert.deepEqual(await askAmongStrangers(door, open.url), []);
      }
      assert.ok(open.counters.connections <= 40 + 5, `${open.counters.connections} connections`);
      crowding = false;
      for (let waited = 0; open.counters.connections > 0; waited += 20) {
        assert.ok(waited < 10_000, `${open.counters.connections} stay`);
        await sleep(20);
      }
    } finally {
      // Or strangers and a door would outlive a test that has failed, and with it every later one.
      crowding = false;
      await open.close();
    }
  });
}

test('health is told to strangers, a few streams at a time', async () => {
  const open = await openGuarded('grpc', new FakePort());
  const session = connectHttp2(`http://127.0.0.1:${open.port}`);
  session.on('error', () => {});
  /** What becomes of it within a moment. */
  const watch = (): Promise<string> =>
    new Promise((resolve) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Watch',
        'content-type': 'application/grpc',
      });
      stream.on('error', () => {});
      stream.on('response', (headers) => resolve(String(headers['grpc-status'] ?? 'told')));
      stream.end(Buffer.alloc(5));
    });
  const told = await Promise.all(Array.from({ length: 100 }, watch));
  assert.equal(told.filter((outcome) => outcome === 'told').length, 8);
  assert.equal(told.filter((outcome) => outcome === '8').length, 92);
  session.destroy();
  await open.close();
});
