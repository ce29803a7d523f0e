/**
 * What an operator does, as docs/operating/cluster.md says it: lose a disk and a node, add and remove one, mend a copy
 * of the stream, make the stream anew.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connectServers } from '../src/jetstream/connection.ts';
import { namesOf } from '../src/jetstream/names.ts';
import { MAIN, NodeProcess } from '../src/local/nodes.ts';
import { freePorts } from '../src/local/servers.ts';
import { compareFolders } from './compare.ts';
import { type Group, skip, withGroup } from './group.ts';

const CLUSTER = 7n;

/** Runs `tallystick cluster …` for a group. */
function cluster({ servers }: Group, ...words: readonly string[]): Promise<string> {
  const more = ['--cluster', servers.map(({ url }) => url).join(','), '--cluster-id', String(CLUSTER)];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [MAIN, 'cluster', ...words, ...more], (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stderr));
    });
  });
}

test('a node whose disk is gone, one that is reseeded, one that is new, one that is removed', { skip }, async () => {
  await withGroup(async (group) => {
    const { node: leader } = await group.leader();
    const payers = await group.payers();
    await payers.more(100);
    const [first, second] = group.nodes.filter((node) => node !== leader);
    await first!.stop('SIGKILL');
    rmSync(first!.folder, { recursive: true });
    await first!.start();
    await assert.rejects(cluster(group, 'reseed', second!.folder, '--node-id', String(second!.node)), /runs: end it/);
    await second!.stop();
    assert.match(
      await cluster(group, 'reseed', second!.folder, '--node-id', String(second!.node)),
      /is in its lost\+found/,
    );
    assert.deepEqual(readdirSync(second!.folder), ['lost+found']);
    await second!.start();
    await payers.more(50);
    await fourth(group);
    await payers.check();
    await compareFolders(group, payers.told, payers.unknown);
  });
});

test('nodes are restarted one after the other under load, and no client hears an error', { skip }, async (t) => {
  await withGroup(async (group) => {
    const { node: leader } = await group.leader();
    const payers = await group.payers();
    payers.resetGap();
    for (const node of [...group.nodes.filter((one) => one !== leader), leader]) {
      await payers.more(50);
      await node.stop('SIGTERM');
      await node.start();
      await group.leader();
    }
    await payers.more(50);
    t.diagnostic(`no answer for ${payers.longestGap.toFixed(0)} ms at most`);
    assert.deepEqual(payers.unknown, []);
    await payers.check();
    await compareFolders(group, payers.told, payers.unknown);
  });
});

/** A fourth node comes and goes. */
async function fourth(group: Group): Promise<void> {
  await assert.rejects(cluster(group, 'add', '1'), /node 1 runs already; the next free number is 3/);
  const { command } = JSON.parse(await cluster(group, 'add', '3', '--json')) as { command: string };
  assert.match(command, /serve FOLDER --create --node-id 3 --cluster-id 7 --cluster-nats nats:/);
  const [port] = await freePorts(1);
  const ports = [...group.nodes.map(({ address }) => Number(new URL(address).port)), port!];
  const { servers, nodes } = group;
  const monitors = servers.map(({ monitor }) => monitor);
  const options = { folder: join(nodes[0]!.folder, '..'), cluster: CLUSTER, ports, monitors };
  const node = new NodeProcess(3, { ...options, servers: servers.map(({ url }) => url) });
  try {
    await node.start();
    assert.match(await cluster(group, 'remove', '3'), /node 3 has ended at op/);
    await node.ended;
    await assert.rejects(node.start(), /node 3 ended with/);
    assert.ok(existsSync(join(node.folder, 'cluster-removed')));
  } catch (error) {
    console.error(readFileSync(node.log, 'utf8'));
    throw error;
  } finally {
    await node.stop('SIGKILL');
  }
}

test('a stream that is gone is made anew from the node that has most', { skip }, async () => {
  await withGroup(async (group) => {
    const { node: leader } = await group.leader();
    const payers = await group.payers();
    await payers.more(100);
    await payers.check();
    await pause(1000);
    await assert.rejects(cluster(group, 'reseed', leader.folder, '--stream'), /runs: end it first/);
    await Promise.all(group.nodes.map((node) => node.stop()));
    const connection = await connectServers([group.servers[0]!.url], 'test');
    await (await jetstreamManager(connection)).streams.delete(namesOf(CLUSTER).stream);
    await connection.close();
    const [other] = group.nodes.filter((node) => node !== leader);
    rmSync(other!.folder, { recursive: true });
    const said = JSON.parse(
      await cluster(group, 'reseed', leader.folder, '--node-id', String(leader.node), '--stream', '--json'),
    ) as { sequence: number; op: number };
    assert.equal(said.sequence, 1);
    await leader.start();
    await Promise.all(group.nodes.filter((node) => node !== leader).map((node) => node.start()));
    await group.leader();
    await compareFolders(group, payers.told, payers.unknown);
  });
});
