/** What only carries bytes: our ring against LMAX Disruptor's, and Aeron over IPC. No ledger behind any of them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Transport {
  readonly name: string;
  readonly about: string;
  /** Why it was not measured. */
  readonly missing: string | null;
  readonly figures: { readonly [figure: string]: number };
}

const folder = join(import.meta.dirname, '..', '..', '..', 'bench', 'peers');
const installed = join(folder, 'node_modules');
/** Aeron and its agents reach into the JDK. */
const OPEN = ['java.base/sun.nio.ch=ALL-UNNAMED', 'java.base/jdk.internal.misc=ALL-UNNAMED'].flatMap((name) => [
  '--add-opens',
  name,
]);

interface RingReport {
  readonly hop_ns: { readonly [percentile: string]: number };
  readonly [figure: string]: number | { readonly [percentile: string]: number };
}

/**
 * Two threads that spin feel every neighbour of this machine: each is measured three times, in turns, and the best of
 * each figure counts.
 */
const ROUNDS = 3;

export function measureTransports(chosen: (name: string) => boolean): readonly Transport[] {
  const rounds = Array.from({ length: ROUNDS }, () => measureOnce(chosen));
  return rounds[0]!.map((transport, at) => {
    const figures = Object.keys(transport.figures).map((figure): [string, number] => {
      const all = rounds.map((round) => round[at]!.figures[figure]!);
      return [figure, figure.endsWith('_ns') ? Math.min(...all) : Math.max(...all)];
    });
    return { ...transport, figures: Object.fromEntries(figures) };
  });
}

function measureOnce(chosen: (name: string) => boolean): readonly Transport[] {
  const found: Transport[] = [];
  if (chosen('Tallystick ring')) {
    const report = JSON.parse(
      execFileSync(process.execPath, [join(import.meta.dirname, '..', 'ring.js')], { encoding: 'utf8' }),
    );
    found.push({
      name: 'Tallystick’s ring',
      about: 'one producer, one consumer, spinning, every byte of a 128-byte cell written, 32,768 cells',
      missing: null,
      figures: ringFigures(report),
    });
  }
  if (chosen('Disruptor')) {
    const about = 'LMAX Disruptor, single producer, BusySpinWaitStrategy, 16 longs written into each of 32,768 slots';
    found.push(
      java('Disruptor', about, 'disruptor', 'DisruptorRing.java', ['50000000'], (text) =>
        ringFigures(JSON.parse(text)),
      ),
    );
  }
  if (chosen('Aeron')) {
    const aeron = (name: string, about: string, args: readonly string[]): Transport =>
      java(name, about, 'aeron', 'AeronIpc.java', args, (text) => {
        const { messages_per_second, latency_ms } = JSON.parse(text);
        return {
          messages_per_second,
          round_trip_p50_ns: latency_ms.p50 * 1e6,
          round_trip_p99_ns: latency_ms.p99 * 1e6,
        };
      });
    found.push(
      aeron('Aeron IPC, 128 B', 'messages of 128 B, answers of 16 B, one in flight', ['128', '16', '1', '200000']),
    );
    found.push(
      aeron('Aeron IPC, 100 transfers', 'messages of 101 × 128 B, answers of 1,600 B, four in flight', [
        '12928',
        '1600',
        '4',
        '100000',
      ]),
    );
  }
  return found;
}

function ringFigures({ hop_ns, ...rest }: RingReport): { readonly [figure: string]: number } {
  const { ring_cells: _, ...rates } = rest as { readonly [figure: string]: number };
  const hops = Object.entries(hop_ns).map(([percentile, value]) => [`hop_${percentile}_ns`, value]);
  return { ...rates, ...Object.fromEntries(hops) };
}

function java(
  name: string,
  about: string,
  jar: string,
  program: string,
  args: readonly string[],
  read: (text: string) => Transport['figures'],
): Transport {
  const file = existsSync(installed)
    ? readdirSync(installed).find((entry) => entry.startsWith(jar) && entry.endsWith('.jar'))
    : undefined;
  const missing =
    spawnSync('java', ['-version']).error !== undefined
      ? 'no java on PATH'
      : file === undefined
        ? `no ${jar} (bench/peers/setup.sh)`
        : null;
  if (missing !== null) {
    return { name, about, missing, figures: {} };
  }
  const text = execFileSync(
    'java',
    [...OPEN, '-cp', join(installed, file!), join(folder, 'programs', program), ...args],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return { name, about, missing, figures: read(text) };
}
