/**
 * Who may use a server's payments, at what speed and at what price. It comes from the operator's own configuration, and
 * is read as strictly as requests: a plan with a typo would be a limit that is not there.
 *
 *   { "plans":   { "starter": { "speed": { "per_second": 100, "burst": 200 },
 *                               "asset": "EUR", "tax": "0.19",
 *                               "prices": [{ "up_to": 1000, "each": "0.05" }, { "each": "0.025" }] },
 *                  "prepaid": { "prepaid": true, "asset": "EUR", "prices": [{ "each": "0" }] } },
 *     "tenants": [{ "number": 7, "name": "north", "plan": "starter" }] }
 */
import { invalid, invalidField, named } from 'tallystick/internal/model';
import { type Asset, type Assets, checkTenant } from '../base/assets.ts';
import { type Rate, rateOf, timesRounded } from '../base/rate.ts';
import { checkObject, type Shape } from '../base/shape.ts';

/** How fast a tenant may ask. */
export interface Speed {
  /** Payments, and looks at them, on the average. */
  readonly perSecond: number;
  /** At once, after a pause. */
  readonly burst: number;
}

/** What each payment costs, up to a number of them in a period; the last price has no end. */
export interface Tier {
  /** Payments of a period that are below it; undefined: all that are left. */
  readonly upTo: number | undefined;
  readonly each: Rate;
}

export interface Plan {
  readonly speed: Speed | undefined;
  /** Payments must be paid for before they are made. */
  readonly prepaid: boolean;
  readonly asset: Asset;
  readonly tax: Rate;
  readonly tiers: readonly Tier[];
}

export interface Tenant {
  readonly number: number;
  readonly name: string;
  readonly plan: Plan;
  readonly planName: string;
}

/** The words of an operator, as they stand in the file. */
export interface GatewayRules {
  readonly plans: { readonly [name: string]: object };
  readonly tenants: readonly object[];
}

const PLAN: Shape = {
  speed: { check: { per_second: { check: 'count' }, burst: { check: 'count', optional: true } }, optional: true },
  prepaid: { check: 'yes', optional: true },
  asset: { check: 'text' },
  tax: { check: 'text', optional: true },
  prices: { check: [{ up_to: { check: 'count', optional: true }, each: { check: 'text' } }], parts: 16 },
};
const TENANT: Shape = { number: { check: 'count' }, name: { check: 'name' }, plan: { check: 'text' } };
const SPEED_MAX = 1_000_000;

interface PlanWords {
  readonly speed?: { readonly per_second: number; readonly burst?: number };
  readonly prepaid?: boolean;
  readonly asset: string;
  readonly tax?: string;
  readonly prices: readonly { readonly up_to?: number; readonly each: string }[];
}

/** Throws `invalid_argument` with the field of whatever is no plan. */
export function checkGateway(rules: unknown, assets: Assets): readonly Tenant[] {
  const { plans, tenants } = (rules ?? {}) as Partial<GatewayRules>;
  if (typeof plans !== 'object' || plans === null || Array.isArray(plans)) throw invalid('plans must be an object');
  if (!Array.isArray(tenants)) throw invalid('tenants must be a list');
  const other = Object.keys(rules as object).find((field) => field !== 'plans' && field !== 'tenants');
  if (other !== undefined) throw invalidField(named(other), 'is no field of a gateway');
  const known = new Map(Object.entries(plans).map(([name, plan]) => [name, planOf(plan, assets, `plans.${name}`)]));
  const numbers = new Set<number>();
  return tenants.map((words: unknown, index) => {
    const path = `tenants[${index}]`;
    checkObject(TENANT, words, path);
    const { number, name, plan: planName } = words as { number: number; name: string; plan: string };
    checkTenant(number);
    if (numbers.size === numbers.add(number).size) throw invalidField(`${path}.number`, 'is that of another tenant');
    const plan = known.get(planName);
    if (plan === undefined) throw invalidField(`${path}.plan`, `must be one of ${[...known.keys()].join(', ')}`);
    return { number, name, plan, planName };
  });
}

function planOf(words: unknown, assets: Assets, path: string): Plan {
  checkObject(PLAN, words, path);
  const { speed, prepaid = false, asset, tax = '0', prices } = words as PlanWords;
  return {
    speed: speed === undefined ? undefined : speedOf(speed, `${path}.speed`),
    prepaid,
    asset: assets.byCode(asset),
    tax: rateOf(tax, `${path}.tax`),
    tiers: tiersOf(prices, `${path}.prices`),
  };
}

function speedOf({ per_second: perSecond, burst = perSecond }: NonNullable<PlanWords['speed']>, path: string): Speed {
  for (const [field, value] of Object.entries({ per_second: perSecond, burst })) {
    if (value < 1 || value > SPEED_MAX) throw invalidField(`${path}.${field}`, `must be from 1 to ${SPEED_MAX}`);
  }
  return { perSecond, burst };
}

function tiersOf(prices: PlanWords['prices'], path: string): Tier[] {
  let below = 0;
  return prices.map(({ up_to: upTo, each }, index) => {
    const isLast = index === prices.length - 1;
    if (isLast !== (upTo === undefined))
      throw invalidField(`${path}[${index}].up_to`, 'is for all prices but the last');
    if (upTo !== undefined && upTo <= below) throw invalidField(`${path}[${index}].up_to`, 'must grow');
    below = upTo ?? below;
    return { upTo, each: rateOf(each, `${path}[${index}].each`) };
  });
}

/** A part of an invoice: so many payments at one price. */
export interface Line {
  readonly units: bigint;
  /** Units of the asset, rounded half up. */
  readonly amount: bigint;
}

/** Usage of a period, split where the price changes. The lines have all units between them. */
export function linesOf(units: bigint, { tiers, asset }: Plan): Line[] {
  let below = 0n;
  const lines: Line[] = [];
  for (const { upTo, each } of tiers) {
    const end = upTo === undefined || BigInt(upTo) > units ? units : BigInt(upTo);
    const here = end - below;
    below = end;
    if (here > 0n) lines.push({ units: here, amount: timesRounded(here * 10n ** BigInt(asset.scale), each) });
  }
  return lines;
}
