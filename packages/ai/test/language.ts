/** The model that ships with the package, and what PyTorch computed of it. Without ONNX Runtime its tests skip. */
import { join } from 'node:path';
import { readNpy } from '../src/data/npy.ts';
import { type LanguageModel, openModel } from '../src/language/model.ts';
import { INSTALL_LINE, loadRuntime } from '../src/onnx/runtime.ts';
import { goldenBytes, goldenPath, goldenText } from './golden.ts';

/** This file runs below dist. */
export const TINY: string = join(import.meta.dirname, '..', '..', '..', '..', 'packages', 'ai', 'models', 'tiny-qwen2');

/** Why tests of models skip; false: they run. */
export const skip: string | false = await loadRuntime().then(
  () => false,
  () => `onnxruntime-node is not installed: ${INSTALL_LINE}`,
);

export interface GoldenCase {
  readonly input_ids: readonly number[];
  readonly greedy: readonly number[];
  readonly text?: string;
  readonly greedy_text?: string;
}

export type GoldenCases = { readonly [name: string]: GoldenCase };

export const tiny = (): LanguageModel => openModel(TINY);
export const sharded = (): LanguageModel => openModel(goldenPath('language/sharded-model'));

export const casesOf = (folder: string): GoldenCases =>
  (JSON.parse(goldenText(`language/${folder}/golden.json`)) as { cases: GoldenCases }).cases;

/** An array of NumPy's, by its name below `language`. */
export const numbers = (name: string): Float64Array => readNpy(goldenBytes(`language/${name}.npy`)).data;

/** The largest difference; NaN if there is one. */
export function farthest(one: ArrayLike<number>, other: ArrayLike<number>): number {
  if (one.length !== other.length) return Number.NaN;
  let most = 0;
  for (let at = 0; at < one.length; at++) {
    const difference = Math.abs(one[at]! - other[at]!);
    if (!(difference <= most)) most = difference;
  }
  return most;
}
