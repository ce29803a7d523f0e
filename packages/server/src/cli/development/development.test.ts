import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, mock, test } from 'node:test';
import { isForDevelopment, JwtAuthenticator } from '../../identity/index.ts';
import { certificate } from './certificate.ts';
import { type TokenOptions, token } from './token.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-development-'));
after(() => rmSync(folder, { recursive: true }));
const at = (...names: string[]): string => join(folder, ...names);

/** The lines that it prints to stdout. */
async function printed(run: () => Promise<void>): Promise<string[]> {
  const [log, error] = [mock.method(console, 'log', () => {}), mock.method(console, 'error', () => {})];
  try {
    await run();
    return log.mock.calls.map(({ arguments: [line] }) => String(line));
  } finally {
    log.mock.restore();
    error.mock.restore();
  }
}

async function tokenIn(path: string, more: Partial<TokenOptions> = {}): Promise<string> {
  const options = { subject: 'shop', role: 'write', expires: 60_000, audience: 'tallystick', ...more } as const;
  return (await printed(() => token(path, options)))[0]!;
}

function authenticator(path: string): JwtAuthenticator {
  const keys = JSON.parse(readFileSync(join(path, 'jwks.json'), 'utf8'));
  return new JwtAuthenticator({
    keys,
    issuer: 'tallystick-development',
    audience: 'tallystick',
    ledgersClaim: 'ledgers',
  });
}

test('an authority is made once, and signs servers and clients for what they are', async () => {
  const keys = at('certificates');
  assert.equal((await printed(() => certificate(keys, { days: 7 }))).length, 4);
  const authority = readFileSync(join(keys, 'ca.pem'), 'utf8');
  await printed(() =>
    certificate(keys, { days: 7, server: ['ledger.example', '10.0.0.5'], client: '../pay, CN=admin' }),
  );
  assert.equal(readFileSync(join(keys, 'ca.pem'), 'utf8'), authority);
  const ca = new X509Certificate(authority);
  const server = new X509Certificate(readFileSync(join(keys, 'server.pem')));
  assert.ok(server.verify(ca.publicKey) && ca.ca && !server.ca);
  assert.equal(server.checkHost('ledger.example'), 'ledger.example');
  assert.equal(server.checkIP('10.0.0.5'), '10.0.0.5');
  assert.equal(server.checkHost('localhost'), undefined);
  // A peer is both, and makes no certificate of a server on its way.
  assert.equal((await printed(() => certificate(keys, { days: 7, peer: ['node-0', '10.0.0.6'] }))).length, 2);
  const peer = new X509Certificate(readFileSync(join(keys, 'peer.pem')));
  assert.deepEqual(peer.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  assert.equal(peer.checkIP('10.0.0.6'), '10.0.0.6');
  // A subject makes neither a path nor another name.
  const client = new X509Certificate(readFileSync(join(keys, 'client-__pay__CN_admin.pem')));
  assert.equal(client.toLegacyObject().subject.CN, '../pay, CN=admin');
  assert.ok(Date.parse(client.validTo) < Date.now() + 8 * 86_400_000);
  assert.ok(isForDevelopment(undefined, join(keys, 'server.pem')));
  assert.ok(!isForDevelopment(undefined, join(keys, 'server-key.pem'), at('absent')));
});

test('a token is what servers take, and a retired key makes none that they take', async () => {
  const keys = at('tokens');
  const first = await tokenIn(keys, { role: 'read', ledgers: [840] });
  const identity = await authenticator(keys).authenticate(first);
  assert.deepEqual([identity.subject, identity.role, identity.ledgers?.ranges], ['shop', 'read', [[840, 840]]]);
  const second = await tokenIn(keys, { rotate: true, ledgers: [840] });
  for (const one of [first, second]) await authenticator(keys).authenticate(one);
  await tokenIn(keys, { retire: true });
  await authenticator(keys).authenticate(second);
  await assert.rejects(authenticator(keys).authenticate(first), { code: 'unauthenticated' });
});

test('private keys are their owner’s alone, and a folder of everybody is refused', async () => {
  const keys = at('private');
  await tokenIn(keys);
  await printed(() => certificate(keys, { days: 1 }));
  for (const name of ['signing-key.json', 'ca-key.pem', 'server-key.pem']) {
    assert.equal(statSync(join(keys, name)).mode & 0o077, 0, name);
  }
  chmodSync(join(keys, 'signing-key.json'), 0o644);
  await assert.rejects(tokenIn(keys), { code: 'invalid_argument', message: /others may read the private key/ });
  chmodSync(keys, 0o777);
  await assert.rejects(
    printed(() => certificate(keys, { days: 1 })),
    { message: /others may write/ },
  );
});

test('files that hold no keys are refused, and what they hold is not quoted', async () => {
  const keys = at('broken');
  await tokenIn(keys);
  writeFileSync(join(keys, 'signing-key.json'), '{"d": "hush', { mode: 0o600 });
  await assert.rejects(
    tokenIn(keys),
    (error: Error) => /holds no keys/.test(error.message) && !/hush/.test(error.message),
  );
  writeFileSync(join(keys, 'ca.pem'), 'x');
  await assert.rejects(
    printed(() => certificate(keys, { days: 1 })),
    { message: /without its key/ },
  );
  assert.ok(!existsSync(join(keys, 'server.pem')));
});
