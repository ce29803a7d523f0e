/** The audit trail of a server: who did what at which door, what was refused, what was changed; and its anchors. */
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Issuer, temporaryFolder } from '../support/access.ts';
import { doorNames, enter, ServedDoors, welcome } from '../support/served-doors.ts';

const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
const folder = temporaryFolder();
const ledger = join(folder, 'ledger');
const trail = join(ledger, 'audit', 'audit.jsonl');
const identityFile = join(folder, 'identity.json');
const issuer = await Issuer.make();
let server: ServedDoors;

type Row = Readonly<Record<string, unknown>>;

function tallystick(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return { code: status, out: stdout, err: stderr };
}

const rows = (...args: string[]): Row[] =>
  tallystick('audit', 'show', trail, '--json', ...args)
    .out.split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 100) {
    assert.ok(waited < 10_000, 'it does not become so');
    await sleep(100);
  }
}

before(async () => {
  tallystick('identity', 'create-key', identityFile, '--subject', 'till-7');
  const args = [...issuer.flags(folder), '--identity-file', identityFile, '--audit-anchor', '300ms'];
  server = await ServedDoors.start(ledger, args);
});
after(() => rmSync(folder, { recursive: true }));

test('each write is recorded with its subject and its op, in the order of the journal, each refusal with its reason', async () => {
  const writer = await issuer.token('write');
  for (const [index, door] of doorNames.entries()) {
    const reader = { token: await issuer.token('read') };
    assert.deepEqual(await welcome(door, server.urls[door], { token: writer }, BigInt(index + 1)), ['ok', 'ok']);
    assert.deepEqual(await welcome(door, server.urls[door], reader, BigInt(index + 1)), ['ok', 'forbidden']);
    await welcome(door, server.urls[door], { token: 'sesame' }, 1n);
  }
  const writes = rows('--kind', 'write', '--subject', 'payments');
  assert.deepEqual(
    writes.map(({ door, operation, events, role, shown }) => ({ door, operation, events, role, shown })),
    doorNames.map((door) => ({ door, operation: 'create_accounts', events: 1, role: 'write', shown: 'token' })),
  );
  const ops = writes.map(({ op }) => Number(op));
  assert.deepEqual(
    ops,
    [...ops].sort((one, other) => one - other),
  );
  const refused = rows('--kind', 'refused');
  for (const door of doorNames) {
    const reasons = refused.filter((row) => row.door === door).map(({ reason }) => String(reason));
    assert.ok(
      reasons.some((reason) => reason.includes('lacks the scope accounts:write')),
      door,
    );
    assert.ok(
      reasons.some((reason) => reason.includes('ERR_JWS_INVALID')),
      door,
    );
  }
  assert.equal(statSync(trail).mode & 0o777, 0o600);
});

test('changes of keys and roles are recorded', async () => {
  tallystick('identity', 'roles', identityFile, '--set', 'till=transfers:write');
  const [{ id }] = JSON.parse(tallystick('identity', 'list', identityFile, '--json').out) as [{ id: string }];
  tallystick('identity', 'revoke', identityFile, id);
  await until(() => rows('--kind', 'changed').some(({ change }) => change === 'revoked'));
  const changed = rows('--kind', 'changed');
  assert.ok(changed.some(({ key, subject }) => key === id && subject === 'till-7'));
  assert.ok(changed.some(({ roles }) => JSON.stringify(roles) === '{"till":["transfers:write"]}'));
});

test('the head is anchored in the log and in the ledger, and a cut tail is seen by both', async () => {
  await until(() => server.log().includes('"msg":"audit anchored"'));
  await sleep(700);
  const all = await enter('native', server.urls.native, { token: await issuer.token('write') });
  await all.createAccounts([{ id: 77n, ledger: 1, code: 1 }]);
  await all.close();
  await sleep(700);
  const logged = server
    .log()
    .split('\n')
    .filter((line) => line.includes('"msg":"audit anchored"'))
    .map((line) => JSON.parse(line) as { block: number; mac: string })
    .at(-1)!;
  assert.equal(await server.end(), 0);
  const good = tallystick('audit', 'verify', trail, '--ledger', ledger, '--json');
  assert.equal(good.code, 0, good.out + good.err);
  const { findings, anchors } = JSON.parse(good.out) as { findings: unknown[]; anchors: number };
  assert.deepEqual(findings, []);
  assert.ok(anchors >= 2, `${anchors} anchors`);
  const lines = readFileSync(trail, 'utf8').trimEnd().split('\n');
  writeFileSync(trail, `${lines.slice(0, 3).join('\n')}\n`);
  assert.equal(tallystick('audit', 'verify', trail).code, 0);
  for (const witness of [
    ['--ledger', ledger],
    ['--head', `${logged.block}:${logged.mac}`],
  ]) {
    const cut = tallystick('audit', 'verify', trail, ...witness);
    assert.equal(cut.code, 1);
    assert.match(cut.out, /^cut .* knows of block \d+, and the trail ends with block 3/m);
  }
  writeFileSync(trail, `${lines.join('\n')}\n`);
});

test('records are written out as lines and as a table', () => {
  const { code, out } = tallystick('audit', 'export', trail);
  assert.equal(code, 0);
  const numbers = out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { record: number }).record);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  );
  const csv = tallystick('audit', 'export', trail, '--format', 'csv').out.trim().split('\n');
  assert.equal(csv.length, numbers.length + 1);
  assert.match(tallystick('audit', 'show', trail, '--limit', '3').out, /subject/);
  assert.equal(tallystick('audit', 'verify', trail, '--key', join(folder, 'nowhere')).code, 2);
});

test('where the trail cannot be written nothing is created, and a ledger without credentials keeps none', async () => {
  const other = join(folder, 'other');
  const open = await ServedDoors.start(other, []);
  assert.equal(existsSync(join(other, 'audit')), false);
  assert.equal(await open.end(), 0);
  const full = await ServedDoors.start(':memory:', [
    '--audit-file',
    '/dev/full',
    '--audit-key',
    'a key of the test',
  ]).then(
    async (started) => {
      await started.end();
      return 'started';
    },
    (error: Error) => error.message,
  );
  assert.notEqual(full, 'started');
});

test('a trail that another process has written to stops creates, and reads go on', async () => {
  const path = join(folder, 'shared.jsonl');
  const shared = await ServedDoors.start(':memory:', ['--audit-file', path, '--audit-key', 'a key of the test']);
  assert.deepEqual(await welcome('http', shared.urls.http, {}, 1n), ['ok', 'ok']);
  writeFileSync(path, 'somebody was here\n', { flag: 'a' });
  // The create that meets it is answered, for it is done; the next one is not done.
  await welcome('http', shared.urls.http, {}, 2n);
  assert.deepEqual(await welcome('http', shared.urls.http, {}, 3n), ['ok', 'not_writable']);
  assert.match(shared.log(), /creates are refused: they could not be recorded/);
  await shared.end();
});
