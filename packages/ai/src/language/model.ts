/** A language model on disk: a folder of Hugging Face's files, or one file of GGUF. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { TallystickError } from 'tallystick/internal';
import { invalidModel } from '../trees/tree-builder.ts';
import { readGguf } from './gguf.ts';
import { readSafetensors } from './safetensors.ts';
import type { SamplerOptions } from './sampler.ts';
import { type ModelShape, readShape } from './shape.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';
import type { Weights } from './weights.ts';

export interface LanguageModel {
  readonly path: string;
  readonly name: string;
  readonly shape: ModelShape;
  readonly weights: Weights;
  /** Tokens that end an answer. */
  readonly ends: readonly number[];
  /** How the model's makers let it draw tokens; callers may say otherwise. */
  readonly defaults: SamplerOptions;
  /** Changes with the shape and with the sizes and times of the files: stages of one pipeline have the same. */
  readonly fingerprint: string;
  /** Read when they are needed: a stage needs none. Throws `model_invalid`. */
  tokenizerFiles(): TokenizerFiles;
}

type Json = { readonly [key: string]: unknown };

/** Throws `not_found` or `model_invalid`. */
export function openModel(path: string): LanguageModel {
  const place = resolve(path);
  const stats = statSync(place, { throwIfNoEntry: false });
  if (stats === undefined) throw new TallystickError('not_found', `there is no model at ${path}`);
  return stats.isDirectory() ? openFolder(place) : openGguf(place);
}

function openFolder(folder: string): LanguageModel {
  const config = readJson(join(folder, 'config.json'));
  const generation = existsSync(join(folder, 'generation_config.json'))
    ? readJson(join(folder, 'generation_config.json'))
    : {};
  const shape = readShape(config);
  return {
    path: folder,
    name: basename(folder),
    shape,
    weights: readSafetensors(folder),
    ends: endsOf(generation.eos_token_id ?? config.eos_token_id),
    defaults: defaultsOf(generation),
    fingerprint: fingerprintOf(shape, folder),
    tokenizerFiles: () => ({
      tokenizer: readJson(join(folder, 'tokenizer.json')),
      config: readJson(join(folder, 'tokenizer_config.json')),
    }),
  };
}

function openGguf(path: string): LanguageModel {
  const { shape, weights, ends, tokenizerFiles } = readGguf(path);
  const name = basename(path).replace(/[.]gguf$/i, '');
  const fingerprint = fingerprintOf(shape, path);
  return { path, name, shape, weights, ends, defaults: {}, fingerprint, tokenizerFiles };
}

function defaultsOf(generation: Json): SamplerOptions {
  if (generation.do_sample !== true) return { temperature: 0 };
  const number = (key: string): number | undefined => {
    const value = generation[key];
    return typeof value === 'number' ? value : undefined;
  };
  return {
    temperature: number('temperature'),
    topP: number('top_p'),
    topK: number('top_k'),
    repetitionPenalty: number('repetition_penalty'),
  };
}

function endsOf(id: unknown): readonly number[] {
  const ids = Array.isArray(id) ? id : [id];
  return ids.filter((one): one is number => Number.isInteger(one));
}

/** Weights have gigabytes: their size and time stand for what is in them. */
function fingerprintOf(shape: ModelShape, path: string): string {
  const { size, mtimeMs } = statSync(path);
  const isFolder = statSync(path).isDirectory();
  const config = isFolder ? readFileSync(join(path, 'config.json'), 'utf8') : `${size} ${mtimeMs}`;
  return createHash('sha256')
    .update(JSON.stringify([shape, config]))
    .digest('hex')
    .slice(0, 32);
}

function readJson(path: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw invalidModel(`${path} cannot be read: ${(cause as Error).message}`);
  }
  if (typeof value === 'object' && value !== null) return value as Json;
  throw invalidModel(`${path} has no object`);
}
