/**
 * Measures a frame of MessagePack before anything is made of it. A decoder makes room for an array when it reads its
 * header: nested headers, three bytes each, would make it allocate twenty thousand times the frame's size.
 */
import { invalid, named } from 'tallystick/internal/model';

/** A message, its events, their fields, lists of flags: and one to spare. */
const DEPTH_MAX = 6;

/** Values that are still to come, by depth. */
const open = new Uint32Array(DEPTH_MAX + 1);

/**
 * Members of all maps together, each as often as it was written. Throws `invalid_argument` unless the bytes hold one
 * whole value, nested no deeper than messages are.
 */
export function checkShape(bytes: Uint8Array): number {
  const end = bytes.length;
  let at = 0;
  let depth = 0;
  let members = 0;
  open[0] = 1;
  for (;;) {
    while (open[depth] === 0) {
      if (depth === 0) {
        if (at !== end) throw broken(`${end - at} bytes follow it`);
        return members;
      }
      depth--;
    }
    open[depth]!--;
    if (at >= end) throw broken('it ends too early');
    const byte = bytes[at++]!;
    // One byte, or the first of a map, an array or a text that is short.
    if (byte <= 0x7f || byte >= 0xe0) continue;
    let values = -1;
    const isMap = byte <= 0x8f || byte >= 0xde;
    if (byte <= 0x8f) values = (byte & 0x0f) * 2;
    else if (byte <= 0x9f) values = byte & 0x0f;
    else if (byte <= 0xbf) at += byte & 0x1f;
    else {
      const width = WIDTHS[byte - 0xc0]!;
      if (width < 0) throw broken(`there is no value that begins with ${byte}`);
      if (byte >= 0xdc) {
        values = number(bytes, at, byte & 1 ? 4 : 2) * (byte >= 0xde ? 2 : 1);
        at += byte & 1 ? 4 : 2;
      } else if (width < FIXED) {
        at += width + number(bytes, at, width) + (byte >= 0xc7 && byte <= 0xc9 ? 1 : 0);
      } else at += width - FIXED;
    }
    if (values < 0) continue;
    // Each takes a byte at least.
    if (values > end - at) throw broken('it claims to hold more than it has bytes');
    if (++depth > DEPTH_MAX) throw broken(`it is nested more than ${DEPTH_MAX} deep`);
    open[depth] = values;
    if (isMap) members += values / 2;
  }
}

/**
 * Added to the bytes that follow, where their number is fixed; else they are bytes of a length. -1: there is no such
 * value.
 */
const FIXED = 100;
const WIDTHS: readonly number[] = [
  ...[FIXED, -1, FIXED, FIXED], // nil, nothing, false, true
  ...[1, 2, 4], // bytes
  ...[1, 2, 4], // extensions, with a type behind their length
  ...[FIXED + 4, FIXED + 8], // floats
  ...[FIXED + 1, FIXED + 2, FIXED + 4, FIXED + 8], // whole numbers from 0
  ...[FIXED + 1, FIXED + 2, FIXED + 4, FIXED + 8], // whole numbers
  ...[FIXED + 2, FIXED + 3, FIXED + 5, FIXED + 9, FIXED + 17], // extensions of 1, 2, 4, 8, 16 bytes, and their type
  ...[1, 2, 4], // texts
  ...[0, 0, 0, 0], // arrays and maps, counted on their own
];

/** Shows `see` every name of every map, with the path to it and its bytes, until it has an answer. For errors. */
export function eachName(bytes: Uint8Array, see: (path: string, from: number, to: number) => boolean): void {
  walk(bytes, 0, '', see);
}

type See = Parameters<typeof eachName>[1];

/** Where the value at byte `at` of a message that was checked ends; the end of all when `see` has its answer. */
function walk(bytes: Uint8Array, at: number, path: string, see: See): number {
  const byte = bytes[at]!;
  const isMap = (byte & 0xf0) === 0x80 || byte === 0xde || byte === 0xdf;
  const isList = (byte & 0xf0) === 0x90 || byte === 0xdc || byte === 0xdd;
  if (!isMap && !isList) return endOf(bytes, at);
  const width = byte < 0xc0 ? 0 : byte & 1 ? 4 : 2;
  const count = width === 0 ? byte & 0x0f : number(bytes, at + 1, width);
  let next = at + 1 + width;
  for (let i = 0; i < count && next < bytes.length; i++) {
    if (isList) next = walk(bytes, next, `${path}[${i}]`, see);
    else {
      const value = endOf(bytes, next);
      if (see(path, next, value)) return bytes.length;
      const name = nameAt(bytes, next, value);
      next = walk(bytes, value, path === '' ? name : `${path}.${name}`, see);
    }
  }
  return next;
}

/** A short text, or what else a map has for a name, to be shown. */
function nameAt(bytes: Uint8Array, from: number, to: number): string {
  const head = (bytes[from]! & 0xe0) === 0xa0 ? 1 : 2;
  return named(new TextDecoder().decode(bytes.subarray(from + head, to)));
}

/** The end of a value that is neither a map nor an array. */
function endOf(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]!;
  if (byte <= 0x7f || byte >= 0xe0) return at + 1;
  if (byte <= 0xbf) return at + 1 + (byte & 0x1f);
  const width = WIDTHS[byte - 0xc0]!;
  if (width >= FIXED) return at + 1 + width - FIXED;
  return at + 1 + width + number(bytes, at + 1, width) + (byte >= 0xc7 && byte <= 0xc9 ? 1 : 0);
}

/** Big-endian; what is missing counts as zero, and is missed next. */
function number(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = at; i < at + width; i++) value = value * 256 + (bytes[i] ?? 0);
  return value;
}

const broken = (why: string): Error => invalid(`the frame is not a message in MessagePack: ${why}`);
