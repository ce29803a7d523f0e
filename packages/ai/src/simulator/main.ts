/**
 * Prints how well models find frauds in a simulated world.
 *
 *   node dist/packages/ai/src/simulator/main.js [SEED …]
 */
import { compare } from './compare.ts';
import { simulate } from './run.ts';

const seeds = process.argv.slice(2).map(Number);
for (const seed of seeds.length > 0 ? seeds : [1]) {
  const seen = await simulate({ seed, accounts: 500, days: 40, casesOfEach: 40 });
  const { trained, tested, precision } = compare(seen, 24);
  console.log(`seed ${seed}: trained on ${trained.rows} payments with ${trained.frauds} frauds, of which`);
  console.log(`${trained.unreported} were not reported yet; tested on ${tested.rows} with ${tested.frauds}`);
  console.log('| scenario | frauds | trees | logistic regression | amount alone |\n|---|---:|---:|---:|---:|');
  for (const [name, { frauds, trees, logistic, amount }] of Object.entries(precision)) {
    console.log(`| ${[name, frauds, trees.toFixed(3), logistic.toFixed(3), amount.toFixed(3)].join(' | ')} |`);
  }
}
