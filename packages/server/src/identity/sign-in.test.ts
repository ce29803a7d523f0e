/** Signing in at an issuer that keeps to the rules, and at one that breaks each of them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { SEED_MS, SignIn } from './sign-in.ts';

const CLIENT = 'console';
const SECRET = 'a secret: of the test';
const BACK = new URL('http://127.0.0.1:1/console/signed-in');

/** What an issuer does wrong. */
interface Wrongs {
  readonly nonce?: string;
  readonly audience?: string;
  readonly issuer?: string;
  readonly expiry?: string;
  readonly foreignKey?: true;
  readonly noIdToken?: true;
  readonly status?: number;
  readonly refusal?: string;
}

/** One that answers as RFC 6749 and OpenID Connect have it, but for its wrongs. */
class Issuer {
  readonly server: Server = createServer((request, response) => void this.#answer(request, response));
  wrongs: Wrongs = {};
  nonce = '';
  challenge = '';
  readonly #used = new Set<string>();
  #key: CryptoKey | undefined;
  #foreign: CryptoKey | undefined;
  #jwk: JWK | undefined;

  async listen(): Promise<void> {
    const [own, foreign] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
    this.#key = own.privateKey;
    this.#foreign = foreign.privateKey;
    this.#jwk = { ...(await exportJWK(own.publicKey)), alg: 'ES256', use: 'sig', kid: 'one' };
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status = 200, refusal } = this.wrongs;
    const isToken = request.url === '/token';
    const told = isToken && refusal !== undefined ? { error: refusal } : await this.#told(request);
    response.writeHead(isToken && refusal !== undefined ? 400 : status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(told));
  }

  async #told(request: IncomingMessage): Promise<object> {
    const { url } = this;
    if (request.url === '/.well-known/openid-configuration') {
      return {
        issuer: url,
        authorization_endpoint: `${url}/auth`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/jwks`,
        end_session_endpoint: `${url}/end`,
        response_types_supported: ['code'],
        id_token_signing_alg_values_supported: ['ES256'],
      };
    }
    if (request.url === '/jwks') return { keys: [this.#jwk] };
    const form = new URLSearchParams((await request.toArray()).join(''));
    const basic = [CLIENT, SECRET].map((text) => encodeURIComponent(text).replaceAll('%20', '+')).join(':');
    assert.equal(request.headers.authorization, `Basic ${Buffer.from(basic).toString('base64')}`);
    if (form.get('grant_type') === 'refresh_token') {
      assert.equal(form.get('refresh_token'), 'refresh');
      return { access_token: 'next', token_type: 'Bearer', expires_in: 300 };
    }
    const code = form.get('code')!;
    const digest = createHash('sha256').update(form.get('code_verifier')!).digest('base64url');
    assert.equal(digest, this.challenge, 'the verifier is that of the challenge');
    assert.equal(form.get('redirect_uri'), BACK.href);
    assert.ok(!this.#used.has(code));
    this.#used.add(code);
    const tokens = { access_token: 'access', token_type: 'Bearer', expires_in: 300, refresh_token: 'refresh' };
    return this.wrongs.noIdToken === true ? tokens : { ...tokens, id_token: await this.#idToken() };
  }

  #idToken(): Promise<string> {
    const { nonce = this.nonce, audience = CLIENT, issuer = this.url, expiry = '5m', foreignKey } = this.wrongs;
    return new SignJWT({ nonce })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setSubject('alice')
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(expiry)
      .sign(foreignKey === true ? this.#foreign! : this.#key!);
  }
}

const issuer = new Issuer();
before(() => issuer.listen());
after(() => {
  issuer.server.closeAllConnections();
  issuer.server.close();
});

let codes = 0;

/** A person that goes to the issuer, and the address with which it is sent back. */
async function comeBack(signIn: SignIn): Promise<{ seed: string; came: URL; asked: URLSearchParams }> {
  const { address, seed } = await signIn.begin(BACK);
  const asked = address.searchParams;
  issuer.nonce = asked.get('nonce')!;
  issuer.challenge = asked.get('code_challenge')!;
  const came = new URL(BACK);
  codes += 1;
  came.searchParams.set('code', `code-${codes}`);
  came.searchParams.set('state', asked.get('state')!);
  return { seed, came, asked };
}

function signInAt(now?: () => number): SignIn {
  issuer.wrongs = {};
  return new SignIn({
    issuer: new URL(issuer.url),
    client: CLIENT,
    secret: SECRET,
    scope: 'openid',
    ...(now === undefined ? {} : { now }),
  });
}

test('a person signs in, and its token is renewed; what the browser carries is of no use to others', async () => {
  const signIn = signInAt();
  const { seed, came, asked } = await comeBack(signIn);
  assert.equal(asked.get('code_challenge_method'), 'S256');
  assert.equal(asked.get('redirect_uri'), BACK.href);
  const granted = await signIn.finish(seed, came);
  assert.deepEqual([granted.token, granted.refresh], ['access', 'refresh']);
  assert.ok(Math.abs(granted.expires! - Date.now() - 300_000) < 60_000);
  const next = await signIn.renew(granted);
  assert.deepEqual([next.token, next.refresh, next.idToken], ['next', 'refresh', granted.idToken]);
  const leave = (await signIn.leave(granted.idToken, BACK))!;
  assert.equal(leave.searchParams.get('id_token_hint'), granted.idToken);
  assert.equal(leave.searchParams.get('post_logout_redirect_uri'), BACK.href);
  const other = await comeBack(signIn);
  assert.notEqual(other.asked.get('state'), asked.get('state'));
  assert.notEqual(other.asked.get('code_challenge'), asked.get('code_challenge'));
});

test('a browser that did not begin here is turned away, and so is one that took too long', async () => {
  let now = Date.now();
  const signIn = signInAt(() => now);
  const first = await comeBack(signIn);
  const second = await comeBack(signIn);
  const refused = { code: 'unauthenticated' };
  await assert.rejects(signIn.finish(undefined, first.came), refused, 'without a cookie');
  await assert.rejects(signIn.finish(first.seed, second.came), refused, "with the state of another's sign-in");
  await assert.rejects(signIn.finish('zzz.guessed', first.came), refused, 'with a seed from the future');
  const elsewhere = new SignIn({ issuer: new URL(issuer.url), client: CLIENT, secret: SECRET, scope: 'openid' });
  await assert.rejects(elsewhere.finish(first.seed, first.came), refused, 'at another server');
  const third = await comeBack(signIn);
  now += SEED_MS;
  await assert.rejects(signIn.finish(third.seed, third.came), refused, 'after too long');
});

test('an issuer that breaks a rule signs nobody in', async () => {
  const wrongs: readonly Wrongs[] = [
    { nonce: 'of another sign-in' },
    { audience: 'another client' },
    { issuer: 'https://elsewhere.example' },
    { expiry: '-5m' },
    { foreignKey: true },
    { noIdToken: true },
    { refusal: 'invalid_grant' },
  ];
  const signIn = signInAt();
  for (const wrong of wrongs) {
    const { seed, came } = await comeBack(signIn);
    issuer.wrongs = wrong;
    await assert.rejects(signIn.finish(seed, came), { code: 'unauthenticated' }, JSON.stringify(wrong));
  }
  const { seed, came } = await comeBack(signIn);
  came.searchParams.set('error', 'access_denied');
  await assert.rejects(signIn.finish(seed, came), { code: 'unauthenticated' }, 'the person said no');
});

test('an issuer that is away is told from one that says no, and is asked again', async () => {
  const signIn = signInAt();
  issuer.wrongs = { status: 503 };
  await assert.rejects(signIn.begin(BACK), { code: 'unreachable', retriable: true });
  issuer.wrongs = {};
  const { seed, came } = await comeBack(signIn);
  const granted = await signIn.finish(seed, came);
  issuer.wrongs = { status: 503 };
  await assert.rejects(signIn.renew(granted), { code: 'unreachable' });
  issuer.wrongs = { refusal: 'invalid_grant' };
  await assert.rejects(signIn.renew(granted), { code: 'unauthenticated' });
  await assert.rejects(signIn.renew({ refresh: undefined, idToken: undefined }), { code: 'unauthenticated' });
  const nobody = new SignIn({ issuer: new URL('http://127.0.0.1:1'), client: CLIENT, scope: 'openid' });
  await assert.rejects(nobody.begin(BACK), { code: 'unreachable' });
});

test('an issuer beyond this machine is asked over https alone', () => {
  const options = { client: CLIENT, scope: 'openid' };
  assert.throws(() => new SignIn({ ...options, issuer: new URL('http://issuer.example') }), {
    code: 'invalid_argument',
  });
  assert.ok(new SignIn({ ...options, issuer: new URL('https://issuer.example') }));
});
