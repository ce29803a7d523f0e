/**
 * What one asset costs in another. Rates are decimals, computed with exactly; what does not come out even is rounded
 * down for whoever buys, so the position is never short of what was promised.
 *
 *   gross   = floor(sold x rate)                  leaves the operator's position
 *   net     = floor(sold x rate x (1 - margin))   goes to whoever is paid
 *   margin  = gross - net                         is income, and has the rounding
 */
import { invalidField } from 'tallystick/internal/model';
import type { Asset, Assets } from '../base/assets.ts';
import { type Rate, rateOf } from '../base/rate.ts';

/** The rate of a pair, as an operator writes it down. */
export interface PairRule {
  /** What is paid with, such as `EUR`. */
  readonly sell: string;
  /** What is bought with it. */
  readonly buy: string;
  /** How much of `buy` one of `sell` is worth: text such as `1.0825`. */
  readonly rate: string;
  /** The operator's part of it: text such as `0.005` for half a percent; none by default. */
  readonly margin?: string;
}

/** What may be exchanged, and for how long a quote holds. */
export interface FxRules {
  /** Seconds; 30 by default. */
  readonly expires_in?: number;
  readonly pairs: readonly PairRule[];
}

/** A pair, checked. */
export interface Pair {
  readonly sell: Asset;
  readonly buy: Asset;
  readonly rate: Rate;
  readonly margin: Rate;
}

export interface Fx {
  readonly expiresIn: number;
  readonly pairs: readonly Pair[];
}

const EXPIRES_MAX = 24 * 3600;

/** Throws `invalid_argument` with the field of whatever is no rule. */
export function checkFx(rules: FxRules, assets: Assets): Fx {
  for (const field of Object.keys(rules)) {
    if (field !== 'expires_in' && field !== 'pairs') throw invalidField(`fx.${field}`, 'is no field of this rule');
  }
  const { expires_in: expiresIn = 30, pairs } = rules;
  if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > EXPIRES_MAX) {
    throw invalidField('fx.expires_in', `must be a number of seconds from 1 to ${EXPIRES_MAX}`);
  }
  if (!Array.isArray(pairs)) throw invalidField('fx.pairs', 'must be a list');
  const known = new Set<string>();
  return {
    expiresIn,
    pairs: pairs.map((rule: PairRule, index) => {
      const pair = pairOf(rule, assets, `fx.pairs[${index}]`);
      const name = `${pair.sell.code}/${pair.buy.code}`;
      if (known.size === known.add(name).size) throw invalidField(`fx.pairs[${index}]`, `is there twice: ${name}`);
      return pair;
    }),
  };
}

function pairOf(rule: PairRule, assets: Assets, path: string): Pair {
  for (const field of Object.keys(rule)) {
    if (!['sell', 'buy', 'rate', 'margin'].includes(field)) throw invalidField(`${path}.${field}`, 'is no field');
  }
  const [sell, buy] = [assets.byCode(rule.sell), assets.byCode(rule.buy)];
  if (sell === buy) throw invalidField(`${path}.buy`, 'is the asset that is sold');
  const rate = rateOf(rule.rate, `${path}.rate`);
  const margin = rateOf(rule.margin ?? '0', `${path}.margin`);
  if (rate.digits === 0n) throw invalidField(`${path}.rate`, 'must be above zero');
  if (margin.digits >= 10n ** BigInt(margin.scale)) throw invalidField(`${path}.margin`, 'must be below 1');
  return { sell, buy, rate, margin };
}

/** What so many units of the one asset become in the other. */
export interface Exchange {
  readonly net: bigint;
  readonly margin: bigint;
}

export function exchangeOf(sold: bigint, { sell, buy, rate, margin }: Pair): Exchange {
  const over = 10n ** BigInt(rate.scale + sell.scale);
  const under = sold * rate.digits * 10n ** BigInt(buy.scale);
  const gross = under / over;
  const whole = 10n ** BigInt(margin.scale);
  const net = (under * (whole - margin.digits)) / (over * whole);
  return { net, margin: gross - net };
}

/**
 * The part of a whole that goes back with a part of what was sold, so that all parts together are the whole: what is
 * due after this one, without what went back before.
 */
export function partOf(whole: bigint, back: bigint, sold: bigint, before: bigint): bigint {
  const due = (whole * back) / sold - before;
  return due > 0n ? due : 0n;
}
