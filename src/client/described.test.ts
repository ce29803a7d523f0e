import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { remoteOptions } from './client-args.ts';
import { connect } from './connect.ts';
import { CONNECTION_VARIABLES, describe } from './described.ts';
import { tokenOf } from './token.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-described-'));
after(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  for (const variable of CONNECTION_VARIABLES) delete process.env[variable];
});

/** A file in the folder; its path. */
function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const described = (content: object): string => file('connection.json', JSON.stringify(content));
const token = (address = 'tcps://x'): Promise<string | undefined> => tokenOf(describe([address]).token, 5000);

test('without a word about it there is nothing: neither a token nor a certificate', () => {
  assert.deepEqual(describe(['tcp://x']), { addresses: ['tcp://x'], token: undefined, tls: undefined });
});

test('the address wins over the environment, and that over the file', async () => {
  const [one, two, three] = ['one', 'two', 'three'].map((name) => file(`${name}.pem`, name));
  process.env.TALLYSTICK_CONNECTION = described({ address: 'tcps://there', ca: 'three.pem', token: 'of-the-file' });
  assert.deepEqual(describe([]).addresses, ['tcps://there']);
  assert.deepEqual(describe([]).tls?.(), { ca: 'three' });
  assert.equal(await token(), 'of-the-file');
  process.env.TALLYSTICK_CA = two;
  process.env.TALLYSTICK_TOKEN_FILE = file('token', ' of-the-environment\n');
  assert.deepEqual(describe([]).tls?.(), { ca: 'two' });
  assert.equal(await token(), 'of-the-environment');
  const given = file('other', 'of-the-address');
  const address = `tcps://x:4000?ca=${one}&certificate=${two}&key=${three}&token-file=${given}`;
  assert.deepEqual(describe([address]).addresses, ['tcps://x:4000']);
  assert.deepEqual(describe([address]).tls?.(), { ca: 'one', cert: 'two', key: 'three' });
  assert.equal(await token(address), 'of-the-address');
});

test('files and commands are read for every connection', async () => {
  process.env.TALLYSTICK_TOKEN_FILE = file('token', 'first');
  const { token: source } = describe(['tcps://x']);
  assert.equal(await tokenOf(source, 5000), 'first');
  file('token', 'second');
  assert.equal(await tokenOf(source, 5000), 'second');
  delete process.env.TALLYSTICK_TOKEN_FILE;
  process.env.TALLYSTICK_TOKEN_COMMAND = `echo printed-$(cat ${join(folder, 'token')})`;
  assert.equal(await token(), 'printed-second');
});

test('a source that gives no token says why, and not its secret; the next attempt asks again', async () => {
  process.env.TALLYSTICK_TOKEN_COMMAND = 'echo no issuer >&2; SECRET=hush; exit 7';
  await assert.rejects(token(), (error: Error & { code: string; next: string }) => {
    assert.equal(error.code, 'unreachable');
    assert.match(error.message, /token command of the environment ended with 7: no issuer$/);
    assert.ok(!`${error.stack} ${error.cause ?? ''}`.includes('hush'));
    return true;
  });
  process.env.TALLYSTICK_TOKEN_COMMAND = 'true';
  await assert.rejects(token(), /gives no token/);
  delete process.env.TALLYSTICK_TOKEN_COMMAND;
  process.env.TALLYSTICK_TOKEN_FILE = join(folder, 'absent');
  await assert.rejects(token(), { code: 'unreachable', message: /ENOENT/ });
  process.env.TALLYSTICK_CA = join(folder, 'absent.pem');
  assert.throws(() => describe(['tcps://x']).tls!(), { code: 'not_found', message: /^ca of the environment/ });
});

test('mistakes are refused where they are made', () => {
  const refused: [() => unknown, RegExp][] = [
    [() => describe(['tcps://x?token=abc']), /holds no token/],
    [() => describe(['tcps://x?token-command=abc']), /holds no token/],
    [() => describe(['tcps://:abc@x']), /holds no token/],
    [() => describe(['tcps://x?cert=a']), /the parameter cert of tcps:\/\/x is unknown/],
    [() => describe(['tcps://x?ca=a&ca=b']), /names ca twice/],
    [() => describe(['tcps://x?key=a']), /a key without its certificate/],
    [() => describe([], described({ tokn: 'x' })), /tokn in .* is unknown: did you mean token/],
    [() => describe([], described({ token: 'x', tokenFile: 'y' })), /token and tokenFile; a connection has one/],
    [() => describe([], described({ ca: 7 })), /ca in .* is no text/],
    [() => describe([], described([])), /is no object/],
    [() => describe([], file('broken.json', '{"token": "hush')), /is not JSON$/],
  ];
  for (const [attempt, message] of refused) assert.throws(attempt, { code: 'invalid_argument', message });
  assert.throws(() => describe([], join(folder, 'none.json')), { code: 'not_found' });
});

test('a described token never crosses a network in the clear', async () => {
  process.env.TALLYSTICK_TOKEN = 'secret';
  const clear = { code: 'invalid_argument', message: /in the clear to .*use tcps:/ };
  await assert.rejects(connect('tcp://10.0.0.1'), clear);
  await assert.rejects(connect('grpc://10.0.0.1'), clear);
  const args = { cluster_id: 0n, replica_addresses: ['10.0.0.1:3000'] };
  assert.throws(() => remoteOptions(args), clear);
  assert.equal(remoteOptions({ ...args, replica_addresses: ['3000'] }).token, 'secret');
  assert.equal(remoteOptions({ ...args, token: 'meant' }).token, 'meant');
});

test('createClient takes names behind tcps://, and goes over TLS where an authority is described', () => {
  const of = (...replica_addresses: string[]): ReturnType<typeof remoteOptions> =>
    remoteOptions({ cluster_id: 0n, replica_addresses });
  assert.deepEqual(of('tcps://ledger.example').addresses, [{ host: 'ledger.example', port: 3000 }]);
  assert.deepEqual(of('tcps://[::1]:4000,tcps://b:1').addresses.length, 2);
  assert.ok(of('tcps://ledger.example').tls !== undefined);
  assert.equal(of('10.0.0.1:3000').tls, undefined);
  process.env.TALLYSTICK_CA = file('ca.pem', 'authority');
  assert.deepEqual(of('10.0.0.1:3000').tls?.(), { ca: 'authority' });
  assert.equal(of('tcp://10.0.0.1:3000').tls, undefined);
  assert.throws(() => of('tcp://a', 'tcps://b'), { code: 'invalid_argument' });
  assert.throws(() => of('tcp://a/books'), { message: 'Invalid replica address.' });
});
