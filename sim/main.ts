/**
 * The simulator's command. Every seed runs twice, and both runs must come out alike.
 *
 *   npm run sim -- 8231                  one seed
 *   npm run sim -- --smoke               the seeds of seeds.txt and as many others as fit into 40 seconds
 *   npm run sim -- --fresh --minutes 5   seeds that nobody has tried, for five minutes
 *   npm run sim -- --world town          only one of the worlds: disk, silent, files, town, shards, cluster,
 *                                        every-step, every-error
 *   npm run sim -- --from 1 --seeds 20   a range of them
 *   npm run sim -- --from 1 --seeds 20 --until-found     the same, and no more after the first that finds something
 *
 * Says every half minute how far it is, and at the end what happened how often.
 */
import './checkers/slices.ts';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { simulateCluster } from './cluster/simulation.ts';
import { simulateEveryError } from './every-error.ts';
import { simulateEveryStep } from './every-step.ts';
import { Broken } from './failure.ts';
import { simulateFiles } from './files.ts';
import { simulateTown } from './network/simulation.ts';
import { Report } from './report.ts';
import { simulateShards } from './shards/simulation.ts';
import { simulateSilence } from './silent.ts';
import { simulate } from './simulation.ts';

/**
 * A ledger on a disk that fails; one on a disk that lies; one whose files are lost, cut and swapped; a ledger with
 * doors, on a network that fails; many ledgers that are one, and routers that die; one ledger on three machines.
 */
const WORLDS = {
  disk: simulate,
  silent: simulateSilence,
  files: simulateFiles,
  town: simulateTown,
  shards: simulateShards,
  cluster: simulateCluster,
} as const;
/** The last two only when asked for: a seed takes as long as some dozens in the others. */
const ALL = { ...WORLDS, 'every-step': simulateEveryStep, 'every-error': simulateEveryError };
const SMOKE_MS = 40_000;

const { values, positionals } = parseArgs({
  options: {
    smoke: { type: 'boolean' },
    fresh: { type: 'boolean' },
    minutes: { type: 'string' },
    from: { type: 'string' },
    seeds: { type: 'string' },
    world: { type: 'string' },
    'until-found': { type: 'boolean' },
  },
  allowPositionals: true,
});
const worlds = Object.entries(values.world === undefined ? WORLDS : ALL)
  .filter(([name]) => values.world === undefined || values.world === name)
  .map(([, world]) => world);
if (worlds.length === 0) throw new Error(`there is no world ${values.world}; there are ${Object.keys(ALL).join(', ')}`);

/** False when the seed broke a promise; says so. */
async function twice(seed: number, report: Report): Promise<boolean> {
  const at = { step: 0 };
  try {
    for (const world of worlds) {
      const first = await world(seed, at);
      const second = await world(seed, at, true);
      // A disk's world is all microtasks, and Node keeps some of what they leave until they end.
      await setImmediate();
      if (first.digest !== second.digest)
        throw new Broken('determinism', 'a second run of the same seed came out otherwise');
      report.add(first, second);
    }
    return true;
  } catch (error) {
    const checker = error instanceof Broken ? error.checker : 'no error that the ledger may raise';
    console.log(error instanceof Broken ? error.message : ((error as Error).stack ?? String(error)));
    console.log(
      `npm run sim -- ${seed}${values.world === undefined ? '' : ` --world ${values.world}`}    # commit ` +
        `${commit()}, step ${at.step}, ${checker}`,
    );
    return false;
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

/** Seeds that once found something. */
function known(): number[] {
  const text = readFileSync(join(import.meta.dirname, '../../sim/seeds.txt'), 'utf8');
  return [...text.matchAll(/^\d+/gm)].map(([digits]) => Number(digits));
}

/** Which seeds, and for how many milliseconds those that follow one another from the last one on. */
function plan(): {
  readonly first: readonly number[];
  readonly from: number;
  readonly count: number;
  readonly limit: number;
} {
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes) * 60_000;
  const count = values.seeds === undefined ? Number.POSITIVE_INFINITY : Number(values.seeds);
  if (positionals.length > 0) return { first: positionals.map(Number), from: 0, count: 0, limit: 0 };
  const limit = minutes ?? (values.seeds === undefined ? SMOKE_MS : Number.POSITIVE_INFINITY);
  const first = values.smoke === true ? known() : [];
  if (values.from !== undefined) return { first, from: Number(values.from), count, limit };
  const fresh = values.fresh === true || minutes !== undefined;
  return { first, from: fresh ? Math.floor(Math.random() * 2 ** 31) : 1, count, limit };
}

async function main(): Promise<void> {
  const { first, from, count, limit } = plan();
  const report = new Report();
  const one = async (seed: number): Promise<boolean> => {
    const right = await twice(seed, report);
    report.done(seed, values.smoke === true ? '' : `next ${seed + 1}`);
    if (right) return true;
    process.exitCode = 1;
    return values['until-found'] !== true;
  };
  if (count > 0) console.log(`seeds from ${from} on`);
  let goOn = true;
  for (const seed of first) goOn = goOn && (await one(seed));
  for (let seed = from; goOn && seed < from + count && report.milliseconds < limit; seed++) goOn = await one(seed);
  report.end();
}

await main();
