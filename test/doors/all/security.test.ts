/**
 * Who may come in, at every door, as `tallystick serve` sets it up: through real sockets, against a server in a process
 * of its own.
 */
import { StaticTokenAuthenticator } from '../../../packages/server/src/identity/index.ts';
import '../../support/plain.ts';
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import {
  GrpcServer,
  HttpServer,
  Ingress,
  MessagePackServer,
  NativeServer,
} from '../../../packages/server/src/server/index.ts';
import { connect } from '../../../src/client/index.ts';
import { openMemory } from '../../../src/engine/index.ts';
import type { Ledger } from '../../../src/model/index.ts';
import { Authority, Issuer, type Pair, temporaryFolder } from '../../support/access.ts';
import type { Access } from '../../support/door-clients.ts';
import { doorNames, enter, outcome, ServedDoors, scraped, welcome } from '../../support/served-doors.ts';

const folder = temporaryFolder();
const [issuer, authority, newAuthority, stranger] = await Promise.all([
  Issuer.make(),
  Authority.make('ours'),
  Authority.make('ours, later'),
  Authority.make('a stranger'),
]);
const certificate = join(folder, 'cert.pem');
const key = join(folder, 'key.pem');
const ca = join(folder, 'ca.pem');
function show(pair: Pair): void {
  writeFileSync(certificate, pair.cert);
  writeFileSync(key, pair.key);
}
show(await authority.sign('ledger'));
writeFileSync(ca, authority.cert);
const tls = ['--tls-certificate', certificate, '--tls-key', key];
const mutual = [...tls, '--tls-ca', ca, '--tls-require-client-certificate'];
const tokens = issuer.flags(folder);
after(() => rmSync(folder, { recursive: true, force: true }));

let nextId = 1n;
/** Which is not told apart: the server hangs up on whoever does not shake hands. */
const HUNG_UP = ['unreachable', 'connection_lost', 'frame_invalid', 'timed_out'];

function withServer(name: string, args: readonly string[], tests: (server: () => ServedDoors) => void): void {
  describe(name, () => {
    let server: ServedDoors;
    before(async () => {
      server = await ServedDoors.start(':memory:', args);
    });
    after(async () => {
      assert.equal(await server.end(), 0);
    });
    tests(() => server);
  });
}

withServer('without anything, on loopback', [], (server) => {
  for (const door of doorNames) {
    test(`${door}: whoever is on this machine reads and writes`, async () => {
      assert.deepEqual(await welcome(door, server().urls[door], {}, nextId++), ['ok', 'ok']);
    });
  }

  test('metrics are read', async () => {
    assert.equal(await scraped(server().urls.metrics, {}), 200);
  });
});

withServer('with tokens', tokens, (server) => {
  const callers: readonly { who: string; token: () => Promise<string> | undefined; read: string; write: string }[] = [
    { who: 'nobody', token: () => undefined, read: 'unauthenticated', write: '' },
    { who: 'an expired token', token: () => issuer.token('write', '-1m'), read: 'unauthenticated', write: '' },
    { who: 'a token without a role', token: () => issuer.token('root'), read: 'unauthenticated', write: '' },
    {
      who: "a stranger's token",
      token: async () => (await Issuer.make()).token('admin'),
      read: 'unauthenticated',
      write: '',
    },
    { who: 'no token at all', token: async () => 'sesame', read: 'unauthenticated', write: '' },
    { who: 'a reader', token: () => issuer.token('read'), read: 'ok', write: 'forbidden' },
    { who: 'a writer', token: () => issuer.token('write'), read: 'ok', write: 'ok' },
  ];
  for (const door of doorNames) {
    for (const { who, token, read, write } of callers) {
      test(`${door}: ${who}`, async () => {
        const shown = await token();
        const access = shown === undefined ? {} : { token: shown };
        const [reading, writing] = await welcome(door, server().urls[door], access, nextId++);
        assert.equal(reading, read);
        // Who was sent away once may find the connection gone.
        if (write === '') assert.notEqual(writing, 'ok');
        else assert.equal(writing, write);
      });
    }
  }

  test('native: a client that makes fresh tokens outlives them', async () => {
    let made = 0;
    const token = (): Promise<string> => {
      made++;
      return issuer.token('read', '2s');
    };
    const ledger = await connect(server().urls.native, { token });
    for (const deadline = performance.now() + 20_000; made < 2; await sleep(20)) {
      assert.deepEqual(await ledger.lookupAccounts([nextId]), []);
      assert.ok(performance.now() < deadline);
    }
    await ledger.close();
  });

  test('metrics: a token that opens the doors; health is told to everybody', async () => {
    const at = server().urls.metrics;
    assert.equal(await scraped(at, {}), 401);
    assert.equal(await scraped(at, { token: await issuer.token('read', '-1m') }), 401);
    assert.equal(await scraped(at, { token: await issuer.token('read') }), 200);
    assert.equal(await scraped(at, {}, '/ready'), 200);
  });

  test('nothing of a token is logged', async () => {
    assert.doesNotMatch(server().log(), /eyJ|sesame/);
  });
});

withServer('with TLS and tokens', [...tls, ...tokens], (server) => {
  for (const door of doorNames) {
    test(`${door}: without TLS, with a server that is not believed, without a token, and with everything`, async () => {
      const url = server().urls[door];
      const token = await issuer.token('write');
      const plain = url.replace(/^(\w+)s:/, '$1:');
      assert.notEqual(plain, url);
      const tried = async (access: Access, at = url): Promise<string[]> => [
        ...(await welcome(door, at, access, nextId++)),
      ];
      assert.ok(HUNG_UP.includes((await tried({ token }, plain))[0]!));
      assert.ok(HUNG_UP.includes((await tried({ token, tls: { ca: stranger.cert } }))[0]!));
      assert.equal((await tried({ tls: { ca: authority.cert } }))[0], 'unauthenticated');
      assert.deepEqual(await tried({ token, tls: { ca: authority.cert } }), ['ok', 'ok']);
    });
  }

  test('metrics are over TLS too', async () => {
    const { metrics } = server().urls;
    const token = await issuer.token('read');
    assert.equal(await scraped(metrics.replace('https', 'http'), { token }), 'connection_lost');
    assert.equal(await scraped(metrics, { tls: { ca: authority.cert } }), 401);
    assert.equal(await scraped(metrics, { tls: { ca: authority.cert }, token }), 200);
  });
});

withServer('with mutual TLS', mutual, (server) => {
  const believing = { ca: authority.cert };
  for (const door of doorNames) {
    test(`${door}: without a certificate, with a stranger's, and with one of ours`, async () => {
      const url = server().urls[door];
      const tried = (access: Access): Promise<[string, string]> => welcome(door, url, access, nextId++);
      const [without] = await tried({ tls: believing });
      assert.ok(HUNG_UP.includes(without), without);
      const [strange] = await tried({ tls: { ...believing, ...(await stranger.sign('payments')) } });
      assert.ok(HUNG_UP.includes(strange), strange);
      assert.deepEqual(await tried({ tls: { ...believing, ...(await authority.sign('payments')) } }), ['ok', 'ok']);
    });
  }

  test('metrics ask for a certificate; health is told to everybody', async () => {
    const at = server().urls.metrics;
    assert.equal(await scraped(at, { tls: believing }), 403);
    assert.equal(await scraped(at, { tls: { ...believing, ...(await stranger.sign('prometheus')) } }), 403);
    assert.equal(await scraped(at, { tls: { ...believing, ...(await authority.sign('prometheus')) } }), 200);
    assert.equal(await scraped(at, { tls: believing }, '/live'), 200);
  });

  test("metrics: a session that a stranger resumes is a stranger's", async () => {
    const port = Number(new URL(server().urls.metrics).port);
    let session: Buffer | undefined;
    const status = (): Promise<string | undefined> =>
      new Promise((resolve, reject) => {
        const options = { port, host: '127.0.0.1', ...believing, ...(session === undefined ? {} : { session }) };
        const socket = connectTls(options, () =>
          socket.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'),
        );
        let text = '';
        socket.on('session', (ticket) => {
          session = ticket;
        });
        socket.on('data', (chunk) => {
          text += chunk;
        });
        socket.on('error', reject);
        socket.on('close', () => resolve(/^HTTP\/1.1 (\d+)/.exec(text)?.[1]));
      });
    assert.equal(await status(), '403');
    assert.ok(session !== undefined);
    assert.equal(await status(), '403');
  });

  test('a connection ends when the certificate does that let it in', async () => {
    const end = new Date(Date.now() + 6000);
    const access = { tls: { ...believing, ...(await authority.sign('payments', end)) } };
    const doors = await Promise.all(doorNames.map((door) => enter(door, server().urls[door], access)));
    const asked = (): Promise<string[]> =>
      Promise.all(doors.map((ledger) => outcome(() => ledger.lookupAccounts([nextId]))));
    for (const answer of await asked()) assert.equal(answer, 'ok');
    await sleep(end.getTime() + 200 - Date.now());
    for (const [index, answer] of (await asked()).entries())
      assert.ok(HUNG_UP.includes(answer), `${doorNames[index]}: ${answer}`);
    for (const ledger of doors) await ledger.close();
  });

  test('the certificate is swapped under open connections: they live on, new ones see the new one', async () => {
    const client = await authority.sign('payments');
    const { urls } = server();
    const open: Ledger[] = [];
    for (const door of doorNames) {
      const ledger = await enter(door, urls[door], { tls: { ...believing, ...client } });
      await ledger.lookupAccounts([1n]);
      open.push(ledger);
    }
    show(await newAuthority.sign('ledger'));
    const after_ = { tls: { ca: newAuthority.cert, ...client } };
    for (const deadline = performance.now() + 20_000; ; await sleep(50)) {
      if ((await scraped(urls.metrics, after_)) === 200) break;
      assert.ok(performance.now() < deadline, 'the new certificate is not shown');
    }
    for (const [index, door] of doorNames.entries()) {
      assert.deepEqual(await welcome(door, urls[door], after_, nextId++), ['ok', 'ok'], door);
      const [old] = await welcome(door, urls[door], { tls: { ...believing, ...client } }, nextId++);
      assert.ok(HUNG_UP.includes(old), door);
      const opened = open[index]!;
      assert.equal(await outcome(() => opened.createAccounts([{ id: nextId++, ledger: 1, code: 1 }])), 'ok', door);
      await opened.close();
    }
  });
});

describe('beyond loopback', () => {
  const { engine } = openMemory();
  const lanes = new Ingress(engine);
  after(async () => {
    await lanes.close();
    await engine.close();
  });

  test('a server with half of what it takes does not start', async () => {
    for (const [args, missing] of [
      [[], 'TLS'],
      [tls, 'tokens'],
      [tokens, 'TLS'],
    ] as const) {
      await assert.rejects(ServedDoors.start(':memory:', ['--host', '0.0.0.0', ...args]), ({ message }: Error) => {
        assert.match(message, /^serve ended with 2: .*configuration_invalid/);
        return message.includes('host') && message.includes(missing);
      });
    }
    await assert.rejects(
      ServedDoors.start(':memory:', ['--metrics-host', '0.0.0.0', ...tls]),
      /configuration_invalid.*metrics\.host/,
    );
  });

  test('no door opens by itself either', async () => {
    const authenticator = new StaticTokenAuthenticator('sixteen-characters');
    const doors: readonly [string, () => Promise<unknown>][] = [
      ['native', () => NativeServer.listen(() => ({ port: lanes }), { port: 0, host: '0.0.0.0' })],
      ['grpc', () => GrpcServer.listen(lanes, { port: 0, host: '0.0.0.0', authenticator })],
      ['http', () => HttpServer.listen(lanes, { host: '0.0.0.0', authenticator })],
      ['msgpack', () => MessagePackServer.listen(lanes, { host: '0.0.0.0', authenticator })],
    ];
    for (const [door, listen] of doors) assert.equal(await outcome(listen), 'invalid_argument', door);
  });

  test('with TLS and tokens, or mutual TLS, every door is open', async () => {
    show(await authority.sign('ledger'));
    for (const [args, access] of [
      [[...tls, ...tokens], { tls: { ca: authority.cert }, token: await issuer.token('write') }],
      [mutual, { tls: { ca: authority.cert, ...(await authority.sign('payments')) } }],
    ] as const) {
      const server = await ServedDoors.start(':memory:', ['--host', '0.0.0.0', '--metrics-host', '0.0.0.0', ...args]);
      for (const door of doorNames) {
        const url = server.urls[door].replace('0.0.0.0', '127.0.0.1');
        assert.deepEqual(await welcome(door, url, access, nextId++), ['ok', 'ok'], door);
      }
      assert.equal(await scraped(server.urls.metrics, access), 200);
      assert.equal(await server.end(), 0);
    }
  });
});
