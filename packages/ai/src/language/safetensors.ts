/**
 * Reads the index of `.safetensors` files: where each tensor lies. A file is a length in 8 bytes, that many bytes of
 * JSON, then the tensors; a large model has several, and `model.safetensors.index.json` names them.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { invalidModel } from '../trees/tree-builder.ts';
import { readSpan, sizeOfWeight, type Weight, Weights, type WeightType } from './weights.ts';

const types: { readonly [name: string]: WeightType } = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };
const HEAD_MAX = 100_000_000;

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Throws `model_invalid`. */
export function readSafetensors(folder: string): Weights {
  const found = new Map<string, Weight>();
  for (const file of filesOf(folder)) readFile(join(folder, file), found);
  return new Weights(found);
}

function filesOf(folder: string): readonly string[] {
  const index = join(folder, 'model.safetensors.index.json');
  if (!existsSync(index)) return ['model.safetensors'];
  const { weight_map } = JSON.parse(readFileSync(index, 'utf8')) as { weight_map?: { [name: string]: string } };
  const files = [...new Set(Object.values(weight_map ?? {}))];
  const stray = files.find((file) => typeof file !== 'string' || !/^[\w.-]+$/.test(file));
  if (stray !== undefined) throw invalidModel(`${index} names the file ${stray}, which is not beside it`);
  return files;
}

function readFile(path: string, into: Map<string, Weight>): void {
  if (!existsSync(path)) throw invalidModel(`the model has no file ${path}`);
  const length = new DataView(readSpan(path, 0, 8).buffer).getBigUint64(0, true);
  if (length > HEAD_MAX) throw invalidModel(`${path} is no safetensors file`);
  const start = 8 + Number(length);
  const end = statSync(path).size;
  for (const [name, entry] of Object.entries(headOf(path, Number(length)))) {
    if (name === '__metadata__') continue;
    const { dtype, shape, data_offsets } = entry;
    const type = types[dtype];
    if (type === undefined) throw invalidModel(`tensor ${name} in ${path} has numbers of type ${dtype}`);
    const [from, to] = data_offsets;
    const isWhole = to - from === sizeOfWeight(type, shape) && from >= 0 && start + to <= end;
    if (!isWhole) throw invalidModel(`tensor ${name} is not whole in ${path}`);
    into.set(name, { type, shape, path, offset: start + from, size: to - from });
  }
}

function headOf(path: string, size: number): { readonly [name: string]: Entry } {
  try {
    return JSON.parse(new TextDecoder().decode(readSpan(path, 8, size))) as { [name: string]: Entry };
  } catch (cause) {
    throw invalidModel(`the index of ${path} cannot be read: ${(cause as Error).message}`);
  }
}
