/** Writes a GGUF file of the tiny model with blocks of each kind, and the same numbers as safetensors: for tests. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBlocks, toBlocks } from '../src/language/blocks.ts';
import { readWeight, sizeOfWeight, type WeightType } from '../src/language/weights.ts';
import { TINY, tiny } from './language.ts';

const BLOCK = 32;
const TENSOR_TYPES = { float32: 0, q4_0: 2, q4_1: 3, q8_0: 8 } as const;
type Kind = keyof typeof TENSOR_TYPES;
const names: { readonly [part: string]: string } = {
  input_layernorm: 'attn_norm',
  post_attention_layernorm: 'ffn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

/** 16 bits that stand for at most `x`, for a normal number above 0. */
function half(x: number): number {
  const exponent = Math.floor(Math.log2(x));
  return ((exponent + 15) << 10) | Math.floor((x / 2 ** exponent - 1) * 1024);
}

/** Blocks as llama.cpp lays them out, of numbers that are roughly these. */
export function quantise(numbers: Float32Array, kind: Exclude<Kind, 'float32'>): Uint8Array {
  const bytes = new Uint8Array(sizeOfWeight(kind, [numbers.length]));
  const view = new DataView(bytes.buffer);
  const stride = (bytes.length / numbers.length) * BLOCK;
  for (let block = 0; block < numbers.length / BLOCK; block++) {
    const part = numbers.subarray(block * BLOCK, (block + 1) * BLOCK);
    const at = block * stride;
    const least = Math.min(...part);
    const most = Math.max(...part.map(Math.abs), 1e-3);
    const steps = kind === 'q8_0' ? 127 : kind === 'q4_0' ? 7 : 15;
    const scale = half(kind === 'q4_1' ? Math.max(Math.max(...part) - least, 1e-3) / steps : most / steps);
    view.setUint16(at, scale, true);
    const size = 2 ** ((scale >> 10) - 15) * (1 + (scale & 1023) / 1024);
    if (kind === 'q4_1') view.setUint16(at + 2, half(Math.max(Math.abs(least), 1e-3)) | 0x8000, true);
    for (const [index, x] of part.entries()) {
      const code = kind === 'q4_1' ? (x - least) / size : x / size + (kind === 'q4_0' ? 8 : 0);
      const whole = Math.max(kind === 'q8_0' ? -127 : 0, Math.min(Math.round(code), kind === 'q8_0' ? 127 : 15));
      if (kind === 'q8_0') view.setInt8(at + 2 + index, whole);
      else {
        const byte = at + stride - 16 + (index % 16);
        bytes[byte] = bytes[byte]! | (whole << (index < 16 ? 0 : 4));
      }
    }
  }
  return bytes;
}

interface Tensor {
  readonly name: string;
  readonly hfName: string;
  readonly shape: readonly number[];
  readonly kind: Kind;
  readonly bytes: Uint8Array;
}

/** Every matrix gets the kind that `kindOf` says; biases and norms stay whole. */
function tensorsOf(kindOf: (part: string) => Kind): Tensor[] {
  const { weights, shape } = tiny();
  const { hidden, layers, heads, keyHeads, headSize, feedForward, vocabulary } = shape;
  const found: Tensor[] = [];
  const add = (name: string, hfName: string, size: readonly number[]): void => {
    const bytes = readWeight(weights.get(hfName, size));
    const kind = size.length === 2 ? kindOf(name) : 'float32';
    const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    found.push({ name, hfName, shape: size, kind, bytes: kind === 'float32' ? bytes : quantise(numbers, kind) });
  };
  add('token_embd.weight', 'model.embed_tokens.weight', [vocabulary, hidden]);
  add('output_norm.weight', 'model.norm.weight', [hidden]);
  add('output.weight', 'lm_head.weight', [vocabulary, hidden]);
  const sizes: { readonly [part: string]: readonly [number, number] } = {
    'self_attn.q_proj': [heads * headSize, hidden],
    'self_attn.k_proj': [keyHeads * headSize, hidden],
    'self_attn.v_proj': [keyHeads * headSize, hidden],
    'self_attn.o_proj': [hidden, heads * headSize],
    'mlp.gate_proj': [feedForward, hidden],
    'mlp.up_proj': [feedForward, hidden],
    'mlp.down_proj': [hidden, feedForward],
  };
  for (let layer = 0; layer < layers; layer++) {
    for (const [part, short] of Object.entries(names)) {
      const hf = `model.layers.${layer}.${part}`;
      add(`blk.${layer}.${short}.weight`, `${hf}.weight`, sizes[part] ?? [hidden]);
      if (/[qkv]_proj/.test(part)) add(`blk.${layer}.${short}.bias`, `${hf}.bias`, [sizes[part]![0]]);
    }
  }
  return found;
}

/** Returns the paths of both: blocks in one, the numbers that they stand for in the other. */
export function writeTwins(folder: string, kindOf: (part: string) => Kind): { gguf: string; plain: string } {
  const tensors = tensorsOf(kindOf);
  const gguf = join(folder, 'tiny.gguf');
  writeFileSync(gguf, ggufOf(tensors));
  const plain = join(folder, 'plain');
  mkdirSync(plain);
  writeFileSync(join(plain, 'config.json'), readFileSync(join(TINY, 'config.json')));
  writeFileSync(join(plain, 'model.safetensors'), safetensorsOf(tensors));
  return { gguf, plain };
}

function ggufOf(tensors: readonly Tensor[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const word = (x: number): void => void parts.push(new Uint8Array(Uint32Array.of(x).buffer));
  const long = (x: number): void => void parts.push(new Uint8Array(BigUint64Array.of(BigInt(x)).buffer));
  const text = (x: string): void => {
    const bytes = new TextEncoder().encode(x);
    long(bytes.length);
    parts.push(bytes);
  };
  const { shape } = tiny();
  const keys: [string, number | string][] = [
    ['general.architecture', 'qwen2'],
    ['qwen2.embedding_length', shape.hidden],
    ['qwen2.block_count', shape.layers],
    ['qwen2.attention.head_count', shape.heads],
    ['qwen2.attention.head_count_kv', shape.keyHeads],
    ['qwen2.feed_forward_length', shape.feedForward],
    ['qwen2.context_length', shape.context],
    ['qwen2.attention.layer_norm_rms_epsilon', 1e-6],
    ['qwen2.rope.freq_base', shape.ropeTheta],
    ['tokenizer.ggml.eos_token_id', 1023],
  ];
  word(0x46554747);
  word(3);
  long(tensors.length);
  long(keys.length);
  for (const [key, value] of keys) {
    text(key);
    if (typeof value === 'string') {
      word(8);
      text(value);
    } else if (Number.isInteger(value)) {
      word(4);
      word(value);
    } else {
      word(12);
      parts.push(new Uint8Array(Float64Array.of(value).buffer));
    }
  }
  let offset = 0;
  for (const { name, shape: size, kind, bytes } of tensors) {
    text(name);
    word(size.length);
    for (const dimension of [...size].reverse()) long(dimension);
    word(TENSOR_TYPES[kind]);
    long(offset);
    offset += Math.ceil(bytes.length / BLOCK) * BLOCK;
  }
  const head = Buffer.concat(parts);
  const padded = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, Buffer.alloc(-bytes.length & (BLOCK - 1))]);
  return Buffer.concat([padded(head), ...tensors.map(({ bytes }) => padded(bytes))]);
}

function safetensorsOf(tensors: readonly Tensor[]): Uint8Array {
  const head: { [name: string]: object } = {};
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { hfName, shape, kind, bytes } of tensors) {
    const whole = kind === 'float32' ? bytes : new Uint8Array(fromBlocks(toBlocks(kind as WeightType, bytes)).buffer);
    head[hfName] = { dtype: 'F32', shape, data_offsets: [at, at + whole.length] };
    parts.push(whole);
    at += whole.length;
  }
  const json = Buffer.from(JSON.stringify(head).padEnd(Math.ceil(JSON.stringify(head).length / 8) * 8));
  return Buffer.concat([new Uint8Array(BigUint64Array.of(BigInt(json.length)).buffer), json, ...parts]);
}
