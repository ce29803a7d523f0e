/**
 * Clients that send more than a lane holds: whoever streams is not read until there is room, and hears of no full lane.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ingress, LANE_DEFAULTS, MessagePackServer } from '../../../packages/server/src/server/index.ts';
import { grpcPort } from '../../../src/client/index.ts';
import { MessagePackClient } from '../../../testing/ports/msgpack.ts';
import { GrpcDoorFixture } from './fixture.ts';
import { HeldPort, send } from './held.ts';

const { credit } = LANE_DEFAULTS.normal;

test('grpc: eight streams of large batches wait for room in the lane', async () => {
  const port = new HeldPort();
  const door = await GrpcDoorFixture.open({}, port);
  const clients = await Promise.all(Array.from({ length: 8 }, () => grpcPort(door.address)));
  const sent = clients.flatMap((client) => Array.from({ length: 5 }, () => send(client, 4000)));
  const all = Promise.all(sent);
  all.catch(() => undefined);
  while (port.sent.length === 0 || door.ingress.depth('normal') < credit / 2) await sleep(1);
  await sleep(100);
  assert.ok(door.ingress.depth('normal') <= credit);
  // What is small and urgent passes by.
  const urgent = await grpcPort(door.address, { lane: 'critical' });
  const small = send(urgent, 1);
  const answering = setInterval(() => port.held.shift()?.(), 1);
  assert.equal(await small, 1);
  assert.deepEqual(new Set(await all), new Set([4000]));
  clearInterval(answering);
  assert.equal(door.ingress.statistics.normal.refused, 0);
  await Promise.all([...clients, urgent].map((client) => client.close()));
  await door.close();
});

test('grpc: a stream that waits for room and goes away leaves nothing in line', async () => {
  const port = new HeldPort();
  const door = await GrpcDoorFixture.open({}, port);
  const [first, second] = await Promise.all([grpcPort(door.address), grpcPort(door.address, { timeoutMs: 60_000 })]);
  const sent = Array.from({ length: 15 }, () => send(first!, 4000));
  const lost = Array.from({ length: 5 }, () => send(second!, 4000));
  for (const call of [...sent, ...lost]) call.catch(() => undefined);
  while (door.ingress.depth('normal') < credit / 2) await sleep(1);
  await sleep(50);
  const answering = setInterval(() => port.held.shift()?.(), 1);
  await Promise.all([first!.close(), second!.close()]);
  await Promise.allSettled([...sent, ...lost]);
  while (door.server.bytesHeld > 0) await sleep(1);
  clearInterval(answering);
  await door.close();
});

test('msgpack: connections of large batches wait for room in the lane', async () => {
  const port = new HeldPort();
  const ingress = new Ingress(port);
  const server = await MessagePackServer.listen(ingress);
  const { port: number } = server.address;
  const clients = Array.from({ length: 8 }, () => new MessagePackClient(number));
  const accounts = Array.from({ length: 4000 }, (_, index) => ({ id: index + 1, ledger: 1, code: 1 }));
  const sent = clients.flatMap((client) => Array.from({ length: 4 }, () => client.call('create_accounts', accounts)));
  while (port.sent.length === 0) await sleep(1);
  await sleep(100);
  const answering = setInterval(() => port.held.shift()?.(), 1);
  const answers = await Promise.all(sent);
  clearInterval(answering);
  assert.equal(ingress.statistics.normal.refused, 0);
  assert.ok(answers.every(({ error }) => error?.code !== 'lane_full'));
  await Promise.all(clients.map((client) => client.close()));
  await server.drain(1000);
  await ingress.close();
});
