/** Makes the manifest of a model that was trained, from rows that it was not trained on. */

import { invalidModel } from '../trees/tree-builder.ts';
import { marginUnits, type TreeModel } from '../trees/tree-model.ts';
import type { Manifest } from './model-store.ts';

export interface ManifestOptions {
  /** Shares of the payments that shall be held for review, and denied. */
  readonly reviewShare: number;
  readonly denyShare: number;
  /** The time of the training data. */
  readonly trained?: Manifest['trained'];
}

const GOLDEN_ROWS = 16;
const RANGES = 10;

/** `rows`: packed features of payments as they come, frauds among them. */
export function makeManifest(model: TreeModel, rows: Float32Array, options: ManifestOptions): Manifest {
  const { reviewShare, denyShare, trained } = options;
  const count = rows.length / model.features;
  if (!(denyShare >= 0 && reviewShare >= 0 && denyShare + reviewShare < 1))
    throw invalidModel('the shares are not shares');
  if (count * Math.max(reviewShare, denyShare) < 1) throw invalidModel(`${count} rows are too few for these shares`);
  const margins = new Float64Array(count);
  model.margins(rows, count, margins);
  const units = Float64Array.from(margins, marginUnits);
  const sorted = units.slice().sort();
  /** The least score that is above all but this share of the rows. */
  const above = (share: number): number => sorted[Math.max(0, Math.ceil(count * (1 - share)) - 1)]! + 1;
  const step = Math.max(1, Math.floor(count / GOLDEN_ROWS));
  const golden = Array.from({ length: Math.min(GOLDEN_ROWS, count) }, (_, index) => ({
    row: [...rows.subarray(index * step * model.features, (index * step + 1) * model.features)],
    units: units[index * step]!,
  }));
  const quantiles = Array.from({ length: RANGES - 1 }, (_, at) => sorted[Math.floor(((at + 1) * count) / RANGES)]!);
  const ends = [...new Set(quantiles)];
  const shares = ends.map((end, at) => (rank(sorted, end) - (at > 0 ? rank(sorted, ends[at - 1]!) : 0)) / count);
  shares.push(1 - rank(sorted, ends.at(-1)!) / count);
  return {
    v: 1,
    features: model.names,
    reviewFrom: above(reviewShare + denyShare),
    denyFrom: above(denyShare),
    golden,
    scores: { ends, shares },
    ...(trained === undefined ? {} : { trained }),
  };
}

/** How many of the sorted numbers are at most `x`. */
function rank(sorted: Float64Array, x: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}
