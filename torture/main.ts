/**
 * `npm run torture`: real processes, real files, real faults, and a client that remembers what it was told.
 *
 *   npm run torture                     everything: a thousand kills, a thousand power cuts
 *   npm run torture -- --quick          some of all kinds of faults
 *   npm run torture -- --cycles 200     so many kills
 *   npm run torture -- --power-cuts 50  so many cuts of the power; a thousand without it
 *   npm run torture -- cuts --cuts 50   so many cuts of connections; ten thousand without it
 *   npm run torture -- cuts --minutes 9 as many of them as come in that time
 *   npm run torture -- kill disk        only these: kill shards cluster cuts power hang disk limits rights writers
 *                                       clock files bytes
 *   npm run torture -- cluster --faults 20   so many faults of a cluster; three hundred without it
 *   npm run torture -- bytes --record   and writes their rows into the newest results
 *   npm run torture -- --seed 7         the same choices again; when a process dies the machine decides
 *
 * Writes torture/results/<date>-<commit>.json with the machine, commit and seed, from which `npm run docs` prints the
 * table in docs/reliability.md. Ends with 1 when anything was lost, doubled or wrong.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findServer } from '../packages/cluster/src/local/servers.ts';
import { commit, machine } from '../packages/server/src/benchmark/index.ts';
import { table } from '../packages/server/src/cli/print.ts';
import { packageRoot } from '../src/platform/index.ts';
import { clockSetBack } from './clock.ts';
import { tortureCluster } from './cluster/run.ts';
import { cutConnections } from './connection-cuts.ts';
import { corrupted } from './corrupt.ts';
import { faketime } from './faketime.ts';
import { fullDisks } from './full-disk.ts';
import { hangingDisks } from './hanging-disk.ts';
import { killLoop } from './kill.ts';
import { limitsReached } from './limits.ts';
import { powerCuts } from './power-cut.ts';
import { killAll } from './processes.ts';
import { readOnly } from './read-only.ts';
import { killShards } from './shards.ts';
import { type Row, Tally } from './tally.ts';
import { twoWriters } from './two-writers.ts';
import { wholeFiles } from './whole-files.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cuts: { type: 'string' },
    faults: { type: 'string' },
    cycles: { type: 'string' },
    minutes: { type: 'string' },
    'power-cuts': { type: 'string' },
    quick: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const { quick } = values;
const seed = Number(values.seed);
const cycles = Number(values.cycles ?? (quick ? 60 : 1000));
const powerCutsCount = Number(values['power-cuts'] ?? (quick ? 24 : 1000));

const faults: Readonly<Record<string, (home: string) => Promise<Tally>>> = {
  kill: (home) => killLoop({ folder: home, cycles, seed, served: 0.4, progress: progress('kills') }),
  shards: (home) =>
    killShards({ folder: home, cycles: quick ? 12 : 1000, seed, progress: progress('kills of shards') }),
  cluster: async (home) => {
    const program = findServer();
    if (program === undefined) return skipped('a cluster under load', 'there is no nats-server on PATH');
    const count = Number(values.faults ?? (quick ? 6 : 300));
    return tortureCluster({ folder: home, program, faults: count, seed, progress: (line) => console.error(line) });
  },
  cuts: (home) =>
    cutConnections({
      folder: home,
      cuts: Number(values.cuts ?? (quick ? 24 : 10_000)),
      minutes: Number(values.minutes ?? Number.POSITIVE_INFINITY),
      seed,
      progress: progress('cuts'),
    }),
  power: (home) =>
    powerCuts({
      folder: home,
      cuts: powerCutsCount,
      seed,
      cutsALedger: quick ? 6 : 25,
      progress: progress('power cuts'),
    }),
  hang: (home) => hangingDisks(home, quick ? 3 : 60, seed),
  disk: (home) => fullDisks(home, quick ? 2 : 8, seed),
  limits: (home) => limitsReached(home, quick ? 4 : 60, seed),
  rights: (home) => readOnly(home, seed),
  writers: (home) => twoWriters(home, quick ? 2 : 20, seed),
  clock: async (home) => {
    const library = faketime(join(home, 'faketime'));
    if (library === undefined) return skipped('clock set back and forth', "Debian's libfaketime is not to be had here");
    return clockSetBack(home, library, quick ? 2 : 12, seed);
  },
  files: (home) => wholeFiles(home, { seed, places: quick ? 1 : 20, flips: quick ? 20 : 500, large: !quick }),
  bytes: (home) => corrupted(home, seed, quick ? 600 : Number.POSITIVE_INFINITY),
};

function skipped(fault: string, why: string): Tally {
  const tally = new Tally(fault);
  tally.how = `not done: ${why}`;
  return tally;
}

function progress(what: string): (done: number, tally: Tally) => void {
  return (done, { checked, lost, doubled, wrong }) => {
    if (done % 50 === 0)
      console.error(`${done} ${what}: ${checked} checked, ${lost} lost, ${doubled} doubled, ${wrong} wrong`);
  };
}

const chosen = positionals.length > 0 ? positionals : Object.keys(faults);
const unknown = chosen.filter((name) => !(name in faults));
if (unknown.length > 0) throw new Error(`${unknown.join(', ')} is not among ${Object.keys(faults).join(', ')}`);

const home = mkdtempSync(join(os.tmpdir(), 'tallystick-torture-'));
const rows: Row[] = [];
/** The tree as it was at the start: recording a row changes it. */
const made = { date: new Date().toISOString().slice(0, 10), commit: commit(), seed };
const recording = values.record || (!quick && positionals.length === 0);
const findings: string[] = [];
try {
  for (const name of chosen) {
    const began = performance.now();
    const tally = await faults[name]!(home);
    rows.push(tally.row);
    findings.push(...tally.findings);
    // Record rows at once: an hour's work must not be lost with the row behind it.
    if (recording) record();
    console.error(`${name}: ${((performance.now() - began) / 1000).toFixed(0)} s; ${tally.how}`);
  }
} finally {
  await killAll();
  rmSync(home, { recursive: true, force: true });
}

const number = (value: number): string => value.toLocaleString('en-US');
console.log(
  table(
    [
      { title: 'fault', align: 'left' },
      { title: 'injected', align: 'right' },
      { title: 'acknowledgements checked', align: 'right' },
      { title: 'lost', align: 'right' },
      { title: 'doubled', align: 'right' },
      { title: 'wrong', align: 'right' },
    ],
    rows.map(({ fault, injected, checked, lost, doubled, wrong }) => [
      fault,
      ...[injected, checked, lost, doubled, wrong].map(number),
    ]),
  ),
);
for (const finding of findings) console.log(finding);
if (recording) console.log(record());
console.log(`seed ${seed}`);
if (findings.length > 0) process.exitCode = 1;

/** Writes a new file, or the rows of what was chosen into the newest one. Returns its path. */
function record(): string {
  const folder = join(packageRoot, 'torture', 'results');
  mkdirSync(folder, { recursive: true });
  const found = rows.map((row) => ({ ...row, ...made }));
  const last = positionals.length > 0 ? readdirSync(folder).sort().at(-1) : undefined;
  const path = join(folder, last ?? `${made.date}-${made.commit}.json`);
  const before = last === undefined ? [] : (JSON.parse(readFileSync(path, 'utf8')) as { faults: Row[] }).faults;
  const kept = before.map((row) => found.find(({ fault }) => fault === row.fault) ?? row);
  const added = found.filter(({ fault }) => !before.some((row) => row.fault === fault));
  writeFileSync(path, `${JSON.stringify({ machine: machine(), faults: [...kept, ...added] }, null, 2)}\n`);
  return path;
}
