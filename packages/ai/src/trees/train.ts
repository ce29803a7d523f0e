/**
 * Trains trees for two classes: gradient boosting on histograms, each tree grown leaf by leaf where the loss falls
 * most, as LightGBM does. The same rows give the same model. Small models in seconds; LightGBM trains larger ones.
 */
import { BINS, type Binned, binned } from './histogram.ts';
import { type FileNode, TreeBuilder } from './tree-builder.ts';
import type { TreeModel } from './tree-model.ts';

export interface TrainOptions {
  readonly names: readonly string[];
  readonly trees: number;
  readonly leaves: number;
  /** The share of each tree's advice that is taken. */
  readonly rate: number;
  /** Rows that a leaf must have. */
  readonly leafRows: number;
  /** How much a positive row counts; 1 by default. */
  readonly positiveWeight?: number;
}

const L2 = 1;
const GAIN_MIN = 1e-6;

/** The rows of a leaf that is being grown, with the best split that it has. */
interface Leaf {
  readonly rows: Int32Array;
  readonly node: number;
  readonly split: Split | undefined;
}

interface Split {
  readonly gain: number;
  readonly feature: number;
  readonly bin: number;
}

/** Gradients and second derivatives of the loss, by row. */
interface Gradients {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** `labels`: 1 for the positive class. The margin's base is the logarithm of the classes' odds, in the first tree. */
export function trainTrees(data: Float32Array, labels: Uint8Array, options: TrainOptions): TreeModel {
  const rows = labels.length;
  const features = options.names.length;
  const table = binned(data, rows, features);
  const weight = options.positiveWeight ?? 1;
  const positives = labels.reduce((sum, label) => sum + label, 0) * weight;
  const base = Math.log(Math.max(positives, 0.5) / Math.max(rows - positives / weight, 0.5));
  const margins = new Float64Array(rows).fill(base);
  const gradients: Gradients = { first: new Float64Array(rows), second: new Float64Array(rows) };
  const builder = new TreeBuilder(options.names);
  for (let tree = 0; tree < options.trees; tree++) {
    for (let row = 0; row < rows; row++) {
      const p = 1 / (1 + Math.exp(-margins[row]!));
      const counts = labels[row] === 1 ? weight : 1;
      gradients.first[row] = counts * (p - labels[row]!);
      gradients.second[row] = Math.max(counts * p * (1 - p), 1e-12);
    }
    builder.add(grow(table, gradients, margins, options, tree === 0 ? base : 0));
  }
  return builder.model(0);
}

/** `more` is added to every leaf of the tree. */
function grow(
  table: Binned,
  gradients: Gradients,
  margins: Float64Array,
  options: TrainOptions,
  more: number,
): FileNode[] {
  const nodes: FileNode[] = [{ leaf: 0 }];
  const all = Int32Array.from({ length: table.rows }, (_, row) => row);
  const grown: Leaf[] = [{ rows: all, node: 0, split: bestSplit(table, gradients, all, options) }];
  while (grown.length < options.leaves) {
    let best = -1;
    for (const [index, { split }] of grown.entries()) {
      if (split !== undefined && split.gain > (grown[best]?.split?.gain ?? GAIN_MIN)) best = index;
    }
    if (best < 0) break;
    const { rows, node, split } = grown[best]!;
    const { feature, bin } = split!;
    const yes = nodes.push({ leaf: 0 }) - 1;
    const no = nodes.push({ leaf: 0 }) - 1;
    nodes[node] = { feature, threshold: table.cuts[feature]![bin]!, missingYes: false, yes, no };
    const isYes = (row: number): boolean => table.bins[feature * table.rows + row]! <= bin;
    const parts = [rows.filter(isYes), rows.filter((row) => !isYes(row))];
    const [left, right] = parts.map((part, side) => ({
      rows: part,
      node: side === 0 ? yes : no,
      split: bestSplit(table, gradients, part, options),
    }));
    grown.splice(best, 1, left!, right!);
  }
  for (const { rows, node } of grown) {
    const value = options.rate * leafValue(gradients, rows);
    for (const row of rows) margins[row] = margins[row]! + value;
    nodes[node] = { leaf: value + more };
  }
  return nodes;
}

function leafValue({ first, second }: Gradients, rows: Int32Array): number {
  let gradient = 0;
  let hessian = L2;
  for (const row of rows) {
    gradient += first[row]!;
    hessian += second[row]!;
  }
  return -gradient / hessian;
}

const firsts = new Float64Array(BINS);
const seconds = new Float64Array(BINS);
const counts = new Float64Array(BINS);

function bestSplit(
  table: Binned,
  { first, second }: Gradients,
  rows: Int32Array,
  options: TrainOptions,
): Split | undefined {
  if (rows.length < 2 * options.leafRows) return undefined;
  let best: Split | undefined;
  for (let feature = 0; feature < table.features; feature++) {
    const cuts = table.cuts[feature]!.length;
    if (cuts === 0) continue;
    firsts.fill(0);
    seconds.fill(0);
    counts.fill(0);
    const at = feature * table.rows;
    for (const row of rows) {
      const bin = table.bins[at + row]!;
      firsts[bin] = firsts[bin]! + first[row]!;
      seconds[bin] = seconds[bin]! + second[row]!;
      counts[bin] = counts[bin]! + 1;
    }
    const split = bestCut(feature, cuts, rows.length, options.leafRows);
    if (split !== undefined && split.gain > (best?.gain ?? 0)) best = split;
  }
  return best;
}

/** Of one feature, whose histogram lies in the three arrays. */
function bestCut(feature: number, cuts: number, rows: number, leafRows: number): Split | undefined {
  let all = 0;
  let allSecond = 0;
  for (let bin = 0; bin <= cuts; bin++) {
    all += firsts[bin]!;
    allSecond += seconds[bin]!;
  }
  const whole = (all * all) / (allSecond + L2);
  let best: Split | undefined;
  let left = 0;
  let leftSecond = 0;
  let leftRows = 0;
  for (let bin = 0; bin < cuts; bin++) {
    left += firsts[bin]!;
    leftSecond += seconds[bin]!;
    leftRows += counts[bin]!;
    if (leftRows < leafRows || rows - leftRows < leafRows) continue;
    const right = all - left;
    const gain = (left * left) / (leftSecond + L2) + (right * right) / (allSecond - leftSecond + L2) - whole;
    if (gain > (best?.gain ?? 0)) best = { gain, feature, bin };
  }
  return best;
}
