/**
 * The ring alone, between two threads that spin: no journal, no machine. A producer fills every byte of each cell, a
 * consumer reads each cell.
 *
 *   node dist/bench/ring.js [--cells 32768] [--seconds 2] [--request 1,16,128]      JSON, one object
 *
 * `events_per_second` counts body cells (and the header itself for requests that are a header only); `hop_ns` is half a
 * round trip over two rings.
 */

import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { CELL_SIZE, HeaderOffset } from '../src/model/index.ts';
import { RingReader, RingWriter } from '../src/ring/index.ts';

/** Words of the control line; each on a cache line of its own. */
const CURSOR = 0;
const RELEASED = 32;
/** Where the consumer leaves the sum of what it read. */
const SUM = 64;
const CONTROL_BYTES = 512;

interface Task {
  readonly kind: 'take' | 'echo';
  readonly there: SharedArrayBuffer;
  readonly back: SharedArrayBuffer;
  readonly cells: number;
  /** Requests to take before the end. */
  readonly requests: number;
}

const layoutOf = (cells: number) => ({ cells: CONTROL_BYTES, cellsCount: cells });
const bufferOf = (cells: number): SharedArrayBuffer => new SharedArrayBuffer(CONTROL_BYTES + cells * CELL_SIZE);

class Producer {
  readonly #words: Int32Array;
  readonly #u32: Uint32Array;
  readonly #f64: Float64Array;
  readonly #writer: RingWriter;
  #released = 0;

  constructor(buffer: SharedArrayBuffer, cells: number) {
    this.#words = new Int32Array(buffer, 0, CONTROL_BYTES / 4);
    this.#u32 = new Uint32Array(buffer);
    this.#f64 = new Float64Array(buffer);
    this.#writer = new RingWriter(buffer, layoutOf(cells));
  }

  /** A header and `body` cells, all of their bytes written. */
  send(body: number, value: number): void {
    let at = this.#writer.claim(body, this.#released);
    while (at < 0) {
      this.#released = Atomics.load(this.#words, RELEASED);
      at = this.#writer.claim(body, this.#released);
    }
    const words = this.#f64;
    const end = (at + (body + 1) * CELL_SIZE) >> 3;
    for (let word = at >> 3; word < end; word += 16) {
      words[word] = value;
      words[word + 1] = value;
      words[word + 2] = value;
      words[word + 3] = value;
      words[word + 4] = value;
      words[word + 5] = value;
      words[word + 6] = value;
      words[word + 7] = value;
      words[word + 8] = value;
      words[word + 9] = value;
      words[word + 10] = value;
      words[word + 11] = value;
      words[word + 12] = value;
      words[word + 13] = value;
      words[word + 14] = value;
      words[word + 15] = value;
    }
    this.#u32[(at + HeaderOffset.cells) >> 2] = body;
    this.#u32[(at + HeaderOffset.operation) >> 2] = 1;
    this.#writer.advance(body);
    Atomics.store(this.#words, CURSOR, this.#writer.position);
  }
}

class Consumer {
  readonly #words: Int32Array;
  readonly #u32: Uint32Array;
  readonly #f64: Float64Array;
  readonly #reader: RingReader;
  taken = 0;
  sum = 0;

  constructor(buffer: SharedArrayBuffer, cells: number) {
    this.#words = new Int32Array(buffer, 0, CONTROL_BYTES / 4);
    this.#u32 = new Uint32Array(buffer);
    this.#f64 = new Float64Array(buffer);
    this.#reader = new RingReader(buffer, layoutOf(cells));
  }

  /** Everything that is there; false when nothing was. */
  take(): boolean {
    const cursor = Atomics.load(this.#words, CURSOR);
    if (cursor === this.#reader.position) return false;
    for (let at = this.#reader.next(cursor); at >= 0; at = this.#reader.next(cursor)) {
      const end = at + (this.#u32[(at + HeaderOffset.cells) >> 2]! + 1) * CELL_SIZE;
      for (let cell = at; cell < end; cell += CELL_SIZE) this.sum += this.#f64[cell >> 3]!;
      this.taken++;
    }
    Atomics.store(this.#words, RELEASED, this.#reader.position);
    return true;
  }
}

if (isMainThread) measure();
else other(workerData as Task);

function other({ kind, there, back, cells, requests }: Task): void {
  const consumer = new Consumer(there, cells);
  const answers = new Producer(back, cells);
  while (consumer.taken < requests) if (consumer.take() && kind === 'echo') answers.send(0, consumer.taken);
  new Float64Array(there)[SUM / 2] = consumer.sum;
  if (kind === 'take') answers.send(0, 1);
}

async function measure(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cells: { type: 'string', default: '32768' },
      seconds: { type: 'string', default: '2' },
      request: { type: 'string', default: '1,16,128' },
    },
  });
  const cells = Number(values.cells);
  const report: Record<string, number> = {};
  for (const size of values.request.split(',').map(Number)) {
    report[`cells_per_second_by_${size}`] = await throughput(cells, size, Number(values.seconds));
  }
  console.log(JSON.stringify({ ring_cells: cells, ...report, hop_ns: await hops(cells, 200_000) }));
}

function start(task: Task): { ended: Promise<unknown> } {
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  const ended = new Promise((resolve, reject) => {
    worker.on('exit', resolve);
    worker.on('error', reject);
  });
  return { ended };
}

/** Cells a second; `size` cells a request, its header among them. */
async function throughput(cells: number, size: number, seconds: number): Promise<number> {
  const run = async (requests: number): Promise<number> => {
    const [there, back] = [bufferOf(cells), bufferOf(cells)];
    const { ended } = start({ kind: 'take', there, back, cells, requests });
    const producer = new Producer(there, cells);
    const last = new Consumer(back, cells);
    // The first request finds the other thread awake.
    producer.send(size - 1, 1);
    while (Atomics.load(new Int32Array(there), RELEASED) === 0);
    const began = performance.now();
    for (let i = 1; i < requests; i++) producer.send(size - 1, i);
    while (!last.take());
    const took = performance.now() - began;
    await ended;
    assert.equal(
      new Float64Array(there)[SUM / 2],
      size * (1 + (requests * (requests - 1)) / 2),
      'every cell arrived once',
    );
    return ((requests - 1) * size) / (took / 1000);
  };
  const rate = await run(Math.ceil(1_000_000 / size));
  return Math.round(await run(Math.ceil((rate * seconds) / size)));
}

/** One request at a time, there and back: half of the time, as percentiles in ns. */
async function hops(cells: number, rounds: number): Promise<{ [percentile: string]: number }> {
  const [there, back] = [bufferOf(cells), bufferOf(cells)];
  const warmup = 20_000;
  const { ended } = start({ kind: 'echo', there, back, cells, requests: warmup + rounds });
  const producer = new Producer(there, cells);
  const answers = new Consumer(back, cells);
  const times = new Float64Array(rounds);
  for (let i = -warmup; i < rounds; i++) {
    const began = process.hrtime.bigint();
    producer.send(0, i);
    while (!answers.take());
    if (i >= 0) times[i] = Number(process.hrtime.bigint() - began) / 2;
  }
  await ended;
  times.sort();
  const at = (share: number): number => Math.round(times[Math.min(rounds - 1, Math.floor(rounds * share))]!);
  return { p50: at(0.5), p99: at(0.99), 'p99.9': at(0.999), p100: at(1) };
}
