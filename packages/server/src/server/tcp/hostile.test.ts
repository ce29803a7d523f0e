import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameStatus, Operation } from 'tallystick/internal/model';
import { frameOf, helloFrame, NativePeer } from '../../../../../test/support/native-peer.ts';
import { nativeServers, until } from '../../../../../test/support/native-servers.ts';
import { FakePort, resultsOf } from '../../../../../testing/ports/fake-port.ts';
import type { NativeServer, NativeServerOptions } from './server.ts';

const { serve } = nativeServers();
const transfers = (count: number): Uint8Array => new Uint8Array(count * 128).fill(2);
const create = (request: number, count: number): Uint8Array =>
  frameOf({ operation: Operation.create_transfers, request, count }, transfers(count));

/** A server over a port that creates everything. */
async function begin(options: Partial<NativeServerOptions> = {}): Promise<{ server: NativeServer; port: FakePort }> {
  const port = new FakePort();
  port.answer = ({ count }) => resultsOf(count, 0xffff_ffff);
  return { server: await serve(port, options), port };
}

test('any bytes at all: the server goes on, and a client that speaks the protocol is served', async () => {
  const { server, port } = await begin();
  const good = await NativePeer.greeted(server.address);
  const damaged = fc.tuple(fc.nat(), fc.nat(7), fc.boolean()).map(([at, bit, cutOff]) => {
    const bytes = Buffer.concat([helloFrame(), create(1, 3)]);
    bytes[at % bytes.length]! ^= 1 << bit;
    return cutOff ? bytes.subarray(0, at % bytes.length) : bytes;
  });
  const anything = fc.oneof(fc.uint8Array({ maxLength: 5000 }), damaged);
  await fc.assert(
    fc.asyncProperty(anything, fc.boolean(), async (bytes, greet) => {
      const peer = greet ? await NativePeer.greeted(server.address) : await NativePeer.open(server.address);
      peer.socket.end(bytes);
      const first = await peer.next();
      if (first !== undefined && first.status !== FrameStatus.ok) {
        assert.match(Buffer.from(first.body).toString(), /^(frame_invalid|version_mismatch) /);
      }
      peer.socket.destroy();
    }),
    { numRuns: 200 },
  );
  assert.ok(port.sent.every(({ count }) => count === 3));
  good.send(frameOf({ request: 8 }));
  assert.equal((await good.next())!.request, 8);
  await until(() => server.connections === 1);
});

test('a thousand connections, opened and dropped in every state, leave nothing behind', async () => {
  const { server, port } = await begin();
  const half = create(1, 5).subarray(0, 300);
  for (let round = 0; round < 20; round++) {
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const peer = await NativePeer.open(server.address);
        if (index % 5 > 0) peer.send(helloFrame());
        if (index % 5 === 2) peer.send(half);
        if (index % 5 === 3) peer.send(create(2, 5));
        if (index % 5 === 4) await peer.next();
        if (index % 2 === 0) peer.socket.resetAndDestroy();
        else peer.socket.destroy();
      }),
    );
  }
  await until(() => server.connections === 0);
  assert.ok(port.sent.length <= 200);
});
