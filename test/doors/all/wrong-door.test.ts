import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from '../../../src/client/index.ts';
import type { TallystickError } from '../../../src/model/index.ts';
import { Authority } from '../../support/access.ts';
import { Served } from '../../support/served.ts';
import { freePort } from '../../support/shell-page.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-wrong-door-'));
const doors = ['--grpc-port', '0', '--http-port', '0', '--msgpack-port', '0', '--metrics-port', 'off'];
const plain = await Served.start(':memory:', { args: doors });
const authority = await Authority.make('ours');
const pair = await authority.sign('127.0.0.1');
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const tls = ['--tls-certificate', file('cert.pem', pair.cert), '--tls-key', file('key.pem', pair.key)];
const grpcPort = await freePort();
const secure = await Served.start(':memory:', { args: [...doors, ...tls, '--grpc-port', `${grpcPort}`] });
after(async () => {
  await plain.end();
  await secure.end();
  rmSync(folder, { recursive: true });
});

async function errorAt(address: string): Promise<TallystickError> {
  return connect(address, { connectTimeoutMs: 3000 }).then(
    () => assert.fail(`${address} was taken`),
    (error: TallystickError) => error,
  );
}

test('a client at the wrong door is told which port it may be', async () => {
  const native = await errorAt(`grpc://127.0.0.1:${plain.port}`);
  assert.match(native.next, /^Check the port: gRPC's is 50051/);
});

test('a client that speaks TLS to a port without it, or none to a port with it, is told so', async () => {
  const without = await errorAt(`tcps://127.0.0.1:${plain.port}`);
  assert.match(without.message, /cannot be reached: wrong version number$/);
  assert.match(without.next, /speaks no TLS/);
  const withTls = await errorAt(`tcp://127.0.0.1:${secure.port}`);
  assert.match(withTls.next, /one with certificates wants tcps:/);
});

test('an authority that nobody named, and a name that is not in the certificate, are told apart', async () => {
  const unknown = await errorAt(`tcps://127.0.0.1:${secure.port}`);
  assert.equal(unknown.code, 'unreachable');
  assert.match(unknown.next, /Name the authority .*\?ca=FILE/);
  const ca = file('ca.pem', authority.cert);
  const other = await errorAt(`tcps://localhost:${secure.port}?ca=${ca}`);
  assert.match(other.next, /a name that is in the server's certificate/);
  await using ledger = await connect(`tcps://127.0.0.1:${secure.port}?ca=${ca}`);
  assert.ok((await ledger.ping()) > 0);
});

test('what the environment says of a connection holds for gRPC, too', async () => {
  const address = `grpcs://127.0.0.1:${grpcPort}`;
  assert.match((await errorAt(address)).next, /Name the authority/);
  process.env.TALLYSTICK_CA = file('ca.pem', authority.cert);
  try {
    await using ledger = await connect(address);
    assert.ok((await ledger.ping()) > 0);
  } finally {
    delete process.env.TALLYSTICK_CA;
  }
});
