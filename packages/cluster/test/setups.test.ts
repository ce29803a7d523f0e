/** What a node refuses to start on. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { jetstreamManager, StorageType } from '@nats-io/jetstream';
import { openFolder, SMALL_SIZES } from 'tallystick/internal';
import { open } from '../../../src/index.ts';
import { connectServers } from '../src/jetstream/connection.ts';
import { namesOf } from '../src/jetstream/names.ts';
import type { NatsServer } from '../src/local/servers.ts';
import { skip, withServers } from './group.ts';
import { accounts, CLUSTER, close, eventually, openHere } from './here.ts';
import { ledgerOf } from './ledger-of.ts';

test('wrong set-ups are refused by name', { skip }, async () => {
  await withServers(1, {}, async ([server], folder) => {
    await assert.rejects(openHere([server!], folder, 0), {
      code: 'cluster_invalid',
      message: /3 servers of one cluster/,
    });
    const connection = await connectServers([server!.url], 'test');
    const manager = await jetstreamManager(connection);
    const { stream, subject } = namesOf(CLUSTER);
    await manager.streams.add({ name: stream, subjects: [subject], storage: StorageType.Memory, max_age: 1e9 });
    const refused = {
      code: 'cluster_invalid',
      message: /num_replicas is 1.*storage is memory.*deny_delete is false.*max_age/,
    };
    await assert.rejects(openHere([server!], folder, 0), refused);
    await manager.streams.delete(stream);
    await manager.streams.add({ name: 'another', subjects: ['tallystick.>'] });
    await assert.rejects(openHere([server!], folder, 0), { code: 'cluster_invalid' });
    await connection.close();
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('node')),
      [],
      'no folder was made',
    );
  });
  await withServers(3, { jetstream: 'sync_interval: "1m"' }, async (servers, folder) => {
    await assert.rejects(openHere(servers, folder, 0), { code: 'cluster_invalid', message: /sync_interval: always/ });
  });
});

test('a folder of another ledger is refused, and so is one that is ahead of the stream', { skip }, async () => {
  await withServers(3, {}, async (servers, folder) => {
    await overlapping(servers, folder);
    const strange = await open(join(folder, 'node-1'), { mode: 'inline' });
    await strange.createAccounts(accounts);
    await strange.close();
    const first = await openHere(servers, folder, 0);
    await assert.rejects(openHere(servers, folder, 1), { code: 'cluster_invalid', message: /orders the ledger/ });
    await close(first);
    const { engine } = await openFolder(join(folder, 'node-0'), { mode: 'inline', sizes: SMALL_SIZES });
    await ledgerOf(engine).createAccounts(accounts);
    await engine.close();
    await assert.rejects(openHere(servers, folder, 0), {
      code: 'cluster_damaged',
      message: /ends with op 1, and stream/,
    });
  });
});

/** Two clusters on one subject would mix their records. */
async function overlapping(servers: readonly NatsServer[], folder: string): Promise<void> {
  const connection = await connectServers([servers[0]!.url], 'test');
  try {
    await eventually('there is a cluster of servers', () =>
      jetstreamManager(connection).then(
        async (manager) => {
          await manager.streams.add({ name: 'another', subjects: ['tallystick.*.order'], num_replicas: 3 });
          return true;
        },
        () => false,
      ),
    );
    await assert.rejects(openHere(servers, folder, 0), {
      code: 'cluster_invalid',
      message: /another stream has the subject tallystick\.7\.order/,
    });
    await (await jetstreamManager(connection)).streams.delete('another');
  } finally {
    await connection.close();
  }
}

test('a second process with the number of a node that leads serves nothing', { skip }, async () => {
  await withServers(3, {}, async (servers, folder) => {
    const first = await openHere(servers, folder, 0);
    await eventually('one node leads', () => first.port.role === 'leading');
    const second = await openHere(servers, join(folder, 'elsewhere'), 0);
    await eventually('the second one has ended', () => second.port.role === 'ended');
    await assert.rejects(ledgerOf(second.port).lookupAccounts([1n]), {
      code: 'cluster_invalid',
      message: /another process is node 0/,
    });
    assert.equal(first.port.role, 'leading');
    await close(first, second);
  });
});
