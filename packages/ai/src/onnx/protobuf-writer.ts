/** Writes protocol buffers: fields as byte strings, joined by whoever nests them. */
const WIRE = { varint: 0, bytes: 2, fixed32: 5 } as const;
const utf8 = new TextEncoder();

/** Joins byte strings. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function varint(number: bigint): number[] {
  const found: number[] = [];
  let rest = BigInt.asUintN(64, number);
  for (; rest > 127n; rest >>= 7n) found.push(Number(rest & 127n) | 128);
  found.push(Number(rest));
  return found;
}

const key = (field: number, wire: number): number[] => varint(BigInt((field << 3) | wire));

/** A whole number; negative ones are written in 64 bits. */
export function integerField(field: number, number: number | bigint): Uint8Array {
  return Uint8Array.from([...key(field, WIRE.varint), ...varint(BigInt(number))]);
}

/** A message, or raw bytes. */
export function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return joined([Uint8Array.from([...key(field, WIRE.bytes), ...varint(BigInt(bytes.length))]), bytes]);
}

export function textField(field: number, text: string): Uint8Array {
  return bytesField(field, utf8.encode(text));
}

export function floatField(field: number, number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, number, true);
  return joined([Uint8Array.from(key(field, WIRE.fixed32)), bytes]);
}
