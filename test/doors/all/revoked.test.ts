/** A client certificate that its authority has taken back opens no door, and ends what it had opened. */
import '../../support/plain.ts';
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { Authority, type Pair, temporaryFolder } from '../../support/access.ts';
import { doorNames, ServedDoors, scraped, welcome } from '../../support/served-doors.ts';

const folder = temporaryFolder();
const authority = await Authority.make('ours');
const [kept, early, late] = await Promise.all(['kept', 'early', 'late'].map((name) => authority.sign(name)));
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const crl = file('crl.pem', authority.revoke(early!.cert));
const accessOf = ({ cert, key }: Pair) => ({ tls: { ca: authority.cert, cert, key } });
let server: ServedDoors;
let nextId = 1n;

before(async () => {
  const { cert, key } = await authority.sign('ledger');
  server = await ServedDoors.start(':memory:', [
    ...['--tls-certificate', file('cert.pem', cert), '--tls-key', file('key.pem', key)],
    ...['--tls-ca', file('ca.pem', authority.cert), '--tls-require-client-certificate', '--tls-crl', crl],
  ]);
});
after(async () => {
  assert.equal(await server.end(), 0);
  rmSync(folder, { recursive: true });
});

const come = async (door: (typeof doorNames)[number], pair: Pair): Promise<string> =>
  (await welcome(door, server.urls[door], accessOf(pair), nextId++))[0];

/** A connection that has shown its certificate; resolves when it is open. */
function shown(door: (typeof doorNames)[number], pair: Pair): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.urls[door]);
    const alpn = door === 'grpc' ? { ALPNProtocols: ['h2'] } : {};
    const socket = connect({ ...accessOf(pair).tls, ...alpn, port: Number(port), host: '127.0.0.1' }, () =>
      resolve(socket),
    );
    socket.on('error', reject).resume();
  });
}

test('a certificate on the list is refused at every door, others are not', async () => {
  for (const door of doorNames) {
    assert.notEqual(await come(door, early!), 'ok', door);
    assert.equal(await come(door, kept!), 'ok', door);
  }
  assert.equal(await scraped(server.urls.metrics, accessOf(early!)), 403);
  assert.equal(await scraped(server.urls.metrics, accessOf(kept!)), 200);
});

test('a list that is replaced while the server runs ends connections, and keeps out whoever is on it', async () => {
  const open = await Promise.all(doorNames.map((door) => shown(door, late!)));
  const ended = Promise.all(
    open.map((socket, index) =>
      Promise.race([
        new Promise<string>((resolve) => socket.once('close', () => resolve('ended'))),
        sleep(20_000, `${doorNames[index]} stays open`, { ref: false }),
      ]),
    ),
  );
  for (const door of doorNames) assert.equal(await come(door, late!), 'ok', door);
  writeFileSync(crl, authority.revoke(early!.cert, late!.cert));
  assert.deepEqual(await ended, ['ended', 'ended', 'ended', 'ended']);
  for (const door of doorNames) {
    assert.notEqual(await come(door, late!), 'ok', door);
    assert.equal(await come(door, kept!), 'ok', door);
  }
  assert.equal(await scraped(server.urls.metrics, accessOf(late!)), 403);
});

test('a list that cannot be used is logged, and the last good one stays', async () => {
  writeFileSync(crl, 'no list');
  for (const deadline = performance.now() + 20_000; !server.log().includes('cannot be used'); await sleep(20)) {
    assert.ok(performance.now() < deadline, 'nothing is logged');
  }
  assert.notEqual(await come('http', late!), 'ok');
  assert.equal(await come('http', kept!), 'ok');
});
