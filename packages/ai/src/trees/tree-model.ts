/**
 * An ensemble of binary decision trees over typed arrays, whatever file it came from. A row is `features` numbers of 32
 * bits. Every inner node asks `x <= threshold`; readers of formats that ask `x < t` give the next smaller threshold.
 *
 *   kids[2 * node], kids[2 * node + 1]   the node for yes and for no; a negative one is the leaf `~kid`
 *
 * The raw margin is a sum of 64-bit leaves in the order of the trees, so every machine computes the same one. Decisions
 * are made on {@link marginUnits}, which are integers.
 */
import { assert } from 'tallystick/internal';

/** Millionths of a margin: what thresholds and decisions are counted in. */
export const MARGIN_UNIT = 1_000_000;

/** The margin as an integer. */
export function marginUnits(margin: number): number {
  return Math.round(margin * MARGIN_UNIT);
}

/** Probability of the positive class: for people to read; decisions are made on margins. */
export function probability(margin: number): number {
  return 1 / (1 + Math.exp(-margin));
}

/** The arrays of a model, as a reader made and checked them. */
export interface TreeArrays {
  readonly roots: Int32Array;
  readonly feature: Int16Array;
  readonly threshold: Float32Array;
  readonly kids: Int32Array;
  /** 1: a number that is missing (NaN) goes the way of yes. */
  readonly missingYes: Uint8Array;
  readonly leaves: Float64Array;
}

/** Rows that pass through one tree before the next: their numbers stay in the cache of the first level. */
const ROWS_AT_ONCE = 256;

export class TreeModel {
  /** Names of the features, in the order of a row. */
  readonly names: readonly string[];
  readonly trees: number;
  readonly arrays: TreeArrays;
  /** Where every margin begins. */
  readonly base: number;

  constructor(names: readonly string[], base: number, arrays: TreeArrays) {
    this.names = names;
    this.base = base;
    this.arrays = arrays;
    this.trees = arrays.roots.length;
  }

  /** Numbers in a row. */
  get features(): number {
    return this.names.length;
  }

  /** Writes the raw margins of `count` rows that lie packed in `rows`. */
  margins(rows: Float32Array, count: number, margins: Float64Array): void {
    assert(rows.length >= count * this.features && margins.length >= count, 'rows and margins have room');
    margins.fill(this.base, 0, count);
    for (let from = 0; from < count; from += ROWS_AT_ONCE) {
      const to = Math.min(from + ROWS_AT_ONCE, count);
      if (anyMissing(rows, from * this.features, to * this.features)) this.#addMissing(rows, from, to, margins);
      else this.#add(rows, from, to, margins);
    }
  }

  #add(rows: Float32Array, from: number, to: number, margins: Float64Array): void {
    const { roots, feature, threshold, kids, leaves } = this.arrays;
    const width = this.features;
    for (let tree = 0; tree < roots.length; tree++) {
      const root = roots[tree]!;
      for (let row = from, at = from * width; row < to; row++, at += width) {
        let node = root;
        while (node >= 0) node = kids[2 * node + (rows[at + feature[node]!]! <= threshold[node]! ? 0 : 1)]!;
        margins[row] = margins[row]! + leaves[~node]!;
      }
    }
  }

  #addMissing(rows: Float32Array, from: number, to: number, margins: Float64Array): void {
    const { roots, feature, threshold, kids, leaves, missingYes } = this.arrays;
    const width = this.features;
    for (const root of roots) {
      for (let row = from; row < to; row++) {
        let node = root;
        while (node >= 0) {
          const x = rows[row * width + feature[node]!]!;
          const yes = Number.isNaN(x) ? missingYes[node] === 1 : x <= threshold[node]!;
          node = kids[2 * node + (yes ? 0 : 1)]!;
        }
        margins[row] = margins[row]! + leaves[~node]!;
      }
    }
  }
}

function anyMissing(rows: Float32Array, from: number, to: number): boolean {
  let sum = 0;
  // Nothing but NaN turns this sum of zeros into NaN; infinities are looked at one by one.
  for (let at = from; at < to; at++) sum += rows[at]! * 0;
  return Number.isNaN(sum) && rows.subarray(from, to).some(Number.isNaN);
}
