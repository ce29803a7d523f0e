/** Nodes and nats-servers that show one another certificates and credentials: the right ones, and each wrong one. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { type Access, connectServers, disconnect } from '../../packages/cluster/src/jetstream/connection.ts';
import { OrderStream } from '../../packages/cluster/src/jetstream/stream.ts';
import { skip, withServers } from '../../packages/cluster/test/group.ts';
import { Authority } from '../support/access.ts';
import { temporaryFolder } from '../support/folders.ts';
import { NatsOperator } from '../support/nats-operator.ts';

const SECRET = 'sixteen letters, or more';
const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

before(async () => {
  const [ours, others] = [await Authority.make('ours'), await Authority.make('others')];
  const write = (name: string, text: string): void => writeFileSync(at(name), text);
  write('ca.pem', ours.cert);
  write('others.pem', others.cert);
  for (const [name, authority, until] of [
    ['server', ours, undefined],
    ['expired', ours, new Date(Date.now() - 86_400_000)],
    ['node', ours, undefined],
    ['stranger', others, undefined],
  ] as const) {
    const { cert, key } = await authority.sign(name, until);
    write(`${name}.pem`, cert);
    write(`${name}-key.pem`, key);
  }
});

function tls(name: string, more = ''): string {
  return `tls { cert_file: "${at(`${name}.pem`)}", key_file: "${at(`${name}-key.pem`)}", ${more} }`;
}

const node: Access = { ca: at('ca.pem'), certificate: at('node.pem'), key: at('node-key.pem') };

/** Expects a refusal that names the setting. */
async function refused(urls: readonly string[], access: Access, message: RegExp): Promise<void> {
  const connecting = connectServers(urls, 'node 0', access).then(disconnect);
  await assert.rejects(connecting, { code: 'cluster_invalid', message });
}

test('servers that want certificates, and nodes that show wrong ones', { skip }, async () => {
  const more = tls('server', `ca_file: "${at('ca.pem')}", verify: true`);
  await withServers(1, { more }, async (servers) => {
    const urls = servers.map(({ url }) => url);
    await connectServers(urls, 'node 0', node).then(disconnect);
    const stranger = { ca: at('ca.pem'), certificate: at('stranger.pem'), key: at('stranger-key.pem') };
    await refused(urls, { ca: at('ca.pem') }, /wants a certificate .*cluster\.certificate/);
    await refused(urls, stranger, /wants a certificate .*cluster\.certificate/);
    await refused(urls, { ...node, ca: at('others.pem') }, /cluster\.ca names the authority/);
    await refused(urls, {}, /cluster\.ca names the authority/);
    await refused(urls, { ...node, key: at('none.pem') }, /cluster\.key cannot be read/);
    const byName = urls.map((url) => url.replace('127.0.0.1', 'localhost'));
    await refused(byName, node, /for none of the names in cluster\.nats/);
  });
});

test('a server whose certificate is over, and one without TLS, are refused by name', { skip }, async () => {
  await withServers(1, { more: tls('expired') }, async (servers) => {
    await refused(
      servers.map(({ url }) => url),
      { ca: at('ca.pem') },
      /its certificate has expired/,
    );
  });
  await withServers(1, {}, async (servers) => {
    await refused(
      servers.map(({ url }) => url),
      node,
      /it offers no TLS/,
    );
  });
});

test('an order over TLS, for whom an operator has given credentials, and for nobody else', { skip }, async () => {
  const operator = new NatsOperator();
  writeFileSync(at('node.creds'), operator.credentials());
  writeFileSync(at('unknown.creds'), operator.credentials(false));
  await withServers(3, { more: `${tls('server')}\n${operator.configuration}` }, async (servers) => {
    const urls = servers.map(({ url }) => url);
    const ca = at('ca.pem');
    await refused(urls, { ca, credentials: at('unknown.creds') }, /it does not know the credentials/);
    await refused(urls, { ca }, /it does not know the credentials/);
    const connection = await connectServers(urls, 'node 0', { ca, credentials: at('node.creds') });
    try {
      const stream = await OrderStream.open(connection, 7n, SECRET);
      assert.equal(await stream.append(Buffer.from('a record'), 0), 'stored');
      assert.equal(Buffer.from((await stream.read(1))!).toString(), 'a record');
    } finally {
      await disconnect(connection);
    }
  });
});
