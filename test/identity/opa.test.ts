/** The library of policies, by its own tests, over HTTP and in this process; and a policy that says nothing. */
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { OpaSidecar, OpaWasm, type PolicyInput } from '../../packages/server/src/identity/index.ts';
import { Issuer, temporaryFolder } from '../support/access.ts';
import { doorNames, ServedDoors, welcome } from '../support/served-doors.ts';

const policies = join(import.meta.dirname, '..', '..', '..', 'examples', 'policies');
const program = process.env.OPA;
const skip = program === undefined || !existsSync(program) ? 'opa is not there: OPA names its program' : undefined;
const modules = process.env.OPA_WASM;
const noWasm =
  skip ?? (modules === undefined ? 'opa-wasm is not there: OPA_WASM names the folder that has it' : undefined);
const folder = temporaryFolder();
after(() => rmSync(folder, { recursive: true }));

function opa(...args: string[]): { code: number | null; out: string } {
  const { status, stdout, stderr } = spawnSync(program!, args, { encoding: 'utf8', cwd: folder });
  return { code: status, out: stdout + stderr };
}

const INPUT: PolicyInput = {
  version: 1,
  subject: 'till-7',
  tenant: null,
  role: 'write',
  scopes: ['transfers:write'],
  shown: 'key',
  operation: 'create_transfers',
  events: 1,
  ledgers: [1],
  codes: [1],
  amount_max: '100',
};

test('the policies keep their own tests, and are written as opa writes them', { skip }, () => {
  const tested = opa('test', policies);
  assert.equal(tested.code, 0, tested.out);
  assert.match(tested.out, /PASS: 9\/9/);
  assert.equal(opa('check', '--strict', policies).code, 0);
  assert.equal(opa('fmt', '--fail', policies).code, 0);
});

/** A server whose callers are asked about at `url`, with a writer's token. */
async function served(url: string, ...more: string[]): Promise<{ server: ServedDoors; token: string }> {
  const issuer = await Issuer.make();
  const flags = [...issuer.flags(folder), '--policy-url', url, '--policy-timeout', '2s', ...more];
  return { server: await ServedDoors.start(':memory:', flags), token: await issuer.token('write') };
}

test('a sidecar is asked at every door, and one that is gone forbids everything', { skip }, async (t) => {
  const data = join(folder, 'data.json');
  writeFileSync(data, JSON.stringify({ closed: [1], suspended: [] }));
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const args = [
    'run',
    '--server',
    '--addr',
    `127.0.0.1:${port}`,
    '--log-level',
    'error',
    join(policies, 'authz.rego'),
    data,
  ];
  const sidecar: ChildProcess = spawn(program!, args, { stdio: 'ignore' });
  t.after(() => sidecar.kill('SIGKILL'));
  const base = `http://127.0.0.1:${port}`;
  for (let waited = 0; (await fetch(`${base}/health`).catch(() => undefined))?.status !== 200; waited += 100) {
    assert.ok(waited < 20_000, 'opa does not answer');
    await sleep(100);
  }
  const { server, token } = await served(`${base}/v1/data/tally/authz/decision`);
  t.after(() => server.end());
  for (const [index, door] of doorNames.entries()) {
    // It creates in ledger 1, which the data close.
    assert.deepEqual(await welcome(door, server.urls[door], { token }, BigInt(index + 1)), ['ok', 'forbidden'], door);
  }
  assert.match(server.log(), /the policy refuses create_accounts: ledger 1 is closed/);
  const open = await fetch(`${base}/v1/data/closed`, { method: 'PUT', body: '[]' });
  assert.equal(open.status, 204);
  assert.deepEqual(await welcome('http', server.urls.http, { token }, 10n), ['ok', 'ok']);
  sidecar.kill('SIGKILL');
  await sleep(200);
  for (const door of doorNames) {
    assert.deepEqual(await welcome(door, server.urls[door], { token }, 20n), ['forbidden', 'forbidden'], door);
  }
  assert.match(server.log(), /the policy could not be asked/);
});

test('an answer that is late, or is no answer, forbids; a dry run says so and does it', async (t) => {
  let answer: string | undefined = '{"result":{"allow":false,"reasons":["no"]}}';
  const server = createServer((_request, response) => {
    if (answer !== undefined) response.end(answer);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const strict = await served(url);
  t.after(() => strict.server.end());
  const came = (): Promise<string[]> => welcome('http', strict.server.urls.http, { token: strict.token }, 1n);
  for (const said of ['{}', '{"result":"yes"}', '{"result":{"allow":"true"}}', '[', '{"result":false}', undefined]) {
    answer = said;
    assert.deepEqual(await came(), ['forbidden', 'forbidden'], said);
  }
  answer = '{"result":true}';
  assert.deepEqual(await came(), ['ok', 'ok']);
  answer = '{"result":{"allow":false,"reasons":["no"]}}';
  const dry = await served(url, '--policy-dry-run');
  t.after(() => dry.server.end());
  assert.deepEqual(await welcome('http', dry.server.urls.http, { token: dry.token }, 2n), ['ok', 'ok']);
  assert.match(dry.server.log(), /dry run, and it was done: the policy refuses create_accounts: no/);
});

test('an answer without end is not read to its end, and forbids', async (t) => {
  let sent = 0;
  const server = createServer((_request, response) => {
    // A good answer, behind more than anybody would read.
    const more = (): void => {
      while (!response.destroyed && sent < 64 * 2 ** 20) {
        sent += 65_536;
        if (!response.write(' '.repeat(65_536))) {
          response.once('drain', more);
          return;
        }
      }
      response.end('{"result":true}');
    };
    more();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const sidecar = new OpaSidecar(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, 10_000);
  await assert.rejects(sidecar.decide({ ...INPUT }), /more than 65536 bytes/);
  assert.ok(sent < 16 * 2 ** 20, `${sent} bytes were taken`);
});

test('the same policy in this process, replaced while it runs', { skip: noWasm }, async (t) => {
  const build = (...more: string[]): void => {
    const built = opa('build', '-t', 'wasm', '-e', 'tally/authz/decision', ...more, '-o', 'bundle.tar.gz');
    assert.equal(built.code, 0, built.out);
    assert.equal(spawnSync('tar', ['-xzf', 'bundle.tar.gz', '/policy.wasm'], { cwd: folder }).status, 0);
  };
  build(join(policies, 'authz.rego'));
  const path = pathToFileURL(join(modules!, '@open-policy-agent', 'opa-wasm', 'src', 'index.cjs')).href;
  const load = async () => ((await import(path)) as { default: never }).default;
  const problems: string[] = [];
  const policy = await OpaWasm.load(
    join(folder, 'policy.wasm'),
    ({ message }) => problems.push(message),
    undefined,
    load,
  );
  t.after(() => policy.close());
  const input = INPUT;
  assert.deepEqual(await policy.decide(input), { allow: true, reasons: [] });
  const refused = await policy.decide({ ...input, shown: 'static token' });
  assert.deepEqual(refused, { allow: false, reasons: ['a static token is for development'] });

  writeFileSync(join(folder, 'policy.wasm'), 'no wasm');
  await policy.reload();
  assert.equal(problems.length > 0, true);
  assert.equal((await policy.decide(input)).allow, true);
  writeFileSync(
    join(folder, 'none.rego'),
    'package tally.authz\n\ndecision := {"allow": false, "reasons": ["never"]}\n',
  );
  build('none.rego');
  await policy.reload();
  assert.deepEqual(await policy.decide(input), { allow: false, reasons: ['never'] });
});
