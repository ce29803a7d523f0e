/** Tensors of a model by their names in Hugging Face's files, wherever their bytes lie. */
import { closeSync, openSync, readSync } from 'node:fs';
import { invalidModel } from '../trees/tree-builder.ts';

/** The last three are GGUF's: blocks of 32 numbers with a scale, and q4_1 with a least number as well. */
export type WeightType = 'float32' | 'float16' | 'bfloat16' | 'q4_0' | 'q4_1' | 'q8_0';

export interface Weight {
  readonly type: WeightType;
  /** Rows, then columns; vectors have one dimension. */
  readonly shape: readonly number[];
  readonly path: string;
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** For a matrix whose rows lie in another order: the place in the file of each row. */
  readonly rowAt?: ((row: number) => number) | undefined;
}

/** Numbers in a block of GGUF's quantised types. */
export const BLOCK = 32;
/** Bytes of a block, or of a number. */
export const blockSizes: { readonly [type in WeightType]: number } = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  q4_0: 18,
  q4_1: 20,
  q8_0: 34,
};

export const isBlocks = (type: WeightType): type is 'q4_0' | 'q4_1' | 'q8_0' => type.startsWith('q');

export class Weights {
  readonly #found: ReadonlyMap<string, Weight>;

  constructor(found: ReadonlyMap<string, Weight>) {
    this.#found = found;
  }

  has(name: string): boolean {
    return this.#found.has(name);
  }

  /** Throws `model_invalid` if there is none of this name, or it has another shape. */
  get(name: string, shape: readonly number[]): Weight {
    const found = this.#found.get(name);
    if (found === undefined) throw invalidModel(`the model has no tensor ${name}`);
    if (found.shape.join() !== shape.join()) {
      throw invalidModel(`tensor ${name} is ${found.shape.join(' x ')}, and should be ${shape.join(' x ')}`);
    }
    return found;
  }
}

/** Bytes that a tensor of this type and shape takes. */
export function sizeOfWeight(type: WeightType, shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1);
  return isBlocks(type) ? (count / BLOCK) * blockSizes[type] : count * blockSizes[type];
}

/** The bytes of a weight, with the rows in their order. */
export function readWeight(weight: Weight): Uint8Array {
  const bytes = readSpan(weight.path, weight.offset, weight.size);
  if (weight.rowAt === undefined) return bytes;
  const rows = weight.shape[0]!;
  const stride = weight.size / rows;
  const ordered = new Uint8Array(weight.size);
  for (let row = 0; row < rows; row++) {
    const from = weight.rowAt(row) * stride;
    ordered.set(bytes.subarray(from, from + stride), row * stride);
  }
  return ordered;
}

/** Throws `model_invalid` if the file ends before. */
export function readSpan(path: string, offset: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const file = openSync(path, 'r');
  try {
    for (let at = 0; at < size; ) {
      const read = readSync(file, bytes, at, size - at, offset + at);
      if (read === 0) throw invalidModel(`${path} ends before byte ${offset + size}`);
      at += read;
    }
  } finally {
    closeSync(file);
  }
  return bytes;
}
