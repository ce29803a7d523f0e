/** What the lanes promise, and how a sitting is told. */
import { build, type Histogram } from 'hdr-histogram-js';
import { percentileOf } from '../../packages/server/src/cli/top/scrape.ts';
import { LOG_HISTOGRAM_BUCKETS, type LogHistogram, upperMs } from '../../src/base/index.ts';

/** p99 under a full normal flood, milliseconds; critical: above the disk's own p99. */
export const PROMISED = { critical_above_disk: 1, high: 5, normal: 50 } as const;

export interface Percentiles {
  readonly requests: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly p999_ms: number;
  readonly max_ms: number;
}

/** Of microseconds. */
export function histogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
}

export function percentiles(found: Histogram): Percentiles {
  const at = (percentile: number): number =>
    found.totalCount === 0 ? 0 : found.getValueAtPercentile(percentile) / 1000;
  return { requests: found.totalCount, p50_ms: at(50), p99_ms: at(99), p999_ms: at(99.9), max_ms: at(100) };
}

/**
 * One measurement repeated in every round: rounds beside which others kept the processors busy count only when there
 * are no better ones.
 */
export class Rounds<Result> {
  readonly #rounds: { readonly result: Result; readonly others: number }[] = [];

  /** `others`: processors that others kept busy meanwhile. False if that is too much. */
  add(result: Result, others: number): boolean {
    this.#rounds.push({ result, others });
    return others < OTHERS_MAX;
  }

  get count(): number {
    return this.#rounds.length;
  }

  /** Undisturbed ones, or if there are none the least disturbed. */
  get best(): readonly Result[] {
    const sorted = this.#rounds.toSorted((a, b) => a.others - b.others);
    return sorted.filter(({ others }, index) => index === 0 || others < OTHERS_MAX).map(({ result }) => result);
  }

  get othersOfBest(): number {
    const quiet = this.#rounds.filter(({ others }) => others < OTHERS_MAX);
    const chosen =
      quiet.length > 0 ? quiet.map(({ others }) => others) : [Math.min(...this.#rounds.map(({ others }) => others))];
    return Math.max(...chosen);
  }
}

/** A twentieth of a processor. */
const OTHERS_MAX = 0.05;

export function merged(histograms: readonly Histogram[]): Histogram {
  const all = histogram();
  for (const one of histograms) all.add(one);
  return all;
}

/** Of all of them together; percentiles lie within buckets, a quarter of a doubling wide, in a straight line. */
export function flushes(found: readonly LogHistogram[]): { count: number; p50_ms: number; p99_ms: number } {
  let count = 0;
  const buckets = Array.from({ length: LOG_HISTOGRAM_BUCKETS }, (_, bucket) => {
    for (const { values } of found) count += values[1 + bucket]!;
    return { end: upperMs(bucket), count };
  });
  const at = (share: number): number => Math.round((percentileOf(buckets, share) ?? 0) * 1000) / 1000;
  return { count, p50_ms: at(0.5), p99_ms: at(0.99) };
}
