/** Latencies, kept in a histogram of microseconds that is right to a thousandth. Milliseconds go in and come out. */
import { build, type Histogram } from 'hdr-histogram-js';

const MICROSECONDS_MAX = 600e6;

export const PERCENTILES = [1, 50, 90, 95, 99, 99.9, 100] as const;

/** `p1`, `p50`, … in milliseconds. */
export type Percentiles = Readonly<Record<`p${(typeof PERCENTILES)[number]}`, number>>;

/** Two bars an octave. */
const BARS_PER_OCTAVE = 2;

export class Latencies {
  readonly #histogram: Histogram = build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: MICROSECONDS_MAX,
    numberOfSignificantValueDigits: 3,
  });
  readonly #bars: number[] = [];
  #worst = 0;

  /** Takes one latency in milliseconds. */
  add(milliseconds: number): void {
    const microseconds = Math.min(MICROSECONDS_MAX, Math.max(1, Math.round(milliseconds * 1000)));
    this.#histogram.recordValue(microseconds);
    const bar = Math.floor(Math.log2(microseconds) * BARS_PER_OCTAVE);
    this.#bars[bar] = (this.#bars[bar] ?? 0) + 1;
    if (microseconds > this.#worst) this.#worst = microseconds;
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** The worst one to the microsecond, the rest to three digits; null when nothing was measured. */
  percentiles(): Percentiles | null {
    if (this.count === 0) return null;
    const at = (percentile: number): number =>
      Math.min(this.#worst, percentile === 100 ? this.#worst : this.#histogram.getValueAtPercentile(percentile)) / 1000;
    return Object.fromEntries(PERCENTILES.map((percentile) => [`p${percentile}`, at(percentile)])) as Percentiles;
  }

  /** How many latencies lie in [from, to) milliseconds: the bars of a histogram whose steps grow by half an octave. */
  bars(): { readonly from: number; readonly to: number; readonly count: number }[] {
    const first = this.#bars.findIndex((count) => count > 0);
    return this.#bars.slice(Math.max(0, first)).map((count, index) => ({
      from: 2 ** ((first + index) / BARS_PER_OCTAVE) / 1000,
      to: 2 ** ((first + index + 1) / BARS_PER_OCTAVE) / 1000,
      count: count ?? 0,
    }));
  }
}
