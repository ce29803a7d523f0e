/**
 * What may be asked for. Requests come from strangers: unknown fields are refused, so that no typo becomes a default.
 */
import { invalid, invalidField, named } from 'tallystick/internal/model';

interface Words {
  /** What it is for; kept as a record, if there are records. */
  readonly description?: string;
  /** Tells what would happen, and does nothing. */
  readonly dry_run?: boolean;
}

export interface PayRequest extends Words {
  /** The name of the account that pays. */
  readonly from: string;
  readonly to: string;
  /** Such as `EUR`. */
  readonly asset: string;
  /** Text such as `12.50`. */
  readonly amount: string;
  /** Paid by `from` besides the amount, to the operator. */
  readonly fee?: string;
}

export interface HoldRequest extends Words {
  readonly from: string;
  readonly to: string;
  readonly asset: string;
  readonly amount: string;
  /** Seconds until the money is free again; left out: until it is captured or released. */
  readonly expires_in?: number;
}

export interface CaptureRequest extends Words {
  /** The id of the hold. */
  readonly payment: string;
  /** Left out: all that is held. */
  readonly amount?: string;
  /** More captures follow: the rest stays held. Otherwise it is free again. */
  readonly more?: boolean;
  /** What the amount has above the hold is paid from the account. */
  readonly allow_over?: boolean;
}

export interface ReleaseRequest extends Words {
  readonly payment: string;
}

export interface RefundRequest extends Words {
  readonly payment: string;
  /** Left out: all that has not been given back yet. */
  readonly amount?: string;
}

export interface ReverseRequest extends Words {
  readonly payment: string;
}

/** Somebody who pays a part: at most `max`, or, the last one, all that remains. */
export interface SplitSource {
  readonly account: string;
  readonly max?: string;
}

/** Somebody who gets a part: an amount, a portion such as `1/3`, or, without both, all that remains. */
export interface SplitTarget {
  readonly account: string;
  readonly amount?: string;
  readonly portion?: string;
}

export interface SplitRequest extends Words {
  readonly asset: string;
  readonly amount: string;
  readonly from: readonly SplitSource[];
  readonly to: readonly SplitTarget[];
}

/** Many payments, each under its own key. */
export interface BulkRequest {
  /** Each for itself; up to the first that is refused; or all of them or none. */
  readonly mode: 'independent' | 'stop' | 'all';
  readonly payments: readonly (PayRequest & { readonly key: string })[];
}

export interface AccountRequest {
  /** 1 to 128 visible characters. */
  readonly name: string;
  readonly asset: string;
  readonly kind: 'customer' | 'merchant' | 'bank';
}

/** Every verb that moves money, and what it wants. */
export interface Requests {
  readonly pay: PayRequest;
  readonly hold: HoldRequest;
  readonly capture: CaptureRequest;
  readonly release: ReleaseRequest;
  readonly refund: RefundRequest;
  readonly reverse: ReverseRequest;
  readonly split: SplitRequest;
}
export type Verb = keyof Requests;

type Check = 'text' | 'name' | 'yes' | 'seconds' | Shape | readonly [Shape] | readonly string[];
interface Field {
  readonly check: Check;
  readonly optional?: true;
  /** Of a list: how long it may be. */
  readonly parts?: number;
}
interface Shape {
  readonly [field: string]: Field;
}

const text: Field = { check: 'text' };
const name: Field = { check: 'name' };
const maybe: Field = { check: 'text', optional: true };
const yes: Field = { check: 'yes', optional: true };
const words: Shape = { description: maybe, dry_run: yes };

const pay: Shape = { from: name, to: name, asset: text, amount: text, fee: maybe, ...words };

const shapes: { readonly [verb in Verb | 'account' | 'bulk']: Shape } = {
  pay,
  bulk: { mode: { check: ['independent', 'stop', 'all'] }, payments: { check: [{ key: text, ...pay }], parts: 1000 } },
  hold: {
    from: name,
    to: name,
    asset: text,
    amount: text,
    expires_in: { check: 'seconds', optional: true },
    ...words,
  },
  capture: { payment: text, amount: maybe, more: yes, allow_over: yes, ...words },
  release: { payment: text, ...words },
  refund: { payment: text, amount: maybe, ...words },
  reverse: { payment: text, ...words },
  split: {
    asset: text,
    amount: text,
    from: { check: [{ account: name, max: maybe }] },
    to: { check: [{ account: name, amount: maybe, portion: maybe }] },
    ...words,
  },
  account: { name, asset: text, kind: text },
};

const TEXT_MAX = 1024;
const NAME_MAX = 128;
const PARTS_MAX = 100;
const SECONDS_MAX = 366 * 24 * 3600;

/** Throws `invalid_argument` with the field for anything that is not such a request. */
export function checkShape(verb: Verb | 'account' | 'bulk', request: unknown): void {
  checkObject(shapes[verb], request, '');
}

function checkObject(shape: Shape, value: unknown, path: string): void {
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
  } else if (check === 'name') checkName(value, field);
  else if (check === 'yes') {
    if (typeof value !== 'boolean') throw invalidField(field, 'must be true or false');
  } else if (check === 'seconds') {
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > SECONDS_MAX) {
      throw invalidField(field, `must be a number of seconds from 1 to ${SECONDS_MAX}`);
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

const isList = (check: Shape | readonly [Shape]): check is readonly [Shape] => Array.isArray(check);
const isChoice = (check: Shape | readonly [Shape] | readonly string[]): check is readonly string[] =>
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
