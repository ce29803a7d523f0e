/** Tallystick by its own benchmark, embedded or over TCP: one batch in flight, as the others have it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Report } from '../../packages/server/src/benchmark/index.ts';
import { withServer } from '../doors/serving.ts';
import type { Figure, Peer, Work } from './peer.ts';

const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
/** About what a second takes: how long a run is must not depend on a first one. */
const TRANSFERS_A_SECOND: { readonly [work in Work['name']]: number } = {
  'one-caller': 6_000,
  'callers-16': 50_000,
  'batch-1000': 500_000,
  'batch-8189': 1_500_000,
};

export const embedded: Peer = {
  name: 'Tallystick, embedded',
  about: 'open(folder) in the caller’s process',
  missing: () => undefined,
  async measure(work: readonly Work[], seconds: number): Promise<readonly Figure[]> {
    const figures: Figure[] = [];
    for (const one of work) figures.push(await measureOne(one, seconds, []));
    return figures;
  },
};

export const served: Peer = {
  name: 'Tallystick, TCP',
  about: 'tallystick serve in a process of its own, the native door over loopback',
  missing: () => undefined,
  async measure(work: readonly Work[], seconds: number): Promise<readonly Figure[]> {
    const figures: Figure[] = [];
    for (const one of work) {
      figures.push(
        await withServer('tcp', (port) => measureOne(one, seconds, ['--address', `tcp://127.0.0.1:${port}`])),
      );
    }
    return figures;
  },
};

async function measureOne({ name, callers, batch }: Work, seconds: number, where: readonly string[]): Promise<Figure> {
  const load = batch === 1 ? ['--callers', `${callers}`] : ['--batch', `${batch}`, '--outstanding', '1'];
  const transfers = ['--transfer-count', `${TRANSFERS_A_SECOND[name] * seconds}`, '--query-count', '0'];
  const child = spawn(process.execPath, [main, 'benchmark', ...load, ...transfers, ...where, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the benchmark ended with ${code}: ${text}`);
  const { transfers_per_second, batch_latency_ms } = JSON.parse(text) as Report;
  const { p50, p99, p100 } = batch_latency_ms!;
  return { work: name, transfers_per_second: Math.round(transfers_per_second), latency_ms: { p50, p99, p100 } };
}
