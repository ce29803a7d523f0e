/** Who may say what: servers that ask for credentials, and nodes that sign what they say to one another. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createUser } from '@nats-io/nkeys';
import { connectServers } from '../src/jetstream/connection.ts';
import { Seal } from '../src/jetstream/seal.ts';
import { OrderStream } from '../src/jetstream/stream.ts';
import { skip, withFolder, withServers } from './group.ts';
import { CLUSTER } from './here.ts';

const SECRET = 'sixteen letters, or more';

test('what is not signed with the secret, or for something else, was not said', () => {
  const seal = new Seal(SECRET);
  const said = Buffer.from('a node lives');
  const signed = seal.sign('beats', said);
  assert.deepEqual(Buffer.from(seal.open('beats', signed)!), said);
  assert.equal(seal.open('asks.1', signed), undefined);
  assert.equal(seal.open('beats', said), undefined);
  assert.equal(new Seal('another secret of some letters').open('beats', signed), undefined);
  for (let byte = 0; byte < signed.length; byte++) {
    const changed = signed.slice();
    changed[byte]! ^= 1;
    assert.equal(seal.open('beats', changed), undefined, `byte ${byte}`);
  }
  assert.equal(new Seal(undefined).open('beats', said), said);
});

test('nodes with the secret do not hear a stranger on their servers, and do not answer one', { skip }, async () => {
  await withServers(3, {}, async (servers) => {
    const urls = servers.map(({ url }) => url);
    const open = async (secret?: string): Promise<OrderStream> =>
      OrderStream.open(await connectServers(urls, 'test'), CLUSTER, secret);
    const [one, other, stranger] = [await open(SECRET), await open(SECRET), await open()];
    const heard: string[] = [];
    one.listen((bytes) => heard.push(Buffer.from(bytes).toString()));
    one.answer(1, () => Buffer.from('a journal'));
    await one.connection.flush();
    stranger.say(Buffer.from('node 1 was replaced'));
    await stranger.connection.flush();
    other.say(Buffer.from('node 2 lives'));
    assert.equal(Buffer.from(await other.ask(1, Buffer.from('batches'))).toString(), 'a journal');
    assert.deepEqual(heard, ['node 2 lives']);
    await assert.rejects(stranger.connection.request(`${stranger.names.asks}.1`, 'batches', { timeout: 500 }), {
      name: 'TimeoutError',
    });
    await Promise.all([one, other, stranger].map(({ connection }) => connection.close()));
  });
});

test('a node logs in with a password, an nkey, and is refused by name without', { skip }, async () => {
  const user = createUser();
  const more = `authorization { users: [ { user: ledger, password: "of the nodes" }, { nkey: ${user.getPublicKey()} } ] }`;
  await withServers(1, { more }, async ([server]) => {
    await withFolder(async (folder) => {
      const nkey = join(folder, 'node.nkey');
      writeFileSync(nkey, user.getSeed());
      const urls = [server!.url];
      for (const access of [{ user: 'ledger', password: 'of the nodes' }, { credentials: nkey }]) {
        const connection = await connectServers(urls, 'node 0', access);
        await connection.close();
      }
      const refused = { code: 'cluster_invalid', message: /refuses node 0/ };
      await assert.rejects(connectServers(urls, 'node 0'), refused);
      await assert.rejects(connectServers(urls, 'node 0', { user: 'ledger', password: 'wrong' }), refused);
      const missing = { code: 'cluster_invalid', message: /cluster.credentials: .* cannot be read/ };
      await assert.rejects(connectServers(urls, 'node 0', { credentials: join(folder, 'none') }), missing);
    });
  });
});
