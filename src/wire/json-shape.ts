/**
 * What a body of JSON holds, before anything is made of it: a parser makes an object of every pair of brackets, thirty times the size of what was sent. One pass
 * over the bytes, outside texts; whether it is JSON is for the parser to say.
 */
import { EVENTS_MAX, invalid, TallystickError } from '../model/index.ts';

/** Events, their fields, lists of flags. */
const DEPTH_MAX = 3;
/** Fields of a record, or flags in a list, and many to spare. */
const MEMBERS_MAX = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/** Commas seen, by depth. */
const commas = new Uint32Array(DEPTH_MAX + 1);

/** Throws `invalid_argument` for what is nested deeper than requests are or has too many members, `too_much_data` for a list longer than any request's. */
export function checkJsonShape(bytes: Uint8Array): void {
  const { length } = bytes;
  let depth = 0;
  let list = false;
  commas[0] = 0;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]!;
    switch (byte) {
      case QUOTE:
        for (at++; at < length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
        break;
      case COMMA:
        if (++commas[depth]! < MEMBERS_MAX) break;
        if (depth !== 1 || !list) throw invalid(`the body holds a value of more than ${MEMBERS_MAX} members`);
        if (commas[depth]! >= EVENTS_MAX) throw new TallystickError('too_much_data');
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > DEPTH_MAX) throw invalid(`the body is nested more than ${DEPTH_MAX} deep`);
        if (depth === 1) list = byte === 0x5b;
        commas[depth] = 0;
        break;
      case 0x5d:
      case 0x7d:
        if (--depth < 0) throw invalid('the body is not JSON: a bracket is closed that was not opened');
        break;
    }
  }
}
