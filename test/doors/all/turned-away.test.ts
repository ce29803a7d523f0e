/**
 * A caller who shows no valid credential hears so once or a few times on a connection, which then ends: a thousand
 * requests in one packet cost the server one refusal. A caller who was known hears it for each request.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Authenticator, inRole } from '../../../packages/server/src/identity/index.ts';
import { GrpcServer, HttpServer, Ingress } from '../../../packages/server/src/server/index.ts';
import { TallystickError } from '../../../src/model/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { openDoor, openGuarded, TOKEN } from '../../support/door-servers.ts';

const endings: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const end of endings.reverse()) await end();
});

const GET = 'GET /v1/accounts HTTP/1.1\r\nhost: localhost\r\n';
const PIPELINED = 1000;
const MIB = 2 ** 20;

/** All that a server says to `text` before it ends the connection. */
async function saidTo(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk;
  });
  // A connection that ends on unread requests is reset.
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close', { signal: AbortSignal.timeout(5000) });
  return said;
}

const statusesIn = (text: string): string[] => [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status!);

test('http: the first refusal of a stranger ends its connection, whatever it has sent behind', async () => {
  const open = await openGuarded('http', new FakePort());
  endings.push(() => open.close());
  for (const more of ['', 'authorization: Bearer a-token-that-nobody-gave-out\r\n']) {
    const before = open.counters.refused.get('unauthenticated') ?? 0;
    const said = await saidTo(open.port, `${GET}${more}\r\n`.repeat(PIPELINED));
    assert.deepEqual(statusesIn(said), ['401']);
    assert.match(said, /^connection: close\r$/im);
    assert.equal(open.counters.refused.get('unauthenticated'), before + 1, 'the rest cost nothing');
  }
  const first = `${GET}authorization: Bearer ${TOKEN}\r\n\r\n`;
  const said = await saidTo(open.port, `${GET}\r\n${first.repeat(20)}`);
  assert.deepEqual(statusesIn(said), ['401'], 'a valid token behind it comes too late');
});

test('http: without tokens a name beyond loopback ends the connection', async () => {
  const open = await openDoor('http', new FakePort());
  endings.push(() => open.close());
  const said = await saidTo(open.port, GET.replace('localhost', 'ledger.example').concat('\r\n').repeat(PIPELINED));
  assert.deepEqual(statusesIn(said), ['421']);
  assert.match(said, /^connection: close\r$/im);
});

/** Believes each token for so long after it saw it first; `said`: for how long it says that it will. */
function believing(milliseconds: number, said: number = milliseconds): Authenticator {
  const seen = new Map<string, number>();
  return {
    authenticate: async (token = '') => {
      const now = Date.now();
      const first = seen.get(token) ?? now;
      seen.set(token, first);
      if (!token.startsWith('good') || now >= first + milliseconds) throw new TallystickError('unauthenticated');
      return { ...inRole('payments', 'write', 'token'), expiry: { expires: first + said, until: first + said } };
    },
  };
}

interface Heard {
  readonly status: number;
  readonly connection: string | undefined;
}

function ask(agent: Agent, port: number, token: string, body?: Buffer): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        agent,
        port,
        host: '127.0.0.1',
        path: body === undefined ? '/v1/accounts' : '/v1/create_transfers',
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      },
      (response: IncomingMessage) => {
        response.resume();
        response.once('end', () => resolve({ status: response.statusCode!, connection: response.headers.connection }));
      },
    );
    asking.on('error', reject);
    asking.end(body);
  });
}

test('http: a caller whose token has expired hears 401 for each request, and goes on with a fresh one', async () => {
  const server = await HttpServer.listen(new Ingress(new FakePort()), { authenticator: believing(300) });
  const { port } = server.address;
  endings.push(() => server.drain(50));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  endings.push(async () => agent.destroy());
  const first = await ask(agent, port, 'good-1');
  assert.equal(first.status, 200);
  await sleep(320);
  for (let i = 0; i < 3; i++) assert.equal((await ask(agent, port, 'good-1')).status, 401);
  assert.equal((await ask(agent, port, 'good-2')).status, 200);
  // It has been a stranger for a while by now.
  await sleep(1500);
  const late = await ask(agent, port, 'good-2');
  assert.deepEqual([late.status, late.connection], [401, 'close']);
  assert.equal((await ask(agent, port, 'good-3')).status, 200);
});

test('http: a caller whose token has expired hears 401 for a large request, too', async () => {
  const server = await HttpServer.listen(new Ingress(new FakePort()), { authenticator: believing(60_000) });
  const { port } = server.address;
  endings.push(() => server.drain(50));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  endings.push(async () => agent.destroy());
  const body = Buffer.alloc(5 * MIB, 0x20);
  for (let i = 0; i < 20; i++) {
    assert.equal((await ask(agent, port, 'good-1')).status, 200);
    assert.equal((await ask(agent, port, 'expired', body)).status, 401);
  }
});

/** A call of the session; resolves to gRPC's status, or `lost`. */
function call(session: ClientHttp2Session, token: string): Promise<string> {
  return new Promise((resolve) => {
    if (session.closed || session.destroyed) {
      resolve('lost');
      return;
    }
    const stream = session.request({
      ':method': 'POST',
      ':path': '/tallystick.v1.Ledger/LookupAccounts',
      'content-type': 'application/grpc',
      authorization: `Bearer ${token}`,
    });
    stream.on('error', () => {});
    stream.on('close', () => resolve('lost'));
    stream.on('response', (headers) => resolve(String(headers['grpc-status'] ?? 'answered')));
    stream.on('trailers', (headers) => resolve(String(headers['grpc-status'])));
    stream.resume();
    stream.end(Buffer.alloc(5));
  });
}

const UNAUTHENTICATED = '16';

test('grpc: a few refusals of a stranger end its connection', async () => {
  const open = await openGuarded('grpc', new FakePort());
  endings.push(() => open.close());
  const session = connectHttp2(`http://127.0.0.1:${open.port}`);
  session.on('error', () => {});
  const closed = once(session, 'close', { signal: AbortSignal.timeout(5000) });
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => call(session, 'nobody')));
  const refused = outcomes.filter((outcome) => outcome === UNAUTHENTICATED).length;
  assert.ok(refused >= 8, `${refused} of 100 heard why`);
  assert.deepEqual(new Set(outcomes), new Set([UNAUTHENTICATED, 'lost']));
  await closed;
  const again = connectHttp2(`http://127.0.0.1:${open.port}`);
  again.on('error', () => {});
  assert.equal(await call(again, 'nobody'), UNAUTHENTICATED);
  again.destroy();
});

test('grpc: a caller who was known hears it for each of its calls, and goes on with a fresh token', async () => {
  const server = await GrpcServer.listen(new Ingress(new FakePort()), {
    port: 0,
    authenticator: believing(300, 60_000),
  });
  endings.push(() => server.drain(50));
  const session = connectHttp2(`http://127.0.0.1:${server.address.port}`);
  session.on('error', () => {});
  endings.push(async () => session.destroy());
  assert.notEqual(await call(session, 'good-1'), UNAUTHENTICATED);
  await sleep(320);
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => call(session, 'good-1')));
  assert.deepEqual(new Set(outcomes), new Set([UNAUTHENTICATED]));
  assert.notEqual(await call(session, 'good-2'), UNAUTHENTICATED);
});
