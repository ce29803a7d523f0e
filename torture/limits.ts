/**
 * Descriptors and memory that run out while a ledger is at work: the limit of a process that lives is lowered to what
 * it has, or a little more. What it says has a code of ours; a process that the system ends for want of memory is one
 * that was killed. Everything told is there when the ledger is opened without the limit.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorTable } from '../src/model/index.ts';
import { Random } from '../testing/model/random.ts';
import { load, verify, verifyAll } from './client.ts';
import { ClientMemory, Wrong } from './memory.ts';
import { embed, type Holder, type Refused, serve } from './processes.ts';
import { Tally } from './tally.ts';

const RESOURCES = ['descriptors', 'memory'] as const;
type Resource = (typeof RESOURCES)[number];
type Kind = 'served' | 'embedded';

/** How much of each may be left. */
const DESCRIPTORS_LEFT = 4;
const MEMORY_LEFT = 96 * 2 ** 20;
/** Connections of strangers, who take descriptors and say nothing. */
const STRANGERS = 32;
const LOAD_MAX_MS = 1500;
/** Callers hear these when the process is gone; beside our own codes. */
const GONE: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'Error: the connection is gone',
  'Error: cut off',
]);

export async function limitsReached(home: string, rounds: number, seed: number): Promise<Tally> {
  const tally = new Tally('descriptors and memory that run out');
  const why = whyNot();
  if (why !== undefined) {
    tally.how = `not done: ${why}`;
    return tally;
  }
  const random = new Random(seed);
  const memory = new ClientMemory(random);
  const folder = join(home, 'limited');
  const heard = new Map<string, number>();
  try {
    for (let round = 0; round < rounds && tally.findings.length === 0; round++) {
      const resource = RESOURCES[round % 2]!;
      const kind: Kind = random.chance(0.4) ? 'served' : 'embedded';
      for (const code of await reachOnce(folder, resource, kind, memory, tally, random)) {
        heard.set(`${resource}: ${code}`, (heard.get(`${resource}: ${code}`) ?? 0) + 1);
      }
      await whole(folder, memory, tally);
      tally.injected++;
    }
  } catch (error) {
    tally.err((error as Error).stack ?? String(error));
  }
  tally.how = [...heard].map(([code, count]) => `${code} ${count}`).join(', ');
  return tally;
}

/** Undefined where limits of a process that lives can be set. */
function whyNot(): string | undefined {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' });
    readdirSync(`/proc/${process.pid}/fd`);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Leaves `process` what it has and `left` more. */
function limit(pid: number, resource: Resource, left: number): void {
  if (resource === 'descriptors') {
    // The number of a new one is the lowest that is free.
    const used = readdirSync(`/proc/${pid}/fd`).length;
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${used + left}:`]);
  } else {
    const size = Number(/VmSize:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
    execFileSync('prlimit', ['--pid', String(pid), `--as=${size + left}:`]);
  }
}

async function reachOnce(
  folder: string,
  resource: Resource,
  kind: Kind,
  memory: ClientMemory,
  tally: Tally,
  random: Random,
): Promise<Set<string>> {
  const holder: Holder = (await (kind === 'served' ? serve(folder) : embed(folder)))!;
  const strangers: Socket[] = [];
  try {
    await verify(holder.doors[0]!, memory, tally);
    let wantsMore = true;
    const loading = load(holder.doors, memory, tally, () => wantsMore);
    loading.catch(() => {});
    await sleep(random.between(1, 200));
    limit(holder.child.pid!, resource, random.below(1 + (resource === 'memory' ? MEMORY_LEFT : DESCRIPTORS_LEFT)));
    strangers.push(...(kind === 'served' ? knock(holder) : []));
    await Promise.race([sleep(random.between(100, LOAD_MAX_MS)), loading]);
    wantsMore = false;
    const killed = random.chance(0.5);
    if (killed) await holder.kill();
    const codes = await loading;
    // The system may end who has no memory.
    const mayBeGone = killed || resource === 'memory' || kind === 'served';
    for (const code of codes) check(code, resource, kind, mayBeGone);
    if (!killed) await holder.end().catch((error: Refused) => check(error.code, resource, kind, mayBeGone));
    return codes;
  } finally {
    for (const stranger of strangers) stranger.destroy();
    await holder.kill();
  }
}

/** Strangers at the server's door. */
function knock(holder: Holder): Socket[] {
  const { address } = holder;
  const { hostname, port } = new URL(address!);
  return Array.from({ length: STRANGERS }, () => {
    const socket = connect(Number(port), hostname);
    return socket.on('error', () => {});
  });
}

function check(code: string, resource: Resource, kind: Kind, mayBeGone: boolean): void {
  if (code in errorTable) return;
  if (mayBeGone && (code === 'gone' || GONE.has(code) || code.startsWith('exit '))) return;
  throw new Wrong(`${kind}, with no ${resource} left, it said ${code}`);
}

async function whole(folder: string, memory: ClientMemory, tally: Tally): Promise<void> {
  const holder = (await embed(folder))!;
  try {
    await verify(holder.doors[0]!, memory, tally);
    await verifyAll(holder.doors[0]!, memory, tally);
  } finally {
    await holder.end();
  }
}
