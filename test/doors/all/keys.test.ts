/** API keys at every door, from the command that makes one to the one that takes it back. */
import '../../support/plain.ts';
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from '../../../src/model/index.ts';
import { Issuer, temporaryFolder } from '../../support/access.ts';
import { doorNames, enter, outcome, ServedDoors, scraped, welcome } from '../../support/served-doors.ts';

const main = join(import.meta.dirname, '..', '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
const folder = temporaryFolder();
const file = join(folder, 'identity.json');
const issuer = await Issuer.make();
const tokens = issuer.flags(folder);
let server: ServedDoors;
let nextId = 28_672_000n;

function identity(args: readonly string[], input?: string): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'identity', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    ...(input === undefined ? {} : { input }),
  });
  return { code: status, out: stdout.trim(), err: stderr };
}

function keyOf(...args: string[]): string {
  const { code, out, err } = identity(['create-key', file, ...args]);
  assert.equal(code, 0, err);
  return out;
}

const writer = keyOf('--subject', 'till-7');
const reader = keyOf('--subject', 'auditor', '--role', 'read');
const settings = ['--identity-file', file, ...tokens];

before(async () => {
  assert.equal(identity(['roles', file, '--set', 'till=transfers:write,accounts:read']).code, 0);
  assert.equal(identity(['tenants', file, '--set', 'north=7', '--set', 'south=9']).code, 0);
  server = await ServedDoors.start(':memory:', settings);
});
after(async () => {
  assert.equal(await server.end(), 0);
  rmSync(folder, { recursive: true });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 50) {
    assert.ok(waited < 5000, 'it does not become so');
    await sleep(50);
  }
}

test('the file has no key in it, and is for its owner alone, as the pepper is', () => {
  const text = readFileSync(file, 'utf8');
  for (const key of [writer, reader]) assert.ok(!text.includes(key.slice(-20)));
  for (const path of [file, `${file}.pepper`]) assert.equal(statSync(path).mode & 0o777, 0o600);
});

for (const door of doorNames) {
  test(`${door}: a key opens what its role allows, beside the tokens of an issuer`, async () => {
    const url = server.urls[door];
    assert.deepEqual(await welcome(door, url, { token: writer }, nextId++), ['ok', 'ok']);
    assert.deepEqual(await welcome(door, url, { token: reader }, nextId++), ['ok', 'forbidden']);
    assert.deepEqual(await welcome(door, url, { token: await issuer.token('write') }, nextId++), ['ok', 'ok']);
    const slip = `${writer.slice(0, -1)}${writer.endsWith('a') ? 'b' : 'a'}`;
    for (const token of [slip, writer.toUpperCase(), 'tly_live_']) {
      assert.equal((await welcome(door, url, { token }, nextId++))[0], 'unauthenticated');
    }
  });

  test(`${door}: a key of a tenant that is made now is good now, and sees its own ledgers alone`, async () => {
    const north = keyOf('--subject', 'shop', '--tenant', 'north');
    const south = keyOf('--subject', 'shop', '--tenant', '9');
    const id = nextId++;
    await until(
      async () => (await outcome(() => enter(door, server.urls[door], { token: south }).then(used))) === 'ok',
    );
    const [one, other] = await Promise.all([north, south].map((token) => enter(door, server.urls[door], { token })));
    await one!.createAccounts([{ id, ledger: 7 * 4096 + 840, code: 1 }]);
    assert.equal((await one!.lookupAccounts([id])).length, 1);
    assert.equal((await other!.lookupAccounts([id])).length, 0);
    assert.deepEqual(await other!.queryAccounts({ limit: 10 }), []);
    assert.equal(await outcome(() => other!.createAccounts([{ id: nextId++, ledger: 840, code: 1 }])), 'forbidden');
    await Promise.all([one!.close(), other!.close()]);
  });

  test(`${door}: a key that is revoked ends what it had opened, and opens nothing`, async () => {
    const key = keyOf('--subject', 'temporary');
    let open: Ledger | undefined;
    await until(async () => {
      open = await enter(door, server.urls[door], { token: key }).catch(() => undefined);
      return open !== undefined && (await outcome(() => open!.lookupAccounts([1n]))) === 'ok';
    });
    const { code, err } = identity(['revoke', file, key]);
    assert.equal(code, 0, err);
    // The connection that stands is refused, too, and says so or ends.
    await until(async () => (await outcome(() => open!.lookupAccounts([1n]))) !== 'ok');
    assert.equal((await welcome(door, server.urls[door], { token: key }, nextId++))[0], 'unauthenticated');
    assert.equal((await welcome(door, server.urls[door], { token: writer }, nextId++))[0], 'ok');
    await open!.close().catch(() => {});
  });
}

async function used(ledger: Ledger): Promise<void> {
  await ledger.lookupAccounts([1n]);
  await ledger.close();
}

test('metrics take a key that may read them', async () => {
  assert.equal(await scraped(server.urls.metrics, { token: reader }), 200);
  assert.notEqual(await scraped(server.urls.metrics, {}), 200);
});

test('a file that cannot be used leaves the keys in force', async () => {
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, '{ "version": 1, "keys": [');
  await until(async () => server.log().includes('the last good keys stay in force'));
  assert.deepEqual(await welcome('http', server.urls.http, { token: writer }, nextId++), ['ok', 'ok']);
  writeFileSync(file, before);
});

test('a credential is explained before anybody tries it, and the server says the same', () => {
  const { code, out } = identity(['test-token', ...settings, '--json'], writer);
  assert.equal(code, 0);
  const said = JSON.parse(out);
  assert.deepEqual(
    [said.taken, said.subject, said.role, said.shown, said.ledgers],
    [true, 'till-7', 'write', 'key', 'all'],
  );
  const wrong = identity(['test-token', ...settings, '--json'], `${writer}x`);
  assert.equal(wrong.code, 1);
  assert.match(JSON.parse(wrong.out).reason, /slip/);
  const path = join(folder, 'credential');
  writeFileSync(path, reader);
  const who = identity(['who-am-i', server.urls.http, '--credential', path, '--json']);
  assert.deepEqual(JSON.parse(who.out), { ...JSON.parse(identity(['test-token', ...settings, '--json'], reader).out) });
  writeFileSync(path, 'nobody');
  assert.equal(identity(['who-am-i', server.urls.http, '--credential', path]).code, 1);
});

test('a decision is explained by what decides it', () => {
  const key = keyOf('--subject', 'till', '--role', 'till', '--tenant', 'north', '--accounts', '7f3a');
  const explain = (
    ...args: string[]
  ): { code: number | null; said: { allowed: boolean; steps: { holds: boolean }[] } } => {
    const { code, out } = identity(['explain', ...args, ...settings, '--json'], key);
    return { code, said: JSON.parse(out) };
  };
  const good = explain('create_transfers', '--ledger', String(7 * 4096 + 1), '--account', `0x7f3a${'0'.repeat(28)}`);
  assert.deepEqual([good.code, good.said.allowed], [0, true]);
  for (const [args, holds] of [
    [['create_accounts'], [false, true, true]],
    [
      ['create_transfers', '--ledger', '840'],
      [true, false, true],
    ],
    [
      ['create_transfers', '--account', '1'],
      [true, true, false],
    ],
    [['pulse'], [false, true, true]],
  ] as const) {
    const { code, said } = explain(...args);
    assert.deepEqual([code, said.allowed], [1, false]);
    assert.deepEqual(
      said.steps.map((step) => step.holds),
      holds,
    );
  }
  assert.equal(identity(['explain', 'sell', ...settings], key).code, 2);
});

test('a decision is explained by what the policy says, too, and by one that says nothing', async (t) => {
  const seen: { input: { amount_max?: string; ledgers?: number[]; codes?: number[] } }[] = [];
  const policy = createServer(async (request, response) => {
    const body = JSON.parse(await text(request)) as (typeof seen)[number];
    seen.push(body);
    const allow = BigInt(body.input.amount_max ?? 0) < 1000n;
    response.end(JSON.stringify({ result: { allow, reasons: allow ? [] : ['too much at once'] } }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => policy.once('listening', resolve));
  t.after(() => policy.close());
  const url = `http://127.0.0.1:${(policy.address() as AddressInfo).port}/`;
  const path = join(folder, 'explained');
  writeFileSync(path, writer);
  const explain = (...args: string[]): Promise<{ code: number; out: string }> =>
    new Promise((resolve) => {
      const all = [main, 'identity', 'explain', ...args, ...settings, '--policy-url', url, '--policy-timeout', '5s'];
      execFile(process.execPath, [...all, '--credential', path], (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), out: out + err }),
      );
    });
  const event = ['create_transfers', '--ledger', '840', '--code', '7'];
  const small = await explain(...event, '--amount', '999');
  assert.deepEqual([small.code, /yes {2}the policy allows it\nallowed/.test(small.out)], [0, true], small.out);
  assert.deepEqual([seen[0]!.input.ledgers, seen[0]!.input.codes], [[840], [7]]);
  const large = await explain(...event, '--amount', '1000');
  assert.equal(large.code, 1);
  assert.match(large.out, /no {3}the policy refuses create_transfers: too much at once\nrefused/);
  const dry = await explain(...event, '--amount', '1000', '--policy-dry-run');
  assert.equal(dry.code, 0, dry.out);
  assert.match((await explain('lookup_accounts')).out, /the policy allows it/);
  policy.closeAllConnections();
  policy.close();
  const down = await explain(...event);
  assert.equal(down.code, 1);
  assert.match(down.out, /could not be asked/);
});

test('commands that change the file at the same time lose nothing', async () => {
  const path = join(folder, 'many.json');
  const make = (subject: string): Promise<number | null> =>
    new Promise((resolve) => {
      spawn(process.execPath, [main, 'identity', 'create-key', path, '--subject', subject]).once('exit', resolve);
    });
  const subjects = ['a', 'b', 'c', 'd'];
  assert.deepEqual(await Promise.all(subjects.map(make)), [0, 0, 0, 0]);
  const { keys } = JSON.parse(readFileSync(path, 'utf8')) as { keys: { subject: string }[] };
  assert.deepEqual(keys.map(({ subject }) => subject).sort(), subjects);
});

test('keys are listed without their secrets, roles with their scopes', () => {
  const listed = JSON.parse(identity(['list', file, '--json']).out) as {
    subject: string;
    digest?: string;
    state: string;
  }[];
  assert.ok(listed.every(({ digest }) => digest === undefined));
  assert.deepEqual([...new Set(listed.map(({ state }) => state))].sort(), ['good', 'revoked']);
  assert.match(identity(['list', file]).out, /till-7 +write/);
  const roles = JSON.parse(identity(['roles', file, '--json']).out);
  assert.deepEqual(roles.till, ['transfers:write', 'accounts:read']);
  assert.deepEqual(Object.keys(roles), ['read', 'write', 'admin', 'till']);
  // A role that keys have is not taken away.
  assert.equal(identity(['roles', file, '--remove', 'till']).code, 2);
  assert.match(identity(['tenants', file]).out, /north +7 +28672-32767/);
});
