/** Tells by its first bytes which of the three formats a model's file has. */
import { readLightgbm } from './lightgbm.ts';
import { readOnnx } from './onnx.ts';
import { invalidModel } from './tree-builder.ts';
import type { TreeModel } from './tree-model.ts';
import { readXgboost } from './xgboost.ts';

/**
 * `names`: what the features are called, in the order of a row. A file that names its own must name the same. Throws
 * `model_invalid`.
 */
export function readModel(bytes: Uint8Array, names?: readonly string[]): TreeModel {
  const model = read(bytes, names);
  if (names !== undefined && model.names.join() !== names.join()) {
    throw invalidModel(`the model's features are ${model.names.join(', ')}, and not ${names.join(', ')}`);
  }
  return model;
}

function read(bytes: Uint8Array, names: readonly string[] | undefined): TreeModel {
  const start = new TextDecoder().decode(bytes.subarray(0, 16)).trimStart();
  if (start.startsWith('{')) return readXgboost(new TextDecoder().decode(bytes), names);
  if (/^tree\s/.test(start)) return readLightgbm(new TextDecoder().decode(bytes));
  return readOnnx(bytes, names);
}
