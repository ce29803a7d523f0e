/**
 * Durations, counted: four buckets for each doubling, from 1 µs to 9 minutes. Plain numbers in an array that may lie in
 * shared memory: one thread records, any other reads a moment later. Recording allocates nothing.
 *
 *   values[0] = milliseconds in all
 *   values[1 + i] = how many were shorter than `upperMs(i)` and no shorter than `upperMs(i - 1)`
 */

/** Doublings of a microsecond that are told apart; the last bucket takes what is longer. */
const OCTAVES = 29;
/** Buckets in use. */
export const LOG_HISTOGRAM_BUCKETS: number = 1 + OCTAVES * 4;
/** Numbers that a histogram takes: 120, whole cache lines. */
export const LOG_HISTOGRAM_SIZE = 120;

export class LogHistogram {
  readonly values: Float64Array;

  constructor(values: Float64Array = new Float64Array(LOG_HISTOGRAM_SIZE)) {
    this.values = values;
  }

  /** `times`: how many took just as long. */
  record(milliseconds: number, times = 1): void {
    const { values } = this;
    values[0]! += milliseconds * times;
    values[1 + bucketOf(milliseconds)]! += times;
  }

  get count(): number {
    let count = 0;
    for (let bucket = 0; bucket < LOG_HISTOGRAM_BUCKETS; bucket++) count += this.values[1 + bucket]!;
    return count;
  }

  get sumMs(): number {
    return this.values[0]!;
  }

  /** How many were shorter than `ms`, which must be one of {@link upperMs}'s. */
  countBelow(ms: number): number {
    // An end that went through seconds and back may have lost its last bit.
    const last = bucketOf(ms * (1 + 1e-9));
    let count = 0;
    for (let bucket = 0; bucket < last; bucket++) count += this.values[1 + bucket]!;
    return count;
  }
}

/** Where bucket `bucket` ends, milliseconds. */
export function upperMs(bucket: number): number {
  return (2 ** Math.floor(bucket / 4) * (1 + (bucket % 4) / 4)) / 1000;
}

function bucketOf(milliseconds: number): number {
  // Quarters of a microsecond: the bits below the highest one choose among the four.
  const quarters = milliseconds * 4000;
  if (!(quarters >= 4)) return 0;
  if (quarters >= 2 ** 31) return LOG_HISTOGRAM_BUCKETS - 1;
  const octave = 29 - Math.clz32(quarters);
  return 1 + octave * 4 + ((quarters >>> octave) & 3);
}
