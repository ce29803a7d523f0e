/**
 * `npm run services:torture -- --keys 10000 --kills 500`: payments in a process that is killed again and again. Prints
 * what it has seen, or ends with the key that has two outcomes.
 */
import { parseArgs } from 'node:util';
import { killLoop } from './killed-loop.ts';

const { values } = parseArgs({
  options: { keys: { type: 'string', default: '10000' }, kills: { type: 'string', default: '500' } },
});
const begun = performance.now();
const result = await killLoop({
  keys: Number(values.keys),
  kills: Number(values.kills),
  killMsMax: 500,
  seen: (progress) => console.error(JSON.stringify(progress)),
});
console.log(JSON.stringify({ ...result, seconds: Math.round((performance.now() - begun) / 1000) }));
