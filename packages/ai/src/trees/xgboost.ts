/**
 * XGBoost's JSON (`save_model('model.json')`): `gbtree` with one output. It asks `x < t`, so thresholds are lowered to
 * the next number of 32 bits. A missing number goes where `default_left` says.
 */
import { below32, type FileNode, invalidModel, TreeBuilder } from './tree-builder.ts';
import type { TreeModel } from './tree-model.ts';

type Json = { readonly [key: string]: unknown };

/** Objectives whose margin begins at the logit of `base_score`. */
const LOGISTIC = new Set(['binary:logistic', 'binary:logitraw', 'reg:logistic']);

export function readXgboost(file: string, names?: readonly string[]): TreeModel {
  const learner = member(parsed(file), 'learner');
  const settings = member(learner, 'learner_model_param');
  const booster = member(learner, 'gradient_booster');
  if (booster.name !== 'gbtree') throw invalidModel(`the booster ${String(booster.name)} is not read; gbtree is`);
  if (Number(settings.num_class ?? 0) > 2 || Number(settings.num_target ?? 1) > 1) {
    throw invalidModel('the model has more than one output');
  }
  const count = Number(settings.num_feature);
  if (!(Number.isInteger(count) && count > 0 && count < 2 ** 15))
    throw invalidModel('the model says no number of features');
  const own = Array.isArray(learner.feature_names) ? (learner.feature_names as string[]) : [];
  const given = names ?? (own.length === count ? own : Array.from({ length: count }, (_, index) => `f${index}`));
  if (given.length !== count)
    throw invalidModel(`the model has ${count} features, and ${given.length} names were given`);
  const builder = new TreeBuilder(given);
  const trees = member(booster, 'model').trees;
  if (!Array.isArray(trees)) throw invalidModel('the model has no list of trees');
  for (const tree of trees) builder.add(nodesOf(tree as Json));
  return builder.model(baseOf(learner, settings));
}

function parsed(file: string): Json {
  try {
    const json: unknown = JSON.parse(file);
    if (typeof json === 'object' && json !== null) return json as Json;
  } catch (error) {
    throw invalidModel(`this is not JSON: ${(error as Error).message}`);
  }
  throw invalidModel('this is not the JSON of an XGBoost model');
}

function member(json: Json, name: string): Json {
  const found = json?.[name];
  if (typeof found !== 'object' || found === null) throw invalidModel(`the XGBoost model has no ${name}`);
  return found as Json;
}

function nodesOf(tree: Json): FileNode[] {
  const list = (name: string): readonly unknown[] => {
    const found = tree[name];
    if (!Array.isArray(found)) throw invalidModel(`a tree of the XGBoost model has no ${name}`);
    return found;
  };
  const yes = list('left_children');
  const no = list('right_children');
  const features = list('split_indices');
  const values = list('split_conditions');
  const defaults = list('default_left');
  const types = Array.isArray(tree.split_type) ? (tree.split_type as readonly unknown[]) : [];
  return yes.map((kid, node) => {
    const value = Number(values[node]);
    if (kid === -1) return { leaf: Math.fround(value) };
    if (Number(types[node] ?? 0) !== 0) throw invalidModel('features that are categories are not read');
    return {
      feature: Number(features[node]),
      threshold: below32(Math.fround(value)),
      missingYes: Number(defaults[node]) === 1,
      yes: Number(kid),
      no: Number(no[node]),
    };
  });
}

/** `base_score` is a probability where the objective is logistic; newer files write it as a list of one. */
function baseOf(learner: Json, settings: Json): number {
  const base = Number(String(settings.base_score ?? '0').replace(/[[\]]/g, ''));
  const objective = String(member(learner, 'objective').name);
  if (!LOGISTIC.has(objective)) return base;
  return objective === 'binary:logitraw' && base === 0 ? 0 : Math.fround(-Math.log(1 / base - 1));
}
