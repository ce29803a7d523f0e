/**
 * `npm run bench -- metrics`: what counting costs. The same load through ingress and engine, in memory and on one
 * thread so that nothing but instructions is measured, on two ledgers: one counts as always, the other's counters and
 * histograms do nothing. They take turns of less than a few milliseconds, thousands of them, so that whatever else the
 * machine does meets both; each turn is compared with the other's next to it, and the median tells.
 *
 *   npm run bench -- metrics [--rounds 7]     prints one JSON object; a round is a process of its own
 */
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { commit, machine } from '../packages/server/src/benchmark/index.ts';
import { Ingress } from '../packages/server/src/server/index.ts';
import { DoorCounters } from '../src/base/index.ts';
import { MachineCounters } from '../src/engine/counters.ts';
import { type Engine, openMemory } from '../src/engine/index.ts';
import { type Cells, Operation } from '../src/model/index.ts';
import { AccountWord, CELL_WORDS, TransferWord } from './words.ts';

/** Transfers in a request, and requests of one turn. */
const loads = {
  single: { batch: 1, together: 256, turns: 6000 },
  'batch-8189': { batch: 8189, together: 1, turns: 320 },
} as const;
type Load = keyof typeof loads;

/** One request's. */
const ACCOUNTS = 8000;
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' }, load: { type: 'string' } } });

/** Medians, for one transfer. */
interface Round {
  readonly transfer_ns: number;
  /** More than that, when it is counted. */
  readonly counting_ns: number;
}

function child(load: Load): Round {
  const { status, stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, '--load', load], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Round;
}

class Uncounted extends MachineCounters {
  override request(): void {}
  override results(): void {}
  override worked(): void {}
}

interface Side {
  readonly engine: Engine;
  readonly ingress: Ingress;
  readonly door: DoorCounters | undefined;
  readonly events: readonly Uint8Array[];
  readonly turns: number[];
}

async function side(counts: boolean, { batch, together }: (typeof loads)[Load]): Promise<Side> {
  const { engine } = openMemory();
  if (!counts) Object.assign(engine.memory.counters, { machine: new Uncounted(new Float64Array(1024)) });
  const ingress = new Ingress(engine);
  await send(ingress, Operation.create_accounts, accounts(), undefined);
  const events = Array.from({ length: together }, () => transfers(batch));
  return { engine, ingress, door: counts ? new DoorCounters('bench') : undefined, events, turns: [] };
}

async function round(load: Load): Promise<Round> {
  const { batch, together, turns } = loads[load];
  const counted = await side(true, loads[load]);
  const uncounted = await side(false, loads[load]);
  let next = 1;
  for (let turn = 0; turn < turns; turn++) {
    for (const { ingress, door, events, turns: durations } of turn % 2 === 0
      ? [counted, uncounted]
      : [uncounted, counted]) {
      let id = next;
      for (const bytes of events) id = number(bytes, id);
      const began = performance.now();
      await Promise.all(events.map((bytes) => send(ingress, Operation.create_transfers, bytes, door)));
      durations.push(performance.now() - began);
    }
    next += batch * together;
  }
  await Promise.all([counted.engine.close(), uncounted.engine.close()]);
  // The first quarter is the compiler's.
  const each = uncounted.turns.slice(turns / 4).map((milliseconds) => (milliseconds * 1e6) / (batch * together));
  const more = each.map((nanoseconds, index) => {
    return (counted.turns[turns / 4 + index]! * 1e6) / (batch * together) - nanoseconds;
  });
  return { transfer_ns: median(each), counting_ns: median(more) };
}

function median(numbers: readonly number[]): number {
  return Number([...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!.toFixed(2));
}

async function send(
  ingress: Ingress,
  operation: Operation,
  events: Uint8Array,
  door: DoorCounters | undefined,
): Promise<void> {
  const write = ({ bytes }: Cells, at: number): void => bytes.set(events, at);
  const read = ({ u32 }: Cells, at: number): number => u32[at / 4 + 2]!;
  const status = await ingress.request({
    operation,
    count: events.length / 128,
    write,
    read,
    context: {
      events,
      ...(door && { door }),
    },
  });
  if (status !== 0xffff_ffff) throw new Error(`status ${status}`);
}

function accounts(): Uint8Array {
  const words = new Uint32Array(ACCOUNTS * CELL_WORDS);
  for (let i = 0; i < ACCOUNTS; i++) words.set([i + 1], i * CELL_WORDS);
  for (let i = 0; i < ACCOUNTS; i++) words.set([1, 1], i * CELL_WORDS + AccountWord.ledger);
  return new Uint8Array(words.buffer);
}

function transfers(count: number): Uint8Array {
  const words = new Uint32Array(count * CELL_WORDS);
  for (let i = 0; i < count; i++) words.set([1, 1], i * CELL_WORDS + TransferWord.ledger);
  return new Uint8Array(words.buffer);
}

/** Gives every transfer its id and accounts; the next id. */
function number(bytes: Uint8Array, first: number): number {
  const words = new Uint32Array(bytes.buffer);
  let id = first;
  for (let word = 0; word < words.length; word += 32, id++) {
    words[word] = id;
    words[word + 4] = 1 + (id % ACCOUNTS);
    words[word + 8] = 1 + ((id * 7 + 1) % ACCOUNTS);
    words[word + 12] = 1;
  }
  return id;
}

if (values.load !== undefined) {
  console.log(JSON.stringify(await round(values.load as Load)));
} else {
  const rounds = Number(values.rounds);
  const load_average = loadavg()[0]!;
  const rows = (Object.keys(loads) as Load[]).map((load) => {
    const all = Array.from({ length: rounds }, () => child(load));
    const transfer_ns = median(all.map((found) => found.transfer_ns));
    const counting_ns = median(all.map((found) => found.counting_ns));
    return {
      load,
      transfer_ns,
      counting_ns,
      percent: Number(((counting_ns / transfer_ns) * 100).toFixed(2)),
      rounds: all,
    };
  });
  const date = new Date().toISOString().slice(0, 10);
  const command = `npm run bench -- metrics --rounds ${rounds}`;
  console.log(JSON.stringify({ date, command, commit: commit(), machine: machine(), load_average, rows }, null, 2));
}
