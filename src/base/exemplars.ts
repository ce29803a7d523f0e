/**
 * For a histogram of durations: the last trace that was sampled, of each of its buckets, so that whoever looks at slow
 * requests finds one. Two for each doubling of a microsecond; only traces cost something here.
 */
export interface Exemplar {
  /** 32 hex digits, and 16. */
  readonly traceId: string;
  readonly spanId: string;
  readonly milliseconds: number;
  /** When, seconds since the epoch. */
  readonly seconds: number;
}

const FORM = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]([0-9a-f])/;

export class Exemplars {
  readonly #last = new Map<number, Exemplar>();

  /** `traceparent`: as W3C writes it. One that cannot be read, or was not sampled, is left out. */
  keep(traceparent: string, milliseconds: number, seconds: number): void {
    const found = FORM.exec(traceparent);
    if (found === null || (Number.parseInt(found[3]!, 16) & 1) === 0) return;
    const bucket = Math.floor(Math.log2(Math.max(milliseconds, 0.001)) * 2);
    this.#last.set(bucket, { traceId: found[1]!, spanId: found[2]!, milliseconds, seconds });
  }

  /** The newest that took less than `upper` milliseconds and no less than `lower`. */
  between(lower: number, upper: number): Exemplar | undefined {
    let newest: Exemplar | undefined;
    for (const one of this.#last.values()) {
      if (one.milliseconds < lower || one.milliseconds >= upper) continue;
      if (newest === undefined || one.seconds > newest.seconds) newest = one;
    }
    return newest;
  }
}
