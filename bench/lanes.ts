/**
 * `npm run bench -- lanes`: what a critical caller waits while the normal lane is flooded. One process, the ingress over a durable engine:
 *
 *   critical   one transfer every 2 ms      ─┐
 *   high       ten transfers every 5 ms     ─┼─> ingress ─> engine on threads ─> disk
 *   normal     as much as its lane takes    ─┘
 *
 * Latency counts from the moment a request was due. Prints one JSON object.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { build, type Histogram } from 'hdr-histogram-js';
import { commit, machine } from '../src/cli/environment.ts';
import { openFolder } from '../src/engine/index.ts';
import { type Cells, Operation } from '../src/model/index.ts';
import { Ingress, LANES, type Lane } from '../src/server/index.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '8' }, batch: { type: 'string', default: '1000' } },
});
const milliseconds = Number(values.seconds) * 1000;
const batch = Number(values.batch);
/** Normal requests that wait at any time. */
const FLOOD = 32;
const ACCOUNTS = 1000;

const folder = mkdtempSync(join(process.cwd(), 'tallystick-lanes-'));
const { engine } = await openFolder(folder, { mode: 'threads' });
const ingress = new Ingress(engine);
let id = 1;

await ingress.request(
  Operation.create_accounts,
  ACCOUNTS,
  ({ bytes, u32 }, at) => {
    bytes.fill(0, at, at + ACCOUNTS * 128);
    for (let i = 0; i < ACCOUNTS; i++) {
      u32[at / 4 + i * 32] = i + 1;
      u32[at / 4 + i * 32 + 28] = 1;
      u32[at / 4 + i * 32 + 29] = 1;
    }
  },
  () => {},
);

function transfers({ bytes, u32 }: Cells, at: number, count: number): void {
  bytes.fill(0, at, at + count * 128);
  for (let i = 0; i < count; i++) {
    const word = at / 4 + i * 32;
    u32[word] = id++;
    u32[word + 4] = 1 + (id % ACCOUNTS);
    u32[word + 8] = 1 + ((id + 7) % ACCOUNTS);
    u32[word + 12] = 1;
    u32[word + 28] = 1;
    u32[word + 29] = 1;
  }
}

function send(lane: Lane, count: number): Promise<void> {
  return ingress.request(
    Operation.create_transfers,
    count,
    (cells, at) => transfers(cells, at, count),
    ({ u32 }, at, size) => {
      for (let result = at; result < at + size; result += 16) {
        if (u32[result / 4 + 2] !== 0xffff_ffff) throw new Error(`a transfer was not created: ${u32[result / 4 + 2]}`);
      }
    },
    { wish: lane },
  );
}

interface Phase {
  readonly latency: { readonly [lane in Lane]: Histogram };
  normalTransfers: number;
}

/** Runs the two callers that must not wait, with or without the flood. */
async function phase(flood: boolean): Promise<Phase> {
  const latency = { critical: histogram(), high: histogram(), normal: histogram() };
  const result: Phase = { latency, normalTransfers: 0 };
  const end = performance.now() + milliseconds;
  const paced = async (lane: Lane, every: number, count: number): Promise<void> => {
    const flights: Promise<void>[] = [];
    for (let due = performance.now(); due < end; due += every) {
      await sleep(Math.max(0, due - performance.now()));
      flights.push(timed(lane, count, due));
    }
    await Promise.all(flights);
  };
  const timed = async (lane: Lane, count: number, due: number): Promise<void> => {
    await send(lane, count);
    latency[lane].recordValue(Math.max(1, Math.round((performance.now() - due) * 1000)));
  };
  const flooding = async (): Promise<void> => {
    while (performance.now() < end) {
      await timed('normal', batch, performance.now());
      result.normalTransfers += batch;
    }
  };
  await Promise.all([
    paced('critical', 2, 1),
    paced('high', 5, 10),
    ...(flood ? Array.from({ length: FLOOD }, flooding) : []),
  ]);
  return result;
}

function histogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
}

function percentiles(found: Histogram): object | null {
  if (found.totalCount === 0) return null;
  const at = (percentile: number): number => found.getValueAtPercentile(percentile) / 1000;
  return { requests: found.totalCount, p50_ms: at(50), p99_ms: at(99), 'p99.9_ms': at(99.9), p100_ms: at(100) };
}

const shown = ({ latency }: Phase): object =>
  Object.fromEntries(LANES.map((lane) => [lane, percentiles(latency[lane])]));

await phase(false);
const quiet = await phase(false);
const flooded = await phase(true);
await ingress.close();
await engine.close();
rmSync(folder, { recursive: true, force: true });
console.log(
  JSON.stringify(
    {
      quiet: shown(quiet),
      flooded: shown(flooded),
      normal_transfers_per_second: Math.round((flooded.normalTransfers / milliseconds) * 1000),
      normal_batch: batch,
      commit: commit(),
      machine: machine(),
    },
    null,
    2,
  ),
);
