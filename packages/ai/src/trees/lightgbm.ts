/**
 * LightGBM's text: `key=value` lines, and a block a tree. Written for models of two classes, which is what we train.
 */
import { type FileNode, floor32, invalidModel, TreeBuilder } from './tree-builder.ts';
import type { TreeModel } from './tree-model.ts';

/** Bits of `decision_type`. */
const CATEGORICAL = 1;
const DEFAULT_LEFT = 2;
const MISSING_SHIFT = 2;
const Missing = { none: 0, zero: 1, nan: 2 } as const;

export function readLightgbm(file: string): TreeModel {
  const end = file.indexOf('end of trees');
  const [head, ...blocks] = file.slice(0, Math.max(end, 0)).split(/^Tree=\d+\s*$/m);
  const settings = keys(head ?? '');
  if (!/^tree\s/.test(file)) throw invalidModel('this is not the text of a LightGBM model');
  if (end < 0) throw invalidModel('the text of the LightGBM model ends before its last tree');
  if ((settings.get('num_tree_per_iteration') ?? '1') !== '1')
    throw invalidModel('the model has more than two classes');
  if (settings.has('average_output')) throw invalidModel('a random forest of LightGBM is not read');
  const objective = settings.get('objective') ?? '';
  if (/\bsigmoid:(?!1\b)/.test(objective)) throw invalidModel(`the objective ${objective} is not read`);
  const builder = new TreeBuilder((settings.get('feature_names') ?? '').split(' ').filter((name) => name !== ''));
  for (const block of blocks) builder.add(nodesOf(keys(block)));
  return builder.model(0);
}

function keys(block: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of block.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) found.set(line.slice(0, at), line.slice(at + 1).trim());
    else if (line.trim() !== '') found.set(line.trim(), '');
  }
  return found;
}

/** Inner nodes first, then leaves: LightGBM names leaf i as -1 - i. */
function nodesOf(block: ReadonlyMap<string, string>): FileNode[] {
  if (block.get('is_linear') === '1') throw invalidModel('linear trees are not read');
  const list = (key: string): number[] => {
    const given = block.get(key) ?? '';
    return given === '' ? [] : given.split(' ').map(Number);
  };
  const leaves: FileNode[] = list('leaf_value').map((leaf) => ({ leaf }));
  const features = list('split_feature');
  const inner = features.length;
  if (leaves.length !== inner + 1) throw invalidModel(`a tree has ${leaves.length} leaves for ${inner} inner nodes`);
  const thresholds = list('threshold');
  const types = list('decision_type');
  const placeOf = (kid: number | undefined): number => (kid === undefined ? -1 : kid < 0 ? inner - 1 - kid : kid);
  const yes = list('left_child').map(placeOf);
  const no = list('right_child').map(placeOf);
  const nodes: FileNode[] = features.map((feature, node) => {
    const type = types[node] ?? 0;
    const threshold = thresholds[node] ?? Number.NaN;
    if ((type & CATEGORICAL) !== 0) throw invalidModel('features that are categories are not read');
    const missing = (type >> MISSING_SHIFT) & 3;
    if (missing === Missing.zero) throw invalidModel('models for which zero is a missing number are not read');
    // Without a way of its own, LightGBM takes a missing number for zero.
    const missingYes = missing === Missing.nan ? (type & DEFAULT_LEFT) !== 0 : threshold >= 0;
    return { feature, threshold: floor32(threshold), missingYes, yes: yes[node] ?? -1, no: no[node] ?? -1 };
  });
  return [...nodes, ...leaves];
}

/** The text from which {@link readLightgbm}, and LightGBM itself, make the same model. Its base must be 0. */
export function writeLightgbm(model: TreeModel): string {
  if (model.base !== 0) throw invalidModel('the text of a LightGBM model has no base; add it to a tree');
  const trees = Array.from(model.arrays.roots, (root, index) => treeText(model, root, index));
  const head = [
    'tree',
    'version=v4',
    'num_class=1',
    'num_tree_per_iteration=1',
    'label_index=0',
    `max_feature_idx=${model.features - 1}`,
    'objective=binary sigmoid:1',
    `feature_names=${model.names.join(' ')}`,
    `feature_infos=${model.names.map(() => '[-inf:inf]').join(' ')}`,
    `tree_sizes=${trees.map((tree) => tree.length).join(' ')}`,
    '\n',
  ];
  return `${head.join('\n')}${trees.join('')}end of trees\n`;
}

function treeText(model: TreeModel, root: number, index: number): string {
  const { feature, threshold, kids, missingYes, leaves } = model.arrays;
  const inner: number[] = [];
  const places = new Map<number, number>();
  const values: number[] = [];
  const visit = (node: number): void => {
    if (node < 0) {
      places.set(node, -1 - values.length);
      values.push(leaves[~node]!);
      return;
    }
    places.set(node, inner.length);
    inner.push(node);
    visit(kids[2 * node]!);
    visit(kids[2 * node + 1]!);
  };
  visit(root);
  const row = (key: string, of: (node: number) => number): string => `${key}=${inner.map(of).join(' ')}`;
  const zeros = (count: number): string => new Array(count).fill(0).join(' ');
  const lines = [
    `Tree=${index}`,
    `num_leaves=${values.length}`,
    'num_cat=0',
    row('split_feature', (node) => feature[node]!),
    row('split_gain', () => 0),
    row('threshold', (node) => threshold[node]!),
    row('decision_type', (node) => (Missing.nan << MISSING_SHIFT) | (missingYes[node] === 1 ? DEFAULT_LEFT : 0)),
    row('left_child', (node) => places.get(kids[2 * node]!)!),
    row('right_child', (node) => places.get(kids[2 * node + 1]!)!),
    `leaf_value=${values.join(' ')}`,
    `leaf_weight=${zeros(values.length)}`,
    `leaf_count=${zeros(values.length)}`,
    row('internal_value', () => 0),
    row('internal_weight', () => 0),
    row('internal_count', () => 0),
    'is_linear=0',
    'shrinkage=1',
    '\n',
  ];
  return `${lines.join('\n')}\n`;
}
