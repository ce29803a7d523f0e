/**
 * `npm run bench -- ai`: what this package promises, measured on this machine.
 *
 *   npm run bench -- ai           a table
 *   npm run bench -- ai --json    { rows: [{ row, measured, must, aim, unit, met }], commit, machine, load }
 *
 * Where others use the machine, CPU time and ratios in turns still say something; seconds do not. `load` says how many
 * processes wanted to run in the minute before.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { commit, machine } from '../../server/src/benchmark/index.ts';
import { Engine } from '../src/language/engine.ts';
import { skip, tiny } from '../test/language.ts';
import { fraudRows } from './fraud.ts';
import { languageRows } from './language.ts';
import { missing, type Row } from './rows.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean' } } });
const load = loadavg()[0]!;
const engine = skip === false ? await Engine.open(tiny(), { context: 512, slots: 8 }) : undefined;
const rows: Row[] = [];
if (engine !== undefined) rows.push(...(await languageRows(engine)));
else rows.push(missing('language models', skip || '', { must: 0, aim: 0, unit: '' }));
rows.push(...(await fraudRows(engine)));
await engine?.close();

if (values.json === true)
  console.log(JSON.stringify({ rows, commit: commit(), machine: machine(), load }, undefined, 2));
else {
  for (const { row, measured, must, aim, unit, met, why } of rows) {
    const said = measured === null ? `not measured: ${why}` : `${measured} ${unit}`;
    console.log(`${row.padEnd(52)} ${said}   (must ${must}, aim ${aim}: ${met ?? '-'})`);
  }
  console.log(`load in the minute before: ${load.toFixed(1)}`);
}
