import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, createServer, type Server } from 'node:tls';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { generate } from 'selfsigned';
import { Cells, type Context, Operation, type Port, type TallystickError } from 'tallystick/internal/model';
import { Authority } from '../../../../test/support/access.ts';
import { allowing, checkScope } from './allowing.ts';
import { Certificates } from './certificates.ts';
import { checkExposure } from './exposure.ts';
import { inRole } from './identity.ts';
import { roleScopes, type Scope } from './scopes.ts';
import { bearer, JwtAuthenticator, StaticTokenAuthenticator } from './tokens.ts';

const issuer = 'https://issuer.example';
const audience = 'tallystick';
const { publicKey, privateKey } = await generateKeyPair('ES256');
const keys = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'one' }] };

interface Claims {
  readonly role?: unknown;
  readonly more?: object;
  readonly issuer?: string;
  readonly audience?: string;
  readonly expires?: string;
  readonly key?: typeof privateKey;
}

function token(claims: Claims): Promise<string> {
  return new SignJWT({ ...(claims.role === undefined ? {} : { role: claims.role }), ...claims.more })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setSubject('payments')
    .setIssuer(claims.issuer ?? issuer)
    .setAudience(claims.audience ?? audience)
    .setExpirationTime(claims.expires ?? '1m')
    .sign(claims.key ?? privateKey);
}

test('a good token names subject and role, the highest of several, and until when', async () => {
  const jwt = new JwtAuthenticator({ keys, issuer, audience, toleranceSeconds: 7 });
  const soon = Date.now() + 60_000;
  for (const [role, named] of [
    ['write', 'write'],
    [['read', 'admin'], 'admin'],
  ] as const) {
    const { expiry, ...who } = await jwt.authenticate(await token({ role }));
    assert.deepEqual(who, { subject: 'payments', role: named, scopes: roleScopes[named], shown: 'token' });
    assert.ok(Math.abs(expiry!.expires - soon) < 30_000);
    assert.equal(expiry!.until, expiry!.expires + 7000);
  }
});

test('a token names its tenant, and the scopes of its role that it takes, where that is asked for', async () => {
  const jwt = new JwtAuthenticator({ keys, issuer, audience, tenantClaim: 'org', scopesClaim: 'scope' });
  const cases: readonly [claim: unknown, scopes: readonly Scope[]][] = [
    ['transfers:read accounts:read', ['accounts:read', 'transfers:read']],
    [['transfers:read', 'openid'], ['transfers:read']],
    // The role has no more than reading.
    ['transfers:read transfers:write', ['transfers:read']],
    ['transfers:write', []],
  ];
  for (const [scope, scopes] of cases) {
    const more = { org: 'north', scope };
    const { tenant, scopes: had } = await jwt.authenticate(await token({ role: 'read', more }));
    assert.deepEqual([tenant, [...had]], ['north', scopes]);
  }
  for (const more of [{ org: 'north' }, { org: 'north', scope: 'openid' }, { org: 'north', scope: 7 }]) {
    await assert.rejects(jwt.authenticate(await token({ role: 'read', more })), { code: 'unauthenticated' });
  }
  for (const org of [undefined, '', -1, 1.5, 2 ** 20, ['north']]) {
    const more = { org, scope: 'accounts:read' };
    await assert.rejects(jwt.authenticate(await token({ role: 'read', more })), { code: 'unauthenticated' });
  }
});

test('a tenant by number has ledgers of its own', async () => {
  const jwt = new JwtAuthenticator({ keys, issuer, audience, tenantClaim: 'org' });
  const { tenant, ledgers } = await jwt.authenticate(await token({ role: 'read', more: { org: 7 } }));
  assert.deepEqual([tenant, ledgers?.ranges], ['7', [[28_672, 32_767]]]);
});

test('a token that takes no scope to create makes a reader of its caller, who is never urgent', async () => {
  const jwt = new JwtAuthenticator({ keys, issuer, audience, scopesClaim: 'scope' });
  const roleWith = async (scope: string): Promise<string> =>
    (await jwt.authenticate(await token({ role: 'admin', more: { scope } }))).role;
  assert.equal(await roleWith('transfers:read metrics:read'), 'read');
  assert.equal(await roleWith('transfers:read accounts:write'), 'admin');
});

test('a caller has the scopes that its identity names, whatever its role', async () => {
  const port: Port = {
    eventsMax: 8189,
    request: async ({ read }) => read(Cells.none, 0, 0),
    close: () => Promise.resolve(),
  };
  const denied: string[] = [];
  const scopes = new Set<Scope>(['transfers:write']);
  const identity = {
    ...inRole('till', 'admin', 'token'),
    scopes,
    denied: (reason: string): void => void denied.push(reason),
  };
  const till = allowing(identity)(port);
  await till.request(asked(Operation.create_transfers));
  const refused = till.request(asked(Operation.lookup_transfers));
  const message = 'till lacks the scope transfers:read; its role is admin';
  await assert.rejects(refused, { code: 'forbidden', message });
  assert.throws(() => checkScope(identity, 'metrics:read'), { code: 'forbidden' });
  assert.equal(denied.length, 2);
  checkScope(inRole('scraper', 'read', 'token'), 'metrics:read');
});

test('an expired token is told to be one', async () => {
  const jwt = new JwtAuthenticator({ keys, issuer, audience });
  const late = await token({ role: 'write', expires: '-6s' });
  await assert.rejects(jwt.authenticate(late), { code: 'unauthenticated', message: /expired.*fresh/ });
  const { expiry } = await jwt.authenticate(await token({ role: 'write', expires: '-1s' }));
  assert.ok(expiry!.expires < Date.now() && Date.now() < expiry!.until);
});

test('no other token gets in', async () => {
  const jwt = new JwtAuthenticator({ keys, issuer, audience });
  const stranger = (await generateKeyPair('ES256')).privateKey;
  const good = await token({ role: 'write' });
  const [head, body] = good.split('.');
  const secret = await new SignJWT({ role: 'admin' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('x')
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime('1m')
    .sign(new TextEncoder().encode(JSON.stringify(keys.keys[0])));
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
  const wrong = [
    undefined,
    '',
    'x'.repeat(9000),
    'a.b.c',
    none,
    secret,
    `${head}.${body}.`,
    await token({}),
    await token({ role: 'root' }),
    await token({ role: 'write', issuer: 'https://other.example' }),
    await token({ role: 'write', audience: 'other' }),
    await token({ role: 'write', expires: '-1m' }),
    await token({ role: 'write', key: stranger }),
  ];
  for (const one of wrong) await assert.rejects(jwt.authenticate(one), { code: 'unauthenticated' });
  assert.throws(() => new JwtAuthenticator({ keys: new URL('http://keys.example/jwks'), issuer, audience }), {
    code: 'invalid_argument',
  });
});

test('a static token is long, and only itself', async () => {
  assert.throws(() => new StaticTokenAuthenticator('short'), { code: 'invalid_argument' });
  const fixed = new StaticTokenAuthenticator('sixteen-characters', 'read');
  assert.equal((await fixed.authenticate('sixteen-characters')).role, 'read');
  for (const wrong of [undefined, '', 'sixteen-character', 'sixteen-characters ']) {
    await assert.rejects(fixed.authenticate(wrong), { code: 'unauthenticated' });
  }
  assert.equal(bearer('Bearer abc.def'), 'abc.def');
  for (const wrong of [undefined, '', 'abc', 'Basic abc', 'Bearer ', 'Bearer a b'])
    assert.equal(bearer(wrong), undefined);
});

const nothing = (): void => {};
const asked = (operation: Operation, context: Context = {}) => {
  return { operation, count: 1, write: nothing, read: nothing, context };
};

test('a role does what it allows and no more', async () => {
  const seen: (string | undefined)[] = [];
  const port: Port = {
    eventsMax: 8189,
    request: async ({ read, context }) => {
      seen.push(context.role);
      return read(Cells.none, 0, 0);
    },
    close: () => Promise.resolve(),
  };
  const reader = allowing(inRole('auditor', 'read', 'token'))(port);
  await reader.request(asked(Operation.query_transfers, { role: 'admin' }));
  for (const operation of [Operation.create_transfers, Operation.create_accounts, Operation.pulse, 999 as Operation]) {
    await assert.rejects(reader.request(asked(operation)), { code: 'forbidden' });
  }
  const writer = allowing(inRole('payments', 'write', 'token'))(port);
  await writer.request(asked(Operation.create_transfers));
  await assert.rejects(writer.request(asked(Operation.pulse)), { code: 'forbidden' });
  assert.deepEqual(seen, ['read', 'write']);
});

test('nothing listens to strangers', () => {
  const open = { tls: false, clientCertificates: false, tokens: false };
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) checkExposure({ host, ...open });
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'ledger.example', '127.evil.example', '']) {
    assert.throws(() => checkExposure({ host, ...open }), { code: 'invalid_argument' });
    assert.throws(() => checkExposure({ host, ...open, tokens: true }), { code: 'invalid_argument' });
    assert.throws(() => checkExposure({ host, ...open, tls: true }), { code: 'invalid_argument' });
    checkExposure({ host, tls: true, clientCertificates: false, tokens: true });
    checkExposure({ host, tls: true, clientCertificates: true, tokens: false });
  }
});

/** The name in the certificate that the server shows. */
function shown(server: Server): Promise<string> {
  const { port } = server.address() as { port: number };
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test('new certificates are taken without a restart, bad ones are reported and the old stay; open connections live on', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const put = async (name: string): Promise<void> => {
    const pair = await generate([{ name: 'commonName', value: name }], { keySize: 2048 });
    writeFileSync(files.certificate, pair.cert);
    writeFileSync(files.key, pair.private);
  };
  await assert.rejects(Certificates.load(files, { problem: () => {} }), { code: 'invalid_argument' });
  await put('first.example');
  const problems: TallystickError[] = [];
  const certificates = await Certificates.load(files, { problem: (problem) => problems.push(problem) });
  t.after(() => certificates.close());
  const server = createServer(certificates.options, (socket) => socket.pipe(socket));
  certificates.serve(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  assert.equal(await shown(server), 'first.example');
  const { port } = server.address() as { port: number };
  const old = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  t.after(() => old.destroy());
  await new Promise((resolve) => old.once('secureConnect', resolve));

  await put('second.example');
  const until = performance.now() + 5000;
  while ((await shown(server)) !== 'second.example' && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(await shown(server), 'second.example');
  writeFileSync(files.key, 'no key');
  await certificates.reload();
  assert.equal(await shown(server), 'second.example');
  assert.ok(problems.length > 0);
  const echo = new Promise((resolve) => old.once('data', (data) => resolve(String(data))));
  old.write('still here');
  assert.equal(await echo, 'still here');
});

test('a subject that would write on the terminal of whoever reads the error is shown harmlessly', async () => {
  const denied: string[] = [];
  const subject = 'eve\r\n{"level":"fatal"}\u001b[31m';
  const port = allowing({ ...inRole(subject, 'read', 'token'), denied: (reason) => denied.push(reason) })({} as Port);
  const refused = port.request(asked(Operation.create_accounts));
  await assert.rejects(refused, {
    code: 'forbidden',
    message: 'eve??{"level":"fatal"}?[31m lacks the scope accounts:write; its role is read',
  });
  assert.equal(denied.length, 1);
});

test('a server that speaks TLS 1.2 offers no cipher without forward secrecy and a checksum of its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-'));
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'x' }], { algorithm: 'sha256' });
  const files = { certificate: join(folder, 'cert'), key: join(folder, 'key') };
  writeFileSync(files.certificate, cert);
  writeFileSync(files.key, key);
  const certificates = await Certificates.load(files, { problem: () => {} });
  const server = createServer(certificates.options);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const offered = (ciphers: string): Promise<boolean> =>
    new Promise((resolve) => {
      const options = {
        port,
        host: '127.0.0.1',
        ca: cert,
        ciphers,
        maxVersion: 'TLSv1.2' as const,
        checkServerIdentity: () => undefined,
      };
      const socket = connect(options, () => {
        resolve(true);
        socket.destroy();
      });
      socket.on('error', () => resolve(false));
    });
  assert.deepEqual(
    [
      await offered('ECDHE-RSA-AES128-GCM-SHA256'),
      await offered('ECDHE-RSA-AES128-SHA'),
      await offered('ECDHE-RSA-AES256-SHA384'),
      await offered('AES128-GCM-SHA256'),
    ],
    [true, false, false, false],
  );
  server.close();
  certificates.close();
  rmSync(folder, { recursive: true });
});

test('clients whose authority was replaced come again, and are not let in; a certificate that is the same is no reason to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-'));
  const [ours, theirs] = await Promise.all([Authority.make('ours'), Authority.make('theirs')]);
  const [server, client] = await Promise.all([ours.sign('ledger'), ours.sign('client')]);
  const files = { certificate: join(folder, 'cert'), key: join(folder, 'key'), clientAuthority: join(folder, 'ca') };
  writeFileSync(files.certificate, server.cert);
  writeFileSync(files.key, server.key);
  writeFileSync(files.clientAuthority, ours.cert);
  const certificates = await Certificates.load(files, { problem: () => {} });
  const listening = createServer(certificates.options, (socket) => socket.on('error', () => {}).write('hello'));
  certificates.serve(listening);
  listening.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as { port: number };
  /** Resolves to what was heard, and to the end. */
  const come = async (): Promise<{ heard: string; ended: Promise<void> }> => {
    const socket = connect({ port, host: '127.0.0.1', ca: ours.cert, cert: client.cert, key: client.key });
    socket.on('error', () => {});
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const heard = await Promise.race([
      new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data)))),
      ended.then(() => 'nothing'),
    ]);
    return { heard, ended };
  };
  const first = await come();
  assert.equal(first.heard, 'hello');
  let over = false;
  void first.ended.then(() => {
    over = true;
  });
  await certificates.reload();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(over, false);
  writeFileSync(files.clientAuthority, theirs.cert);
  await certificates.reload();
  await first.ended;
  assert.equal((await come()).heard, 'nothing');
  listening.close();
  certificates.close();
  rmSync(folder, { recursive: true });
});
