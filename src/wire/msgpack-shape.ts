/**
 * What a frame of MessagePack claims to hold, before anything is made of it. A decoder makes room for an array when it reads its header: nested headers, three
 * bytes each, would have it allocate twenty thousand times what was sent.
 */
import { invalid } from '../model/index.ts';

/** A message, its events, their fields, lists of flags: and one to spare. */
const DEPTH_MAX = 6;

/** Values that are still to come, by depth. */
const open = new Uint32Array(DEPTH_MAX + 1);

/** Throws `invalid_argument` unless the bytes hold one whole value, nested no deeper than messages are. */
export function checkShape(bytes: Uint8Array): void {
  const end = bytes.length;
  let at = 0;
  let depth = 0;
  open[0] = 1;
  for (;;) {
    while (open[depth] === 0) {
      if (depth === 0) {
        if (at !== end) throw broken(`${end - at} bytes follow it`);
        return;
      }
      depth--;
    }
    open[depth]!--;
    if (at >= end) throw broken('it ends too early');
    const byte = bytes[at++]!;
    // One byte, or the first of a map, an array or a text that is short.
    if (byte <= 0x7f || byte >= 0xe0) continue;
    let values = -1;
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
  }
}

/** Added to the bytes that follow, where their number is fixed; else they are bytes of a length. -1: there is no such value. */
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

/** Big-endian; what is missing counts as zero, and is missed next. */
function number(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = at; i < at + width; i++) value = value * 256 + (bytes[i] ?? 0);
  return value;
}

const broken = (why: string): Error => invalid(`the frame is not a message in MessagePack: ${why}`);
