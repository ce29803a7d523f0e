/**
 * The machine alone: batches of create_transfers executed back to back on one thread, no journal, no runs (the generation's buffers are just reused).
 *
 *   node dist/bench/machine.js [--transfers 4000000] [--accounts 10000] [--batch 8189] [--ids sequential|random]
 */
import { parseArgs } from 'node:util';
import { EngineMemory, LARGE_SIZES } from '../src/engine/memory.ts';
import { Machine, State } from '../src/machine/index.ts';
import { Operation } from '../src/model/index.ts';

const { values } = parseArgs({
  options: {
    transfers: { type: 'string', default: '4000000' },
    accounts: { type: 'string', default: '10000' },
    batch: { type: 'string', default: '8189' },
    ids: { type: 'string', default: 'sequential' },
  },
});
const total = Number(values.transfers);
const accounts = Number(values.accounts);
const batch = Number(values.batch);
const random = values.ids === 'random';

const memory = EngineMemory.create(LARGE_SIZES);
const machine = new Machine(memory.memory, memory.layout.machine, {
  rowOf: () => {},
  findCold: () => 0,
  resolutionOf: () => 0,
  transferAt: () => false,
  waitForBuilder: () => {},
});
machine.initialize();
const { view, bytes, u32, layout } = memory;
let seed = 42;
function next(): number {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return seed >>> 0;
}
let timestamp = 1_000_000_000n;
let op = 0n;
const header = layout.ring.cells;
function send(operation: number, count: number): void {
  bytes.fill(0, header, header + 128);
  timestamp += BigInt(count);
  op += 1n;
  view.setBigUint64(header + 8, op, true);
  view.setBigUint64(header + 16, timestamp, true);
  view.setUint32(header + 52, count, true);
  view.setUint32(header + 56, count, true);
  view.setUint16(header + 60, operation, true);
}
for (let at = 0; at < accounts; ) {
  const count = Math.min(8189, accounts - at);
  for (let i = 0; i < count; i++) {
    const event = header + 128 + i * 128;
    bytes.fill(0, event, event + 128);
    u32[event / 4] = at + i + 1;
    u32[event / 4 + 28] = 2;
    u32[event / 4 + 29] = 1;
  }
  send(Operation.create_accounts, count);
  machine.apply(header, layout.spare);
  at += count;
}
const times: number[] = [];
let id = 1;
let elapsed = 0;
let failed = 0;
for (let sent = 0; sent < total; sent += batch) {
  for (let i = 0; i < batch; i++) {
    const word = (header + 128 + i * 128) / 4;
    u32.fill(0, word, word + 32);
    if (random) for (let k = 0; k < 4; k++) u32[word + k] = next();
    else u32[word] = id++;
    const debit = next() % accounts;
    u32[word + 4] = debit + 1;
    u32[word + 8] = ((debit + 1 + (next() % (accounts - 1))) % accounts) + 1;
    u32[word + 12] = next() % 10_000;
    u32[word + 20] = next();
    u32[word + 24] = next();
    u32[word + 26] = next();
    u32[word + 28] = 2;
    u32[word + 29] = 1 + (next() % 1000);
  }
  send(Operation.create_transfers, batch);
  const start = performance.now();
  if (machine.generationIsFull(batch)) {
    const g = machine.generation;
    const free = (g + 1) % layout.machine.generations.length;
    machine.seal(free);
    machine.freeGeneration(g);
  }
  if (machine.idsAreFull(batch)) {
    machine.rotateIds();
    // Nothing older is asked for here: no runs.
    u32[(layout.machine.state + State.runsCount) / 4] = 0;
  }
  machine.apply(header, layout.spare);
  const time = performance.now() - start;
  elapsed += time;
  times.push(time);
  for (let i = 0; i < batch; i += 97) if (u32[(layout.spare + i * 16 + 8) / 4] !== 0xffff_ffff) failed++;
}
times.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    transfers: total,
    ids: values.ids,
    batch,
    failed,
    transfers_per_second: Math.round((total / elapsed) * 1000),
    batch_ms: {
      p1: times[Math.floor(times.length * 0.01)],
      p10: times[Math.floor(times.length * 0.1)],
      p50: times[times.length >> 1],
      p99: times[Math.floor(times.length * 0.99)],
      p100: times.at(-1),
    },
  }),
);
