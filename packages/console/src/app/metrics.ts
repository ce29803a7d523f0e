/** The figures of the server, from the text that Prometheus reads. */

export interface Sample {
  readonly labels: { readonly [name: string]: string };
  readonly value: number;
}

export type Metrics = ReadonlyMap<string, readonly Sample[]>;

/** By name. Lines that are not understood are passed over: a newer server may write others. */
export function parseMetrics(text: string): Metrics {
  const found = new Map<string, Sample[]>();
  for (const line of text.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (match === null) continue;
    const [, name, inside = '', value] = match;
    const labels: Record<string, string> = {};
    for (const [, label, content] of inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[label!] = content!;
    const samples = found.get(name!) ?? [];
    samples.push({ labels, value: Number(value) });
    found.set(name!, samples);
  }
  return found;
}

export function sumOf(metrics: Metrics, name: string): number | undefined {
  const samples = metrics.get(name);
  return samples?.reduce((sum, { value }) => sum + value, 0);
}

/** The upper bound of the bucket in which a share of all that was measured lies; undefined: nothing was. */
export function quantileOf(metrics: Metrics, name: string, share: number): number | undefined {
  const counts = new Map<number, number>();
  for (const { labels, value } of metrics.get(`${name}_bucket`) ?? []) {
    const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  const bounds = [...counts.keys()].sort((a, b) => a - b);
  const total = counts.get(Number.POSITIVE_INFINITY) ?? 0;
  if (total === 0) return undefined;
  return bounds.find((bound) => counts.get(bound)! >= total * share);
}

/** The value of a metric that has one; undefined: it is not there. */
export function figureOf(metrics: Metrics, name: string): number | undefined {
  return metrics.get(name)?.[0]?.value;
}

/** Seconds, in the largest unit that keeps two digits. */
export function durationText(seconds: number): string {
  if (seconds < 1) return `${Math.ceil(seconds * 1000)} ms`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes, in powers of a thousand. */
export function bytesText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}
