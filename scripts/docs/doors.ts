/** The README's table of the doors, from what `npm run bench -- doors` wrote. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MachineText, machineText, newest } from './figures.ts';
import type { Printer } from './printer.ts';

interface Doors {
  readonly date: string;
  readonly commit: string;
  readonly load_before: number;
  readonly machine: MachineText;
  readonly figures: readonly {
    readonly name: string;
    readonly transfers_per_second: number;
    readonly latency_ms: { readonly p50: number; readonly p99: number };
  }[];
}

const folder = join('bench', 'results', 'doors');
const about: { readonly [name: string]: string } = {
  'native/batch-8189': 'native TCP, batches of 8189',
  'native/rejected': 'native TCP, batches of 8189, every transfer refused',
  'native/callers-64': 'native TCP, 64 callers, one transfer a request',
  'local/batch-100': 'same machine, batches of 100',
  'grpc/packed-1000': 'gRPC stream, packed batches of 1,000',
  'grpc/single': 'gRPC, 8 streams, one transfer a message',
  'msgpack/single': 'MessagePack over TCP, one transfer a message',
  'http/batch-100': 'HTTP/JSON, batches of 100',
};

/** A check reads the file that the block names; writing takes the newest. Nothing while there is none. */
export const doors: Printer = (root, note, check) => {
  const name = check ? note : newest(join(root, folder));
  if (name === '') return { note: '', text: '' };
  const read = JSON.parse(readFileSync(join(root, folder, name), 'utf8')) as Doors;
  const rows = read.figures.map(({ name: door, transfers_per_second: rate, latency_ms: { p50, p99 } }) => {
    const amount = rate >= 1e6 ? `${(rate / 1e6).toFixed(2)} million` : `${Math.round(rate / 1000)},000`;
    return `| ${about[door] ?? door} | ${amount} | ${p50.toFixed(1)} | ${p99.toFixed(1)} |`;
  });
  const text = [
    '| through a door of `tallystick serve` | transfers a second | p50, ms | p99, ms |',
    '|---|---:|---:|---:|',
    ...rows,
    '',
    `\`npm run bench -- doors\`: every transfer durable, server and client in processes of their own on the same cores; ${read.date}, commit ${read.commit}, ${machineText(read.machine)}, load average ${read.load_before.toFixed(1)} before; [${name}](bench/results/doors/${name}).`,
  ];
  return { note: name, text: text.join('\n') };
};
