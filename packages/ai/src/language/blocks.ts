/**
 * Blocks of 32 numbers, as GGUF stores them and as ONNX Runtime's `MatMulNBits` takes them. A number is
 * `(code - zero) * scale`, or `code * scale + least` (q4_1), so no block is rounded again.
 *
 *   GGUF       q4: 16 bytes, the low halves are numbers 0 to 15, the high ones 16 to 31; q8: 32 signed bytes
 *   ONNX       q4: byte i has number 2i in its low half, 2i + 1 in its high one;         q8: codes 0 to 255, zero 128
 */
import { BLOCK, blockSizes, type Weight } from './weights.ts';

export interface Blocks {
  readonly bits: 4 | 8;
  /** `rows * columns * bits / 8` bytes. */
  readonly codes: Uint8Array;
  /** One for each block, row by row. */
  readonly scales: Float32Array;
  /** The least number of each block; undefined: codes are around their middle. */
  readonly leasts: Float32Array | undefined;
}

/** `bytes`: of a weight whose type is one of blocks. */
export function toBlocks(type: Weight['type'], bytes: Uint8Array): Blocks {
  const stride = blockSizes[type];
  const count = bytes.length / stride;
  const bits = type === 'q8_0' ? 8 : 4;
  const size = (BLOCK * bits) / 8;
  const codes = new Uint8Array(count * size);
  const scales = new Float32Array(count);
  const leasts = type === 'q4_1' ? new Float32Array(count) : undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = stride - size;
  for (let block = 0, at = 0; block < count; block++, at += stride) {
    scales[block] = half(view.getUint16(at, true));
    if (leasts !== undefined) leasts[block] = half(view.getUint16(at + 2, true));
    if (bits === 8) for (let i = 0; i < BLOCK; i++) codes[block * size + i] = bytes[at + head + i]! ^ 0x80;
    else regroup(bytes, at + head, codes, block * size);
  }
  return { bits, codes, scales, leasts };
}

function regroup(from: Uint8Array, at: number, into: Uint8Array, to: number): void {
  for (let i = 0; i < 8; i++) {
    const [even, odd] = [from[at + 2 * i]!, from[at + 2 * i + 1]!];
    into[to + i] = (even & 15) | ((odd & 15) << 4);
    into[to + 8 + i] = (even >>> 4) | (odd & 0xf0);
  }
}

/** All numbers of blocks, in 32 bits. */
export function fromBlocks({ bits, codes, scales, leasts }: Blocks): Float32Array {
  const numbers = new Float32Array(scales.length * BLOCK);
  const zero = leasts === undefined ? 1 << (bits - 1) : 0;
  for (let at = 0; at < numbers.length; at++) {
    const block = at >>> 5;
    const code = bits === 8 ? codes[at]! : (codes[at >>> 1]! >>> (4 * (at & 1))) & 15;
    numbers[at] = (code - zero) * scales[block]! + (leasts === undefined ? 0 : leasts[block]!);
  }
  return numbers;
}

/** A float of 16 bits. */
export function half(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
