/** An authority that lies: nothing that it says is believed further than a certificate needs. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as x509 from '@peculiar/x509';
import { Authority } from '../../../../test/support/access.ts';
import { waitOf } from './authority.ts';
import { CertificateKeeper, dueOf } from './keeper.ts';
import { ALGORITHM, makePair, nameOf, reverseName } from './pair.ts';
import { certificateId, wishFor } from './renewal.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-acme-'));
after(() => rmSync(folder, { recursive: true }));
const ours = await Authority.make('hostile');
const { cert, key } = await ours.sign('somebody');

type Said = { status?: number; body?: unknown; headers?: Record<string, string> };
/** What it says at each path; left out: what an honest one would. */
type Lies = Readonly<Record<string, (base: string) => Said>>;

const honest: Lies = {
  '/dir': (base) => ({
    body: { newNonce: `${base}/nonce`, newAccount: `${base}/account`, newOrder: `${base}/order` },
  }),
  '/nonce': () => ({}),
  '/account': (base) => ({ status: 201, headers: { location: `${base}/account/1` }, body: {} }),
  '/order': (base) => ({
    status: 201,
    headers: { location: `${base}/order/1` },
    body: { status: 'pending', authorizations: [`${base}/authorization`], finalize: `${base}/finalize` },
  }),
  '/authorization': () => ({ body: { status: 'valid' } }),
  '/finalize': () => ({ body: { status: 'processing' } }),
  '/order/1': (base) => ({ body: { status: 'valid', certificate: `${base}/certificate` } }),
  '/certificate': () => ({ body: cert }),
};

async function lying(lies: Lies): Promise<{ server: Server; base: string }> {
  let nonces = 0;
  const server = createServer((request, response) => {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { status = 200, body, headers } = (lies[request.url!] ?? honest[request.url!])!(base);
    request.resume();
    response.writeHead(status, { 'replay-nonce': `nonce-${++nonces}`, ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { server, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

let tries = 0;
async function had(lies: Lies): Promise<void> {
  const { server, base } = await lying(lies);
  const own = join(folder, String(++tries));
  try {
    const keeper = await CertificateKeeper.open(
      { directory: `${base}/dir`, names: ['127.0.0.1'], folder: own, challenge: 'http-01', host: '127.0.0.1', port: 0 },
      { renewed: () => {}, problem: () => {} },
    );
    keeper.close();
  } finally {
    server.closeAllConnections();
    server.close();
    assert.deepEqual(readdirSync(own), ['account.pem'], 'nothing of it was written down');
  }
}

const challenge = (fields: object): Lies => ({
  '/authorization': () => ({
    body: { status: 'pending', identifier: { type: 'ip', value: '127.0.0.1' }, challenges: [fields] },
  }),
});
const foreignKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

const cases: readonly (readonly [what: string, lies: Lies, why: RegExp])[] = [
  ['a directory that is no JSON', { '/dir': () => ({ body: '<html>' }) }, /no JSON object/],
  [
    'a directory that sends elsewhere',
    { '/dir': () => ({ status: 302, headers: { location: '/' } }) },
    /refuses its directory/,
  ],
  [
    'addresses without https',
    {
      '/order': () => ({ headers: { location: 'http://10.0.0.1/x' }, body: { authorizations: ['http://10.0.0.1/x'] } }),
    },
    /neither https nor on this machine/,
  ],
  [
    'addresses of files',
    {
      '/account': () => ({ headers: { location: 'x' } }),
      '/order': () => ({
        headers: { location: 'file:///etc/passwd' },
        body: { authorizations: ['file:///etc/passwd'] },
      }),
    },
    /neither https/,
  ],
  ['an answer without end', { '/dir': () => ({ body: 'x'.repeat(300_000) }) }, /more than 262144 characters/],
  ['no nonce', { '/nonce': () => ({ headers: { 'replay-nonce': '' } }), '/account': () => ({}) }, /gives no nonce/],
  [
    'nonces that are never good',
    { '/account': () => ({ status: 400, body: { type: 'urn:ietf:params:acme:error:badNonce' } }) },
    /badNonce/,
  ],
  ['an account without an address', { '/account': () => ({ body: {} }) }, /account has no address/],
  [
    'ten thousand authorizations',
    {
      '/order': (base) => ({
        headers: { location: base },
        body: { authorizations: Array.from({ length: 10_000 }, () => base) },
      }),
    },
    /no list of authorizations/,
  ],
  [
    'a question about another name',
    {
      '/authorization': () => ({ body: { status: 'pending', identifier: { value: 'bank.example' }, challenges: [] } }),
    },
    /not ordered/,
  ],
  ['a token that is a path', challenge({ type: 'http-01', url: 'x', token: '../../etc/passwd' }), /has no token/],
  [
    'a challenge that we do not know',
    challenge({ type: 'dns-01', url: 'x', token: 'x' }),
    /offers dns-01 and no http-01/,
  ],
  [
    'an order that fails',
    { '/order/1': () => ({ body: { status: 'invalid', error: { type: 'x', detail: 'no' } } }) },
    /refuses the order \(x: no\)/,
  ],
  ['a certificate of somebody else', {}, /is for another key/],
  ['no certificate', { '/certificate': () => ({ body: 'nothing' }) }, /no chain of certificates/],
  [
    'a key in place of a certificate',
    { '/certificate': () => ({ body: foreignKey().export({ type: 'pkcs8', format: 'pem' }) }) },
    /no chain of certificates/,
  ],
  ['a key before its certificate', { '/certificate': () => ({ body: `${key}${cert}` }) }, /is for another key/],
  ['a chain of a thousand', { '/certificate': () => ({ body: cert.repeat(100) }) }, /no chain of certificates/],
];

for (const [what, lies, why] of cases) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(had(lies), (error: Error & { code: string }) => {
      assert.equal(error.code, 'unreachable');
      assert.match(error.message, why);
      return true;
    });
  });
}

test('the account keeps its key, and a key that cannot be read is not written over', async () => {
  await assert.rejects(
    had({ '/order': () => ({ status: 429, body: { type: 'urn:ietf:params:acme:error:rateLimited' } }) }),
    /rateLimited/,
  );
  const path = join(folder, String(tries), 'account.pem');
  assert.match(readFileSync(path, 'utf8'), /^-----BEGIN PRIVATE KEY-----/);
});

test('names as TLS clients ask for them', () => {
  for (const [text, name] of [
    ['ledger.example', 'ledger.example'],
    ['10.0.0.7', '7.0.0.10.in-addr.arpa'],
    ['2001:db8::1', `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`],
    ['::1', `1.${'0.'.repeat(31)}ip6.arpa`],
  ] as const) {
    assert.equal(reverseName(nameOf(text)), name);
  }
});

test('how long an authority wants to be left alone', () => {
  assert.equal(waitOf('7'), 7000);
  assert.equal(waitOf(undefined), 0);
  assert.equal(waitOf('soon'), 0);
  assert.equal(waitOf(new Date(0).toUTCString()), 0);
  assert.ok(waitOf(new Date(Date.now() + 60_000).toUTCString()) > 50_000);
});

/** For a day, and with the name of the key that has signed it, as authorities write them. */
async function named(serial: string): Promise<X509Certificate> {
  const keys = await makePair();
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    keys: keys as never,
    serialNumber: serial,
    notBefore: new Date(),
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: ALGORITHM,
    extensions: [await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey as never)],
  });
  return new X509Certificate(Buffer.from(made.rawData));
}

test('a wish is believed within the life of the certificate, and nonsense is none', async () => {
  const certificate = await named('0a1b');
  const [from, until] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const life = until - from;
  const shareOf = (wish: { start: string; end: string } | undefined): number => {
    const ms = wish && { from: Date.parse(wish.start), until: Date.parse(wish.end), askAgainMs: 1 };
    return (dueOf(certificate, ms) - from) / life;
  };
  const near = (share: number, wanted: number): void => assert.ok(Math.abs(share - wanted) < 1e-6, `${share}`);
  near(shareOf({ start: '1999-01-01T00:00:00Z', end: '1999-01-02T00:00:00Z' }), 0.05);
  near(shareOf({ start: '9999-01-01T00:00:00Z', end: '9999-01-02T00:00:00Z' }), 0.9);
  const half = new Date(from + life / 2).toISOString();
  near(Math.round(shareOf({ start: half, end: half }) * 1000) / 1000, 0.5);
  assert.ok(shareOf(undefined) > 0.6 && shareOf(undefined) < 0.67);
  const wishes: readonly (readonly [said: Said, isWish: boolean])[] = [
    [{ body: { suggestedWindow: { start: half, end: half } }, headers: { 'retry-after': '1' } }, true],
    [{ body: { suggestedWindow: { start: half, end: '1999-01-01T00:00:00Z' } } }, false],
    [{ body: { suggestedWindow: { start: 'soon', end: 'later' } } }, false],
    [{ body: { suggestedWindow: 7 } }, false],
    [{ body: '<html>' }, false],
    [{ body: 'x'.repeat(300_000) }, false],
    [{ status: 404, body: {} }, false],
  ];
  const path = `/wishes/${certificateId(certificate)}`;
  for (const [said, isWish] of wishes) {
    const { server, base } = await lying({
      '/dir': (here) => ({ body: { renewalInfo: `${here}/wishes` } }),
      [path]: () => said,
    });
    const wish = await wishFor(certificate, `${base}/dir`, undefined);
    server.closeAllConnections();
    server.close();
    assert.equal(wish !== undefined, isWish, JSON.stringify(said).slice(0, 100));
    // Nobody has us ask every second.
    if (isWish) assert.equal(wish!.askAgainMs, 60_000);
  }
  const elsewhere = await lying({ '/dir': () => ({ body: { renewalInfo: 'http://10.0.0.1' } }) });
  const nothing = await wishFor(certificate, `${elsewhere.base}/dir`, undefined);
  elsewhere.server.closeAllConnections();
  elsewhere.server.close();
  assert.equal(nothing, undefined);
  // A number that DER would take for a negative one has a zero before it.
  assert.match(certificateId(await named('f00d'))!, /^[\w-]{27}\.APAN$/);
  assert.equal(certificateId(new X509Certificate(cert)), undefined, 'it does not name its authority');
});
