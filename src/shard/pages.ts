/** Pages of what several shards find, where some of it is hidden. */

/** It has a time, by which pages go on. */
export interface Timed {
  readonly timestamp: bigint;
}

/** The part of a filter by which a query goes on. */
export interface Window {
  readonly timestamp_min: bigint;
  readonly timestamp_max: bigint;
  readonly limit: number;
}

/** One page of what several shards have found. */
export function merged<Row extends Timed>(found: readonly Row[][], limit: number, reversed: boolean): Row[] {
  if (found.length === 1) return found[0]!;
  const all = found.flat().toSorted((a, b) => Number(a.timestamp - b.timestamp) * (reversed ? -1 : 1));
  return all.slice(0, limit);
}

/**
 * As many rows as the filter wants, where some of those that a shard finds are hidden: it is asked on until there are.
 */
export async function visible<Row extends Timed, Seen extends Timed>(
  filter: Window,
  reversed: boolean,
  ask: (window: Window) => Promise<Row[]>,
  view: (rows: readonly Row[]) => Promise<Seen[]>,
): Promise<Seen[]> {
  const { limit } = filter;
  let { timestamp_min, timestamp_max } = filter;
  const all: Seen[] = [];
  for (;;) {
    const rows = await ask({ timestamp_min, timestamp_max, limit });
    for (const row of await view(rows)) all.push(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit || all.length >= limit) return all.slice(0, limit);
    if (reversed) timestamp_max = last.timestamp - 1n;
    else timestamp_min = last.timestamp + 1n;
    if (timestamp_max !== 0n && timestamp_min > timestamp_max) return all;
  }
}

export async function seen<Row, Seen>(
  rows: readonly Row[],
  view: (row: Row) => Promise<Seen | undefined>,
): Promise<Seen[]> {
  const all = await Promise.all(rows.map(view));
  return all.filter((row) => row !== undefined);
}
