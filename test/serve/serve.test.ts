/** `tallystick serve` as whoever runs it sees it: addresses, health, metrics, logs, a graceful end. */
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from '../../src/index.ts';

const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'tallystick-serve-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Ports that tests ask for are free ones, and doors that they do not speak of are closed. */
const QUIET = {
  TALLYSTICK_TCP_PORT: '0',
  TALLYSTICK_METRICS_PORT: '0',
  TALLYSTICK_GRPC_PORT: 'off',
  TALLYSTICK_HTTP_PORT: 'off',
  TALLYSTICK_MSGPACK_PORT: 'off',
};

interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

interface Server {
  readonly process: ChildProcess;
  readonly address: string;
  readonly metrics: string;
  readonly log: LogLine[];
  readonly exit: Promise<number | null>;
}

async function serve(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Server> {
  const child = spawn(process.execPath, [main, 'serve', '--create=true', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...QUIET, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const log: LogLine[] = [];
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    log.push(...lines.map((line) => JSON.parse(line) as LogLine));
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', resolve);
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${rest} ${JSON.stringify(log)}`)));
  });
  const address = /^tallystick serves \S+ at (tcp:\S+)/.exec(line)![1]!;
  const port = log.find(({ msg }) => msg === 'metrics')?.port;
  return { process: child, address, metrics: `http://127.0.0.1:${port}`, log, exit };
}

/** Refused before it began. */
function refused(args: readonly string[], environment: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'serve', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...QUIET, ...environment },
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.equal(status, 2, stdout + stderr);
  assert.equal(stdout, '');
  return stderr;
}

test('a folder without a ledger is refused: its volume may not be mounted; init makes one', async () => {
  assert.match(refused(['absent']), /not_found[\s\S]*tallystick init/);
  assert.equal(existsSync(join(folder, 'absent')), false);
  const init = (): ReturnType<typeof spawnSync> => spawnSync(process.execPath, [main, 'init', 'made'], { cwd: folder });
  assert.equal(init().status, 0);
  assert.equal(init().status, 2, 'there is one already');
  const server = await serve(['made', '--create=false']);
  server.process.kill();
  assert.equal(await server.exit, 0);
});

test('a server is ready, is counted, and ends when asked, with all that it acknowledged', async () => {
  const server = await serve(['books', '--node-id', '7']);
  assert.deepEqual(await (await fetch(`${server.metrics}/ready`)).json(), { state: 'ready' });
  const ledger = await connect(server.address);
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  await ledger.createTransfers([
    { id: 9n, debit_account_id: 1n, credit_account_id: 2n, amount: 5n, ledger: 1, code: 1 },
    { id: 9n, debit_account_id: 1n, credit_account_id: 2n, amount: 5n, ledger: 1, code: 1 },
  ]);
  const text = await (await fetch(`${server.metrics}/metrics`)).text();
  for (const line of [
    'tallystick_ready 1',
    'tallystick_accounts 2',
    'tallystick_journal_batches_total 2',
    'tallystick_journal_flush_seconds_count 2',
    'tallystick_rejected_events_total{operation="create_transfers",status="exists"} 1',
    'tallystick_fence 1',
    'tallystick_door_connections{door="native"} 1',
    'tallystick_submit_to_durable_seconds_count{lane="normal",door="native"} 2',
  ]) {
    assert.ok(text.includes(`\n${line}\n`), line);
  }
  const top = spawnSync(process.execPath, [main, 'top', server.metrics, '--once', '--interval', '50ms'], {
    encoding: 'utf8',
  });
  assert.equal(top.status, 0, top.stderr);
  assert.match(top.stdout, /^accounts +2 of 10,485,760$/m);
  await ledger.close();
  server.process.kill('SIGTERM');
  assert.equal(await server.exit, 0);
  const said = server.log.map(({ msg }) => msg);
  assert.deepEqual(said, [
    'limits',
    'metrics',
    'starting',
    'opening',
    'recovered',
    'listening',
    'draining',
    'drained',
    'ended',
  ]);
  assert.ok(server.log.every(({ node, level }) => node === 7 && level === 'info'));

  const again = await serve(['books'], { TALLYSTICK_LOG_LEVEL: 'warn', TALLYSTICK_METRICS_PORT: 'off' });
  const reader = await connect(again.address);
  assert.equal((await reader.lookupTransfers([9n])).length, 1);
  await reader.close();
  again.process.kill('SIGINT');
  assert.equal(await again.exit, 0);
  assert.deepEqual(again.log, []);
});

test('a server with a collector sends the spans of its requests', async () => {
  const bodies: string[] = [];
  const collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString('latin1'));
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  const server = await serve([':memory:', '--traces-endpoint', `http://127.0.0.1:${port}`], {
    TALLYSTICK_TRACES_SAMPLE_RATIO: '1',
  });
  const ledger = await connect(server.address);
  await ledger.createAccounts([{ id: 1n, ledger: 1, code: 1 }]);
  await ledger.close();
  server.process.kill('SIGTERM');
  assert.equal(await server.exit, 0);
  collector.close();
  for (const word of ['create_accounts', 'lane', 'sequencer', 'durable', 'reply', 'tallystick.door']) {
    assert.ok(bodies.join().includes(word), word);
  }
});

test('settings come from a file too, lane rules included', async () => {
  writeFileSync(
    join(folder, 'rules.json'),
    '[{ "lane": "critical", "code": 7 }, { "lane": "high", "amountMin": "1000" }]',
  );
  writeFileSync(
    join(folder, 'settings.json'),
    JSON.stringify({ folder: ':memory:', lanes: { policy: 'rules.json' }, log: { level: 'error' } }),
  );
  const server = await serve(['--config', 'settings.json'], { TALLYSTICK_METRICS_PORT: 'off' });
  server.process.kill('SIGTERM');
  assert.equal(await server.exit, 0);
  writeFileSync(join(folder, 'rules.json'), '[{ "lane": "urgent" }, { "lane": "high", "coed": 7 }]');
  const said = refused(['--config', 'settings.json']);
  assert.match(said, /lanes\.policy: rules\.json\nrule 0\.lane: .*\nrule 1: .*coed/);
});

test('with a token, nobody gets in without it', async () => {
  const token = 'sixteen-characters';
  const server = await serve([':memory:', '--tokens-static-role', 'read'], {
    TALLYSTICK_TOKENS_STATIC: token,
    TALLYSTICK_GRPC_PORT: '0',
    TALLYSTICK_HTTP_PORT: '0',
  });
  const stranger = await connect(server.address).catch((error: unknown) => error);
  assert.equal((stranger as { code?: string }).code, 'unauthenticated');
  const reader = await connect(server.address, { token });
  assert.deepEqual(await reader.lookupAccounts([1n]), []);
  await assert.rejects(reader.createAccounts([{ id: 1n, ledger: 1, code: 1 }]), { code: 'forbidden' });
  const http = server.log.find(({ door }) => door === 'http')!.url as string;
  assert.equal((await fetch(`${http}/v1/accounts/1`)).status, 401);
  assert.equal((await fetch(`${server.metrics}/metrics`)).status, 401);
  const authorization = `Bearer ${token}`;
  const text = await (await fetch(`${server.metrics}/metrics`, { headers: { authorization } })).text();
  // Of a connection that is still open.
  assert.match(text, /^tallystick_door_received_bytes_total\{door="native"\} [1-9]\d\d+$/m);
  await reader.close();
  assert.match(text, /^tallystick_door_refused_total\{door="http",code="unauthenticated"\} 1$/m);
  assert.match(text, /^tallystick_door_refused_total\{door="native",code="unauthenticated"\} 1$/m);
  server.process.kill('SIGTERM');
  assert.equal(await server.exit, 0);
  assert.ok(!JSON.stringify(server.log).includes(token));
  assert.deepEqual(
    server.log.filter(({ msg }) => msg === 'listening').map(({ door }) => door),
    ['native', 'grpc', 'http'],
  );
});

test('a server does not start if it would be open to strangers, or cannot have what it is told to', async () => {
  assert.match(refused([]), /configuration_invalid.*folder/);
  assert.match(refused([':memory:', '--host', '0.0.0.0']), /host is beyond this machine/);
  const first = await serve([':memory:']);
  const taken = new URL(first.metrics).port;
  assert.match(refused([':memory:', '--metrics-port', taken]), /not_listening.*EADDRINUSE/);
  assert.match(refused([':memory:', '--tcp-port', new URL(first.address).port]), /not_listening.*tcp\.port/);
  first.process.kill('SIGTERM');
  assert.equal(await first.exit, 0);
});

/** Given to a process from outside: at the signal it makes a mistake that nobody catches. */
const MISTAKE = `
import { isMainThread } from 'node:worker_threads';
if (isMainThread) process.on('SIGUSR2', () => void Promise.reject(new Error('planted')));
`;

test('a rejection that nobody handles ends the server with a fatal line and its exit code', async () => {
  const planted = `--import=data:text/javascript,${encodeURIComponent(MISTAKE)}`;
  const server = await serve([':memory:'], { NODE_OPTIONS: planted });
  server.process.kill('SIGUSR2');
  assert.equal(await server.exit, 2);
  const fatal = server.log.find(({ level }) => level === 'fatal')!;
  assert.match(fatal.msg, /nobody has caught/);
  assert.equal((fatal.err as Error).message, 'planted');
});
