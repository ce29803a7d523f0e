/** Keys of tokens that are withdrawn, that come, and that cannot be had. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { TallystickError } from 'tallystick/internal/model';
import { isOver, watchExpiry } from './expiry.ts';
import { KeySet } from './key-set.ts';
import { JwtAuthenticator } from './tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-'));
after(() => rmSync(folder, { recursive: true }));

interface Pair {
  readonly jwk: JWK;
  readonly token: () => Promise<string>;
}

async function pair(kid: string): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const sign = (key: CryptoKey): Promise<string> =>
    new SignJWT({ role: 'read' })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setSubject('reader')
      .setIssuer('i')
      .setAudience('a')
      .setExpirationTime('10m')
      .sign(key);
  return { jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' }, token: () => sign(privateKey) };
}

const one = await pair('one');
const two = await pair('two');
const unauthenticated = { code: 'unauthenticated' };

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 20) {
    assert.ok(waited < 10_000, 'it does not become so');
    await sleep(20);
  }
}

const takes = async (jwt: JwtAuthenticator, { token }: Pair): Promise<boolean> =>
  jwt.authenticate(await token()).then(
    () => true,
    () => false,
  );

test('a key that leaves the file opens no door any more, and whoever came by it is asked to go', async () => {
  const file = join(folder, 'keys.json');
  const write = (...pairs: Pair[]): void => {
    writeFileSync(`${file}.new`, JSON.stringify({ keys: pairs.map(({ jwk }) => jwk) }));
    renameSync(`${file}.new`, file);
  };
  write(one, two);
  const problems: TallystickError[] = [];
  const jwt = new JwtAuthenticator({
    keys: { file },
    issuer: 'i',
    audience: 'a',
    report: (error) => problems.push(error),
  });
  const gone: string[] = [];
  const [first, second] = await Promise.all([one, two].map(async ({ token }) => jwt.authenticate(await token())));
  watchExpiry(first!.expiry, { expire: () => gone.push('one') });
  watchExpiry(second!.expiry, { expire: () => gone.push('two') });
  write(two);
  await until(() => gone.length > 0);
  assert.deepEqual(gone, ['one']);
  assert.deepEqual([isOver(first!.expiry), isOver(second!.expiry)], [true, false]);
  await assert.rejects(jwt.authenticate(await one.token()), unauthenticated);
  assert.ok(await takes(jwt, two));
  // Half a file, or none: what was good stays.
  writeFileSync(file, '{"keys": [');
  await until(() => problems.length > 0);
  assert.match(problems[0]!.message, /keys\.json cannot be used/);
  assert.ok(await takes(jwt, two));
  write(one);
  await until(() => takes(jwt, one));
  await assert.rejects(jwt.authenticate(await two.token()), unauthenticated);
  jwt.close();
});

async function published(
  answer: (response: ServerResponse) => void,
): Promise<{ server: Server; url: URL; asked: () => number }> {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked++;
    answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`),
    asked: () => asked,
  };
}

test('keys that are published: a new one is believed soon, a withdrawn one not, and an issuer that is down changes nothing', async () => {
  let keys = [one.jwk];
  let status = 200;
  const { server, url, asked } = await published((response) =>
    response.writeHead(status).end(JSON.stringify({ keys })),
  );
  const problems: string[] = [];
  const report = ({ message }: TallystickError): void => void problems.push(message);
  const jwt = new JwtAuthenticator({ keys: url, issuer: 'i', audience: 'a', report });
  const identity = await jwt.authenticate(await one.token());
  keys = [two.jwk];
  await sleep(1100);
  assert.ok(await takes(jwt, two));
  assert.ok(isOver(identity.expiry));
  await assert.rejects(jwt.authenticate(await one.token()), unauthenticated);
  status = 503;
  await sleep(1100);
  const before = asked();
  for (let i = 0; i < 50; i++) assert.equal(await takes(jwt, one), false);
  assert.ok(asked() - before <= 2, `${asked() - before} questions`);
  assert.ok(await takes(jwt, two));
  assert.match(problems[0]!, /status 503/);
  jwt.close();
  server.close();
});

test('an answer without end is not read to its end', async () => {
  let sent = 0;
  const chunk = Buffer.alloc(65_536, 0x20);
  const { server, url } = await published((response) => {
    const go = (): void => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length;
    };
    response.on('drain', go).on('error', () => {});
    go();
  });
  const problems: string[] = [];
  const report = ({ message }: TallystickError): void => void problems.push(message);
  const jwt = new JwtAuthenticator({ keys: url, issuer: 'i', audience: 'a', report });
  assert.equal(await takes(jwt, one), false);
  assert.match(problems[0]!, /more than 524288 bytes/);
  assert.ok(sent < 64 * 2 ** 20, `${sent} bytes`);
  jwt.close();
  server.closeAllConnections();
  server.close();
});

test('an answer that comes a byte at a time is not waited for', async () => {
  const { server, url } = await published((response) => {
    response.on('error', () => {});
    const timer = setInterval(() => response.write(' '), 20);
    response.once('close', () => clearInterval(timer));
  });
  const problems: string[] = [];
  const keys = new KeySet(url, ({ message }) => void problems.push(message), 300);
  const began = performance.now();
  await keys.refresh();
  assert.ok(performance.now() - began < 5000);
  assert.match(problems[0]!, /timeout/);
  keys.close();
  server.closeAllConnections();
  server.close();
});

test('a token has a longest life', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = { keys: [await exportJWK(publicKey)] };
  const jwt = new JwtAuthenticator({ keys, issuer: 'i', audience: 'a', lifeMsMax: 3_600_000 });
  const token = (exp: number): Promise<string> =>
    new SignJWT({ role: 'read' })
      .setProtectedHeader({ alg: 'ES256' })
      .setSubject('x')
      .setIssuer('i')
      .setAudience('a')
      .setExpirationTime(exp)
      .sign(privateKey);
  const now = Math.floor(Date.now() / 1000);
  await jwt.authenticate(await token(now + 3590));
  for (const exp of [now + 3610, 1e15]) {
    await assert.rejects(jwt.authenticate(await token(exp)), ({ message, cause }: TallystickError) => {
      assert.doesNotMatch(message, /lives/);
      assert.match((cause as Error).message, /the token is good for more than 3600000 ms/);
      return true;
    });
  }
});
