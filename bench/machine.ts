/**
 * The machine alone: batches of create_transfers executed back to back on one thread, no journal, no runs (the
 * generation's buffers are just reused).
 *
 *   node dist/bench/machine.js [--transfers 4000000] [--accounts 10000] [--batch 8189] [--ids sequential|random]
 */

import { parseArgs } from 'node:util';
import { EngineMemory, LARGE_SIZES } from '../src/engine/memory.ts';
import { Machine } from '../src/machine/index.ts';
import { CELL_SIZE, EVENTS_MAX, HeaderOffset, Operation, StateOffset } from '../src/model/index.ts';
import { AccountWord, CELL_WORDS, TransferWord } from './words.ts';

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
  bytes.fill(0, header, header + CELL_SIZE);
  timestamp += BigInt(count);
  op += 1n;
  view.setBigUint64(header + HeaderOffset.op, op, true);
  view.setBigUint64(header + HeaderOffset.timestamp, timestamp, true);
  view.setUint32(header + HeaderOffset.count, count, true);
  view.setUint32(header + HeaderOffset.cells, count, true);
  view.setUint16(header + HeaderOffset.operation, operation, true);
}
for (let at = 0; at < accounts; ) {
  const count = Math.min(EVENTS_MAX, accounts - at);
  for (let i = 0; i < count; i++) {
    const word = (header + (1 + i) * CELL_SIZE) / 4;
    u32.fill(0, word, word + CELL_WORDS);
    u32[word] = at + i + 1;
    u32[word + AccountWord.ledger] = 2;
    u32[word + AccountWord.code] = 1;
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
    const word = (header + (1 + i) * CELL_SIZE) / 4;
    u32.fill(0, word, word + CELL_WORDS);
    if (random) for (let k = 0; k < 4; k++) u32[word + k] = next();
    else u32[word] = id++;
    const debit = next() % accounts;
    u32[word + TransferWord.debit_account_id] = debit + 1;
    u32[word + TransferWord.credit_account_id] = ((debit + 1 + (next() % (accounts - 1))) % accounts) + 1;
    u32[word + TransferWord.amount] = next() % 10_000;
    u32[word + TransferWord.user_data_128] = next();
    u32[word + TransferWord.user_data_64] = next();
    u32[word + TransferWord.user_data_32] = next();
    u32[word + TransferWord.ledger] = 2;
    u32[word + TransferWord.code] = 1 + (next() % 1000);
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
    u32[(layout.machine.state + StateOffset.runsCount) / 4] = 0;
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
