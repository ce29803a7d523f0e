/** Certificates that end, and lists of those that were withdrawn: who still comes in, and who is told. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { Authority, type Pair } from '../../../../test/support/access.ts';
import { Certificates } from './certificates.ts';
import { alarmOf, EndingWatch, leftOf } from './endings.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-certificates-'));
after(() => rmSync(folder, { recursive: true }));
const HOUR = 3_600_000;
const [ours, theirs] = await Promise.all([Authority.make('ours'), Authority.make('theirs')]);
const own = await ours!.sign('ledger');

interface Opened {
  readonly certificates: Certificates;
  readonly problems: string[];
  readonly alarms: string[];
  /** Another content of tls.crl, which is read at once. */
  withdraw(text: string): Promise<void>;
  /** Whether a client may come in. */
  comes(pair: Pair): Promise<boolean>;
}

let count = 0;
async function opened(t: TestContext, crl: string, authorities = ours!.cert): Promise<Opened> {
  const file = (name: string, text: string): string => {
    const path = join(folder, `${count}-${name}`);
    writeFileSync(path, text);
    return path;
  };
  count++;
  const revoked = file('crl.pem', crl);
  const problems: string[] = [];
  const alarms: string[] = [];
  const certificates = await Certificates.load(
    {
      certificate: file('cert.pem', own.cert),
      key: file('key.pem', own.key),
      clientAuthority: file('ca.pem', authorities),
      revoked,
    },
    {
      problem: ({ message }) => problems.push(message),
      ending: (what, alarm) => alarms.push(`${what} ${alarm}`),
    },
  );
  const server = createServer(certificates.options, (socket) => socket.end('welcome'));
  server.on('tlsClientError', () => {});
  certificates.serve(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    certificates.close();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return {
    certificates,
    problems,
    alarms,
    withdraw(text) {
      writeFileSync(revoked, text);
      return certificates.reload();
    },
    comes: ({ cert, key }) =>
      new Promise((resolve) => {
        const socket = connect({ port, host: '127.0.0.1', ca: ours!.cert, cert, key });
        socket.once('data', () => resolve(true));
        socket.once('error', () => resolve(false));
        socket.once('close', () => resolve(false));
      }),
  };
}

test('a list that has ended refuses everybody, and an alarm says so, until there is a new one', async (t) => {
  const client = await ours!.sign('client');
  const now = Date.now();
  const { comes, alarms, withdraw, certificates } = await opened(t, ours!.revokeFrom(now - 2 * HOUR, now - HOUR));
  assert.equal(await comes(client), false);
  assert.deepEqual(alarms, ['crl over']);
  assert.equal(certificates.left.find(({ what }) => what === 'crl')!.share, 0);
  await withdraw(ours!.revokeFrom(now - HOUR, now + HOUR));
  assert.equal(await comes(client), true);
  await withdraw(ours!.revokeFrom(now - HOUR / 2, now + 60_000));
  assert.deepEqual(alarms, ['crl over', 'crl ending']);
  assert.equal(await comes(client), true);
});

test('an older list, a list of a stranger with the same name, and no list leave the last good one', async (t) => {
  const [good, bad] = [await ours!.sign('good'), await ours!.sign('bad')];
  const now = Date.now();
  const { comes, problems, withdraw } = await opened(t, ours!.revokeFrom(now - HOUR, now + HOUR, bad.cert));
  const stranger = await Authority.make('ours');
  for (const [text, why] of [
    [ours!.revokeFrom(now - 2 * HOUR, now + HOUR), /older than the one in force/],
    [stranger.revokeFrom(now, now + HOUR), /no authority of tls\.ca has signed/],
    ['nothing', /holds no list/],
  ] as const) {
    await withdraw(text);
    assert.match(problems.at(-1)!, why);
    assert.deepEqual([await comes(good), await comes(bad)], [true, false]);
  }
});

test('lists of several authorities stand in one file, and each counts', async (t) => {
  const [a, b] = [await ours!.sign('a'), await theirs!.sign('b')];
  const [offA, offB] = [await ours!.sign('off-a'), await theirs!.sign('off-b')];
  const both = ours!.revoke(offA.cert) + theirs!.revoke(offB.cert);
  const { comes } = await opened(t, both, `${ours!.cert}\n${theirs!.cert}`);
  assert.deepEqual(await Promise.all([a, b, offA, offB].map((pair) => comes(pair))), [true, true, false, false]);
});

test('what is left is that of the first to end, and is told once for each alarm', () => {
  const day = 24 * HOUR;
  const now = Date.now();
  const year = { what: 'certificate', from: now - 300 * day, until: now + 65 * day } as const;
  const week = { what: 'certificate', from: now - 6 * day, until: now + day } as const;
  assert.equal(leftOf([year, week], now)[0]!.seconds, 86_400);
  const told: string[] = [];
  const watch = new EndingWatch((what, alarm) => told.push(`${what} ${alarm}`));
  const minutes = (spent: number, left: number): void =>
    watch.look([{ what: 'certificate', from: Date.now() - spent * 60_000, until: Date.now() + left * 60_000 }]);
  for (const [spent, left] of [
    [1, 9],
    [8, 2],
    [9, 1],
    [9, 1],
    [10, -1],
    [11, -1],
    [0, 10],
    [9, 1],
  ] as const)
    minutes(spent, left);
  assert.deepEqual(told, ['certificate ending', 'certificate over', 'certificate ending']);
  const alarm = (days: number, of: number): string | undefined =>
    alarmOf({ what: 'authority', seconds: days * 86_400, share: days / of });
  assert.deepEqual(
    [alarm(31, 3650), alarm(29, 3650), alarm(20, 30), alarm(-1, 30)],
    [undefined, 'ending', undefined, 'over'],
  );
});
