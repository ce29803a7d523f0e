/**
 * Reads GGUF, version 2 and 3: a head of typed keys, then the places of tensors. Tensors are named as Hugging Face's
 * files name them, so everything behind this file knows one vocabulary. Quantised blocks stay as they are.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { invalidModel } from '../trees/tree-builder.ts';
import { type GgufKeys, type GgufValue, tokenizerOf } from './gguf-tokenizer.ts';
import { checkShape, type ModelShape } from './shape.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

import { sizeOfWeight, type Weight, Weights, type WeightType } from './weights.ts';

const MAGIC = 0x46554747;
const tensorTypes: { readonly [type: number]: WeightType } = {
  0: 'float32',
  1: 'float16',
  2: 'q4_0',
  3: 'q4_1',
  8: 'q8_0',
  30: 'bfloat16',
};
/** Numbers of value types. */
const Type = { text: 8, list: 9 } as const;
const COUNT_MAX = 2 ** 24;
const CHUNK = 2 ** 22;

export interface GgufModel {
  readonly shape: ModelShape;
  readonly weights: Weights;
  readonly ends: readonly number[];
  tokenizerFiles(): TokenizerFiles;
}

/** Throws `model_invalid`. */
export function readGguf(path: string): GgufModel {
  const head = new Head(path);
  try {
    const { keys, tensors } = head.read();
    const shape = shapeOf(keys, tensors);
    const ends = ['eos_token_id', 'eot_token_id'].map((key) => keys.get(`tokenizer.ggml.${key}`));
    return {
      shape,
      weights: weightsOf(path, tensors, shape, head.alignedEnd(Number(keys.get('general.alignment') ?? 32))),
      ends: ends.filter((id): id is number => typeof id === 'number'),
      tokenizerFiles: () => tokenizerOf(keys),
    };
  } finally {
    head.close();
  }
}

interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly offset: number;
}

/** The head, read piece by piece: it has no length of its own. */
class Head {
  readonly #path: string;
  readonly #file: number;
  #view = new DataView(new ArrayBuffer(0));
  #bytes = new Uint8Array(0);
  /** Place in the file of the first byte that is in memory, and of the next value in memory. */
  #start = 0;
  #at = 0;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'r');
  }

  close(): void {
    closeSync(this.#file);
  }

  alignedEnd(alignment: number): number {
    return Math.ceil((this.#start + this.#at) / alignment) * alignment;
  }

  read(): { keys: GgufKeys; tensors: TensorInfo[] } {
    if (this.#u32() !== MAGIC) throw invalidModel(`${this.#path} is no GGUF file`);
    const version = this.#u32();
    if (version !== 2 && version !== 3) throw invalidModel(`${this.#path} has version ${version} of GGUF`);
    const tensorCount = this.#count();
    const keyCount = this.#count();
    const keys = new Map<string, GgufValue>();
    for (let left = keyCount; left > 0; left--) {
      const name = this.#text();
      keys.set(name, this.#value(this.#u32()));
    }
    const tensors = Array.from({ length: tensorCount }, () => this.#tensor());
    return { keys, tensors };
  }

  #tensor(): TensorInfo {
    const name = this.#text();
    const dimensions = this.#u32();
    if (dimensions < 1 || dimensions > 4) throw invalidModel(`tensor ${name} has ${dimensions} dimensions`);
    // The first is the one that changes fastest; elsewhere it is the last.
    const shape = Array.from({ length: dimensions }, () => this.#count()).reverse();
    return { name, shape, type: this.#u32(), offset: Number(this.#u64()) };
  }

  #value(type: number): GgufValue {
    switch (type) {
      case 0:
        return this.#need(1).getUint8(this.#take(1));
      case 1:
        return this.#need(1).getInt8(this.#take(1));
      case 2:
        return this.#need(2).getUint16(this.#take(2), true);
      case 3:
        return this.#need(2).getInt16(this.#take(2), true);
      case 4:
        return this.#u32();
      case 5:
        return this.#need(4).getInt32(this.#take(4), true);
      case 6:
        return this.#need(4).getFloat32(this.#take(4), true);
      case 7:
        return this.#need(1).getUint8(this.#take(1)) !== 0;
      case Type.text:
        return this.#text();
      case Type.list: {
        const of = this.#u32();
        return Array.from({ length: this.#count() }, () => this.#value(of));
      }
      case 10:
        return this.#u64();
      case 11:
        return this.#need(8).getBigInt64(this.#take(8), true);
      case 12:
        return this.#need(8).getFloat64(this.#take(8), true);
      default:
        throw invalidModel(`${this.#path} has a value of type ${type}`);
    }
  }

  #text(): string {
    const size = this.#count();
    this.#need(size);
    const at = this.#take(size);
    return new TextDecoder().decode(this.#bytes.subarray(at, at + size));
  }

  #count(): number {
    const count = Number(this.#u64());
    if (count > COUNT_MAX) throw invalidModel(`${this.#path} says a count of ${count}`);
    return count;
  }

  #u32(): number {
    return this.#need(4).getUint32(this.#take(4), true);
  }

  #u64(): bigint {
    return this.#need(8).getBigUint64(this.#take(8), true);
  }

  #take(size: number): number {
    this.#at += size;
    return this.#at - size;
  }

  /** Has at least `size` bytes in memory from the next value on. */
  #need(size: number): DataView {
    if (this.#at + size <= this.#bytes.length) return this.#view;
    const from = this.#start + this.#at;
    const bytes = new Uint8Array(Math.max(size, CHUNK));
    const read = readSync(this.#file, bytes, 0, bytes.length, from);
    if (read < size) throw invalidModel(`${this.#path} ends before its head does`);
    this.#start = from;
    this.#at = 0;
    this.#bytes = bytes.subarray(0, read);
    this.#view = new DataView(bytes.buffer, 0, read);
    return this.#view;
  }
}

function shapeOf(keys: GgufKeys, tensors: readonly TensorInfo[]): ModelShape {
  const kind = keys.get('general.architecture');
  if (kind !== 'llama' && kind !== 'qwen2') throw invalidModel(`models of type ${String(kind)} are not run`);
  const number = (key: string, otherwise?: number): number => {
    const value = keys.get(`${kind}.${key}`) ?? otherwise;
    if (typeof value === 'number' && value > 0) return value;
    throw invalidModel(`the model does not say its ${key}`);
  };
  const scaling = keys.get(`${kind}.rope.scaling.type`);
  if (scaling !== undefined && scaling !== 'none') throw invalidModel(`positions scaled by ${scaling} are not run`);
  if (tensors.some(({ name }) => name.startsWith('rope_'))) throw invalidModel('positions with factors are not run');
  const hidden = number('embedding_length');
  const heads = number('attention.head_count');
  return checkShape({
    kind,
    hidden,
    layers: number('block_count'),
    heads,
    keyHeads: number('attention.head_count_kv', heads),
    headSize: number('attention.key_length', hidden / heads),
    feedForward: number('feed_forward_length'),
    vocabulary: tensors.find(({ name }) => name === 'token_embd.weight')?.shape[0] ?? 0,
    context: number('context_length'),
    epsilon: number('attention.layer_norm_rms_epsilon'),
    ropeTheta: number('rope.freq_base', 10_000),
    hasBias: tensors.some(({ name }) => name === 'blk.0.attn_q.bias'),
    isTied: !tensors.some(({ name }) => name === 'output.weight'),
  });
}

const outside: { readonly [name: string]: string } = {
  'token_embd.weight': 'model.embed_tokens.weight',
  'output_norm.weight': 'model.norm.weight',
  'output.weight': 'lm_head.weight',
};
const inside: { readonly [part: string]: string } = {
  attn_norm: 'input_layernorm',
  ffn_norm: 'post_attention_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
};

function weightsOf(path: string, tensors: readonly TensorInfo[], shape: ModelShape, start: number): Weights {
  const end = statSync(path).size;
  const found = new Map<string, Weight>();
  for (const tensor of tensors) {
    const [, layer, part, kind] = /^blk[.](\d+)[.](\w+)[.](weight|bias)$/.exec(tensor.name) ?? [];
    const known = inside[part ?? ''];
    const name = known === undefined ? outside[tensor.name] : `model.layers.${layer}.${known}.${kind}`;
    if (name === undefined) throw invalidModel(`tensor ${tensor.name} has no place in this architecture`);
    const type = tensorTypes[tensor.type];
    if (type === undefined) throw invalidModel(`tensor ${tensor.name} is quantised in a way that is not read`);
    const size = sizeOfWeight(type, tensor.shape);
    const offset = start + tensor.offset;
    if (!Number.isInteger(size) || offset + size > end) throw invalidModel(`tensor ${tensor.name} is not whole`);
    found.set(name, { type, shape: tensor.shape, path, offset, size, rowAt: orderOf(part ?? '', shape) });
  }
  return new Weights(found);
}

/** Files of Llama keep the two halves of each head of queries and keys interleaved. */
function orderOf(part: string, { kind, headSize }: ModelShape): ((row: number) => number) | undefined {
  if (kind !== 'llama' || (part !== 'attn_q' && part !== 'attn_k')) return undefined;
  const halves = headSize / 2;
  return (row) => {
    const within = row % headSize;
    return row - within + 2 * (within % halves) + Math.floor(within / halves);
  };
}
