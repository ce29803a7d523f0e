/**
 * The shortest way for the most frequent message: `create_transfers` in its plain form, straight from the frame to wire
 * bytes, without an object between them. Whatever is rare or wrong is not read here but by the library and {@link
 * packEvents}, which also say what is wrong with it; where this reads a message, it reads the same as they do. ADR 0010
 * has the figures.
 */
import { type Cells, U64_MAX, U128_MAX } from 'tallystick/internal/model';
import type { PlainField } from 'tallystick/internal/wire';
import { eventsRoom, operationsByName } from 'tallystick/internal/wire';

export interface PlainTransfers {
  readonly id: number;
  readonly asArray: boolean;
  readonly count: number;
  /** As on the wire. */
  readonly bytes: Uint8Array;
}

interface Name {
  readonly field: PlainField;
  /** As MessagePack writes it. */
  readonly bytes: Uint8Array;
  readonly limit: number;
}

/** Text of up to 31 bytes of ASCII. */
function text(value: string): Uint8Array {
  return Uint8Array.from([0xa0 | value.length, ...Buffer.from(value, 'latin1')]);
}

const operation = operationsByName.get('create_transfers')!;
const record = operation.event!;
const OPERATION = text(operation.name);
const ID = text('id');
const OP = text('op');
const EVENTS = text('events');
const LIMITS: { readonly [type: string]: number } = { u32: 0xffff_ffff, u16: 0xffff, u8: 0xff };
const names: readonly Name[] = record.fields.map((field) => ({
  field,
  bytes: text(field.name),
  limit: LIMITS[field.type] ?? 0,
}));
/** No transfer takes fewer bytes in a frame: what claims more of them than that allows is not believed. */
const TRANSFER_BYTES_MIN = 8;

/** Where reading goes on; only ever moves ahead, so that a frame that ends where it should was not left on the way. */
let position = 0;
/** The upper half of the last number read. */
let high = 0;

/** Reads the message in `frame` from `start` to `end`; undefined if the library must read it. */
export function readTransfers(frame: Buffer, start: number, end: number): PlainTransfers | undefined {
  const asArray = frame[start] === 0x93;
  if (!asArray && frame[start] !== 0x83) return undefined;
  position = start + 1;
  const message = asArray ? readArray(frame, end) : readMap(frame, end);
  return position === end ? message : undefined;
}

function readArray(frame: Buffer, end: number): PlainTransfers | undefined {
  const id = readId(frame);
  if (id < 0 || !skips(frame, OPERATION)) return undefined;
  return readEvents(frame, end, id, true);
}

function readMap(frame: Buffer, end: number): PlainTransfers | undefined {
  if (!skips(frame, ID)) return undefined;
  const id = readId(frame);
  if (id < 0 || !skips(frame, OP) || !skips(frame, OPERATION) || !skips(frame, EVENTS)) return undefined;
  return readEvents(frame, end, id, false);
}

/** Up to 2^32 - 1; -1 for everything else. */
function readId(frame: Buffer): number {
  const id = readNumber(frame);
  return high === 0 ? id : -1;
}

/** Steps over these very bytes, if they are there. */
function skips(frame: Buffer, bytes: Uint8Array): boolean {
  const at = position;
  const { length } = bytes;
  for (let i = 0; i < length; i++) if (frame[at + i] !== bytes[i]) return false;
  position = at + length;
  return true;
}

function readEvents(frame: Buffer, end: number, id: number, asArray: boolean): PlainTransfers | undefined {
  const head = frame[position++]!;
  let count = head & 0x0f;
  if (head === 0xdc) {
    count = (frame[position]! << 8) | frame[position + 1]!;
    position += 2;
  } else if ((head & 0xf0) !== 0x90) return undefined;
  if (count === 0 || count > operation.eventsMax || count * TRANSFER_BYTES_MIN > end - position) return undefined;
  const size = count * record.size;
  const { cells, from } = eventsRoom(size);
  for (let at = from; at < from + size; at += record.size) if (!readTransfer(frame, cells, at)) return undefined;
  return { id, asArray, count, bytes: cells.bytes.subarray(from, from + size) };
}

function readTransfer(frame: Buffer, cells: Cells, at: number): boolean {
  const head = frame[position++]!;
  if ((head & 0xf0) !== 0x80) return false;
  let given = 0;
  let next = 0;
  for (let left = head & 0x0f; left > 0; left--) {
    next = nameFrom(frame, next);
    if (next < 0) return false;
    const { field, limit } = names[next]!;
    // The library decides about a field that is there twice.
    if ((given & (1 << field.index)) !== 0) return false;
    given |= 1 << field.index;
    if (!(limit === 0 ? readWide(frame, field, cells, at) : readNarrow(frame, field, limit, cells, at))) return false;
    next++;
  }
  if ((given & record.required) !== record.required) return false;
  const { unless } = record;
  if (unless !== undefined && (given & (1 << unless.field.index)) === 0) {
    if ((cells.view.getUint16(at + unless.flagsAt, true) & unless.flag) === 0) return false;
  }
  for (const { field } of record.presets) if ((given & (1 << field.index)) === 0) return false;
  return true;
}

/** Which name comes; most send them in the schema's order, so `first` and those after it are tried first. */
function nameFrom(frame: Buffer, first: number): number {
  const { length } = names;
  for (let i = 0, index = first; i < length; i++, index++) {
    if (index >= length) index -= length;
    if (skips(frame, names[index]!.bytes)) return index;
  }
  return -1;
}

/** A whole number that is not negative: its lower 32 bits, the others in `high`; -1 for everything else. */
function readNumber(frame: Buffer): number {
  const head = frame[position]!;
  const at = position + 1;
  high = 0;
  if (head < 0x80) {
    position = at;
    return head;
  }
  switch (head) {
    case 0xcc:
      position = at + 1;
      return frame[at]!;
    case 0xcd:
      position = at + 2;
      return (frame[at]! << 8) | frame[at + 1]!;
    case 0xce:
      position = at + 4;
      return word(frame, at);
    case 0xcf:
      position = at + 8;
      high = word(frame, at);
      return word(frame, at + 4);
    default:
      return -1;
  }
}

function word(frame: Buffer, at: number): number {
  return ((frame[at]! << 24) | (frame[at + 1]! << 16) | (frame[at + 2]! << 8) | frame[at + 3]!) >>> 0;
}

function readNarrow(frame: Buffer, field: PlainField, limit: number, cells: Cells, record: number): boolean {
  const value = readNumber(frame);
  if (value < 0 || high !== 0 || value > limit) return false;
  const at = record + field.at;
  if (limit === 0xffff_ffff) cells.view.setUint32(at, value, true);
  else if (limit === 0xffff) cells.view.setUint16(at, value, true);
  else cells.bytes[at] = value;
  return true;
}

/** A number, decimal text or, for u128, 16 bytes. */
function readWide(frame: Buffer, field: PlainField, cells: Cells, record: number): boolean {
  const at = record + field.at;
  const value = readNumber(frame);
  if (value >= 0) {
    cells.view.setUint32(at, value, true);
    if (high !== 0) cells.view.setUint32(at + 4, high, true);
    return true;
  }
  const head = frame[position]!;
  if (head === 0xc4 && frame[position + 1] === 16 && field.type === 'u128') {
    const last = position + 17;
    if (last >= frame.length) return false;
    for (let i = 0; i < 16; i++) cells.bytes[at + i] = frame[last - i]!;
    position += 18;
    return true;
  }
  if (head > 0xa0 && head <= 0xbf) return readDecimal(frame, position + 1, head & 0x1f, field, cells, at);
  if (head === 0xd9) return readDecimal(frame, position + 2, frame[position + 1]!, field, cells, at);
  return false;
}

function readDecimal(
  frame: Buffer,
  from: number,
  length: number,
  field: PlainField,
  cells: Cells,
  at: number,
): boolean {
  if (length === 0 || length > 39) return false;
  let number = 0;
  for (let i = from; i < from + length; i++) {
    const digit = frame[i]! - 48;
    if (!(digit >= 0 && digit <= 9)) return false;
    number = number * 10 + digit;
  }
  position = from + length;
  if (length <= 15) {
    cells.view.setUint32(at, number, true);
    cells.view.setUint32(at + 4, number / 2 ** 32, true);
    return true;
  }
  const wide = BigInt(frame.toString('latin1', from, from + length));
  if (wide > (field.type === 'u128' ? U128_MAX : U64_MAX)) return false;
  cells.view.setBigUint64(at, wide, true);
  if (field.type === 'u128') cells.view.setBigUint64(at + 8, wide >> 64n, true);
  return true;
}
