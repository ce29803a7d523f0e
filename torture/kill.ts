/**
 * kill -9 at random moments, over and over: while it starts, while it recovers, under load from every door. After each
 * the ledger is opened again and asked for all that it had acknowledged.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../testing/model/random.ts';
import { load, verify, verifyAll } from './client.ts';
import { ClientMemory } from './memory.ts';
import { embed, type Holder, serve } from './processes.ts';
import { Tally } from './tally.ts';

export interface KillOptions {
  readonly folder: string;
  readonly cycles: number;
  readonly seed: number;
  /** Share of cycles whose process is `tallystick serve`; the others are programs with a ledger of their own. */
  readonly served: number;
  readonly progress: (done: number, tally: Tally) => void;
}

/** Cycles that one ledger lives through. */
const CYCLES_A_LEDGER = 40;
/** Share of cycles that are killed before they listen. */
const EARLY = 0.15;

type Kind = 'served' | 'embedded';

/** How long it took to open lately, in milliseconds; early kills fall somewhere within. */
const usual: Record<Kind, number> = { served: 600, embedded: 250 };

export async function killLoop(options: KillOptions): Promise<Tally> {
  const tally = new Tally('kill -9 under load, and while it starts');
  const random = new Random(options.seed);
  let memory = new ClientMemory(random);
  let early = 0;
  let ledgers = 0;
  let path = '';
  for (let cycle = 0; cycle < options.cycles; cycle++) {
    if (cycle % CYCLES_A_LEDGER === 0) {
      if (cycle > 0) await finish(path, memory, tally);
      path = join(options.folder, `killed-${ledgers++}`);
      memory = new ClientMemory(random);
    }
    const kind: Kind = random.chance(options.served) ? 'served' : 'embedded';
    if (random.chance(EARLY)) {
      early++;
      await start(kind, path, random, random.between(1, usual[kind] * 1.2));
    } else await cycleOf(kind, path, memory, tally, random);
    tally.injected++;
    options.progress(cycle + 1, tally);
    if (tally.findings.length > 0) break;
  }
  if (tally.findings.length === 0) await finish(path, memory, tally);
  tally.how = `real processes: ${tally.injected - early} under load, ${early} while they started; ${doorsOf(tally)}`;
  return tally;
}

function doorsOf(tally: Tally): string {
  const counts = [...tally.doors].sort(([a], [b]) => a.localeCompare(b));
  return counts.map(([door, count]) => `${door} ${count.toLocaleString('en-US')}`).join(', ');
}

function start(kind: Kind, path: string, random: Random, killAfter?: number): Promise<Holder | undefined> {
  const early = killAfter === undefined ? {} : { killAfter };
  if (kind === 'served') return serve(path, early);
  return embed(path, {
    sizes: random.chance(0.8) ? 'small' : 'large',
    mode: random.chance(0.8) ? 'threads' : 'inline',
    ...early,
  });
}

async function cycleOf(kind: Kind, path: string, memory: ClientMemory, tally: Tally, random: Random): Promise<void> {
  const began = performance.now();
  const holder = (await start(kind, path, random))!;
  usual[kind] = (usual[kind] * 3 + performance.now() - began) / 4;
  try {
    await verify(random.pick(holder.doors), memory, tally);
    const loading = load(holder.doors, memory, tally);
    // A failed check ends the load; the process is killed either way.
    await Promise.race([sleep(random.between(1, 100)), loading]);
    await holder.kill();
    await loading;
  } catch (error) {
    tally.err((error as Error).stack ?? String(error));
  } finally {
    await holder.kill();
  }
}

/** Opens it in order, reads everything, closes it, and opens it once more. */
async function finish(path: string, memory: ClientMemory, tally: Tally): Promise<void> {
  try {
    for (let time = 0; time < 2; time++) {
      const holder = (await embed(path))!;
      await verify(holder.doors[0]!, memory, tally);
      await verifyAll(holder.doors[0]!, memory, tally);
      await holder.end();
    }
  } catch (error) {
    tally.err((error as Error).stack ?? String(error));
  }
}
