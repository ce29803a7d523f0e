/** The figures of the server, from the text that Prometheus reads. */

export interface Sample {
  readonly labels: { readonly [name: string]: string };
  readonly value: number;
}

/** By name. Lines that are not understood are passed over: a newer server may write others. */
export function parseMetrics(text: string): ReadonlyMap<string, readonly Sample[]> {
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

export function sumOf(metrics: ReadonlyMap<string, readonly Sample[]>, name: string): number | undefined {
  const samples = metrics.get(name);
  return samples?.reduce((sum, { value }) => sum + value, 0);
}

/** The upper bound of the bucket in which a share of all that was measured lies; undefined: nothing was. */
export function quantileOf(
  metrics: ReadonlyMap<string, readonly Sample[]>,
  name: string,
  share: number,
): number | undefined {
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
