/** Reads protocol buffers field by field; the bytes come from a file, so every length is checked. */
import { invalidModel } from './tree-builder.ts';

/** A field of a message: its number, and its bytes or its number. */
export interface Field {
  readonly field: number;
  /** A varint, or the bits of a fixed field. */
  readonly value: bigint;
  /** Of a field with a length. */
  readonly bytes: Uint8Array | undefined;
}

const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

export function* fields(message: Uint8Array): Generator<Field> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw invalidModel('the file ends within a number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw invalidModel('a number of the file has more than ten bytes');
  };
  const take = (size: number): number => {
    const from = at;
    if (size > message.length - at) throw invalidModel('the file ends within a field');
    at += size;
    return from;
  };
  while (at < message.length) {
    const tag = varint();
    const field = Number(tag >> 3n);
    const type = Number(tag & 7n);
    if (type === WireType.varint) yield { field, value: varint(), bytes: undefined };
    else if (type === WireType.fixed64) yield { field, value: view.getBigUint64(take(8), true), bytes: undefined };
    else if (type === WireType.fixed32) yield { field, value: BigInt(view.getUint32(take(4), true)), bytes: undefined };
    else if (type === WireType.bytes) {
      const size = Number(varint());
      const from = take(size);
      yield { field, value: 0n, bytes: message.subarray(from, from + size) };
    } else throw invalidModel(`the file has a field of type ${type}, which protocol buffers do not have`);
  }
}

export function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array(0));
}

/** A repeated varint: packed, or one at a time. */
export function integers({ value, bytes }: Field): number[] {
  if (bytes === undefined) return [Number(BigInt.asIntN(64, value))];
  const found: number[] = [];
  let number = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    number |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    found.push(Number(BigInt.asIntN(64, number)));
    number = 0n;
    shift = 0n;
  }
  if (shift !== 0n) throw invalidModel('the file ends within a number');
  return found;
}

/** A repeated float: packed, or one at a time. */
export function floats({ value, bytes }: Field): number[] {
  const packed = bytes ?? new Uint8Array(Uint32Array.of(Number(value)).buffer);
  if (packed.length % 4 !== 0) throw invalidModel('the file ends within a number');
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  return Array.from({ length: packed.length / 4 }, (_, index) => view.getFloat32(4 * index, true));
}
