/** The shape of a language model, as its configuration says it: Qwen2 and Llama, which differ by a bias alone. */
import { invalidModel } from '../trees/tree-builder.ts';

export interface ModelShape {
  readonly kind: 'qwen2' | 'llama';
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; several heads of queries share one. */
  readonly keyHeads: number;
  readonly headSize: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  /** Tokens that positions are defined for. */
  readonly context: number;
  readonly epsilon: number;
  readonly ropeTheta: number;
  /** Queries, keys and values have a bias. */
  readonly hasBias: boolean;
  /** The table of tokens is also the last layer. */
  readonly isTied: boolean;
}

type Json = { readonly [key: string]: unknown };

/** Sizes above are no model that we can run; they guard against files that ask for all the memory there is. */
const SIZE_MAX = 2 ** 22;
const LAYERS_MAX = 512;

/** Reads `config.json`. Throws `model_invalid` for architectures, and variants of them, that we do not run. */
export function readShape(config: Json): ModelShape {
  const kind = config.model_type;
  if (kind !== 'qwen2' && kind !== 'llama') throw invalidModel(`models of type ${String(kind)} are not run`);
  const size = (key: string, most = SIZE_MAX): number => sizeOf(config[key], key, most);
  const hidden = size('hidden_size');
  const heads = size('num_attention_heads');
  const rope = (config.rope_parameters ?? config.rope_scaling ?? {}) as Json;
  const shape: ModelShape = {
    kind,
    hidden,
    layers: size('num_hidden_layers', LAYERS_MAX),
    heads,
    keyHeads: config.num_key_value_heads === undefined ? heads : size('num_key_value_heads'),
    headSize: config.head_dim === undefined || config.head_dim === null ? hidden / heads : size('head_dim'),
    feedForward: size('intermediate_size'),
    vocabulary: size('vocab_size'),
    context: size('max_position_embeddings'),
    epsilon: numberOf(config.rms_norm_eps ?? 1e-6, 'rms_norm_eps'),
    ropeTheta: numberOf(config.rope_theta ?? rope.rope_theta ?? 10_000, 'rope_theta'),
    hasBias: config.attention_bias === undefined ? kind === 'qwen2' : config.attention_bias === true,
    isTied: config.tie_word_embeddings === true,
  };
  checkVariant(config, rope);
  return checkShape(shape);
}

/** What follows from the sizes, wherever they were said. */
export function checkShape(shape: ModelShape): ModelShape {
  const { heads, keyHeads, headSize } = shape;
  if (!Number.isInteger(headSize) || headSize % 2 !== 0 || heads % keyHeads !== 0) {
    throw invalidModel(`${heads} heads, ${keyHeads} of keys, of size ${headSize} do not go together`);
  }
  return shape;
}

function checkVariant(config: Json, rope: Json): void {
  const scaling = rope.rope_type ?? rope.type;
  if (scaling !== undefined && scaling !== 'default') {
    throw invalidModel(`positions scaled by ${String(scaling)} are not run`);
  }
  if (config.use_sliding_window === true) throw invalidModel('attention by a sliding window is not run');
  if ((config.hidden_act ?? 'silu') !== 'silu') throw invalidModel(`${String(config.hidden_act)} is not run`);
  if (config.mlp_bias === true) throw invalidModel('models with a bias in their feed-forward part are not run');
}

function sizeOf(value: unknown, key: string, most: number): number {
  if (Number.isInteger(value) && (value as number) > 0 && (value as number) <= most) return value as number;
  throw invalidModel(`${key} is ${String(value)}, and must be a whole number from 1 to ${most}`);
}

function numberOf(value: unknown, key: string): number {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
  throw invalidModel(`${key} is ${String(value)}, and must be a number above 0`);
}
