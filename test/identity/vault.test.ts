/** Secrets of a real OpenBao: at the start, when they change, when it is down; and of files and variables. */
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { AuditTrail, auditKey } from '../../packages/server/src/audit/index.ts';
import { Authority, temporaryFolder } from '../support/access.ts';
import { ServedDoors, welcome } from '../support/served-doors.ts';

const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
const program = process.env.OPENBAO;
const skip =
  program === undefined || !existsSync(program) ? 'OpenBao is not there: OPENBAO names its program' : undefined;
const folder = temporaryFolder();
const ROOT = 'the-root-token-of-the-test';
const SECRET = 'sesame-which-nobody-may-read-anywhere';
let bao: ChildProcess | undefined;
let address = '';
let port = 0;

after(() => rmSync(folder, { recursive: true }));

async function startBao(): Promise<void> {
  const args = [
    'server',
    '-dev',
    `-dev-root-token-id=${ROOT}`,
    `-dev-listen-address=127.0.0.1:${port}`,
    '-dev-no-store-token',
  ];
  bao = spawn(program!, args, { stdio: 'ignore', env: { PATH: process.env.PATH, HOME: folder } });
  for (let waited = 0; waited < 30_000; waited += 100) {
    const answer = await fetch(`${address}/v1/sys/health`).catch(() => undefined);
    if (answer?.status === 200) return furnish();
    await sleep(100);
  }
  throw new Error('OpenBao does not answer');
}

/** It forgets everything with its process. */
async function furnish(): Promise<void> {
  const policy =
    'path "secret/data/tallystick" { capabilities = ["read"] } path "transit/sign/audit" { capabilities = ["update"] }';
  await api('POST', 'sys/auth/approle', { type: 'approle' });
  await api('POST', 'sys/policies/acl/ledger', { policy });
  await api('POST', 'auth/approle/role/ledger', { token_policies: 'ledger', token_ttl: '2s', token_max_ttl: '4s' });
}

async function stopBao(): Promise<void> {
  bao?.kill('SIGKILL');
  if (bao?.exitCode === null && bao.signalCode === null) await once(bao, 'exit');
}

async function api(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${address}/v1/${path}`, {
    method,
    headers: { 'x-vault-token': ROOT },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.ok(response.ok, `${path}: ${response.status}`);
  const text = await response.text();
  return text === '' ? {} : JSON.parse(text);
}

const put = (data: object): Promise<unknown> => api('POST', 'secret/data/tallystick', { data });

before(async () => {
  if (skip !== undefined) return;
  port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address() as { port: number };
      server.close(() => resolve(free));
    });
  });
  address = `http://127.0.0.1:${port}`;
  await startBao();
});
after(async () => {
  if (skip === undefined) await stopBao();
});

/** The flags of an AppRole. */
async function appRole(): Promise<string[]> {
  const { data: role } = (await api('GET', 'auth/approle/role/ledger/role-id')) as { data: { role_id: string } };
  const { data } = (await api('POST', 'auth/approle/role/ledger/secret-id', {})) as { data: { secret_id: string } };
  const path = join(folder, 'secret-id');
  writeFileSync(path, data.secret_id);
  return ['--vault-address', address, '--vault-role-id', role.role_id, '--vault-secret-id-file', path];
}

function shownName(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', ca }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test('keys and certificates of OpenBao, replaced while the server runs, and kept when it is down', {
  skip,
}, async (t) => {
  const authority = await Authority.make('ours');
  const [first, second] = await Promise.all([authority.sign('first'), authority.sign('second')]);
  await put({ token: SECRET, certificate: first!.cert, key: first!.key });
  const reference = (field: string): string => `vault:secret/tallystick#${field}`;
  const server = await ServedDoors.start(':memory:', [
    ...(await appRole()),
    ...['--vault-refresh', '300ms', '--tokens-static', reference('token'), '--audit-file', 'off'],
    ...['--tls-certificate', reference('certificate'), '--tls-key', reference('key')],
  ]);
  t.after(() => server.end());
  const access = { token: SECRET, tls: { ca: authority.cert } };
  assert.deepEqual(await welcome('http', server.urls.http, access, 1n), ['ok', 'ok']);
  assert.equal(await shownName(server.urls.http, authority.cert), 'first');

  await put({ token: SECRET, certificate: second!.cert, key: second!.key });
  let shown = '';
  // Longer than the token of the AppRole lives, so that it was renewed and asked for again.
  for (let waited = 0; waited < 15_000 && (shown !== 'second' || waited < 5000); waited += 250) {
    await sleep(250);
    shown = await shownName(server.urls.http, authority.cert);
  }
  assert.equal(shown, 'second');
  assert.doesNotMatch(server.log(), /cannot be read/);

  await stopBao();
  for (let waited = 0; !server.log().includes('the last values stay in force'); waited += 100) {
    assert.ok(waited < 10_000, 'nobody is told that secrets cannot be read');
    await sleep(100);
  }
  assert.deepEqual(await welcome('http', server.urls.http, access, 2n), ['ok', 'ok']);
  assert.ok(!server.log().includes(SECRET));
  await assert.rejects(
    ServedDoors.start(':memory:', [
      '--vault-address',
      address,
      '--vault-token-file',
      join(folder, 'secret-id'),
      '--tokens-static',
      reference('token'),
    ]),
    /unreachable/,
  );
  await startBao();
});

test('a secret that is not there, or that the role may not read, starts nothing', { skip }, async () => {
  await put({ token: SECRET });
  const path = join(folder, 'root');
  writeFileSync(path, ROOT);
  const flags = ['--vault-address', address, '--vault-token-file', path, '--tokens-static'];
  await assert.rejects(
    ServedDoors.start(':memory:', [...flags, 'vault:secret/tallystick#nothing']),
    /no text in its field nothing/,
  );
  await assert.rejects(ServedDoors.start(':memory:', [...flags, 'vault:secret/elsewhere#token']), /status 404/);
  writeFileSync(path, 'another token');
  await assert.rejects(ServedDoors.start(':memory:', [...flags, 'vault:secret/tallystick#token']), /was refused/);
});

test('heads of the audit trail are signed by a key that is not here, and a forger with the other key is seen', {
  skip,
}, async () => {
  await api('POST', 'sys/mounts/transit', { type: 'transit' });
  await api('POST', 'transit/keys/audit', { type: 'ed25519' });
  const ledger = join(folder, 'signed');
  const trail = join(ledger, 'audit', 'audit.jsonl');
  const server = await ServedDoors.start(ledger, [
    ...(await appRole()),
    ...['--tokens-static', SECRET, '--audit-transit', 'transit/audit', '--audit-anchor', '200ms'],
  ]);
  const signer = join(folder, 'signer.json');
  for (const id of [1n, 2n]) {
    assert.deepEqual(await welcome('http', server.urls.http, { token: SECRET }, id), ['ok', 'ok']);
    const before = server.log().length;
    for (let waited = 0; !server.log().slice(before).includes('"signature":"vault:v'); waited += 100) {
      assert.ok(waited < 10_000, `no signed head: ${server.log()}`);
      await sleep(100);
    }
    await api('POST', 'transit/keys/audit/rotate', {});
  }
  writeFileSync(signer, JSON.stringify(await api('GET', 'transit/keys/audit')));
  await stopBao();
  assert.deepEqual(await welcome('http', server.urls.http, { token: SECRET }, 3n), ['ok', 'ok']);
  for (let waited = 0; !server.log().includes('could not be signed'); waited += 100) {
    assert.ok(waited < 10_000, 'nobody is told that a head could not be signed');
    await sleep(100);
  }
  assert.equal(await server.end(), 0);
  await startBao();
  const verified = (...args: string[]): { code: number | null; out: string } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'audit', 'verify', trail, ...args], {
      encoding: 'utf8',
    });
    return { code: status, out: stdout + stderr };
  };
  const good = verified('--signer', signer);
  assert.equal(good.code, 0, good.out);

  const before = readFileSync(trail, 'utf8');
  const key = auditKey(readFileSync(`${trail}.key`, 'utf8').trim());
  const lines = before.trimEnd().split('\n');
  const records = lines.flatMap((line) => (JSON.parse(line) as { records: { kind: string }[] }).records);
  rmSync(trail);
  const forged = new AuditTrail(trail, key, () => {});
  for (const record of records) {
    forged.add(record.kind === 'write' ? { ...record, sub: 'somebody else' } : record);
    forged.flush();
  }
  forged.close();
  assert.equal(verified().code, 0);
  const seen = verified('--signer', signer);
  assert.equal(seen.code, 1);
  assert.match(seen.out, /^rewritten .*the signer/m);
  writeFileSync(trail, before.replaceAll('vault:v1:', 'vault:v2:'));
  assert.equal(verified('--signer', signer).code, 1);
});

test('the account of a pod logs in with the token of its file, which is read each time', { skip }, async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  // Kubernetes itself is not here: the method that asks for the same and knows the key.
  await api('POST', 'sys/auth/kubernetes', { type: 'jwt' });
  await api('POST', 'auth/kubernetes/config', { jwt_validation_pubkeys: [await exportSPKI(publicKey)] });
  const role = {
    role_type: 'jwt',
    user_claim: 'sub',
    bound_audiences: ['bao'],
    token_policies: 'ledger',
    token_ttl: '2s',
  };
  await api('POST', 'auth/kubernetes/role/ledger', role);
  await put({ token: SECRET });
  const path = join(folder, 'pod-token');
  const flags = [
    ...['--vault-address', address, '--vault-kubernetes-role', 'ledger', '--vault-kubernetes-token-file', path],
    ...['--vault-refresh', '300ms', '--tokens-static', 'vault:secret/tallystick#token', '--audit-file', 'off'],
  ];
  writeFileSync(path, 'no token');
  await assert.rejects(ServedDoors.start(':memory:', flags), /unreachable/);
  const token = new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).setSubject('system:serviceaccount:bank:ledger');
  writeFileSync(path, await token.setAudience('bao').setIssuedAt().setExpirationTime('10m').sign(privateKey));
  const server = await ServedDoors.start(':memory:', flags);
  assert.deepEqual(await welcome('http', server.urls.http, { token: SECRET }, 1n), ['ok', 'ok']);
  await sleep(3000);
  assert.doesNotMatch(server.log(), /cannot be read/);
  await server.end();
});

test('secrets of files and variables, which no command prints', async () => {
  const path = join(folder, 'token');
  writeFileSync(path, `${SECRET}\n`);
  const [ours, other] = [`file:${path}`, 'env:LEDGER_TOKEN'];
  for (const [reference, environment] of [
    [ours, {}],
    [other, { LEDGER_TOKEN: SECRET }],
  ] as const) {
    const server = await ServedDoors.start(':memory:', ['--tokens-static', reference], environment);
    assert.deepEqual(await welcome('http', server.urls.http, { token: SECRET }, 1n), ['ok', 'ok']);
    assert.equal((await welcome('http', server.urls.http, { token: reference }, 1n))[0], 'unauthenticated');
    await server.end();
    assert.ok(!server.log().includes(SECRET));
    const { stdout } = spawnSync(process.execPath, [main, 'config', '--tokens-static', reference], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...environment },
    });
    assert.match(stdout, /tokens\.static +\(set\)/);
    assert.ok(!stdout.includes(SECRET));
  }
  await assert.rejects(ServedDoors.start(':memory:', ['--tokens-static', 'env:NOT_SET_ANYWHERE']), /is not set/);
  await assert.rejects(ServedDoors.start(':memory:', ['--tokens-static', 'file:/nowhere']), /cannot be read/);
});
