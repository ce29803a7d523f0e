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

/**
 * The same trees, for many rows at once: the kids of a node lie side by side, and a leaf is its own kid, so every row
 * takes as many steps as the tree is deep, without a question whose answer the processor would have to guess.
 */
interface FlatTrees {
  readonly roots: Int32Array;
  readonly depths: Int32Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** The kid for yes; the one for no is behind it. */
  readonly kid: Int32Array;
  readonly leaf: Float64Array;
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
  readonly #flat: FlatTrees;

  constructor(names: readonly string[], base: number, arrays: TreeArrays) {
    this.names = names;
    this.base = base;
    this.arrays = arrays;
    this.trees = arrays.roots.length;
    this.#flat = flattened(arrays);
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
      else this.#addAll(rows, from, to, margins);
    }
  }

  /** Four rows at a time go through a tree: while one waits for memory, the others have theirs. */
  #addAll(rows: Float32Array, from: number, to: number, margins: Float64Array): void {
    const { roots, depths, feature, threshold, kid, leaf } = this.#flat;
    const width = this.features;
    const even = to - ((to - from) % 4);
    for (let tree = 0; tree < roots.length; tree++) {
      const root = roots[tree]!;
      const depth = depths[tree]!;
      for (let row = from, a = from * width; row < even; row += 4, a += 4 * width) {
        const [b, c, d] = [a + width, a + 2 * width, a + 3 * width];
        let [i, j, k, l] = [root, root, root, root];
        for (let step = 0; step < depth; step++) {
          i = kid[i]! + (Number(rows[a + feature[i]!]! > threshold[i]!) | 0);
          j = kid[j]! + (Number(rows[b + feature[j]!]! > threshold[j]!) | 0);
          k = kid[k]! + (Number(rows[c + feature[k]!]! > threshold[k]!) | 0);
          l = kid[l]! + (Number(rows[d + feature[l]!]! > threshold[l]!) | 0);
        }
        margins[row] = margins[row]! + leaf[i]!;
        margins[row + 1] = margins[row + 1]! + leaf[j]!;
        margins[row + 2] = margins[row + 2]! + leaf[k]!;
        margins[row + 3] = margins[row + 3]! + leaf[l]!;
      }
    }
    if (even < to) this.#add(rows, even, to, margins);
  }

  /** Row by row, as far as each has to go: the fastest for few. */
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

function flattened({ roots, feature, threshold, kids, leaves }: TreeArrays): FlatTrees {
  const count = feature.length + leaves.length;
  const flat = {
    roots: new Int32Array(roots.length),
    depths: new Int32Array(roots.length),
    feature: new Int32Array(count),
    threshold: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    kid: Int32Array.from({ length: count }, (_, node) => node),
    leaf: new Float64Array(count),
  };
  let size = 0;
  for (const [tree, root] of roots.entries()) {
    flat.roots[tree] = size;
    const waiting = [{ node: root, place: size, depth: 0 }];
    size += 1;
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      const { node, place, depth } = one;
      flat.depths[tree] = Math.max(flat.depths[tree]!, depth);
      if (node < 0) {
        flat.leaf[place] = leaves[~node]!;
        continue;
      }
      flat.feature[place] = feature[node]!;
      flat.threshold[place] = threshold[node]!;
      flat.kid[place] = size;
      for (const side of [0, 1]) {
        waiting.push({ node: kids[2 * node + side]!, place: size + side, depth: depth + 1 });
      }
      size += 2;
    }
  }
  return flat;
}

function anyMissing(rows: Float32Array, from: number, to: number): boolean {
  let sum = 0;
  // Nothing but NaN turns this sum of zeros into NaN; infinities are looked at one by one.
  for (let at = from; at < to; at++) sum += rows[at]! * 0;
  return Number.isNaN(sum) && rows.subarray(from, to).some(Number.isNaN);
}
