/**
 * The simulator's command. Every seed runs twice, and both runs must come out alike.
 *
 *   npm run sim -- 8231            one seed
 *   npm run sim -- --smoke         the seeds of seeds.txt and as many others as fit into 40 seconds
 *   npm run sim -- --minutes 30    seeds that nobody has tried, for half an hour
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Broken } from './failure.ts';
import { simulate } from './simulation.ts';

const SMOKE_MS = 40_000;

/** Of both runs of every seed. */
let batches = 0;

/** False when the seed broke a promise; says so. */
async function twice(seed: number, counts: Map<string, number>): Promise<boolean> {
  const at = { step: 0 };
  try {
    const first = await simulate(seed, at);
    const second = await simulate(seed, at, true);
    if (first.digest !== second.digest)
      throw new Broken('determinism', 'a second run of the same seed came out otherwise');
    batches += first.batches + second.batches;
    for (const [what, count] of first.counts) counts.set(what, (counts.get(what) ?? 0) + count);
    return true;
  } catch (error) {
    const checker = error instanceof Broken ? error.checker : 'no error that the ledger may raise';
    console.log(error instanceof Broken ? error.message : ((error as Error).stack ?? String(error)));
    console.log(`npm run sim -- ${seed}    # commit ${commit()}, step ${at.step}, ${checker}`);
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

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { smoke: { type: 'boolean' }, minutes: { type: 'string' } },
    allowPositionals: true,
  });
  const started = performance.now();
  const limit = values.minutes === undefined ? SMOKE_MS : Number(values.minutes) * 60_000;
  const first = values.minutes === undefined ? 1 : Math.floor(Math.random() * 2 ** 31);
  const given = positionals.map(Number);
  const counts = new Map<string, number>();
  let done = 0;
  const seeds = given.length > 0 ? given : values.smoke === true ? known() : [];
  for (const seed of seeds) {
    if (!(await twice(seed, counts))) process.exitCode = 1;
    done++;
  }
  if (given.length === 0) {
    for (let seed = first; performance.now() - started < limit; seed++) {
      if (!(await twice(seed, counts))) process.exitCode = 1;
      done++;
    }
  }
  const { user, system } = process.cpuUsage();
  const perMinute = Math.round((batches * 60e6) / (user + system));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const happened = [...counts].sort().map(([what, count]) => `${count} ${what}`);
  console.log(
    `${done} seeds, each twice, in ${seconds} s; ${batches} batches, ${perMinute} a minute of CPU: ${happened.join(', ')}`,
  );
}

await main();
