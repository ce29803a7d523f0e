/** What values may look like, as data: requests are checked by it, and documents are printed from it. */
import { invalid, invalidField, named } from 'tallystick/internal/model';

/**
 * Text; a whole document as text; a name of an account; true or false; seconds; a whole number; a list of texts; an
 * object; a list of objects; one of some texts.
 */
export type Check =
  | 'text'
  | 'document'
  | 'name'
  | 'yes'
  | 'seconds'
  | 'count'
  | 'texts'
  | Shape
  | readonly [Shape]
  | readonly string[];
export interface Field {
  readonly check: Check;
  readonly optional?: true;
  /** A sentence, for documents. */
  readonly about?: string;
  /** Of a list: how long it may be. */
  readonly parts?: number;
}
export interface Shape {
  readonly [field: string]: Field;
}

export const TEXT_MAX: number = 1024;
export const DOCUMENT_MAX: number = 4 * 1024 * 1024;
export const NAME_MAX: number = 128;
export const PARTS_MAX: number = 100;
export const SECONDS_MAX: number = 366 * 24 * 3600;

/** Where a value stands in a request; written as text only when something is wrong with it. */
interface Place {
  readonly parent: Place | undefined;
  readonly name: string;
  /** In a list. */
  index?: number;
}

type Checker = (value: unknown, place: Place) => void;

/** A shape, made ready once: a check is found by its field, and fields come mostly in the same order. */
interface Ready {
  readonly fields: readonly { readonly name: string; readonly optional: boolean; readonly check: Checker }[];
  /** The names of the last object, all of them known. */
  readonly last: string[];
}

const ready = new WeakMap<Shape, Ready>();

/** Throws `invalid_argument` with the field for anything that is not such an object. */
export function checkObject(shape: Shape, value: unknown, path: string): void {
  checkMembers(shape, value, path === '' ? undefined : { parent: undefined, name: path });
}

function checkMembers(shape: Shape, value: unknown, place: Place | undefined): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${place === undefined ? 'the request' : pathOf(place)} must be an object`);
  }
  const members = value as Readonly<Record<string, unknown>>;
  const { fields, last } = readyFor(shape);
  let index = 0;
  for (const name in members) {
    if (name !== last[index]) {
      if (!Object.hasOwn(shape, name)) throw invalidField(inside(place, named(name)), 'is no field of this request');
      last[index] = name;
    }
    index++;
  }
  for (const { name, optional, check } of fields) {
    const given = members[name];
    if (given !== undefined) check(given, { parent: place, name });
    else if (!optional) throw invalidField(inside(place, name), 'is missing');
  }
}

function readyFor(shape: Shape): Ready {
  const known = ready.get(shape);
  if (known !== undefined) return known;
  const fields = Object.entries(shape).map(([name, { check, optional = false, parts = PARTS_MAX }]) => {
    return { name, optional, check: checkerOf(check, parts) };
  });
  const made = { fields, last: [] };
  ready.set(shape, made);
  return made;
}

function checkerOf(check: Check, parts: number): Checker {
  if (typeof check === 'string') return SIMPLE[check];
  if (isChoice(check)) {
    return (value, place) => {
      if (!check.includes(value as string)) throw invalidField(pathOf(place), `must be one of ${check.join(', ')}`);
    };
  }
  if (isList(check)) return (value, place) => checkList(check[0], parts, value, place);
  return (value, place) => checkMembers(check, value, place);
}

const SIMPLE: { readonly [check in Extract<Check, string>]: Checker } = {
  text: (value, place) => {
    if (typeof value === 'string' && value !== '' && value.length <= TEXT_MAX) return;
    throw invalidField(pathOf(place), `must be text of 1 to ${TEXT_MAX} characters`);
  },
  document: (value, place) => {
    if (typeof value === 'string' && value !== '' && value.length <= DOCUMENT_MAX) return;
    throw invalidField(pathOf(place), `must be text of 1 to ${DOCUMENT_MAX} characters`);
  },
  name: (value, place) => {
    if (!isName(value)) checkName(value, pathOf(place));
  },
  yes: (value, place) => {
    if (typeof value !== 'boolean') throw invalidField(pathOf(place), 'must be true or false');
  },
  seconds: (value, place) => {
    if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= SECONDS_MAX) return;
    throw invalidField(pathOf(place), `must be a number of seconds from 1 to ${SECONDS_MAX}`);
  },
  count: (value, place) => {
    if (Number.isSafeInteger(value) && (value as number) >= 0) return;
    throw invalidField(pathOf(place), 'must be a whole number');
  },
  texts: (value, place) => {
    if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return;
    throw invalidField(pathOf(place), 'must be a list of texts');
  },
};

function checkList(shape: Shape, parts: number, value: unknown, place: Place): void {
  if (!Array.isArray(value) || value.length === 0 || value.length > parts) {
    throw invalidField(pathOf(place), `must be a list of 1 to ${parts}`);
  }
  const at: Place = { parent: place.parent, name: place.name, index: 0 };
  for (let index = 0; index < value.length; index++) {
    at.index = index;
    checkMembers(shape, value[index], at);
  }
}

function pathOf({ parent, name, index }: Place): string {
  const own = index === undefined ? name : `${name}[${index}]`;
  return parent === undefined ? own : `${pathOf(parent)}.${own}`;
}

const inside = (place: Place | undefined, name: string): string => pathOf({ parent: place, name });

export const isList = (check: Shape | readonly [Shape]): check is readonly [Shape] => Array.isArray(check);
export const isChoice = (check: Shape | readonly [Shape] | readonly string[]): check is readonly string[] =>
  Array.isArray(check) && typeof check[0] === 'string';

/** Throws `invalid_argument` for what is no name of an account: letters as they are, and nothing that acts. */
export function checkName(value: unknown, field: string): asserts value is string {
  if (!isName(value)) {
    throw invalidField(field, `must be a name of 1 to ${NAME_MAX} visible characters without spaces`);
  }
}

function isName(value: unknown): boolean {
  if (typeof value !== 'string' || value === '' || value.length > NAME_MAX) return false;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    // Visible ASCII is letters, digits, punctuation and symbols.
    if (code < 0x21 || code > 0x7e) return /^[\p{L}\p{N}\p{P}\p{S}]+$/u.test(value);
  }
  return true;
}
