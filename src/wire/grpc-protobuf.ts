/**
 * Protocol buffers, as much of them as the gRPC door needs: a message is read field by field where it lies, and written
 * behind what was written before. https://protobuf.dev/programming-guides/encoding
 */
import { TallystickError } from '../model/index.ts';

export const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const VARINT_BYTES_MAX = 10;

export function malformed(message: string): TallystickError {
  return new TallystickError('frame_invalid', message);
}

/**
 * One field of a message after the other. Bytes from a socket: everything is checked, and nothing is read outside the
 * message.
 */
export class FieldReader {
  #bytes: Uint8Array;
  #at: number;
  #end: number;
  /** Number of the field that `next` found. */
  field = 0;
  wireType = 0;
  /** The lower and upper 32 bits of a varint or fixed number, unsigned. */
  low = 0;
  high = 0;
  /** The start and the end of a field of bytes. */
  start = 0;
  end = 0;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Starts again on another part of the same bytes. */
  reset(start: number, end: number): this {
    this.#at = start;
    this.#end = end;
    return this;
  }

  /** False at the end of the message. Throws `frame_invalid`. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    this.#varint();
    if (this.high !== 0 || this.low >>> 3 === 0) throw malformed('a field without a number');
    this.field = this.low >>> 3;
    this.wireType = this.low & 7;
    switch (this.wireType) {
      case WireType.varint:
        this.#varint();
        break;
      case WireType.fixed64:
        this.low = this.#fixed32();
        this.high = this.#fixed32();
        break;
      case WireType.bytes:
        this.#varint();
        if (this.high !== 0 || this.low > this.#end - this.#at) throw malformed('a field is longer than its message');
        this.start = this.#at;
        this.end = this.#at + this.low;
        this.#at = this.end;
        break;
      case WireType.fixed32:
        this.low = this.#fixed32();
        this.high = 0;
        break;
      default:
        throw malformed(`wire type ${this.wireType} is not in use`);
    }
    return true;
  }

  /** The bytes of the field, as text. */
  text(): string {
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + this.start, this.end - this.start).toString('utf8');
  }

  #varint(): void {
    const bytes = this.#bytes;
    let low = 0;
    let high = 0;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      if (this.#at >= this.#end) throw malformed('a number ends with its message');
      const byte = bytes[this.#at++]!;
      const bits = byte & 0x7f;
      if (i < 4) low |= bits << (7 * i);
      else if (i === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * i - 32);
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw malformed('a number of more than ten bytes');
  }

  #fixed32(): number {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at + 4 > this.#end) throw malformed('a number ends with its message');
    this.#at = at + 4;
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  }
}

/** Writes fields one behind the other. `room` first: the field writers do not look. */
export class FieldWriter {
  bytes: Buffer;
  /** Where the next byte goes. */
  at = 0;

  constructor(size = 256) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  /** Makes room for `size` more bytes. */
  room(size: number): void {
    if (this.bytes.length - this.at >= size) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + size));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  tag(field: number, wireType: number): void {
    this.varint((field << 3) | wireType);
  }

  /** A u32. */
  varint(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }

  /** A u64, or an i64 as the u64 of the same bits. */
  varint64(low: number, high: number): void {
    let rest = low >>> 0;
    let above = high >>> 0;
    while (above !== 0 || rest > 0x7f) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest = ((rest >>> 7) | (above << 25)) >>> 0;
      above >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }

  /** `size` bytes of `source` from `start`. */
  copy(source: Uint8Array, start: number, size: number): void {
    // A view is dearer than a few bytes.
    if (size <= 32) for (let i = 0; i < size; i++) this.bytes[this.at + i] = source[start + i]!;
    else this.bytes.set(source.subarray(start, start + size), this.at);
    this.at += size;
  }

  /** A string, or nothing if it is empty. Makes its own room. */
  text(field: number, value: string): void {
    if (value === '') return;
    const size = Buffer.byteLength(value);
    this.room(size + 15);
    this.tag(field, WireType.bytes);
    this.varint(size);
    this.at += this.bytes.write(value, this.at, 'utf8');
  }

  /** A number or a truth, or nothing if it is zero. Makes its own room. */
  number(field: number, value: number | boolean): void {
    if (!value) return;
    this.room(15);
    this.tag(field, WireType.varint);
    this.varint(Number(value));
  }

  /** Adds the bytes that `write` writes as a message within this one, with room for the prefix. */
  message(field: number, write: (inner: FieldWriter) => void): void {
    const inner = new FieldWriter();
    write(inner);
    this.room(inner.at + 15);
    this.tag(field, WireType.bytes);
    this.varint(inner.at);
    this.copy(inner.bytes, 0, inner.at);
  }

  /** A copy of what was written. */
  toBytes(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.at));
  }
}

/** Bytes that a u32 takes as a varint. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}
