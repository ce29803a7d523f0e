/** Prometheus' text, read back: as much of it as is written by our own port. */
import { TallystickError } from 'tallystick/internal/model';

export interface Line {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All lines of one look, by name. */
export class Scrape {
  /** Milliseconds, of any clock that only moves forward. */
  readonly at: number;
  readonly #lines = new Map<string, Line[]>();

  constructor(text: string, at: number) {
    this.at = at;
    for (const line of text.split('\n')) {
      const found = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (found === null) continue;
      const labels = Object.fromEntries(
        [...(found[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name!, value!]),
      );
      const lines = this.#lines.get(found[1]!) ?? [];
      lines.push({ labels, value: Number(found[3]) });
      this.#lines.set(found[1]!, lines);
    }
  }

  /** Lines that have all of `labels`. */
  lines(name: string, labels: Readonly<Record<string, string>> = {}): readonly Line[] {
    const all = this.#lines.get(name) ?? [];
    return all.filter((line) => Object.entries(labels).every(([label, value]) => line.labels[label] === value));
  }

  /** Their sum; 0 without any. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.lines(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  /** Undefined without any. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    return this.lines(name, labels)[0]?.value;
  }
}

/** Two looks at one server, and what happened in between. */
export class Span {
  readonly before: Scrape;
  readonly after: Scrape;

  constructor(before: Scrape, after: Scrape) {
    this.before = before;
    this.after = after;
  }

  /** Of a counter, a second. A server that was started anew counts from 0. */
  rate(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const seconds = (this.after.at - this.before.at) / 1000;
    return seconds <= 0 ? 0 : Math.max(0, this.after.sum(name, labels) - this.before.sum(name, labels)) / seconds;
  }

  /**
   * Of a histogram, what `share` of the observations in between stayed below; the last end when it is beyond all;
   * undefined when there were none. Within a bucket they are taken to lie evenly.
   */
  percentile(name: string, share: number, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const ends = new Map<string, number>();
    const collect = (scrape: Scrape, sign: 1 | -1): void => {
      for (const { labels: found, value } of scrape.lines(`${name}_bucket`, labels)) {
        const end = found.le!;
        ends.set(end, (ends.get(end) ?? 0) + sign * value);
      }
    };
    collect(this.after, 1);
    collect(this.before, -1);
    const buckets = [...ends]
      .map(([end, count]) => ({ end: end === '+Inf' ? Number.POSITIVE_INFINITY : Number(end), count }))
      .sort((a, b) => a.end - b.end);
    return percentileOf(buckets, share);
  }
}

/**
 * What `share` of all observations stayed below, as {@link Span.percentile} says it. `count`: how many stayed below
 * `end`; ends ascend.
 */
export function percentileOf(
  buckets: readonly { readonly end: number; readonly count: number }[],
  share: number,
): number | undefined {
  const total = buckets.at(-1)?.count ?? 0;
  if (total <= 0) return undefined;
  let from = 0;
  let below = 0;
  for (const { end, count } of buckets) {
    if (count >= share * total) {
      if (end === Number.POSITIVE_INFINITY) return from;
      return from + ((end - from) * (share * total - below)) / Math.max(1, count - below);
    }
    from = end;
    below = count;
  }
  return from;
}

/** `127.0.0.1:9090`, `9090` or a whole address, as the address of its metrics. */
export function metricsUrl(address: string): string {
  const whole = /^https?:\/\//.test(address)
    ? address
    : `http://${/^\d+$/.test(address) ? `127.0.0.1:${address}` : address}`;
  if (!URL.canParse(whole))
    throw new TallystickError('invalid_argument', `${address} is not the address of a metrics port`);
  const url = new URL(whole);
  if (url.pathname === '/') url.pathname = '/metrics';
  return url.href;
}

/** Throws `unreachable`, or `unauthenticated`. */
export async function scrape(url: string, token: string | undefined): Promise<Scrape> {
  let response: Response;
  try {
    response = await fetch(url, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(5000),
    });
  } catch (cause) {
    const why = (cause as { cause?: { code?: string } }).cause?.code ?? (cause as Error).message;
    throw new TallystickError('unreachable', `nothing answers at ${url} (${why})`, { cause });
  }
  if (response.status === 401) throw new TallystickError('unauthenticated', `${url} wants another token`);
  if (!response.ok) throw new TallystickError('unreachable', `${url} answers ${response.status}`);
  return new Scrape(await response.text(), performance.now());
}
