/** Tensors of the KServe protocol: typed values with a shape, as JSON lists, raw bytes, and ONNX Runtime's arrays. */
import { TallystickError } from 'tallystick/internal';
import type { TensorData } from '../onnx/runtime.ts';

export type Datatype =
  | 'BOOL'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'FP16'
  | 'FP32'
  | 'FP64'
  | 'BF16'
  | 'BYTES';

/** `data` has the raw bytes, little-endian, but for BYTES: there each element is one entry of `texts`. */
export interface TensorValue {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly texts?: readonly Uint8Array[] | undefined;
}

interface Kind {
  readonly size: number;
  /** Name in ONNX Runtime. */
  readonly type: string;
  readonly array: (buffer: ArrayBuffer) => Exclude<TensorData, readonly string[]>;
}

const kinds: { readonly [datatype in Exclude<Datatype, 'BYTES'>]: Kind } = {
  BOOL: { size: 1, type: 'bool', array: (buffer) => new Uint8Array(buffer) },
  INT8: { size: 1, type: 'int8', array: (buffer) => new Int8Array(buffer) },
  INT16: { size: 2, type: 'int16', array: (buffer) => new Int16Array(buffer) },
  INT32: { size: 4, type: 'int32', array: (buffer) => new Int32Array(buffer) },
  INT64: { size: 8, type: 'int64', array: (buffer) => new BigInt64Array(buffer) },
  UINT8: { size: 1, type: 'uint8', array: (buffer) => new Uint8Array(buffer) },
  UINT16: { size: 2, type: 'uint16', array: (buffer) => new Uint16Array(buffer) },
  UINT32: { size: 4, type: 'uint32', array: (buffer) => new Uint32Array(buffer) },
  UINT64: { size: 8, type: 'uint64', array: (buffer) => new BigUint64Array(buffer) },
  FP16: { size: 2, type: 'float16', array: (buffer) => new Uint16Array(buffer) },
  FP32: { size: 4, type: 'float32', array: (buffer) => new Float32Array(buffer) },
  FP64: { size: 8, type: 'float64', array: (buffer) => new Float64Array(buffer) },
  BF16: { size: 2, type: 'bfloat16', array: (buffer) => new Uint16Array(buffer) },
};

export const refused = (what: string): TallystickError =>
  new TallystickError('invalid_argument', what, { field: 'inputs' });

export function datatypeOf(name: unknown): Datatype {
  if (typeof name === 'string' && (name === 'BYTES' || Object.hasOwn(kinds, name))) return name as Datatype;
  throw refused(`there is no datatype ${String(name)}`);
}

/** The datatype of ONNX Runtime's `type`; undefined for types that the protocol has no name for. */
export function datatypeOfType(type: string | undefined): Datatype | undefined {
  if (type === 'string') return 'BYTES';
  return (Object.keys(kinds) as (keyof typeof kinds)[]).find((name) => kinds[name].type === type);
}

export function shapeOf(value: unknown): readonly number[] {
  const isShape = Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (isShape && (value as number[]).reduce((product, size) => product * size, 1) < 2 ** 31) return value as number[];
  throw refused('a shape is a list of whole numbers');
}

export const countOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** From raw bytes, as binary requests have them. Throws `invalid_argument` if they do not fit the shape. */
export function fromRaw(name: string, datatype: Datatype, shape: readonly number[], raw: Uint8Array): TensorValue {
  if (datatype === 'BYTES')
    return { name, datatype, shape, bytes: new Uint8Array(0), texts: textsOf(name, shape, raw) };
  const wanted = countOf(shape) * kinds[datatype].size;
  if (raw.length !== wanted) throw refused(`input ${name} has ${raw.length} bytes, and its shape wants ${wanted}`);
  return { name, datatype, shape, bytes: new Uint8Array(raw) };
}

/** Elements of BYTES lie one behind the other, each behind its length in 4 bytes. */
function textsOf(name: string, shape: readonly number[], raw: Uint8Array): Uint8Array[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const texts: Uint8Array[] = [];
  let at = 0;
  while (at + 4 <= raw.length) {
    const size = view.getUint32(at, true);
    if (at + 4 + size > raw.length) break;
    texts.push(raw.slice(at + 4, at + 4 + size));
    at += 4 + size;
  }
  if (at !== raw.length || texts.length !== countOf(shape))
    throw refused(`input ${name} has other elements than its shape`);
  return texts;
}

/** From lists of JSON, nested or flat, and from the typed lists of gRPC. */
export function fromList(name: string, datatype: Datatype, shape: readonly number[], data: unknown): TensorValue {
  const flat = flatten(data, []);
  if (flat.length !== countOf(shape)) {
    throw refused(`input ${name} has ${flat.length} elements, and its shape wants ${countOf(shape)}`);
  }
  if (datatype === 'BYTES') {
    const texts = flat.map((text) => (text instanceof Uint8Array ? text : new TextEncoder().encode(String(text))));
    return { name, datatype, shape, bytes: new Uint8Array(0), texts };
  }
  if (datatype === 'FP16' || datatype === 'BF16') throw refused(`input ${name}: ${datatype} comes as raw bytes alone`);
  const { size, array } = kinds[datatype];
  const buffer = new ArrayBuffer(flat.length * size);
  const numbers = array(buffer);
  for (const [at, value] of flat.entries()) numbers[at] = numberOf(name, datatype, value) as never;
  return { name, datatype, shape, bytes: new Uint8Array(buffer) };
}

function flatten(data: unknown, into: unknown[]): unknown[] {
  if (!Array.isArray(data)) throw refused('the data of an input is a list');
  for (const one of data) {
    if (Array.isArray(one)) flatten(one, into);
    else into.push(one);
  }
  return into;
}

function numberOf(name: string, datatype: Datatype, value: unknown): number | bigint {
  const isWide = datatype === 'INT64' || datatype === 'UINT64';
  try {
    if (datatype === 'BOOL' && typeof value === 'boolean') return value ? 1 : 0;
    if (isWide && (typeof value === 'number' || typeof value === 'string')) return BigInt(value);
    if (datatype !== 'BOOL' && !isWide && typeof value === 'number') return value;
  } catch {
    // Said below.
  }
  throw refused(`input ${name} has an element that is no ${datatype}`);
}

/** As ONNX Runtime takes it. */
export function toRuntime({ datatype, bytes, texts }: TensorValue): {
  readonly type: string;
  readonly data: TensorData;
} {
  if (datatype === 'BYTES') return { type: 'string', data: texts!.map((text) => new TextDecoder().decode(text)) };
  return { type: kinds[datatype].type, data: kinds[datatype].array(bytes.buffer) };
}

/** From what ONNX Runtime computed. */
export function fromRuntime(name: string, type: string, dims: readonly number[], data: TensorData): TensorValue {
  const datatype = datatypeOfType(type);
  if (datatype === undefined) throw new TallystickError('model_invalid', `output ${name} is of type ${type}`);
  if (datatype === 'BYTES') {
    const texts = (data as readonly string[]).map((text) => new TextEncoder().encode(text));
    return { name, datatype, shape: dims, bytes: new Uint8Array(0), texts };
  }
  const array = data as Exclude<TensorData, readonly string[]>;
  return {
    name,
    datatype,
    shape: dims,
    bytes: new Uint8Array(new Uint8Array(array.buffer, array.byteOffset, array.byteLength)),
  };
}

/** As raw bytes. */
export function toRaw({ bytes, texts }: TensorValue): Uint8Array {
  if (texts === undefined) return bytes;
  const raw = new Uint8Array(texts.reduce((size, text) => size + 4 + text.length, 0));
  const view = new DataView(raw.buffer);
  let at = 0;
  for (const text of texts) {
    view.setUint32(at, text.length, true);
    raw.set(text, at + 4);
    at += 4 + text.length;
  }
  return raw;
}

/** As a flat list for JSON. */
export function toList(value: TensorValue): unknown[] {
  const { datatype, bytes, texts, name } = value;
  if (datatype === 'BYTES') return texts!.map((text) => new TextDecoder().decode(text));
  if (datatype === 'FP16' || datatype === 'BF16') throw refused(`output ${name}: ${datatype} goes as raw bytes alone`);
  if (datatype === 'BOOL') return Array.from(bytes, (byte) => byte !== 0);
  const list = Array.from(kinds[datatype].array(bytes.buffer) as Iterable<number | bigint>);
  return list.map((number) => (typeof number === 'bigint' ? Number(number) : number));
}

/** Rows `from` to `to` of the first dimension. */
export function rowsOf(value: TensorValue, from: number, to: number): TensorValue {
  const rows = value.shape[0] ?? 1;
  const shape = [to - from, ...value.shape.slice(1)];
  const stride = value.bytes.length / rows;
  const each = (value.texts?.length ?? 0) / rows;
  return {
    ...value,
    shape,
    bytes: value.bytes.slice(from * stride, to * stride),
    texts: value.texts?.slice(from * each, to * each),
  };
}

/** Joins tensors of the same kind along the first dimension. */
export function joinedRows(values: readonly TensorValue[]): TensorValue {
  const [first] = values;
  if (values.length === 1) return first!;
  const bytes = new Uint8Array(values.reduce((size, one) => size + one.bytes.length, 0));
  let at = 0;
  for (const one of values) {
    bytes.set(one.bytes, at);
    at += one.bytes.length;
  }
  const rows = values.reduce((sum, one) => sum + one.shape[0]!, 0);
  const texts = first!.texts === undefined ? undefined : values.flatMap((one) => one.texts!);
  return { ...first!, shape: [rows, ...first!.shape.slice(1)], bytes, texts };
}
