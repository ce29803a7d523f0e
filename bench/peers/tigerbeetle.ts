/**
 * TigerBeetle by its own benchmark, where somebody has put a `tigerbeetle` binary on PATH: one replica in a process of
 * its own.
 */
import { spawnSync } from 'node:child_process';
import type { Figure, Peer, Work } from './peer.ts';

export const tigerbeetle: Peer = {
  name: 'TigerBeetle',
  about: 'tigerbeetle benchmark, one replica',
  missing: () =>
    spawnSync('tigerbeetle', ['version']).error === undefined ? undefined : 'no tigerbeetle binary on PATH',
  async measure(work: readonly Work[], seconds: number): Promise<readonly Figure[]> {
    return work.filter(({ callers, batch }) => callers === 1 && batch > 1).map((one) => measureOne(one, seconds));
  },
};

function measureOne({ name, batch }: Work, seconds: number): Figure {
  const count = seconds * (batch > 1000 ? 200_000 : 100_000);
  const { status, stdout, stderr } = spawnSync(
    'tigerbeetle',
    [
      'benchmark',
      `--transfer-count=${count}`,
      `--transfer-batch-count=${batch}`,
      '--account-count=10000',
      '--query-count=0',
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`tigerbeetle benchmark ended with ${status}: ${stderr}`);
  const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1]?.replaceAll(',', ''));
  const percentile = (p: number): number => number(new RegExp(`batch latency p${p}\\s*=\\s*([\\d.]+) ms`));
  return {
    work: name,
    transfers_per_second: number(/load accepted = ([\d,]+) tx\/s/),
    latency_ms: { p50: percentile(50), p99: percentile(99), p100: percentile(100) },
  };
}
