/**
 * `npm run services:screening -- --names 1000000`: how long a look-up takes among so many names, half of them spelt as
 * on the list but for a letter, half of them unknown.
 */
import { parseArgs } from 'node:util';
import { NameIndex } from '../../packages/services/src/screening/index-of-names.ts';
import { namesByChance } from '../../packages/services/test/names.ts';

const { values } = parseArgs({
  options: { names: { type: 'string', default: '10000' }, lookups: { type: 'string', default: '2000' } },
});
const names = namesByChance(Number(values.names), 1);
const begun = performance.now();
const index = new NameIndex(names.map((name, entry) => ({ name, entry })));
const built = performance.now() - begun;
const unknown = namesByChance(Number(values.lookups), 7);
const times: number[] = [];
const cpu = process.cpuUsage();
let hits = 0;
for (const [at, other] of unknown.entries()) {
  const known = names[(at * 7919) % names.length]!;
  const given = at % 2 === 0 ? other : known.replace(/(..)./, '$1');
  const from = performance.now();
  if (index.find(given, 85).length > 0) hits++;
  times.push(performance.now() - from);
}
const { user } = process.cpuUsage(cpu);
times.sort((a, b) => a - b);
const at = (share: number): number => Number(times[Math.floor(share * (times.length - 1))]!.toFixed(3));
const memory = Math.round(process.memoryUsage().heapUsed / 2 ** 20);
console.log(
  JSON.stringify({
    names: names.length,
    lookups: times.length,
    hits,
    buildMs: Math.round(built),
    heapMiB: memory,
    meanCpuMs: Number((user / 1000 / times.length).toFixed(3)),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  }),
);
