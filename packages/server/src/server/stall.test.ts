import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Stall } from './stall.ts';

test('a client that takes a large write slowly is not stalled; one that takes nothing is', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    onread: { buffer: Buffer.alloc(65_536), callback: () => false },
  });
  client.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  const stall = new Stall(socket);
  socket.write(Buffer.alloc(40_000_000));
  let longest = 0;
  for (let taken = 0; taken < 150; taken++) {
    await sleep(20);
    client.resume();
    longest = Math.max(longest, stall.lasts(performance.now()));
  }
  assert.ok(socket.writableLength > 0, 'it is still being sent');
  // About 3 MB a second, for which the system makes room in steps of a megabyte or two.
  assert.ok(longest < 2500, `stalled for ${longest} ms`);
  // It had begun to take this.
  await sleep(300);
  const before = stall.lasts(performance.now());
  for (let more = 0; more < 20; more++) {
    await sleep(20);
    socket.write('more');
  }
  assert.ok(stall.lasts(performance.now()) >= before + 350, 'nothing was taken');
  socket.destroy();
  client.destroy();
  server.close();
});
