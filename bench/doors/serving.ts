/**
 * A durable ledger in a new folder, served by a process of its own, for as long as it is measured. `SERVER_NODE_ARGS`
 * go to its Node: `--cpu-prof`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');

export interface DoorFigure {
  readonly name: string;
  readonly transfers: number;
  readonly transfers_per_second: number;
  readonly latency_ms: { readonly p50: number; readonly p99: number };
}

export type DoorName = 'tcp' | 'grpc' | 'msgpack' | 'http';
const doorNames: readonly DoorName[] = ['tcp', 'grpc', 'msgpack', 'http'];

/** Calls `measure` with the port of the door. */
export async function withServer<Result>(door: DoorName, measure: (port: number) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(process.cwd(), 'tallystick-bench-'));
  const { child, address } = await startServer(folder, door);
  try {
    return await measure(Number(/\d+$/.exec(address)![0]));
  } finally {
    await endServer(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * `tallystick serve` with one door, on a free port, as somebody runs it: its metrics are on. Says the door's address,
 * such as grpc://127.0.0.1:50051.
 */
export async function startServer(
  folder: string,
  door: DoorName,
  more: readonly string[] = [],
): Promise<{ readonly child: ChildProcess; readonly address: string }> {
  const ports = doorNames.flatMap((name) => [`--${name}-port`, name === door ? '0' : 'off']);
  const args = [
    ...(process.env.SERVER_NODE_ARGS?.split(' ') ?? []),
    main,
    'serve',
    folder,
    '--create',
    ...ports,
    ...more,
  ];
  const child = spawn(process.execPath, [...args, '--metrics-port', '0', '--log-level', 'warn'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [address] = new RegExp(`${door}://\\S+:\\d+`).exec(line) ?? [];
    if (address !== undefined) return { child, address };
  }
  throw new Error('the server does not start');
}

export async function endServer(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  await closed;
}

export function figure(name: string, transfers: number, began: number, latencies: number[]): DoorFigure {
  const seconds = (performance.now() - began) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => Number((latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(3));
  return {
    name,
    transfers,
    transfers_per_second: Math.round(transfers / seconds),
    latency_ms: { p50: at(0.5), p99: at(0.99) },
  };
}
