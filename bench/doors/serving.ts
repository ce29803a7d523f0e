/** A durable ledger in a new folder, served by a process of its own, for as long as it is measured. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.js');

export interface DoorFigure {
  readonly name: string;
  readonly transfers: number;
  readonly transfers_per_second: number;
  readonly latency_ms: { readonly p50: number; readonly p99: number };
}

/** Calls `measure` with the port of the door `http` or `msgpack`. */
export async function withServer<Result>(door: string, measure: (port: number) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(process.cwd(), 'tallystick-bench-'));
  const child = spawn(process.execPath, [main, 'serve', folder, '--tcp-port', '0', `--${door}-port`, '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    return await measure(await portOf(child, door));
  } finally {
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    await closed;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function portOf(child: ChildProcess, door: string): Promise<number> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const [, port] = new RegExp(`${door}://\\S+:(\\d+)`).exec(line) ?? [];
    if (port !== undefined) return Number(port);
  }
  throw new Error('the server does not start');
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
