/** Makes a {@link TreeModel} of a file's nodes, and refuses files whose trees are not trees. */
import { TallystickError } from 'tallystick/internal';
import { TreeModel } from './tree-model.ts';

/** A node of a file: an inner one, or a leaf. Kids are indexes among the nodes of the same tree. */
export type FileNode =
  | {
      readonly feature: number;
      /** The kid `yes` is for `x <= threshold`, where x has 32 bits. */
      readonly threshold: number;
      readonly missingYes: boolean;
      readonly yes: number;
      readonly no: number;
    }
  | { readonly leaf: number };

const NODES_MAX = 2 ** 24;
const FEATURES_MAX = 2 ** 15 - 1;

export function invalidModel(what: string): TallystickError {
  return new TallystickError('model_invalid', what);
}

/** The largest number of 32 bits that is not above `x`: `f <= x` and `f <= floor32(x)` agree for each f of 32 bits. */
export function floor32(x: number): number {
  const near = Math.fround(x);
  return near <= x || Number.isNaN(x) ? near : below32(near);
}

const bits = new DataView(new ArrayBuffer(4));

/** The next smaller number of 32 bits: `f < x` and `f <= below32(x)` agree for each f of 32 bits. */
export function below32(x: number): number {
  const near = Math.fround(x);
  if (near > x) return floor32(x);
  if (near < x || near === Number.NEGATIVE_INFINITY) return near;
  if (near === 0) return -(2 ** -149);
  bits.setFloat32(0, near);
  bits.setInt32(0, bits.getInt32(0) + (near > 0 ? -1 : 1));
  return bits.getFloat32(0);
}

export class TreeBuilder {
  readonly #names: readonly string[];
  readonly #roots: number[] = [];
  readonly #feature: number[] = [];
  readonly #threshold: number[] = [];
  readonly #kids: number[] = [];
  readonly #missingYes: number[] = [];
  readonly #leaves: number[] = [];

  constructor(names: readonly string[]) {
    if (names.length === 0 || names.length > FEATURES_MAX)
      throw invalidModel(`a model has 1 to ${FEATURES_MAX} features`);
    this.#names = names;
  }

  /** `nodes[root]` is the tree's root. */
  add(nodes: readonly FileNode[], root = 0): void {
    const tree = this.#roots.length;
    const placed = new Map<number, number>();
    // Kids are placed after their parents, and each only once: what is reached twice is no tree.
    const place = (index: number): number => {
      const node = nodes[index];
      if (node === undefined) throw invalidModel(`tree ${tree} names node ${index}, which does not exist`);
      if (placed.has(index)) throw invalidModel(`tree ${tree} reaches node ${index} twice`);
      const id = 'leaf' in node ? this.#leaf(tree, node.leaf) : this.#inner(tree, node);
      placed.set(index, id);
      return id;
    };
    const waiting = [root];
    this.#roots.push(place(root));
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      const node = nodes[index]!;
      if ('leaf' in node) continue;
      const id = placed.get(index)!;
      this.#kids[2 * id] = place(node.yes);
      this.#kids[2 * id + 1] = place(node.no);
      waiting.push(node.yes, node.no);
    }
  }

  model(base: number): TreeModel {
    if (this.#roots.length === 0) throw invalidModel('the model has no trees');
    if (!Number.isFinite(base)) throw invalidModel('the base of the margins is not a number');
    return new TreeModel(this.#names, base, {
      roots: Int32Array.from(this.#roots),
      feature: Int16Array.from(this.#feature),
      threshold: Float32Array.from(this.#threshold),
      kids: Int32Array.from(this.#kids),
      missingYes: Uint8Array.from(this.#missingYes),
      leaves: Float64Array.from(this.#leaves),
    });
  }

  #leaf(tree: number, value: number): number {
    if (!Number.isFinite(value)) throw invalidModel(`a leaf of tree ${tree} is not a number`);
    this.#leaves.push(value);
    return ~(this.#leaves.length - 1);
  }

  #inner(tree: number, node: Exclude<FileNode, { leaf: number }>): number {
    const { feature, threshold, missingYes } = node;
    if (!(Number.isInteger(feature) && feature >= 0 && feature < this.#names.length)) {
      throw invalidModel(`tree ${tree} looks at feature ${feature} of ${this.#names.length}`);
    }
    if (Number.isNaN(threshold)) throw invalidModel(`a threshold of tree ${tree} is not a number`);
    if (this.#feature.length >= NODES_MAX) throw invalidModel(`the model has more than ${NODES_MAX} nodes`);
    this.#feature.push(feature);
    this.#threshold.push(threshold);
    this.#missingYes.push(missingYes ? 1 : 0);
    this.#kids.push(0, 0);
    return this.#feature.length - 1;
  }
}
