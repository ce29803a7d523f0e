/** Runs the simulator on a copy with a planted bug until it finds something. */
import { execFile } from 'node:child_process';
import type { Bug } from './bug.ts';
import { plant } from './plant.ts';

export interface Finding {
  readonly found: boolean;
  /** The seed that found it. */
  readonly seed: number | undefined;
  /** The simulator's line that reproduces it, or all that it said. */
  readonly line: string;
  readonly seconds: number;
}

/** Tries `seeds` seeds from the bug's first on. A simulator that hangs for ten minutes has found nothing. */
export async function find(bug: Bug, seeds: number): Promise<Finding> {
  const started = performance.now();
  const main = await plant(bug);
  const output = await new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      [main, '--world', bug.world, '--from', String(bug.first ?? 1), '--seeds', String(seeds), '--until-found'],
      { timeout: 600_000, maxBuffer: 2 ** 26 },
      (_, stdout, stderr) => resolve(`${stdout}${stderr}`),
    );
  });
  const line = /^npm run sim -- (\d+) .*$/m.exec(output);
  return {
    found: line !== null,
    seed: line === null ? undefined : Number(line[1]),
    line: line?.[0] ?? output,
    seconds: (performance.now() - started) / 1000,
  };
}
