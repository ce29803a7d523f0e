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

/** Throws `invalid_argument` with the field for anything that is not such an object. */
export function checkObject(shape: Shape, value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${path === '' ? 'the request' : path} must be an object`);
  }
  const members = value as Readonly<Record<string, unknown>>;
  const inside = (field: string): string => (path === '' ? field : `${path}.${field}`);
  for (const field of Object.keys(members)) {
    if (!Object.hasOwn(shape, field)) throw invalidField(inside(named(field)), 'is no field of this request');
  }
  for (const [field, { check, optional, parts }] of Object.entries(shape)) {
    const given = members[field];
    if (given === undefined && optional) continue;
    if (given === undefined) throw invalidField(inside(field), 'is missing');
    checkValue(check, given, inside(field), parts);
  }
}

function checkValue(check: Check, value: unknown, field: string, parts = PARTS_MAX): void {
  if (check === 'text') {
    if (typeof value !== 'string' || value === '' || value.length > TEXT_MAX) {
      throw invalidField(field, `must be text of 1 to ${TEXT_MAX} characters`);
    }
  } else if (check === 'document') {
    if (typeof value !== 'string' || value === '' || value.length > DOCUMENT_MAX) {
      throw invalidField(field, `must be text of 1 to ${DOCUMENT_MAX} characters`);
    }
  } else if (check === 'name') checkName(value, field);
  else if (check === 'yes') {
    if (typeof value !== 'boolean') throw invalidField(field, 'must be true or false');
  } else if (check === 'seconds') {
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > SECONDS_MAX) {
      throw invalidField(field, `must be a number of seconds from 1 to ${SECONDS_MAX}`);
    }
  } else if (check === 'count') {
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw invalidField(field, 'must be a whole number');
  } else if (check === 'texts') {
    if (!Array.isArray(value) || value.some((each) => typeof each !== 'string')) {
      throw invalidField(field, 'must be a list of texts');
    }
  } else if (isChoice(check)) {
    if (!check.includes(value as string)) throw invalidField(field, `must be one of ${check.join(', ')}`);
  } else if (isList(check)) {
    if (!Array.isArray(value) || value.length === 0 || value.length > parts) {
      throw invalidField(field, `must be a list of 1 to ${parts}`);
    }
    for (const [index, each] of value.entries()) checkObject(check[0], each, `${field}[${index}]`);
  } else checkObject(check, value, field);
}

export const isList = (check: Shape | readonly [Shape]): check is readonly [Shape] => Array.isArray(check);
export const isChoice = (check: Shape | readonly [Shape] | readonly string[]): check is readonly string[] =>
  Array.isArray(check) && typeof check[0] === 'string';

/** Throws `invalid_argument` for what is no name of an account: letters as they are, and nothing that acts. */
export function checkName(value: unknown, field: string): asserts value is string {
  if (
    typeof value !== 'string' ||
    value === '' ||
    value.length > NAME_MAX ||
    !/^[\p{L}\p{N}\p{P}\p{S}]+$/u.test(value)
  ) {
    throw invalidField(field, `must be a name of 1 to ${NAME_MAX} visible characters without spaces`);
  }
}
