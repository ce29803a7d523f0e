/**
 * Machine in AssemblyScript or on typed arrays (docs/adr/0003-machine-in-assemblyscript.md): the same plain transfers
 * through the kernel and through three transcriptions of its path in TypeScript. Each run is a process of its own, so
 * that none inherits what the compiler learned from another; rounds take turns, so that all meet the same neighbours.
 *
 *   node dist/bench/alternatives/typed-arrays.js [--rounds 5] [--batches 245]      JSON, one object
 */

import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { commit, machine } from '../../packages/server/src/benchmark/index.ts';
import { CELL_SIZE, CONTROL_SIZE, ControlOffset, Operation } from '../../src/model/index.ts';
import { crc32 } from '../../src/platform/index.ts';
import { CELL_WORDS } from '../words.ts';
import { bigints } from './bigints.ts';
import { exact, narrow } from './hashes.ts';
import { limbs } from './limbs.ts';
import { type Apply, BATCH, events, type IdOrder, type World, world, writeHeader } from './workload.ts';

const candidates = {
  /** src/machine/kernel: AssemblyScript, compiled to WebAssembly. */
  kernel:
    ({ machine: kernel }: World): Apply =>
    (header, reply) =>
      kernel.apply(header, reply),
  /** TypeScript, u128 as four u32, the kernel's hashes. */
  limbs: (on: World): Apply => limbs(on, exact),
  /** The same with hashes that need 32-bit multiplications only. */
  'limbs-narrow': (on: World): Apply => limbs(on, narrow),
  /** TypeScript, BigUint64Array. */
  bigints,
} as const;
type Candidate = keyof typeof candidates;

const about: { readonly [name in Candidate]: string } = {
  kernel: 'AssemblyScript kernel',
  limbs: 'TypeScript, Int32Array, same hashes',
  'limbs-narrow': 'TypeScript, Int32Array, 32-bit hashes',
  bigints: 'TypeScript, BigUint64Array',
};

interface Result {
  readonly transfers_per_second: number;
  readonly batch_ms: { readonly p50: number; readonly max: number };
  /** Of everything left behind but hashes: results, accounts, rows, event records, spans. */
  readonly digest: number;
}

const { values } = parseArgs({
  options: {
    candidate: { type: 'string' },
    ids: { type: 'string', default: 'sequential' },
    rounds: { type: 'string', default: '5' },
    batches: { type: 'string', default: '245' },
  },
});
const batches = Number(values.batches);

if (values.candidate !== undefined) {
  console.log(JSON.stringify(run(values.candidate as Candidate, values.ids as IdOrder)));
} else {
  const rounds = Number(values.rounds);
  const load_average = loadavg()[0]!;
  const rows = [];
  for (const ids of ['sequential', 'scattered'] as const) {
    const results = new Map<Candidate, Result[]>();
    for (let round = 0; round < rounds; round++) {
      for (const name of Object.keys(candidates) as Candidate[]) {
        results.set(name, [...(results.get(name) ?? []), inProcess(name, ids)]);
      }
    }
    const digests = new Set([...results.values()].flat().map(({ digest }) => digest));
    if (digests.size !== 1) throw new Error(`candidates left different ledgers behind: ${[...digests].join(', ')}`);
    for (const [candidate, all] of results) rows.push(row(candidate, ids, all));
  }
  const command = `node dist/bench/alternatives/typed-arrays.js --rounds ${rounds} --batches ${batches}`;
  const date = new Date().toISOString().slice(0, 10);
  console.log(JSON.stringify({ date, command, commit: commit(), machine: machine(), load_average, rows }, null, 2));
}

function inProcess(candidate: Candidate, ids: IdOrder): Result {
  const args = [import.meta.filename, '--candidate', candidate, '--ids', ids, '--batches', `${batches}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${candidate}: ${stderr}`);
  return JSON.parse(stdout) as Result;
}

/** Others may use the machine: the best round is the least disturbed one. */
function row(candidate: Candidate, ids: IdOrder, all: readonly Result[]): Record<string, string | number> {
  const sorted = [...all].sort((a, b) => b.transfers_per_second - a.transfers_per_second);
  const best = sorted[0]!;
  return {
    candidate: about[candidate],
    ids,
    'transfers/s, best round': best.transfers_per_second,
    'batch p50, ms': best.batch_ms.p50,
    'worst batch, ms': best.batch_ms.max,
  };
}

/** The clock runs only while a batch is applied; cells lie in the ring before it. */
function run(candidate: Candidate, ids: IdOrder): Result {
  const on = world();
  const { memory, machine: kernel, header, reply, layout } = on;
  const apply = candidates[candidate](on);
  const cells = events(batches, ids);
  const durations = new Float64Array(batches);
  let results = 0;
  for (let batch = 0; batch < batches; batch++) {
    writeHeader(memory, header, Operation.create_transfers, BATCH, 20_000 + batch * (BATCH + 1));
    memory.u32.set(
      cells.subarray(batch * BATCH * CELL_WORDS, (batch + 1) * BATCH * CELL_WORDS),
      (header + CELL_SIZE) / 4,
    );
    if (kernel.generationIsFull(BATCH)) kernel.seal(kernel.generation + 1);
    const start = performance.now();
    apply(header, reply);
    durations[batch] = performance.now() - start;
    results = crc32(memory.bytes.subarray(reply, reply + BATCH * 16), results);
  }
  const total = durations.reduce((sum, each) => sum + each, 0);
  const sorted = durations.toSorted();
  const { accounts, rows, rowsCount, generations } = layout.machine;
  let digest = crc32(memory.bytes.subarray(accounts, accounts + 10_001 * 128), results);
  digest = crc32(memory.bytes.subarray(rows, rows + rowsCount * 128), digest);
  for (const { control, events: stored, spans } of generations) {
    const size = memory.u32[(control + ControlOffset.eventsSize) / 4]!;
    const count = memory.u32[(control + ControlOffset.spansCount) / 4]!;
    digest = crc32(memory.bytes.subarray(control, control + CONTROL_SIZE), digest);
    digest = crc32(memory.bytes.subarray(stored, stored + size), digest);
    digest = crc32(memory.bytes.subarray(spans, spans + count * 24), digest);
  }
  return {
    transfers_per_second: Math.round((batches * BATCH * 1000) / total),
    batch_ms: { p50: round(sorted[batches >> 1]!), max: round(sorted[batches - 1]!) },
    digest,
  };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
