/** NumPy's arrays: `.npy` of any number type, byte order and order of axes, and `.npz`, which is a zip of them. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { fingerprintOf, invalidData, type Source, sizeOf } from './source.ts';

export interface NpyArray {
  readonly shape: readonly number[];
  /** In C order. Integers of 64 bits are rounded to the nearest double. */
  readonly data: Float64Array;
}

type Get = (view: DataView, at: number, little: boolean) => number;

const TYPES: { readonly [type: string]: readonly [size: number, get: Get] } = {
  f8: [8, (view, at, little) => view.getFloat64(at, little)],
  f4: [4, (view, at, little) => view.getFloat32(at, little)],
  f2: [2, (view, at, little) => half(view.getUint16(at, little))],
  i8: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  u8: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
  i4: [4, (view, at, little) => view.getInt32(at, little)],
  u4: [4, (view, at, little) => view.getUint32(at, little)],
  i2: [2, (view, at, little) => view.getInt16(at, little)],
  u2: [2, (view, at, little) => view.getUint16(at, little)],
  i1: [1, (view, at) => view.getInt8(at)],
  u1: [1, (view, at) => view.getUint8(at)],
  b1: [1, (view, at) => view.getUint8(at)],
};

export function readNpy(bytes: Uint8Array): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 10 || String.fromCharCode(...bytes.subarray(1, 6)) !== 'NUMPY')
    throw invalidData('this is no .npy file');
  const wide = bytes[6]! > 1;
  const start = wide ? 12 : 10;
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const head = new TextDecoder('latin1').decode(bytes.subarray(start, Math.min(end, bytes.length)));
  const [, order, type] = /'descr':\s*'([<>|=])(\w+)'/.exec(head) ?? [];
  const axes = /'shape':\s*\(([^)]*)\)/.exec(head)?.[1];
  const known = TYPES[type ?? ''];
  if (axes === undefined || known === undefined) throw invalidData(`arrays of ${type ?? 'objects'} are not read`);
  const shape = axes
    .split(',')
    .map((axis) => axis.trim())
    .filter((axis) => axis !== '')
    .map(Number);
  const [size, get] = known;
  const count = sizeOf(shape);
  if (!(Number.isSafeInteger(count) && bytes.length - end >= count * size))
    throw invalidData('the .npy file ends early');
  const data = Float64Array.from({ length: count }, (_, at) => get(view, end + at * size, order !== '>'));
  return { shape, data: /'fortran_order':\s*True/.test(head) ? transposed(data, shape) : data };
}

/** The arrays of an `.npz`, by name. */
export function readNpz(bytes: Uint8Array): Map<string, NpyArray> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.lastIndexOf(0x50) < 0 ? -1 : endOf(view);
  if (end < 0) throw invalidData('this is no .npz file');
  const arrays = new Map<string, NpyArray>();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50)
      throw invalidData('the .npz file is damaged');
    const [method, size, nameSize] = [
      view.getUint16(at + 10, true),
      view.getUint32(at + 20, true),
      view.getUint16(at + 28, true),
    ];
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameSize));
    const local = view.getUint32(at + 42, true);
    if (local + 30 > bytes.length) throw invalidData('the .npz file is damaged');
    const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    arrays.set(name.replace(/[.]npy$/, ''), readNpy(unpacked(bytes.subarray(from, from + size), method)));
    at += 46 + nameSize + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return arrays;
}

/** Where the end record of a zip lies. */
function endOf(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 65_557); at--) {
    if (view.getUint32(at, true) === 0x06054b50) return at;
  }
  return -1;
}

function unpacked(bytes: Uint8Array, method: number): Uint8Array {
  if (method === 0) return bytes;
  if (method !== 8) throw invalidData(`the .npz file is packed by method ${method}`);
  try {
    return inflateRawSync(bytes);
  } catch (error) {
    throw invalidData(`the .npz file is damaged: ${(error as Error).message}`, error);
  }
}

/** From the order of Fortran, whose first axis changes fastest, to that of C. */
function transposed(data: Float64Array, shape: readonly number[]): Float64Array {
  return Float64Array.from({ length: data.length }, (_, index) => {
    let [rest, at] = [index, 0];
    let steps = data.length;
    // The index of each axis, from the first on, times the axis's step in Fortran's order.
    let stride = 1;
    for (const axis of shape) {
      steps /= axis;
      at += Math.floor(rest / steps) * stride;
      rest %= steps;
      stride *= axis;
    }
    return data[at]!;
  });
}

function half(bits: number): number {
  const sign = (bits & 0x8000) !== 0 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * 2 ** -24 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

export interface NpySpec {
  readonly kind: 'npy';
  readonly path: string;
  /** Of an `.npz`: the names of the arrays. `y` may be left out. */
  readonly x?: string;
  readonly y?: string;
}

/** The rows of an array along its first axis. */
export function openNpy({ path, x: xName = 'x', y: yName, kind }: NpySpec): Source {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw invalidData(`${path} cannot be read: ${(error as Error).message}`, error);
  }
  const arrays = bytes[0] === 0x50 ? readNpz(bytes) : new Map([[xName, readNpy(bytes)]]);
  const named = (name: string): NpyArray => {
    const found = arrays.get(name);
    if (found === undefined) throw invalidData(`${path} has no array ${name}; it has ${[...arrays.keys()].join(', ')}`);
    return found;
  };
  const x = named(xName);
  const y = yName === undefined ? undefined : named(yName);
  const size = x.shape[0] ?? 0;
  if (y !== undefined && y.shape[0] !== size)
    throw invalidData(`${path} has ${size} of ${xName}, and other of ${yName}`);
  const rowOf = ({ data, shape }: NpyArray, index: number): Float32Array => {
    const width = sizeOf(shape.slice(1));
    return Float32Array.from(data.subarray(index * width, (index + 1) * width));
  };
  return {
    size,
    fingerprint: fingerprintOf(kind, xName, yName, createHash('sha256').update(bytes).digest('hex')),
    shape: x.shape.slice(1),
    yShape: y?.shape.slice(1),
    read: (index) => (y === undefined ? { x: rowOf(x, index) } : { x: rowOf(x, index), y: rowOf(y, index) }),
    where: (index) => `${path}, row ${index}`,
    close: () => undefined,
  };
}
