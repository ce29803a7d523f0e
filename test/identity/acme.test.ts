/** Certificates by ACME, of pebble, which refuses good nonces and hurries: had, renewed under load, and not had. */
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { connect } from '../../src/client/index.ts';
import { CreateTransferStatus } from '../../src/model/index.ts';
import { temporaryFolder } from '../support/access.ts';
import { type AcmeServer, freePorts, missing, startPebble } from '../support/acme-servers.ts';
import { HttpPeer } from '../support/door-clients.ts';
import { doorNames, ServedDoors, welcome } from '../support/served-doors.ts';

const skip = missing('PEBBLE', 'pebble');
const folder = temporaryFolder();
after(() => rmSync(folder, { recursive: true }));

type Challenge = 'http-01' | 'tls-alpn-01';

let ledgers = 0;
function flagsFor(acme: AcmeServer, challenge: Challenge, names: string, port = acme.ports[challenge]): string[] {
  const own = join(folder, `acme-${++ledgers}`);
  return [
    ...['--acme-directory', acme.directory, '--acme-ca', acme.ca, '--acme-names', names, '--acme-folder', own],
    ...['--acme-challenge', challenge, '--acme-port', String(port)],
  ];
}

function shown(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port: Number(new URL(url).port), host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

async function figure(url: string, name: string, ca: string): Promise<number> {
  const peer = new HttpPeer(url, { tls: { ca } });
  const { text } = await peer.ask('/metrics');
  peer.close();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(name))
      ?.split(' ')
      .at(-1),
  );
}

test('http-01: a certificate is had, and renewed under load, and no connection is lost', { skip }, async (t) => {
  const acme = await startPebble(folder, { life: 12, nonces: 50 });
  t.after(() => acme.stop());
  const server = await ServedDoors.start(':memory:', flagsFor(acme, 'http-01', 'localhost,127.0.0.1'));
  t.after(() => server.end());
  const ca = await acme.root();
  for (const [index, door] of doorNames.entries()) {
    assert.deepEqual(await welcome(door, server.urls[door], { tls: { ca } }, BigInt(index + 1)), ['ok', 'ok'], door);
  }
  const ledger = await connect(server.urls.native, { tls: { ca } });
  await ledger.createAccounts([1n, 2n].map((id) => ({ id: 100n + id, ledger: 1, code: 1 })));
  const accepted = (): Promise<number> =>
    figure(server.urls.metrics, 'tallystick_door_connections_accepted_total{door="native"}', ca);
  const [before, serials] = [await accepted(), new Set<string>()];
  let id = 0n;
  for (const until = performance.now() + 40_000; serials.size < 3; ) {
    assert.ok(performance.now() < until, `the certificate was renewed ${serials.size - 1} times`);
    for (let batch = 0; batch < 20; batch++) {
      const results = await ledger.createTransfers([
        { id: ++id, debit_account_id: 101n, credit_account_id: 102n, amount: 1n, ledger: 1, code: 1 },
      ]);
      assert.equal(results[0]!.status, CreateTransferStatus.created);
    }
    serials.add(await shown(server.urls.http));
    await sleep(50);
  }
  assert.equal(await accepted(), before);
  assert.equal((await ledger.lookupAccounts([102n]))[0]!.credits_posted, id);
  await ledger.close();
  const left = await figure(server.urls.metrics, 'tallystick_certificate_left_ratio{what="certificate"}', ca);
  assert.ok(left > 0 && left <= 1, `${left} of the certificate's life is left`);
});

test('tls-alpn-01, for names and addresses, and the same folder serves without the authority', { skip }, async (t) => {
  const acme = await startPebble(folder, { life: 3600, nonces: 20 });
  t.after(() => acme.stop());
  const flags = flagsFor(acme, 'tls-alpn-01', 'localhost,127.0.0.1');
  const first = await ServedDoors.start(':memory:', flags);
  const ca = await acme.root();
  assert.deepEqual(await welcome('http', first.urls.http, { tls: { ca } }, 1n), ['ok', 'ok']);
  const serial = await shown(first.urls.http);
  assert.equal(await first.end(), 0);
  const own = join(folder, `acme-${ledgers}`);
  for (const file of ['account.pem', 'certificate.pem']) assert.equal(statSync(join(own, file)).mode & 0o777, 0o600);
  await acme.stop();
  const again = await ServedDoors.start(':memory:', flags);
  t.after(() => again.end());
  assert.equal(await shown(again.urls.http), serial);
});

test('an account of a customer, and one whose key is not the one that the authority knows', { skip }, async (t) => {
  const key = Buffer.from('the-key-of-the-customer-32-bytes').toString('base64url');
  const acme = await startPebble(folder, { life: 3600, external: { id: 'bank', key } });
  t.after(() => acme.stop());
  const flags = flagsFor(acme, 'http-01', '127.0.0.1');
  const wrong = Buffer.from('another-key-of-nobodys-32-bytes!').toString('base64url');
  await assert.rejects(
    ServedDoors.start(':memory:', [...flags, '--acme-eab-id', 'bank', '--acme-eab-key', wrong]),
    /unreachable.*refuses the account/,
  );
  await assert.rejects(ServedDoors.start(':memory:', flags), /externalAccountRequired/);
  const server = await ServedDoors.start(':memory:', [...flags, '--acme-eab-id', 'bank', '--acme-eab-key', key]);
  assert.equal(await server.end(), 0);
});

test('a server whose names lead elsewhere does not start, and says why', { skip }, async (t) => {
  const acme = await startPebble(folder, { life: 3600 });
  t.after(() => acme.stop());
  const [elsewhere] = await freePorts(1);
  const own = flagsFor(acme, 'http-01', '127.0.0.1', elsewhere);
  await assert.rejects(
    ServedDoors.start(':memory:', own),
    /the authority refuses that 127\.0\.0\.1 is ours.*connection/s,
  );
  const blocked = flagsFor(acme, 'http-01', 'no-such-name.invalid');
  await assert.rejects(ServedDoors.start(':memory:', blocked), /unreachable/);
  await acme.stop();
  const down = flagsFor(acme, 'http-01', '127.0.0.1');
  await assert.rejects(ServedDoors.start(':memory:', down), /ECONNREFUSED/);
  mkdirSync(join(folder, `acme-${ledgers}`), { recursive: true });
  assert.throws(() => readFileSync(join(folder, `acme-${ledgers}`, 'certificate.pem')), { code: 'ENOENT' });
});

test('a certificate is renewed when the authority wishes for it, long before its time', { skip }, async (t) => {
  // By itself after 61 s, and not before 5 s, whatever anybody wishes.
  const acme = await startPebble(folder, { life: 100 });
  t.after(() => acme.stop());
  const flags = flagsFor(acme, 'http-01', '127.0.0.1');
  const first = await ServedDoors.start(':memory:', flags);
  const serial = await shown(first.urls.http);
  assert.equal(await first.end(), 0);
  const kept = readFileSync(join(folder, `acme-${ledgers}`, 'certificate.pem'), 'utf8');
  const [certificate] = /-----BEGIN CERTIFICATE-----[\w+/=\s]+?-----END CERTIFICATE-----\n/.exec(kept)!;
  await acme.wish!(certificate, new Date(0), new Date(1));
  const again = await ServedDoors.start(':memory:', flags);
  t.after(() => again.end());
  const began = performance.now();
  while ((await shown(again.urls.http)) === serial) {
    assert.ok(performance.now() - began < 45_000, 'it is not renewed');
    await sleep(200);
  }
});
