/** What a server writes down of those who come, what it tells strangers of it, and who may read its files. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Authority, Issuer, temporaryFolder } from '../support/access.ts';
import { doorNames, enter, ServedDoors, welcome } from '../support/served-doors.ts';

const folder = temporaryFolder();
after(() => rmSync(folder, { recursive: true }));

test('each refusal is logged with its reason, which callers do not hear; each create is audited', async () => {
  const issuer = await Issuer.make();
  const stranger = await Issuer.make();
  const audit = join(folder, 'audit.jsonl');
  const args = [...issuer.flags(folder), '--log-audit', audit];
  const server = await ServedDoors.start(join(folder, 'ledger'), args);
  const forged = await stranger.token('admin');
  for (const door of doorNames) {
    const told = await enter(door, server.urls[door], { token: forged })
      .then((ledger) => ledger.lookupAccounts([1n]))
      .then(
        () => 'taken',
        (error: Error) => `${error.name} ${error.message}`,
      );
    assert.doesNotMatch(told, /ERR_|JWS|signature|taken/i, door);
  }
  const refusals = server
    .log()
    .split('\n')
    .filter((line) => line.includes('"msg":"refused"'))
    .map((line) => JSON.parse(line) as { door: string; reason: string; address: string });
  for (const door of doorNames) {
    const mine = refusals.filter((refusal) => refusal.door === door);
    assert.ok(mine.length > 0, door);
    assert.match(mine[0]!.reason, /signature verification failed/);
    assert.match(mine[0]!.address, /^(::ffff:)?127\.0\.0\.1 \d+$/);
  }
  const reader = await issuer.token('read');
  const writer = await issuer.token('write');
  for (const [index, door] of doorNames.entries()) {
    assert.deepEqual(await welcome(door, server.urls[door], { token: reader }, BigInt(index + 1)), ['ok', 'forbidden']);
    assert.deepEqual(await welcome(door, server.urls[door], { token: writer }, BigInt(index + 1)), ['ok', 'ok']);
  }
  assert.match(server.log(), /payments lacks the scope accounts:write; its role is read/);
  const ledger = await enter('native', server.urls.native, { token: writer });
  const accounts = await ledger.queryAccounts({ limit: 10 });
  const lines = readFileSync(audit, 'utf8').trim().split('\n');
  assert.deepEqual(
    lines.map((line) => {
      const { time: _time, address: _address, ...deed } = JSON.parse(line) as Record<string, unknown>;
      return deed;
    }),
    doorNames.map((door, index) => ({
      door,
      sub: 'payments',
      role: 'write',
      shown: 'token',
      operation: 'create_accounts',
      events: 1,
      timestamp: String(accounts[index]!.timestamp),
      op: index + 1,
    })),
  );
  await ledger.close();
  assert.equal(await server.end(), 0);
  assert.equal(statSync(audit).mode & 0o777, 0o600);
  const ledgerFolder = join(folder, 'ledger');
  for (const entry of ['.', ...readdirSync(ledgerFolder, { recursive: true, encoding: 'utf8' })]) {
    const found = statSync(join(ledgerFolder, entry));
    assert.equal((found.mode & 0o777).toString(8), found.isDirectory() ? '700' : '600', entry);
  }
});

test('where nobody is asked, and at the socket of the same user, each create is in the audit log, too', async () => {
  const audit = join(folder, 'open.jsonl');
  const path = join(folder, 'socket');
  const server = await ServedDoors.start(':memory:', ['--log-audit', audit, '--socket', path]);
  const doors = [...doorNames.map((door) => [door, server.urls[door]] as const), ['local', server.urls.unix] as const];
  for (const [index, [door, url]] of doors.entries()) {
    const ledger = await enter(door === 'local' ? 'native' : door, url);
    const id = BigInt(2 * index);
    await ledger.createAccounts([id + 1n, id + 2n].map((of) => ({ id: of, ledger: 1, code: 1 })));
    await ledger.lookupAccounts([id + 1n]);
    await ledger.close();
  }
  assert.equal(await server.end(), 0);
  const lines = readFileSync(audit, 'utf8').trim().split('\n');
  const deeds = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    deeds.map(({ door, sub, operation, events, op }) => [door, sub, operation, events, op]),
    doors.map(([door], index) => [door, null, 'create_accounts', 2, index + 1]),
  );
  for (const { door, address } of deeds.slice(0, -1)) assert.match(String(address), /127\.0\.0\.1 \d+$/, String(door));
});

test('a certificate has the role of its subject, and none without one', async () => {
  const authority = await Authority.make('ours');
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem'), ca: join(folder, 'ca.pem') };
  const own = await authority.sign('ledger');
  writeFileSync(files.cert, own.cert);
  writeFileSync(files.key, own.key);
  writeFileSync(files.ca, authority.cert);
  const roles = join(folder, 'roles.json');
  writeFileSync(
    roles,
    JSON.stringify([
      { subject: 'CN=payments', role: 'write' },
      { subject: 'CN=reports', role: 'read' },
      { subject: 'CN=euros', role: 'write', ledgers: [978] },
    ]),
  );
  const server = await ServedDoors.start(':memory:', [
    ...['--tls-certificate', files.cert, '--tls-key', files.key, '--tls-ca', files.ca],
    ...['--tls-require-client-certificate', '--tls-roles', roles],
  ]);
  for (const [index, door] of doorNames.entries()) {
    const as = async (name: string) => ({
      hello: true as const,
      tls: { ca: authority.cert, ...(await authority.sign(name)) },
    });
    const come = async (name: string) => welcome(door, server.urls[door], await as(name), BigInt(index + 1));
    assert.deepEqual(await come('reports'), ['ok', 'forbidden'], door);
    assert.deepEqual(await come('payments'), ['ok', 'ok'], door);
    assert.deepEqual(await come('euros'), ['ok', 'forbidden'], door);
    assert.deepEqual(await come('payments2'), ['unauthenticated', 'unauthenticated'], door);
  }
  assert.match(server.log(), /no role for the certificate of CN=payments2/);
  await server.end();
});
