/**
 * JSON from strangers, for every door that takes it. `JSON.parse` alone rounds `0.99999999999999999` to 1, keeps the
 * last of two members with one name and mends broken UTF-8: where the text is about money, all three are refused.
 */
import { invalid, named } from '../model/index.ts';
import { checkJsonShape, endOfNumber } from './json-shape.ts';
import { membersOf } from './members.ts';

/** Bytes that are not UTF-8 throw; a byte order mark stays, and is not JSON. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The value that `bytes` hold. `root` names it in errors, such as `events`: what is not a list is then its first item.
 * `listMax`: how long a list inside the body may be; 64 by default. `isFile`: it may be deeper than requests. Throws
 * `invalid_argument` with the path of the field, or `too_much_data`.
 */
export function readJson(bytes: Uint8Array, root: string, listMax?: number, isFile?: boolean): unknown {
  const { members, inexact } = checkJsonShape(bytes, listMax, isFile);
  const value = parsed(bytes);
  if (inexact >= 0) throw inexactAt(bytes, root, inexact);
  if (membersOf(value) !== members) throw twiceIn(bytes, root);
  return value;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes)) as unknown;
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'it is not UTF-8';
    throw invalid(`this is not JSON: ${named(why, 200)}`);
  }
}

function inexactAt(bytes: Uint8Array, root: string, at: number): Error {
  const text = named(textOf(bytes, at, endOfNumber(bytes, at)));
  const found = walk(bytes, root, (path, from) => (from === at ? path : undefined));
  return invalid(`${found ?? root} must be a whole number, not ${text}; beyond 2^53 only text is exact`);
}

function twiceIn(bytes: Uint8Array, root: string): Error {
  const found = walk(bytes, root, (path, _, twice) => (twice ? path : undefined));
  return invalid(`${found ?? root} is there twice`);
}

/** An open bracket, and where in it the walk stands. */
interface Open {
  readonly names: Set<string> | undefined;
  index: number;
  name: string;
  /** The next text is a name. */
  naming: boolean;
}

type Seen<T> = (path: string, at: number, twice: boolean) => T | undefined;

/**
 * Shows `see` every name and every other value of a text that was parsed, until it has an answer. For errors: it is
 * slow.
 */
function walk<T>(bytes: Uint8Array, root: string, see: Seen<T>): T | undefined {
  const stack: Open[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    const top = stack.at(-1);
    if (byte === 0x7b || byte === 0x5b) {
      const names = byte === 0x7b ? new Set<string>() : undefined;
      stack.push({ names, index: 0, name: '', naming: byte === 0x7b });
    } else if (byte === 0x7d || byte === 0x5d) stack.pop();
    else if (byte === 0x2c && top !== undefined) {
      top.index++;
      top.naming = top.names !== undefined;
    } else if (byte === 0x22 || byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      const end = byte === 0x22 ? endOfText(bytes, at) : endOfNumber(bytes, at);
      let twice = false;
      if (top?.naming === true) {
        top.name = JSON.parse(textOf(bytes, at, end)) as string;
        top.naming = false;
        twice = top.names!.has(top.name);
        top.names!.add(top.name);
      }
      const found = see(pathOf(root, stack), at, twice);
      if (found !== undefined) return found;
      at = end - 1;
    }
  }
  return undefined;
}

function endOfText(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (; at < bytes.length && bytes[at] !== 0x22; at++) if (bytes[at] === 0x5c) at++;
  return at + 1;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

/** `events[3].amount`. */
function pathOf(root: string, stack: readonly Open[]): string {
  let path = root !== '' && stack[0]?.names !== undefined ? `${root}[0]` : root;
  for (const { names, index, name } of stack) {
    if (names === undefined) path += `[${index}]`;
    else path += path === '' ? named(name) : `.${named(name)}`;
  }
  return path;
}
