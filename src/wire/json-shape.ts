/**
 * Measures a body of JSON before anything is made of it: a parser makes an object of every pair of brackets, thirty
 * times the size of its bytes, and a rounded number of every run of digits. One pass over the bytes, outside texts; the
 * parser decides whether the body is JSON.
 */
import { EVENTS_MAX, invalid, TallystickError } from '../model/index.ts';

/** Events, their fields, lists of flags. */
const DEPTH_MAX = 3;
/** The operator's own files are made by people, and are deeper. */
const FILE_DEPTH_MAX = 8;
/** Fields of a record, or flags in a list, and many to spare. */
const MEMBERS_MAX = 64;
/** Whole numbers of so many digits are exact, whatever the digits. */
const EXACT_DIGITS = 15;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** The shape of a text, which a parser does not tell. */
export interface JsonShape {
  /** Members of all objects together, each as often as it was written. */
  readonly members: number;
  /** Byte of the first number that is not whole, too large to be exact, or a zero with a sign; -1: there is none. */
  readonly inexact: number;
}

/** Commas seen, by depth. */
const commas = new Uint32Array(FILE_DEPTH_MAX + 1);

/**
 * Throws `invalid_argument` for what is nested deeper than requests are or has too many members, `too_much_data` for a
 * list longer than any request's. `listMax`: values of a list inside the body. `isFile`: it may be deeper.
 */
export function checkJsonShape(bytes: Uint8Array, listMax: number = MEMBERS_MAX, isFile = false): JsonShape {
  const { length } = bytes;
  const depthMax = isFile ? FILE_DEPTH_MAX : DEPTH_MAX;
  let depth = 0;
  let list = false;
  let inner = false;
  let members = 0;
  let inexact = -1;
  commas[0] = 0;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]!;
    switch (byte) {
      case QUOTE:
        for (at++; at < length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
        break;
      case COLON:
        members++;
        break;
      case COMMA:
        if (++commas[depth]! < MEMBERS_MAX) break;
        if (inner && depth === 2 && commas[depth]! < listMax) break;
        if (depth !== 1 || !list) throw invalid(`the body holds a value of more than ${MEMBERS_MAX} members`);
        if (commas[depth]! >= EVENTS_MAX) throw new TallystickError('too_much_data');
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > depthMax) throw invalid(`the body is nested more than ${depthMax} deep`);
        if (depth === 1) list = byte === 0x5b;
        if (depth === 2) inner = byte === 0x5b;
        commas[depth] = 0;
        break;
      case 0x5d:
      case 0x7d:
        if (--depth < 0) throw invalid('the body is not JSON: a bracket is closed that was not opened');
        break;
      default: {
        if (byte !== MINUS && (byte < ZERO || byte > NINE)) break;
        const end = endOfNumber(bytes, at);
        if (inexact < 0 && !isExact(bytes, at, end)) inexact = at;
        at = end - 1;
      }
    }
  }
  return { members, inexact };
}

/** Behind the last byte that can belong to a number. */
export function endOfNumber(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte >= ZERO && byte <= NINE) continue;
    // `.`, `e`, `E`, `+` and `-`.
    if (byte !== 0x2e && byte !== 0x65 && byte !== 0x45 && byte !== 0x2b && byte !== MINUS) break;
  }
  return at;
}

/** Whether the number says the same after it was parsed: digits alone, of at most 2^53 - 1. */
function isExact(bytes: Uint8Array, start: number, end: number): boolean {
  const digits = bytes[start] === MINUS ? start + 1 : start;
  let value = 0;
  for (let at = digits; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (!(digit >= 0 && digit <= 9)) return false;
    value = value * 10 + digit;
  }
  if (end - digits > EXACT_DIGITS && !Number.isSafeInteger(value)) return false;
  return digits === start || value !== 0;
}
