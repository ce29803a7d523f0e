/**
 * The read side alone: `entries` transfers between `accounts` accounts, a journal on disk, runs built by the builder,
 * the newest two generations in memory.
 *
 *   node dist/bench/runs.js [--entries 10000000] [--accounts 10000] [--ids random|ascending] [--batch 8189]
 *                           [--folder DIR]
 *
 * Prints JSON. Times are of one thread. The journal is in the page cache as it was written, runs are after a first few
 * queries that find them cold. `cpu_us` is what the process used for a call on average: on a machine that does other
 * work, it says more than the clock.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sharedMemory } from '../src/base/index.ts';
import { CellReader, SumsCollector, writeSums } from '../src/journal/index.ts';
import type { GenerationBuffer } from '../src/machine/index.ts';
import {
  AccountFilterFlags,
  AccountFilterOffset,
  BLOCK_CELLS,
  BLOCK_ENTRIES,
  COLUMNS_COUNT,
  CONTROL_SIZE,
  Column,
  ControlOffset,
  GenerationState,
  Operation,
  QueryFilterOffset,
  SEGMENT_CELLS,
  SPAN_SIZE,
} from '../src/model/index.ts';
import { DiskStorage, type File } from '../src/platform/index.ts';
import {
  History,
  type HistoryLayout,
  projectorKernel,
  QUERY_SIZE,
  Run,
  RunBuilder,
  scratchSize,
} from '../src/projector/index.ts';
import { TransferWord } from './words.ts';

const { values: options } = parseArgs({
  options: {
    entries: { type: 'string', default: '10000000' },
    accounts: { type: 'string', default: '10000' },
    ids: { type: 'string', default: 'random' },
    batch: { type: 'string', default: '8189' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const entriesMax = Number(options.entries);
const accountsCount = Number(options.accounts);
const log2Entries = 20;
const generationEntries = 2 ** log2Entries;
const batchSize = Number(options.batch);
const eventsSizeMax = generationEntries * 40;
const spansMax = Math.ceil(generationEntries / batchSize);
const rowsCount = 131_072;

let end = 64;
const take = (size: number): number => {
  const at = end;
  end = Math.ceil((end + size) / 64) * 64;
  return at;
};
const layout: HistoryLayout = {
  log2Entries,
  generations: Array.from(
    { length: 2 },
    (): GenerationBuffer => ({
      control: take(CONTROL_SIZE),
      columns: Array.from({ length: COLUMNS_COUNT }, () => take(generationEntries * 4)),
      blocks: take((generationEntries / 64 + 1) * 4),
      events: take(eventsSizeMax),
      eventsSizeMax,
      spans: take(spansMax * SPAN_SIZE),
      spansMax,
    }),
  ),
  rows: take(rowsCount * 128),
  rowsCount,
  rowsTrusted: 2 ** 17,
  rowsFirst: 0,
  query: take(QUERY_SIZE),
  scratch: take(scratchSize(log2Entries)),
};
const accountRows = take(accountsCount * 128);
const memory = sharedMemory(Math.ceil(end / 65_536));
const bytes = new Uint8Array(memory.buffer);
const words = new Uint32Array(memory.buffer);
const view = new DataView(memory.buffer);
const kernel = projectorKernel(memory);

const folder = mkdtempSync(join(options.folder, 'tallystick-runs-'));
const storage = new DiskStorage();
storage.makeFolder(`${folder}/runs`);
storage.makeFolder(`${folder}/journal`);
const journal = new CellReader(storage, `${folder}/journal`, 0n);
const cells = {
  segmentCells: SEGMENT_CELLS,
  read: (cell: number, count: number, target: Uint8Array, at: number): void =>
    journal.readCells(cell, count, target, at),
};
const row = (lo: bigint): number => accountRows + (Number(lo) - 1) * 128;
for (let account = 0; account < accountsCount; account++) {
  words[(accountRows + account * 128) / 4] = account + 1;
  view.setUint16(accountRows + account * 128 + 118, 8, true); // history
}
const history = new History(memory, layout, cells, { row });
const builder = new RunBuilder(storage, `${folder}/runs`, memory, layout, 0n);

const hashOfAccount = Uint32Array.from({ length: accountsCount + 1 }, (_, id) => kernel.hash32(BigInt(id), 0n) >>> 0);
const hashOne = kernel.hash32(1n, 0n) >>> 0;
let seed = 1;
function random(below: number): number {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) % below;
}
/** A permutation of u32, so that ids are scattered, unique and can be asked for again. */
function idLow(entry: number): number {
  if (options.ids === 'ascending') return entry + 1;
  let x = Math.imul(entry ^ (entry >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

const buildTimes: number[] = [];
const buildCpu: number[] = [];
let stepMax = 0;
let entry = 0;
let cell = 1;
let segment: File | undefined;
let sums: SumsCollector | undefined;
let sumsSegment = 0;
let generation = 0;
const record = Uint8Array.of(0, 0x50, 0, 0x05, 0x50, ...new Array<number>(15).fill(7));
const batch = new Uint32Array((batchSize + 1) * 32);
const batchBytes = new Uint8Array(batch.buffer);

/** Of the segment that `cell` has left. */
function keepSums(): void {
  const segments = { storage, folder: `${folder}/journal`, ledgerId: 0n, segmentCells: SEGMENT_CELLS };
  if (sums !== undefined) writeSums(segments, sumsSegment++, { ...sums, op: 0, parent: 0 }, false);
}

function begin(index: number): void {
  const { control } = layout.generations[index]!;
  bytes.fill(0, control, control + CONTROL_SIZE);
  view.setFloat64(control + ControlOffset.firstEntry, entry, true);
  view.setUint32(control + ControlOffset.state, GenerationState.filling, true);
}

function build(index: number): void {
  const before = performance.now();
  const used = process.cpuUsage();
  const steps = builder.build(index, history.runs.length);
  let path = '';
  for (;;) {
    const start = performance.now();
    const step = steps.next();
    stepMax = Math.max(stepMax, performance.now() - start);
    if (step.done === true) {
      path = step.value;
      break;
    }
  }
  buildTimes.push(performance.now() - before);
  const { user, system } = process.cpuUsage(used);
  buildCpu.push(user + system);
  history.addRun(Run.open(storage, path, 0n));
}

function addBatch(): void {
  const count = Math.min(batchSize, entriesMax - entry);
  let { control, columns, blocks, events, spans } = layout.generations[generation]!;
  if (view.getUint32(control + ControlOffset.count, true) + count > generationEntries) {
    view.setUint32(control + ControlOffset.state, GenerationState.sealed, true);
    generation = 1 - generation;
    if (
      view.getUint32(layout.generations[generation]!.control + ControlOffset.state, true) === GenerationState.sealed
    ) {
      build(generation);
    }
    begin(generation);
    ({ control, columns, blocks, events, spans } = layout.generations[generation]!);
  }
  if ((cell % SEGMENT_CELLS) + count + 1 > SEGMENT_CELLS || segment === undefined) {
    if (segment !== undefined) cell = (Math.floor(cell / SEGMENT_CELLS) + 1) * SEGMENT_CELLS + 1;
    segment?.close();
    keepSums();
    sums = new SumsCollector(new Uint32Array(SEGMENT_CELLS / BLOCK_CELLS), 0);
    sums.add(new Uint8Array(128));
    const name = String(Math.floor(cell / SEGMENT_CELLS)).padStart(8, '0');
    segment = storage.open(`${folder}/journal/${name}.seg`, { mode: 'create' });
  }
  const first = view.getUint32(control + ControlOffset.count, true);
  let eventsSize = view.getUint32(control + ControlOffset.eventsSize, true);
  const span = spans + view.getUint32(control + ControlOffset.spansCount, true) * SPAN_SIZE;
  view.setUint32(span, first, true);
  view.setBigUint64(span + 8, BigInt(cell + 1), true);
  view.setBigUint64(span + 16, BigInt(entry + 1), true);
  view.setUint32(control + ControlOffset.spansCount, (span - spans) / SPAN_SIZE + 1, true);
  for (let index = 0; index < count; index++, entry++) {
    const debit = 1 + random(accountsCount);
    const credit = 1 + ((debit + random(accountsCount - 1)) % accountsCount);
    const at = (index + 1) * 32;
    const id = idLow(entry);
    batch[at] = id;
    batch[at + TransferWord.debit_account_id] = debit;
    batch[at + TransferWord.credit_account_id] = credit;
    batch[at + TransferWord.amount] = random(1000);
    batch[at + TransferWord.ledger] = 1;
    batch[at + TransferWord.code] = 1;
    const pos = first + index;
    words[columns[Column.id]! / 4 + pos] = kernel.hash32(BigInt(id), 0n);
    words[columns[Column.debitAccount]! / 4 + pos] = hashOfAccount[debit]!;
    words[columns[Column.creditAccount]! / 4 + pos] = hashOfAccount[credit]!;
    words[columns[Column.ledger]! / 4 + pos] = hashOne;
    words[columns[Column.code]! / 4 + pos] = hashOne;
    if (pos % BLOCK_ENTRIES === 0) words[blocks / 4 + pos / BLOCK_ENTRIES] = eventsSize;
    bytes.set(record, events + eventsSize);
    eventsSize += record.length;
    const to = (layout.rows + (entry % rowsCount) * 128) / 4;
    words.set(batch.subarray(at, at + TransferWord.timestamp), to);
    words[to + TransferWord.timestamp] = entry + 1;
    words[to + TransferWord.timestamp + 1] = 0;
  }
  view.setUint32(control + ControlOffset.eventsSize, eventsSize, true);
  view.setUint32(control + ControlOffset.count, first + count, true);
  sums?.add(batchBytes.subarray(0, (count + 1) * 128));
  segment.write(batchBytes.subarray(0, (count + 1) * 128), (cell % SEGMENT_CELLS) * 128);
  cell += count + 1;
}

/** Least, p50, p99 and the worst of `rounds` calls, in microseconds. */
function measure(rounds: number, act: (round: number) => number): object {
  const times = new Float64Array(rounds);
  let results = 0;
  const used = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint();
    results += act(round);
    times[round] = Number(process.hrtime.bigint() - start) / 1000;
  }
  const { user, system } = process.cpuUsage(used);
  times.sort();
  const at = (share: number): number => Math.round(times[Math.min(rounds - 1, Math.floor(rounds * share))]! * 10) / 10;
  const cpu_us = Math.round(((user + system) * 10) / rounds) / 10;
  return { rounds, cpu_us, min_us: at(0), p50_us: at(0.5), p99_us: at(0.99), max_us: at(1), results: results / rounds };
}

try {
  begin(0);
  const started = performance.now();
  while (entry < entriesMax) addBatch();
  keepSums();
  const filled = performance.now() - started;

  const target = new Uint8Array(8189 * 384);
  const filter = new Uint8Array(128);
  const fields = new DataView(filter.buffer);
  const account = (limit: number, reversed: boolean, operation: number) => (): number => {
    filter.fill(0);
    fields.setUint32(0, 1 + random(accountsCount), true);
    fields.setUint32(AccountFilterOffset.limit, limit, true);
    fields.setUint32(AccountFilterOffset.flags, 3 | (reversed ? AccountFilterFlags.reversed : 0), true);
    return history.query(operation, filter, 0, target, 0);
  };
  const transfers = (limit: number, code: number) => (): number => {
    filter.fill(0);
    fields.setBigUint64(QueryFilterOffset.timestamp_min, BigInt(1 + random(entriesMax)), true);
    fields.setUint16(QueryFilterOffset.code, code, true);
    fields.setUint32(QueryFilterOffset.limit, limit, true);
    return history.query(Operation.query_transfers, filter, 0, target, 0);
  };
  const changes = (limit: number) => (): number => {
    filter.fill(0);
    fields.setBigUint64(0, BigInt(1 + random(entriesMax)), true);
    fields.setUint32(16, limit, true);
    return history.query(Operation.get_change_events, filter, 0, target, 0);
  };
  const inRuns = history.runs.reduce((sum, run) => sum + run.count, 0);
  const sizes = history.runs.map((run) => {
    const file = storage.open(run.path, { mode: 'read' });
    const size = file.size();
    file.close();
    return size;
  });
  const find = (from: number, count: number, hi: bigint) => (): number =>
    history.findById(BigInt(idLow(from + random(count))), hi, inRuns) === undefined ? 0 : 1;
  const oneRound = account(8189, false, Operation.get_account_transfers);
  const first = measure(1, oneRound);
  const cold = measure(50, oneRound);
  for (const run of history.runs) run.verify();
  buildTimes.sort((a, b) => a - b);
  buildCpu.sort((a, b) => a - b);
  const buildMedian = buildTimes[buildTimes.length >> 1] ?? 0;
  const result = {
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, load: loadavg()[0] },
    entries: entriesMax,
    accounts: accountsCount,
    ids: options.ids,
    batch: batchSize,
    runs: history.runs.length,
    entries_in_memory: entriesMax - inRuns,
    fill_s: Math.round(filled / 100) / 10,
    build: {
      p50_ms: Math.round(buildMedian),
      max_ms: Math.round(buildTimes.at(-1) ?? 0),
      cpu_ns_per_entry: Math.round(((buildCpu[buildCpu.length >> 1] ?? 0) * 1000) / generationEntries),
      longest_step_ms: Math.round(stepMax * 10) / 10,
    },
    bytes_per_entry: Math.round((100 * sizes.reduce((sum, size) => sum + size, 0)) / inRuns) / 100,
    get_account_transfers_8189_first: first,
    get_account_transfers_8189_cold_runs: cold,
    get_account_transfers_8189: measure(500, oneRound),
    get_account_transfers_8189_reversed: measure(500, account(8189, true, Operation.get_account_transfers)),
    get_account_transfers_10_newest: measure(1000, account(10, true, Operation.get_account_transfers)),
    get_account_balances_8189: measure(300, account(8189, false, Operation.get_account_balances)),
    query_transfers_all_100: measure(1000, transfers(100, 0)),
    query_transfers_all_8189: measure(200, transfers(8189, 0)),
    query_transfers_code_8189: measure(200, transfers(8189, 1)),
    get_change_events_2730: measure(200, changes(2730)),
    find_by_id_hit: measure(20_000, find(0, inRuns, 0n)),
    find_by_id_miss: measure(20_000, find(0, entriesMax, 1n << 60n)),
    find_by_id_in_memory_too: measure(1000, () =>
      history.findById(BigInt(idLow(inRuns + random(entriesMax - inRuns))), 0n) === undefined ? 0 : 1,
    ),
  };
  console.log(JSON.stringify(result, undefined, 2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
