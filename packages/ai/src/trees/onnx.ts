/**
 * ONNX `TreeEnsembleClassifier` of two classes and `TreeEnsembleRegressor` of one target, as LightGBM, XGBoost and
 * scikit-learn are converted. The margin is the score before `post_transform`.
 */
import { type Field, fields, floats, integers, text } from './protobuf.ts';
import { below32, type FileNode, floor32, invalidModel, TreeBuilder } from './tree-builder.ts';
import type { TreeModel } from './tree-model.ts';

/** Numbers of fields in `onnx.proto`. */
const Model = { graph: 7 } as const;
const Graph = { node: 1 } as const;
const Node = { operator: 4, attribute: 5 } as const;
const Attribute = { name: 1, float: 2, integer: 3, string: 4, floats: 7, integers: 8, strings: 9 } as const;

const FEATURE_SCAN_MAX = 32_767;

/** The attributes of one operator, by name. */
class Attributes {
  readonly #found = new Map<string, { numbers: number[]; strings: string[] }>();

  add(attribute: Uint8Array): void {
    const numbers: number[] = [];
    const strings: string[] = [];
    let name = '';
    for (const field of fields(attribute)) this.#take(field, numbers, strings, (given) => (name = given));
    this.#found.set(name, { numbers, strings });
  }

  numbers(name: string): readonly number[] {
    return this.#found.get(name)?.numbers ?? [];
  }

  strings(name: string): readonly string[] {
    return this.#found.get(name)?.strings ?? [];
  }

  #take(field: Field, numbers: number[], strings: string[], named: (name: string) => void): void {
    if (field.field === Attribute.name) named(text(field.bytes));
    else if (field.field === Attribute.float || field.field === Attribute.floats) append(numbers, floats(field));
    else if (field.field === Attribute.integer || field.field === Attribute.integers) append(numbers, integers(field));
    else if (field.field === Attribute.string || field.field === Attribute.strings) strings.push(text(field.bytes));
  }
}

/** Long lists are not spread: each argument would take a place on the stack. */
function append(list: number[], more: readonly number[]): void {
  for (const number of more) list.push(number);
}

/** `names`: what the model's numbers are called, for ONNX files do not say; by default `f0`, `f1`, … */
export function readOnnx(bytes: Uint8Array, names?: readonly string[]): TreeModel {
  const operator = findOperator(bytes);
  const { attributes } = operator;
  const said = operator.classifier ? 'class' : 'target';
  checkOutputs(operator);
  const ids = attributes.numbers('nodes_nodeids');
  const trees = attributes.numbers('nodes_treeids');
  const count = ids.length;
  const list = (name: string): readonly number[] => sized(attributes.numbers(`nodes_${name}`), count, name);
  sized(trees, count, 'treeids');
  const lists: Lists = {
    features: list('featureids'),
    values: list('values'),
    yes: list('truenodeids'),
    no: list('falsenodeids'),
    modes: attributes.strings('nodes_modes'),
    missing: attributes.numbers('nodes_missing_value_tracks_true'),
  };
  if (lists.modes.length !== count) throw invalidModel('the model has another number of modes than of nodes');
  const width = names?.length ?? lists.features.reduce((most, feature) => Math.max(most, feature + 1), 1);
  if (width > FEATURE_SCAN_MAX) throw invalidModel(`the model looks at more than ${FEATURE_SCAN_MAX} features`);
  const builder = new TreeBuilder(names ?? Array.from({ length: width }, (_, index) => `f${index}`));
  const leaves = leavesOf(attributes, said);
  for (let from = 0; from < count; ) {
    const tree = trees[from]!;
    let to = from;
    while (to < count && trees[to] === tree) to++;
    builder.add(nodesOf(tree, ids.slice(from, to), from, lists, leaves));
    from = to;
  }
  return builder.model(attributes.numbers('base_values').at(-1) ?? 0);
}

interface Lists {
  readonly features: readonly number[];
  readonly values: readonly number[];
  readonly yes: readonly number[];
  readonly no: readonly number[];
  readonly modes: readonly string[];
  readonly missing: readonly number[];
}

interface Operator {
  readonly classifier: boolean;
  readonly attributes: Attributes;
}

function findOperator(bytes: Uint8Array): Operator {
  for (const model of fields(bytes)) {
    if (model.field !== Model.graph || model.bytes === undefined) continue;
    for (const graph of fields(model.bytes)) {
      if (graph.field !== Graph.node || graph.bytes === undefined) continue;
      let operator = '';
      const attributes = new Attributes();
      for (const node of fields(graph.bytes)) {
        if (node.field === Node.operator) operator = text(node.bytes);
        else if (node.field === Node.attribute && node.bytes !== undefined) attributes.add(node.bytes);
      }
      if (operator === 'TreeEnsembleClassifier' || operator === 'TreeEnsembleRegressor') {
        return { classifier: operator === 'TreeEnsembleClassifier', attributes };
      }
    }
  }
  throw invalidModel('the ONNX file has neither a TreeEnsembleClassifier nor a TreeEnsembleRegressor');
}

function checkOutputs({ classifier, attributes }: Operator): void {
  const aggregate = attributes.strings('aggregate_function')[0] ?? 'SUM';
  if (aggregate !== 'SUM') throw invalidModel(`the model's trees are joined by ${aggregate}, and only SUM is read`);
  if (classifier && attributes.numbers('classlabels_int64s').length > 2) {
    throw invalidModel('the model tells more than two classes apart');
  }
  const ids = new Set(attributes.numbers(classifier ? 'class_ids' : 'target_ids'));
  if (ids.size > 1) throw invalidModel('the model has more than one output');
  if (attributes.numbers('nodes_values_as_tensor').length > 0) throw invalidModel('thresholds of 64 bits are not read');
}

/** Weights of leaves, by tree and node. */
function leavesOf(attributes: Attributes, said: string): Map<string, number> {
  const weights = attributes.numbers(`${said}_weights`);
  const trees = sized(attributes.numbers(`${said}_treeids`), weights.length, `${said}_treeids`);
  const nodes = sized(attributes.numbers(`${said}_nodeids`), weights.length, `${said}_nodeids`);
  const leaves = new Map<string, number>();
  for (let index = 0; index < weights.length; index++) leaves.set(`${trees[index]} ${nodes[index]}`, weights[index]!);
  return leaves;
}

function nodesOf(
  tree: number,
  ids: readonly number[],
  from: number,
  lists: Lists,
  leaves: ReadonlyMap<string, number>,
): FileNode[] {
  const places = new Map(ids.map((id, place) => [id, place]));
  const placeOf = (id: number): number => places.get(id) ?? -1;
  return ids.map((id, place) => {
    const at = from + place;
    const mode = lists.modes[at]!;
    if (mode === 'LEAF') return { leaf: leaves.get(`${tree} ${id}`) ?? 0 };
    if (mode !== 'BRANCH_LEQ' && mode !== 'BRANCH_LT') throw invalidModel(`nodes that ask ${mode} are not read`);
    const value = lists.values[at]!;
    return {
      feature: lists.features[at]!,
      threshold: mode === 'BRANCH_LEQ' ? floor32(value) : below32(value),
      missingYes: lists.missing[at] === 1,
      yes: placeOf(lists.yes[at]!),
      no: placeOf(lists.no[at]!),
    };
  });
}

function sized(list: readonly number[], count: number, name: string): readonly number[] {
  if (list.length !== count) throw invalidModel(`the model has ${list.length} ${name} for ${count}`);
  return list;
}
