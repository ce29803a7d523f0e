/** Pages of other origins, as a browser lets them call: it asks first, and looks at what it is told. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { type Authenticator, inRole } from '../../../packages/server/src/identity/index.ts';
import type { HttpOptions } from '../../../packages/server/src/server/index.ts';
import { TallystickError } from '../../../src/model/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { startHttp } from '../../support/http.ts';

const APP = 'https://app.example.com';
const SAFE = new Set(['accept', 'accept-language', 'content-language']);
const authenticator: Authenticator = {
  async authenticate(token) {
    if (token !== 'good') throw new TallystickError('unauthenticated');
    return inRole('somebody', 'write', 'token');
  },
};

interface Call {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

function words(text: string | null): string[] {
  return (text ?? '').split(',').map((word) => word.trim().toLowerCase());
}

/** What a page hears: the answer, or that its browser hides it, or has not even sent the request. */
async function asPage(
  base: string,
  origin: string,
  path: string,
  { method = 'GET', headers = {}, body }: Call,
): Promise<Response | 'not sent' | 'hidden'> {
  const asks = Object.keys(headers).filter((name) => !SAFE.has(name));
  if (asks.length > 0 || !['GET', 'HEAD', 'POST'].includes(method)) {
    const preflight = await fetch(base + path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': asks.join(','),
      },
    });
    const allowed = words(preflight.headers.get('access-control-allow-headers'));
    const fits =
      preflight.ok &&
      preflight.headers.get('access-control-allow-origin') === origin &&
      words(preflight.headers.get('access-control-allow-methods')).includes(method.toLowerCase()) &&
      asks.every((name) => allowed.includes(name));
    if (!fits) return 'not sent';
  }
  const answer = await fetch(base + path, { method, headers: { ...headers, origin }, ...(body ? { body } : {}) });
  return answer.headers.get('access-control-allow-origin') === origin ? answer : 'hidden';
}

const create: Call = {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: 'Bearer good', 'idempotency-key': 'a' },
  body: '{"id":"1","ledger":1,"code":1}',
};

async function withDoor(options: HttpOptions, told: (base: string, ledger: FakePort) => Promise<void>): Promise<void> {
  const ledger = new FakePort();
  const [, base, close] = await startHttp(options, ledger);
  try {
    await told(base, ledger);
  } finally {
    await close();
  }
}

test('by default pages of other origins send nothing that creates, and read nothing', async () => {
  await withDoor({}, async (base, ledger) => {
    assert.equal(await asPage(base, APP, '/v1/accounts', create), 'not sent');
    assert.equal(ledger.sent.length, 0);
    assert.equal(await asPage(base, APP, '/v1/accounts', {}), 'hidden');
    const preflight = { origin: APP, 'access-control-request-method': 'POST' };
    const { status, headers } = await fetch(`${base}/v1/accounts`, { method: 'OPTIONS', headers: preflight });
    assert.deepEqual([status, headers.get('vary')], [405, null]);
  });
});

test('a page of an origin that is listed may do what its token may, and reads refusals, too', async () => {
  await withDoor({ authenticator, origins: ['http://localhost:5173', APP] }, async (base, ledger) => {
    const made = await asPage(base, APP, '/v1/accounts', create);
    assert.ok(made instanceof Response);
    assert.equal(((await made.json()) as { status: string }).status, 'created');
    assert.match(made.headers.get('access-control-expose-headers')!, /Tallystick-Pin/);
    assert.equal(ledger.sent.length, 1);
    const stranger = await asPage(base, APP, '/v1/accounts', {});
    assert.ok(stranger instanceof Response);
    assert.equal(stranger.status, 401);
    const read = await asPage(base, 'http://localhost:5173', '/v1/accounts', { headers: create.headers! });
    assert.ok(read instanceof Response);
    assert.equal(read.status, 200);
    assert.equal(await asPage(base, APP, '/v1/accounts', { ...create, method: 'PUT' }), 'not sent');
  });
});

test('a preflight needs no token, asks the ledger nothing, and tells nothing but what pages may send', async () => {
  await withDoor({ authenticator, origins: [APP] }, async (base, ledger) => {
    for (const path of ['/v1/accounts', '/nowhere']) {
      const preflight = { origin: APP, 'access-control-request-method': 'POST' };
      const { status, headers } = await fetch(base + path, { method: 'OPTIONS', headers: preflight });
      assert.equal(status, 204);
      const own = [...headers.keys()].filter((name) => !['connection', 'date', 'keep-alive'].includes(name));
      assert.deepEqual(own.sort(), [
        'access-control-allow-headers',
        'access-control-allow-methods',
        'access-control-allow-origin',
        'access-control-max-age',
        'vary',
      ]);
      assert.equal(headers.get('access-control-allow-origin'), APP);
    }
    assert.equal(ledger.sent.length, 0);
  });
});

test('every other origin is nobody, however much it looks like one that is listed', async () => {
  await withDoor({ authenticator, origins: [APP] }, async (base, ledger) => {
    for (const origin of [
      'https://evil.example',
      'http://app.example.com',
      'https://app.example.com:8443',
      'https://app.example.com.evil.example',
      'https://evil.example/https://app.example.com',
      'https://APP.example.com',
      `${APP}/`,
      `${APP}, https://evil.example`,
      'null',
      '*',
    ]) {
      assert.equal(await asPage(base, origin, '/v1/accounts', create), 'not sent', origin);
      const headers = { origin, 'access-control-request-method': 'POST' };
      const preflight = await fetch(`${base}/v1/accounts`, { method: 'OPTIONS', headers });
      assert.equal(preflight.status, 401, origin);
      const shown = [...preflight.headers.keys()].filter((name) => name.startsWith('access-control-'));
      assert.deepEqual([shown, preflight.headers.get('vary')], [[], 'Origin'], origin);
    }
    const options = await fetch(`${base}/v1/accounts`, { method: 'OPTIONS', headers: { origin: APP } });
    assert.equal(options.status, 401, 'without a method to ask for it is no preflight');
    assert.equal(ledger.sent.length, 0);
  });
});

test('who asks with preflights alone stays a stranger, and is shown out with the others', {
  timeout: 20_000,
}, async () => {
  await withDoor({ authenticator, origins: [APP], gate: { strangerMs: 300 } }, async (base) => {
    const { hostname, port } = new URL(base);
    const socket = connect(Number(port), hostname);
    const line = `OPTIONS / HTTP/1.1\r\nhost: x\r\norigin: ${APP}\r\naccess-control-request-method: GET\r\n\r\n`;
    let answers = 0;
    socket.on('data', (chunk) => {
      answers += chunk.toString().match(/^HTTP\/1\.1 204/gm)?.length ?? 0;
    });
    const asking = setInterval(() => socket.write(line), 50);
    await new Promise((resolve) => socket.on('error', () => {}).once('close', resolve));
    clearInterval(asking);
    assert.ok(answers > 0);
  });
});
