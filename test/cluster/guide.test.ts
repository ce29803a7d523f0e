/**
 * docs/guides/cluster.md, done as it says: its files on three machines, which are addresses of loopback, its commands
 * with them, and a machine that is lost.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { MAIN } from '../../packages/cluster/src/local/nodes.ts';
import { findServer } from '../../packages/cluster/src/local/servers.ts';
import { connect, type Ledger } from '../../src/index.ts';
import { temporaryFolder } from '../support/folders.ts';

const PAGE = join(import.meta.dirname, '..', '..', '..', 'docs', 'guides', 'cluster.md');
const ADDRESSES = ['127.23.0.1', '127.23.0.2', '127.23.0.3'];
const TOGETHER_MS = 90_000;

const program = findServer();
const skip = program === undefined && 'there is no nats-server: put one on PATH, or its path into NATS_SERVER';
const systemd =
  spawnSync('systemd-analyze', ['--version']).error === undefined ? false : 'systemd-analyze is not on PATH';
const folder = temporaryFolder();
const page = readFileSync(PAGE, 'utf8');
const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** The block whose first line names that file. */
function file(path: string): string {
  const found = [...page.matchAll(/^```\w+\n# (\S+)\n([\s\S]*?)^```/gm)].find(([, named]) => named === path);
  assert.ok(found !== undefined, `the guide has no ${path}`);
  return found[2]!;
}

/** Commands with that beginning, as the guide has them. */
function commands(beginning: string): string[] {
  const found = page.split('\n').filter((line) => line.startsWith(beginning));
  assert.ok(found.length > 0, `the guide has no command ${beginning}`);
  return found;
}

const home = (machine: number): string => join(folder, `machine-${machine}`);
const etc = (machine: number): string => join(home(machine), 'etc');

/** What is said of the first machine, for another one, with addresses and folders of the test. */
function on(machine: number, text: string): string {
  const own = ADDRESSES[machine]!;
  return text
    .replaceAll('machine-1', `machine-${machine + 1}`)
    .replace(/^((?: *listen:|TALLYSTICK_HOST=).*)10\.0\.0\.1/gm, `$1${own}`)
    .replace('TALLYSTICK_NODE_ID=0', `TALLYSTICK_NODE_ID=${machine}`)
    .replace(/10\.0\.0\.([123])/g, (_, number) => ADDRESSES[Number(number) - 1]!)
    .replaceAll('127.0.0.1', own)
    .replaceAll('/etc/tallystick', etc(machine))
    .replaceAll('/var/lib/tallystick', join(home(machine), 'var'));
}

function settingsOf(machine: number): Record<string, string> {
  const lines = readFileSync(join(etc(machine), 'node.env'), 'utf8')
    .split('\n')
    .filter(Boolean);
  const settings = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
  // The guide leaves this one to loopback, which the machines of the test share.
  return { PATH: process.env.PATH!, ...settings, TALLYSTICK_METRICS_HOST: ADDRESSES[machine]! };
}

/** `tallystick …`, as somebody types it in `folder`. */
function typed(command: string, env: Record<string, string> = {}): Promise<string> {
  const [name, ...args] = command.split(' ');
  assert.equal(name, 'tallystick');
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env: { PATH: process.env.PATH, ...env } };
    execFile(process.execPath, [MAIN, ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${stdout}${stderr}`));
    });
  });
}

async function writeKeys(): Promise<void> {
  const [make] = commands('tallystick certificate');
  await typed(on(0, make!));
  const [token] = commands('tallystick token keys > ');
  writeFileSync(join(folder, 'token.jwt'), await typed(token!.split(' > ')[0]!));
}

function setUp(machine: number): void {
  for (const part of [etc(machine), join(home(machine), 'var')]) mkdirSync(part, { recursive: true });
  for (const key of ['ca', 'server', 'server-key', 'peer', 'peer-key']) {
    writeFileSync(join(etc(machine), `${key}.pem`), readFileSync(join(folder, 'keys', `${key}.pem`)));
  }
  writeFileSync(join(etc(machine), 'jwks.json'), readFileSync(join(folder, 'keys', 'jwks.json')));
  for (const name of ['nats.conf', 'node.env']) {
    writeFileSync(join(etc(machine), name), on(machine, file(`/etc/tallystick/${name}`)));
  }
}

function run(machine: number, name: string, words: readonly string[], env = process.env): ChildProcess {
  const log = openSync(join(home(machine), `${name}.log`), 'a');
  const child = spawn(words[0]!, words.slice(1), { stdio: ['ignore', log, log], env });
  running.add(child);
  return child;
}

/** Both units, as `systemctl enable --now` starts them at first. */
function start(machine: number): ChildProcess[] {
  const words = (unit: string): string[] => {
    const line = file(`/etc/systemd/system/tallystick-${unit}.service`).match(/^ExecStart=\/usr\/bin\/env (.*)$/m)!;
    return on(machine, line[1]!).split(' ');
  };
  const [, ...order] = words('order');
  const [, ...node] = words('node');
  const env = { ...settingsOf(machine), TALLYSTICK_CREATE: 'true' };
  return [run(machine, 'order', [program!, ...order]), run(machine, 'node', [process.execPath, MAIN, ...node], env)];
}

async function gone(children: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    children.map((child) => {
      const ended = once(child, 'exit');
      running.delete(child);
      child.kill('SIGKILL');
      return ended;
    }),
  );
}

interface Status {
  readonly nodes: readonly { readonly node: number; readonly role: string; readonly op: number }[];
}

/** What `tallystick cluster status` says on a machine, once it says what is wanted. */
async function status(machine: number, fits: (status: Status) => boolean): Promise<Status> {
  const [command] = commands('tallystick cluster status');
  for (const until = performance.now() + TOGETHER_MS; ; ) {
    const said = await typed(`${command} --json`, settingsOf(machine)).catch((error: Error) => error);
    if (typeof said === 'string' && fits(JSON.parse(said) as Status)) return JSON.parse(said) as Status;
    assert.ok(performance.now() < until, `${said}\n${logOf(0)}\n${logOf(1)}`);
  }
}

function logOf(machine: number): string {
  return readFileSync(join(home(machine), 'node.log'), 'utf8')
    .split('\n')
    .slice(-8)
    .join('\n');
}

/** Doors open when two of the machines have an order. */
async function client(): Promise<Ledger> {
  const addresses = settingsOf(0).TALLYSTICK_CLUSTER_IPS!.split(',');
  const [token, ca] = [join(folder, 'token.jwt'), join(folder, 'keys', 'ca.pem')].map((path) =>
    readFileSync(path, 'utf8'),
  );
  const options = { retry: true, reconnectTimeoutMs: TOGETHER_MS, token: token!.trim(), tls: { ca: ca! } };
  for (const until = performance.now() + TOGETHER_MS; ; await pause(200)) {
    const ledger = await connect(addresses, options).catch((error: Error) => error);
    if (!(ledger instanceof Error)) return ledger;
    assert.ok(performance.now() < until, `${ledger}\n${logOf(0)}`);
  }
}

const transfer = (id: bigint) => ({ id, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 });
const level = ({ nodes }: Status): boolean => nodes.length === 3 && new Set(nodes.map(({ op }) => op)).size === 1;

test('the guide makes a ledger on three machines, which loses one, and gets it back with an empty disk', {
  skip,
}, async () => {
  await writeKeys();
  for (const machine of [0, 1, 2]) setUp(machine);
  const machines = [0, 1, 2].map(start);
  const ledger = await client();
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  await ledger.createTransfers([transfer(1n)]);
  const { nodes } = await status(0, level);
  const lost = nodes.find(({ role }) => role === 'leading')!.node;

  await gone(machines[lost]!);
  await ledger.createTransfers([transfer(2n)]);
  rmSync(home(lost), { recursive: true });
  setUp(lost);
  start(lost);
  const back = await status((lost + 1) % 3, (said) => level(said) && said.nodes.some(({ op }) => op > 0));
  assert.equal(back.nodes.find(({ node }) => node === lost)!.role, 'following');
  const [account] = await ledger.lookupAccounts([1n]);
  assert.equal(account!.debits_posted, 2n);
  await ledger.close();
});

test('the units of the guide are units of systemd', { skip: systemd }, () => {
  const units = ['order', 'node'].map((name) => {
    const path = join(folder, `tallystick-${name}.service`);
    writeFileSync(path, file(`/etc/systemd/system/tallystick-${name}.service`));
    return path;
  });
  const { status: code, stdout, stderr } = spawnSync('systemd-analyze', ['verify', ...units], { encoding: 'utf8' });
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.equal(`${stdout}${stderr}`.trim(), '');
});
