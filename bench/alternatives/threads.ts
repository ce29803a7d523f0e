/**
 * One shared memory and three threads, against what else was possible (docs/adr/0004-one-memory-three-threads.md):
 * everything on the caller's thread, and messages between threads, which carry the same bytes and do no ledger's work
 * at all.
 *
 *   node dist/bench/alternatives/threads.js [--rounds 3] [--batches 122]
 *                          prints one JSON object; writes to the current folder's disk
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { commit, machine } from '../../packages/server/src/benchmark/index.ts';
import { openFolder } from '../../src/engine/index.ts';
import { NO_CONTEXT, Operation } from '../../src/model/index.ts';
import { AccountWord, CELL_WORDS } from '../words.ts';
import { ACCOUNTS, BATCH, events } from './workload.ts';

interface Figures {
  /** Batches of 8,189, four in flight. */
  readonly perSecond: number;
  /** One transfer a request, one request at a time: ms, sorted. */
  readonly single: Float64Array;
}

/** Sends one request and waits for its reply; bytes of transfers, 128 each. */
type Send = (transfers: Uint8Array) => Promise<unknown>;

const OUTSTANDING = 4;
const SINGLES = 3000;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, batches: { type: 'string', default: '122' } },
});
const batches = Number(values.batches);
const load = new Uint8Array(events(batches + 1, 'sequential').buffer);
/** Each in a buffer of its own: a message copies all of the buffer that lies under a view. */
const slices = Array.from({ length: batches }, (_, batch) =>
  load.slice(batch * BATCH * 128, (batch + 1) * BATCH * 128),
);

const designs: readonly [name: string, measure: () => Promise<Figures>][] = [
  ['three threads, one memory, durable', () => ledger('threads')],
  ['one thread, durable', () => ledger('inline')],
  ['MessagePort, bytes copied, no ledger', () => messages(false)],
  ['MessagePort, buffers moved, no ledger', () => messages(true)],
];

/** Of the minute before: what others did meanwhile. */
const load_average = loadavg()[0]!;
const found = new Map<string, Figures[]>();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, measure] of designs) found.set(name, [...(found.get(name) ?? []), await measure()]);
}
const rows = [...found].map(([design, all]) => {
  const single = all.map((figures) => figures.single).reduce((a, b) => (median(b) < median(a) ? b : a));
  return {
    design,
    'transfers/s, 4 batches of 8,189 in flight': Math.round(Math.max(...all.map(({ perSecond }) => perSecond))),
    'one transfer, p50, ms': round(median(single)),
    'p99, ms': round(single[Math.floor(single.length * 0.99)]!),
  };
});
const command = `node dist/bench/alternatives/threads.js --rounds ${values.rounds} --batches ${batches}`;
const date = new Date().toISOString().slice(0, 10);
console.log(JSON.stringify({ date, command, commit: commit(), machine: machine(), load_average, rows }, null, 2));

async function ledger(mode: 'threads' | 'inline'): Promise<Figures> {
  const folder = mkdtempSync(join(process.cwd(), 'tallystick-bench-'));
  try {
    const { engine } = await openFolder(folder, { mode });
    const request = (operation: Operation, bytes: Uint8Array): Promise<unknown> =>
      engine.request({
        operation,
        count: bytes.length / 128,
        write: (cells, at) => cells.bytes.set(bytes, at),
        read: () => undefined,
        context: NO_CONTEXT,
      });
    for (let first = 0; first < ACCOUNTS; first += BATCH) {
      const words = new Uint32Array(Math.min(BATCH, ACCOUNTS - first) * CELL_WORDS);
      for (let i = 0; i < words.length / CELL_WORDS; i++) {
        words[i * CELL_WORDS] = first + i + 1;
        words[i * CELL_WORDS + AccountWord.ledger] = 2;
        words[i * CELL_WORDS + AccountWord.code] = 1;
      }
      await request(Operation.create_accounts, new Uint8Array(words.buffer));
    }
    const figures = await measured((transfers) => request(Operation.create_transfers, transfers));
    await engine.close();
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A thread that answers each request with 16 bytes an event. `moved`: buffers change hands instead of being copied. */
async function messages(moved: boolean): Promise<Figures> {
  const echo = `const { parentPort } = require('node:worker_threads');
    parentPort.on('message', (request) => {
      const reply = new Uint8Array(request.length / 8);
      parentPort.postMessage(reply, ${moved} ? [reply.buffer] : []);
    });`;
  const worker = new Worker(echo, { eval: true });
  const waiting: ((reply: unknown) => void)[] = [];
  worker.on('message', (reply) => waiting.shift()!(reply));
  const figures = await measured((transfers) => {
    const request = moved ? transfers.slice() : transfers;
    worker.postMessage(request, moved ? [request.buffer as ArrayBuffer] : []);
    return new Promise((resolve) => waiting.push(resolve));
  });
  await worker.terminate();
  return figures;
}

async function measured(send: Send): Promise<Figures> {
  const start = performance.now();
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < batches) {
      await send(slices[next++]!);
    }
  };
  await Promise.all(Array.from({ length: OUTSTANDING }, sender));
  const perSecond = (batches * BATCH * 1000) / (performance.now() - start);
  const single = new Float64Array(SINGLES);
  for (let i = 0; i < SINGLES; i++) {
    const from = (batches * BATCH + i) * 128;
    const transfer = load.slice(from, from + 128);
    const sent = performance.now();
    await send(transfer);
    single[i] = performance.now() - sent;
  }
  return { perSecond, single: single.sort() };
}

function median(sorted: Float64Array): number {
  return sorted[sorted.length >> 1]!;
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
