import assert from 'node:assert/strict';
import { request as ask, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { StaticTokenAuthenticator } from '../../../packages/server/src/identity/index.ts';
import { HttpServer, Ingress } from '../../../packages/server/src/server/index.ts';
import { openMemory } from '../../../src/engine/index.ts';
import { HeldPort } from '../../../testing/ports/held-port.ts';
import { type Answer, call as callAt, startHttp } from '../../support/http.ts';

let server: HttpServer;
let base: string;
let close: () => Promise<void>;

before(async () => {
  [server, base, close] = await startHttp({ limits: { bodyMax: 100_000, helloMs: 300, requestMs: 500 } });
});
after(() => close());

function call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
  return callAt(base, method, path, body, headers);
}

describe('what is refused', () => {
  test('paths, methods, types, bodies', async () => {
    const of = async (...args: Parameters<typeof call>): Promise<[number, string]> => {
      const { status, json } = await call(...args);
      return [status, json.code];
    };
    assert.deepEqual(await of('GET', '/'), [404, 'not_found']);
    assert.deepEqual(await of('GET', '/v1/accounts/1/2/3'), [404, 'not_found']);
    assert.deepEqual(await of('GET', '/v1/accounts/%zz'), [400, 'invalid_argument']);
    assert.deepEqual(await of('DELETE', '/v1/accounts/1'), [405, 'invalid_argument']);
    assert.equal((await call('PUT', '/v1/accounts', [])).headers.allow, 'GET, HEAD, POST');
    assert.deepEqual(await of('POST', '/v1/accounts', '[]', { 'content-type': 'text/plain' }), [
      415,
      'invalid_argument',
    ]);
    assert.deepEqual(await of('POST', '/v1/accounts', '[{'), [400, 'invalid_argument']);
    assert.deepEqual(await of('POST', '/v1/accounts', '5'), [400, 'invalid_argument']);
    assert.deepEqual(await of('POST', '/v1/accounts', [], { 'tallystick-lane': 'fast' }), [400, 'invalid_argument']);
    assert.deepEqual(await of('POST', '/v1/lookup_accounts', new Array(8190).fill(1)), [413, 'too_much_data']);
    assert.ok(server.counters.refused.get('invalid_argument')! > 3);
    assert.equal(server.bodyBytes, 0);
  });

  test('a body beyond the limit, announced or not, is refused before it is held', async () => {
    const large = 'x'.repeat(100_001);
    const announced = await new Promise<number>((resolve, reject) => {
      const request = ask(
        `${base}/v1/accounts`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'content-length': large.length, expect: '100-continue' },
        },
        (response) => {
          resolve(response.statusCode!);
          request.destroy();
        },
      );
      request.on('error', reject);
      request.flushHeaders();
    });
    assert.equal(announced, 413);
    const chunked = await new Promise<number>((resolve, reject) => {
      const request = ask(
        `${base}/v1/accounts`,
        { method: 'POST', headers: { 'content-type': 'application/json' } },
        (response) => {
          resolve(response.statusCode!);
          request.destroy();
        },
      );
      request.on('error', reject);
      request.write(large);
    });
    assert.equal(chunked, 413);
    assert.equal(server.bodyBytes, 0);
  });

  test('names that are not loopback, as a page in a browser would bring them', async () => {
    const status = (host: string): Promise<number> =>
      new Promise((resolve, reject) => {
        ask(`${base}/v1/accounts`, { headers: { host } }, (response: IncomingMessage) => {
          response.resume();
          resolve(response.statusCode!);
        })
          .on('error', reject)
          .end();
      });
    assert.equal(await status('ledger.example:80'), 421);
    assert.equal(await status('localhost:1234'), 200);
    assert.equal(await status('[::1]'), 200);
  });

  test('to listen beyond loopback without TLS and tokens', async () => {
    const port = openMemory().engine;
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.test', '']) {
      await assert.rejects(HttpServer.listen(new Ingress(port), { host }), { code: 'invalid_argument' }, host);
      const authenticator = new StaticTokenAuthenticator('sixteen-characters');
      await assert.rejects(HttpServer.listen(new Ingress(port), { host, authenticator }), { code: 'invalid_argument' });
    }
    await port.close();
  });

  test('half a request, after its time', async () => {
    for (const half of [
      'POST /v1/acc',
      'POST /v1/accounts HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n[',
    ]) {
      const socket = connect(Number(new URL(base).port), '127.0.0.1');
      socket.write(half);
      let text = '';
      for await (const chunk of socket as AsyncIterable<Buffer>) text += chunk.toString();
      assert.match(text, /^HTTP\/1\.1 408/);
    }
    assert.equal(server.bodyBytes, 0);
  });
});

describe('the server', () => {
  test('tells a client of a full lane when to come back', async () => {
    const held = new HeldPort();
    const [, at, stop] = await startHttp({}, held);
    const accounts = JSON.stringify(Array.from({ length: 8000 }, (_, index) => ({ id: index, ledger: 1, code: 1 })));
    let refused = (): void => {};
    const full = new Promise<void>((resolve) => {
      refused = resolve;
    });
    const calls = Array.from({ length: 40 }, () =>
      callAt(at, 'POST', '/v1/accounts', accounts).then((answer) => {
        if (answer.status === 429) refused();
        return answer;
      }),
    );
    await full;
    const release = setInterval(() => {
      for (const answer of held.held.splice(0)) answer();
    }, 5);
    const answers = await Promise.all(calls);
    clearInterval(release);
    const busy = answers.filter(({ status }) => status === 429);
    assert.ok(
      busy.every(
        ({ headers, json }) =>
          Number(headers['retry-after']) === Math.ceil(json.retry_after_ms / 1000) &&
          json.retry_after_ms >= 5 &&
          json.code === 'lane_full' &&
          json.retriable === true,
      ),
    );
    assert.ok(answers.some(({ status }) => status === 200));
    await stop();
  });

  test('asks who calls, and believes no one whom it does not know', async () => {
    const authenticator = new StaticTokenAuthenticator('sixteen-characters', 'read');
    const [, at, stop] = await startHttp({ authenticator });
    const as = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
    const nobody = await callAt(at, 'GET', '/v1/accounts');
    assert.deepEqual(
      [nobody.status, nobody.json.code, nobody.headers['www-authenticate']],
      [401, 'unauthenticated', 'Bearer'],
    );
    assert.equal((await callAt(at, 'GET', '/v1/accounts', undefined, as('sixteen-character5'))).status, 401);
    assert.equal((await callAt(at, 'GET', '/v1/accounts', undefined, as('sixteen-characters'))).status, 200);
    const creating = await callAt(at, 'POST', '/v1/accounts', { id: 1, ledger: 1, code: 1 }, as('sixteen-characters'));
    assert.deepEqual([creating.status, creating.json.code], [403, 'forbidden']);
    await stop();
  });

  test('drains: what is in flight is answered, feeds end, nothing new is taken', async () => {
    const held = new HeldPort();
    const ingress = new Ingress(held);
    const draining = await HttpServer.listen(ingress, { pollMs: 5 });
    const { port } = draining.address;
    const at = `http://127.0.0.1:${port}`;
    const inFlight = callAt(at, 'POST', '/v1/lookup_accounts', [1], {});
    const feed = fetch(`${at}/v1/changes`, { headers: { accept: 'text/event-stream' } }).then((response) =>
      response.text(),
    );
    while (held.held.length < 2) await sleep(1);
    for (const answer of held.held.splice(1)) answer();
    await sleep(20);
    const drained = draining.drain();
    await sleep(20);
    await assert.rejects(callAt(at, 'POST', '/v1/lookup_accounts', [1], {}));
    for (const answer of held.held.splice(0)) answer();
    assert.deepEqual((await inFlight).json, []);
    await feed;
    await drained;
    await sleep(10);
    assert.equal(draining.counters.connections, 0);
    await ingress.close();
  });
});
