/**
 * What an operator demands of payments before money moves. Rules come from the operator's own configuration, and are
 * read as strictly as requests: a rule with a typo would be a control that is not there.
 */
import { invalid, invalidField, named } from 'tallystick/internal/model';
import { type Asset, type Assets, unitsOf } from '../base/assets.ts';
import { type AccountKind, kinds } from '../base/codes.ts';
import { checkFx, type Fx, type FxRules } from '../fx/rates.ts';

/** A stretch of the calendar, in UTC. */
export type Per = 'hour' | 'day' | 'month';

/** How much an account may pay in each stretch of the calendar. */
export interface LimitRule {
  /** Such as `EUR`. */
  readonly asset: string;
  /** All accounts of a kind; `account` names one of them in its place. */
  readonly kind?: AccountKind;
  /** The rule of one account, which counts instead of that of its kind. */
  readonly account?: string;
  readonly per: Per;
  /** Text such as `500.00`; what is held counts as paid. */
  readonly amount?: string;
  /** Payments, holds and splits. */
  readonly count?: number;
}

/** Payments of which others must approve. */
export interface ReviewRule {
  readonly asset: string;
  /** Payers of that kind alone; left out: all. */
  readonly kind?: AccountKind;
  /** Text: amounts of at least so much wait for approval. */
  readonly from: string;
  /** How many people must approve, besides whoever asked; 1 by default. */
  readonly approvals?: number;
}

/** What an operator demands. */
export interface ControlRules {
  readonly limits?: readonly LimitRule[];
  readonly review?: readonly ReviewRule[];
  /** Seconds after which nobody's approval is waited for, and the money is free again; 7 days by default. */
  readonly review_expires_in?: number;
  /** What may be exchanged; nothing by default. */
  readonly fx?: FxRules;
}

/** A limit of payers, checked. */
export interface Limit {
  readonly asset: Asset;
  readonly who: { readonly kind: AccountKind } | { readonly account: string };
  readonly per: Per;
  readonly what: 'amount' | 'count';
  /** Units of the asset, or payments. */
  readonly most: bigint;
}

export interface Review {
  readonly asset: Asset;
  readonly kind: AccountKind | undefined;
  readonly from: bigint;
  readonly approvals: number;
}

/** Rules, checked. */
export interface Rules {
  readonly limits: readonly Limit[];
  readonly reviews: readonly Review[];
  /** Seconds. */
  readonly expiresIn: number;
  readonly fx: Fx | undefined;
}

const PERS: readonly Per[] = ['hour', 'day', 'month'];
const COUNT_MAX = 1_000_000_000;
export const APPROVALS_MAX = 100;
const DAY = 24 * 3600;
const EXPIRES_MAX = 366 * DAY;

/** Throws `invalid_argument` with the field of whatever is no rule. */
export function checkRules(rules: ControlRules, assets: Assets): Rules {
  onlyFields(rules, ['limits', 'review', 'review_expires_in', 'fx'], 'controls');
  const expiresIn = rules.review_expires_in ?? 7 * DAY;
  whole(expiresIn, 1, EXPIRES_MAX, 'review_expires_in');
  const limits = list(rules.limits, 'limits').flatMap((rule, index) => limitsOf(rule, assets, `limits[${index}]`));
  for (const [index, limit] of limits.entries()) {
    const twin = limits.slice(0, index).some((other) => isSame(other, limit));
    if (twin) throw invalidField('limits', `say the ${limit.what} of one ${limit.per} twice for the same accounts`);
  }
  const reviews = list(rules.review, 'review').map((rule, index) => reviewOf(rule, assets, `review[${index}]`));
  const fx = rules.fx === undefined ? undefined : checkFx(rules.fx, assets);
  return { limits, reviews, expiresIn, fx };
}

function limitsOf(rule: LimitRule, assets: Assets, path: string): Limit[] {
  onlyFields(rule, ['asset', 'kind', 'account', 'per', 'amount', 'count'], path);
  const asset = assets.byCode(rule.asset);
  if ((rule.kind === undefined) === (rule.account === undefined)) {
    throw invalidField(path, 'is for a `kind` of accounts, or for one `account`');
  }
  if (!PERS.includes(rule.per)) throw invalidField(`${path}.per`, `must be one of ${PERS.join(', ')}`);
  const who = rule.kind === undefined ? { account: rule.account! } : { kind: kindOf(rule.kind, `${path}.kind`) };
  const limits: Limit[] = [];
  const { amount, count, per } = rule;
  if (amount !== undefined) {
    limits.push({ asset, who, per, what: 'amount', most: unitsOf(amount, asset, `${path}.amount`) });
  }
  if (count !== undefined) {
    whole(count, 1, COUNT_MAX, `${path}.count`);
    limits.push({ asset, who, per, what: 'count', most: BigInt(count) });
  }
  if (limits.length === 0) throw invalidField(path, 'limits nothing: give an `amount`, a `count` or both');
  return limits;
}

function reviewOf(rule: ReviewRule, assets: Assets, path: string): Review {
  onlyFields(rule, ['asset', 'kind', 'from', 'approvals'], path);
  const asset = assets.byCode(rule.asset);
  const approvals = rule.approvals ?? 1;
  whole(approvals, 1, APPROVALS_MAX, `${path}.approvals`);
  const kind = rule.kind === undefined ? undefined : kindOf(rule.kind, `${path}.kind`);
  return { asset, kind, from: unitsOf(rule.from, asset, `${path}.from`), approvals };
}

function kindOf(kind: unknown, path: string): AccountKind {
  if (typeof kind === 'string' && Object.hasOwn(kinds, kind)) return kind as AccountKind;
  throw invalidField(path, `must be one of ${Object.keys(kinds).join(', ')}`);
}

function isSame(one: Limit, other: Limit): boolean {
  const who = ({ who, asset, per, what }: Limit): string => JSON.stringify([who, asset.code, per, what]);
  return who(one) === who(other);
}

function list<T>(value: readonly T[] | undefined, path: string): readonly T[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw invalidField(path, 'must be a list');
}

function onlyFields(value: unknown, known: readonly string[], path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${path} must be an object`);
  const unknown = Object.keys(value).find((field) => !known.includes(field));
  if (unknown !== undefined) throw invalidField(`${path}.${named(unknown)}`, 'is no field of this rule');
}

function whole(value: number, from: number, to: number, path: string): void {
  if (Number.isInteger(value) && value >= from && value <= to) return;
  throw invalidField(path, `must be a whole number from ${from} to ${to}`);
}
