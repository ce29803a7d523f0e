/**
 * How bytes may get from a client to a server on the same machine (docs/adr/0010-unix-socket.md). No ledger: the server
 * copies every request to where the ring would be, and answers with as many results. Requests of 100 transfers, 64 of
 * them unanswered at a time; then of one transfer, one at a time.
 *
 *   node dist/bench/alternatives/local.js [--rounds 3] [--seconds 1.5]      JSON, one object
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { commit, machine } from '../../packages/server/src/benchmark/index.ts';
import { fifoClient, fifoServer } from './local/fifo.ts';
import { fileClient, fileServer } from './local/file.ts';
import { reading, socketClient, socketServer } from './local/socket.ts';
import type { Client, Exchange, Server } from './local/transport.ts';

interface Design {
  readonly name: string;
  readonly serve: Server;
  readonly connect: Client;
}

const designs: readonly Design[] = [
  { name: 'TCP, loopback', serve: socketServer('tcp', reading.chunks), connect: socketClient('tcp', 1) },
  {
    name: 'TCP, loopback, read into one buffer of 256 KiB',
    serve: socketServer('tcp', reading.buffer(256)),
    connect: socketClient('tcp', 1),
  },
  { name: 'Unix socket', serve: socketServer('unix', reading.chunks), connect: socketClient('unix', 1) },
  {
    name: 'Unix socket, read into one buffer of 64 KiB',
    serve: socketServer('unix', reading.buffer(64)),
    connect: socketClient('unix', 1),
  },
  {
    name: 'Unix socket, read into one buffer of 256 KiB',
    serve: socketServer('unix', reading.buffer(256)),
    connect: socketClient('unix', 1),
  },
  {
    name: 'four Unix sockets, read into a buffer of 256 KiB each',
    serve: socketServer('unix', reading.buffer(256)),
    connect: socketClient('unix', 4),
  },
  { name: 'file in /dev/shm, Unix socket for a bell', serve: fileServer, connect: fileClient },
  { name: 'named pipes, a thread at each end that reads', serve: fifoServer, connect: fifoClient },
];

const BATCH: Exchange = { request: 128 * 101, reply: 128 + 1664, inFlight: 64 };
const ONE: Exchange = { request: 256, reply: 256, inFlight: 1 };

interface Figures {
  readonly perSecond: number;
  /** Processor time of both sides, user and system, microseconds. */
  readonly cpu: number;
  /** Round trip in ms, median. */
  readonly median: number;
}

async function measure(design: Design, exchange: Exchange, seconds: number): Promise<Figures> {
  const folder = mkdtempSync('/dev/shm/tallystick-bench-');
  const child = fork(import.meta.filename, ['--serve', design.name, '--at', folder], { serialization: 'advanced' });
  try {
    child.send(exchange);
    await once(child, 'message');
    const { send, end } = await design.connect(folder, exchange, () => answered());
    const times: number[] = [];
    const sent: number[] = [];
    let open = true;
    let drained = (): void => {};
    const answered = (): void => {
      times.push(performance.now() - sent.shift()!);
      if (open) ask();
      else if (sent.length === 0) drained();
    };
    const ask = (): void => {
      sent.push(performance.now());
      send();
    };
    for (let i = 0; i < exchange.inFlight; i++) ask();
    await pause(seconds * 300);
    times.length = 0;
    const [began, used, usedThere] = [performance.now(), process.cpuUsage(), await cpuOf(child)];
    await pause(seconds * 1000);
    const elapsed = (performance.now() - began) / 1000;
    const here = process.cpuUsage(used);
    const cpu = here.user + here.system + (await cpuOf(child)) - usedThere;
    const answers = times.length;
    open = false;
    await new Promise<void>((resolve) => (drained = resolve));
    await end();
    times.sort((a, b) => a - b);
    return { perSecond: answers / elapsed, cpu: cpu / answers, median: times[times.length >> 1] ?? 0 };
  } finally {
    child.kill();
    await once(child, 'close');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function cpuOf(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [used] = (await once(child, 'message')) as [number];
  return used;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1.5' },
    only: { type: 'string', default: '' },
    serve: { type: 'string' },
    at: { type: 'string', default: '' },
  },
});

if (values.serve !== undefined) {
  const [exchange] = (await once(process, 'message')) as [Exchange];
  await designs.find(({ name }) => name === values.serve)!.serve(values.at, exchange);
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send!(user + system);
  });
  process.send!('ready');
} else {
  const load_average = loadavg()[0]!;
  const chosen = designs.filter(({ name }) => name.includes(values.only));
  const best = chosen.map(() => ({ perSecond: 0, cpu: Number.POSITIVE_INFINITY, median: Number.POSITIVE_INFINITY }));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [index, design] of chosen.entries()) {
      const row = best[index]!;
      const batches = await measure(design, BATCH, Number(values.seconds));
      const ones = await measure(design, ONE, Number(values.seconds) / 3);
      row.perSecond = Math.max(row.perSecond, batches.perSecond);
      row.cpu = Math.min(row.cpu, batches.cpu);
      row.median = Math.min(row.median, ones.median);
    }
  }
  const rows = chosen.map(({ name }, index) => ({
    'how the bytes get there': name,
    'requests of 100 transfers a second': Math.round(best[index]!.perSecond),
    'processor time for one, both sides, µs': Number(best[index]!.cpu.toFixed(1)),
    'one transfer, one at a time, p50, µs': Math.round(best[index]!.median * 1000),
  }));
  const command = ['node', 'dist/bench/alternatives/local.js', ...process.argv.slice(2)].join(' ');
  const date = new Date().toISOString().slice(0, 10);
  console.log(JSON.stringify({ date, command, commit: commit(), machine: machine(), load_average, rows }, null, 2));
}
