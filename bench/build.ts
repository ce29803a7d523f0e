/**
 * The builder alone: one full generation becomes a run, over and over.
 *
 *   node dist/bench/build.js [--rounds 9] [--accounts 10000] [--user_data] [--span 8189] [--keep] [--folder DIR]
 *
 * `--user_data` gives every entry its own user data, as TigerBeetle's benchmark does. `--span` is the number of entries
 * in a batch. `--keep` removes the runs only at the end, so that each is written to memory that the page cache has not
 * had before. Prints JSON: CPU is of the whole process.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sharedMemory } from '../src/base/index.ts';
import type { GenerationBuffer } from '../src/machine/index.ts';
import { COLUMNS_COUNT, CONTROL_SIZE, Column, ControlOffset, GenerationState, SPAN_SIZE } from '../src/model/index.ts';
import { DiskStorage } from '../src/platform/index.ts';
import { type HistoryLayout, projectorKernel, Run, RunBuilder, scratchSize } from '../src/projector/index.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    accounts: { type: 'string', default: '10000' },
    user_data: { type: 'boolean', default: false },
    span: { type: 'string', default: '8189' },
    keep: { type: 'boolean', default: false },
    folder: { type: 'string', default: tmpdir() },
  },
});
const rounds = Number(options.rounds);
const accounts = Number(options.accounts);
const spanEntries = Number(options.span);
const entries = 2 ** 20;
const eventsSizeMax = entries * 24;
const spansMax = Math.ceil(entries / spanEntries);

let end = 64;
const take = (size: number): number => {
  const at = end;
  end = Math.ceil((end + size) / 64) * 64;
  return at;
};
const generation: GenerationBuffer = {
  control: take(CONTROL_SIZE),
  columns: Array.from({ length: COLUMNS_COUNT }, () => take(entries * 4)),
  blocks: take((entries / 64 + 1) * 4),
  events: take(eventsSizeMax),
  eventsSizeMax,
  spans: take(spansMax * SPAN_SIZE),
  spansMax,
};
const layout: HistoryLayout = {
  log2Entries: 20,
  generations: [generation],
  rows: 0,
  rowsCount: 1,
  rowsTrusted: 1,
  rowsFirst: 0,
  query: 0,
  scratch: take(scratchSize(20)),
};
const memory = sharedMemory(Math.ceil(end / 65_536));
const bytes = new Uint8Array(memory.buffer);
const words = new Uint32Array(memory.buffer);
const view = new DataView(memory.buffer);
const kernel = projectorKernel(memory);

let seed = 1;
function random(): number {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return seed >>> 0;
}

const record = Uint8Array.of(0, 0x50, 0, 0x05, 0x50, ...new Array<number>(15).fill(7));
const one = kernel.hash32(1n, 0n);
for (let pos = 0; pos < entries; pos++) {
  const put = (column: number, hash: number): void => {
    words[generation.columns[column]! / 4 + pos] = hash;
  };
  put(Column.id, kernel.hash32(BigInt(pos + 1), 0n));
  put(Column.debitAccount, kernel.hash32(BigInt(1 + (random() % accounts)), 0n));
  put(Column.creditAccount, kernel.hash32(BigInt(1 + (random() % accounts)), 0n));
  for (const column of options.user_data ? [Column.userData128, Column.userData64, Column.userData32] : [])
    put(column, random() | 1);
  put(Column.ledger, one);
  put(Column.code, one);
  if (pos % 64 === 0) words[generation.blocks / 4 + pos / 64] = pos * record.length;
  bytes.set(record, generation.events + pos * record.length);
  if (pos % spanEntries === 0) {
    const batch = pos / spanEntries;
    const span = generation.spans + batch * SPAN_SIZE;
    view.setUint32(span, pos, true);
    view.setBigUint64(span + 8, BigInt(pos + batch + 2), true);
    view.setBigUint64(span + 16, 1_700_000_000_000_000_000n + BigInt(pos) + BigInt(batch) * 1_000_003n, true);
  }
}
view.setUint32(generation.control + ControlOffset.count, entries, true);
view.setUint32(generation.control + ControlOffset.eventsSize, entries * record.length, true);
view.setUint32(generation.control + ControlOffset.spansCount, spansMax, true);
view.setUint32(generation.control + ControlOffset.state, GenerationState.sealed, true);

const folder = mkdtempSync(join(options.folder, 'tallystick-build-'));
const storage = new DiskStorage();
const builder = new RunBuilder(storage, folder, memory, layout, 0n);
const cpu: number[] = [];
const wall: number[] = [];
const longest: number[] = [];
const opened: number[] = [];
const openedCpu: number[] = [];
let size = 0;

/** Least, median, most. */
function spread(values: number[]): string {
  values.sort((a, b) => a - b);
  return [values[0]!, values[values.length >> 1]!, values.at(-1)!].map((value) => value.toFixed(1)).join(' ');
}

try {
  for (let round = 0; round < rounds; round++) {
    const used = process.cpuUsage();
    const started = performance.now();
    const steps = builder.build(0, round);
    let most = 0;
    let path = '';
    for (;;) {
      const start = performance.now();
      const step = steps.next();
      most = Math.max(most, performance.now() - start);
      if (step.done === true) {
        path = step.value;
        break;
      }
    }
    wall.push(performance.now() - started);
    const { user, system } = process.cpuUsage(used);
    cpu.push(((user + system) * 1000) / entries);
    longest.push(most);
    const before = process.cpuUsage();
    const opening = performance.now();
    Run.open(storage, path, 0n).close();
    opened.push(performance.now() - opening);
    const { user: u, system: s } = process.cpuUsage(before);
    openedCpu.push((u + s) / 1000);
    const file = storage.open(path, { mode: 'read' });
    size = file.size();
    file.close();
    if (!options.keep) storage.remove(path);
  }
  const result = {
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, load: loadavg()[0]!.toFixed(1) },
    rounds,
    entries,
    'wall ms (least, median, most)': spread(wall),
    'cpu ns an entry': spread(cpu),
    'longest step ms': spread(longest),
    'open: wall ms': spread(opened),
    'open: cpu ms': spread(openedCpu),
    'bytes an entry': (size / entries).toFixed(1),
  };
  console.log(JSON.stringify(result, undefined, 2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
