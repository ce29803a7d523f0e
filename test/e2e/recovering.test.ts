/**
 * A ledger that has much to recover: the process answers meanwhile, says how far it is, and ends when it is asked to.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { open, type RecoveryProgress } from '../../src/index.ts';
import { temporaryFolder } from '../support/access.ts';

const TRANSFERS = 1_000_000;
/** A probe's answer; the promise is 50 ms on a machine with a core to spare, and CI has none. */
const ANSWER_MS_MAX = 500;
const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
const folder = temporaryFolder();
const killed = join(folder, 'killed');
after(() => rmSync(folder, { recursive: true }));

before(async () => {
  const script = join(import.meta.dirname, 'recovering-child.js');
  const child = spawn(process.execPath, [script, killed, String(TRANSFERS)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  // Everything is replayed.
  rmSync(join(killed, 'snapshots'), { recursive: true, force: true });
});

function copy(name: string): string {
  const path = join(folder, name);
  cpSync(killed, path, { recursive: true });
  return path;
}

interface Served {
  readonly child: ChildProcess;
  readonly log: () => string;
  readonly metrics: string;
}

/** Resolves when the metrics port is open, which is before recovery begins. */
async function serve(path: string): Promise<Served> {
  const ports = ['--tcp-port', '0', '--metrics-port', '0'];
  const child = spawn(process.execPath, [main, 'serve', path, ...ports], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    log += chunk;
  });
  for (;;) {
    const port = /"port":(\d+),"msg":"metrics"/.exec(log)?.[1];
    if (port !== undefined) return { child, log: () => log, metrics: `http://127.0.0.1:${port}` };
    assert.equal(child.exitCode, null, log);
    await sleep(5);
  }
}

interface Probed {
  readonly status: number;
  readonly milliseconds: number;
  readonly state: string;
  readonly recovered?: number;
}

async function probe(served: Served): Promise<Probed> {
  const asked = performance.now();
  const response = await fetch(`${served.metrics}/live`);
  const said = (await response.json()) as { state: string; recovered?: number };
  return { status: response.status, milliseconds: performance.now() - asked, ...said };
}

test('a server answers /live at any moment of its recovery, and says how far it is', async (t) => {
  const served = await serve(copy('served'));
  const seen: Probed[] = [];
  do seen.push(await probe(served));
  while (seen.at(-1)!.state !== 'ready');
  const recovering = seen.filter(({ state }) => state === 'recovering');
  const shares = recovering.map(({ recovered }) => recovered ?? 0);
  assert.ok(
    shares.some((share) => share > 0 && share < 1),
    `between: ${shares}`,
  );
  assert.deepEqual(
    shares,
    shares.toSorted((a, b) => a - b),
  );
  assert.ok(seen.every(({ status }) => status === 200));
  const longest = Math.max(...seen.map(({ milliseconds }) => milliseconds));
  t.diagnostic(`${seen.length} probes, ${recovering.length} while recovering, the slowest ${longest.toFixed(1)} ms`);
  assert.ok(longest < ANSWER_MS_MAX, `${longest} ms`);
  const text = await (await fetch(`${served.metrics}/metrics`)).text();
  assert.match(text, /^tallystick_recovery_progress_ratio 1$/m);
  served.child.kill('SIGTERM');
  const [code] = (await once(served.child, 'exit')) as [number | null];
  assert.equal(code, 0);
});

test('SIGTERM ends a server that recovers, and the next one has everything', async () => {
  const path = copy('interrupted');
  const served = await serve(path);
  while (((await probe(served)).recovered ?? 0) === 0);
  served.child.kill('SIGTERM');
  const [code] = (await once(served.child, 'exit')) as [number | null];
  assert.equal(code, 0, served.log());
  assert.match(served.log(), /ended before the ledger was recovered/);
  await using ledger = await open(path);
  const [account] = await ledger.lookupAccounts([1n]);
  assert.equal(account?.debits_posted, BigInt(TRANSFERS));
});

test('open lets the event loop turn, tells its progress, and ends by its signal', async () => {
  const path = copy('signal');
  const leaving = new AbortController();
  const told: RecoveryProgress[] = [];
  const opening = open(path, {
    signal: leaving.signal,
    recovering: (progress) => {
      told.push(progress);
      if (progress.bytes > 0) leaving.abort();
    },
  });
  await assert.rejects(opening, { code: 'closed' });
  assert.ok(told.length > 1 && told.at(-1)!.bytes < told.at(-1)!.bytesTotal);
  await assert.rejects(open(path, { signal: AbortSignal.abort() }), { code: 'closed' });
  const whole: RecoveryProgress[] = [];
  await using ledger = await open(path, { recovering: (progress) => whole.push(progress) });
  assert.equal((await ledger.lookupAccounts([2n]))[0]?.credits_posted, BigInt(TRANSFERS));
  assert.ok(whole.at(-1)!.bytes >= TRANSFERS * 128);
});
