/**
 * Plants one bug, or all, and says after how many seeds the simulator finds them: `node dist/sim/canary/main.js [NAME
 * …]`.
 */
import { bugs } from './bugs.ts';
import { find } from './find.ts';

const names = process.argv.slice(2);
for (const bug of bugs.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const { found, seed, line, seconds } = await find(bug, bug.seeds);
  console.log(`${bug.name}: ${found ? `seed ${seed}` : `NOT in ${bug.seeds} seeds`}, ${seconds.toFixed(1)} s  ${line}`);
  if (!found) process.exitCode = 1;
}
