/** Many to many: who pays how much to whom. The parts add up to the amount, to the last unit. */
import { split as portioned } from 'tallystick/internal/helpers';
import { invalidField } from 'tallystick/internal/model';
import { type Asset, textOf, unitsOf } from '../base/assets.ts';
import type { SplitRequest } from './shapes.ts';

/** One transfer of a split. */
export interface Share {
  readonly from: string;
  readonly to: string;
  readonly units: bigint;
}

interface Part {
  readonly account: string;
  units: bigint;
}

const PORTION = /^(\d{1,9})\/(\d{1,9})$/;

/** The transfers that a split becomes. Throws `invalid_argument` for parts that do not add up. */
export function sharesOf(request: SplitRequest, asset: Asset): Share[] {
  const units = unitsOf(request.amount, asset, 'amount');
  const sources = sourcesOf(request, asset, units);
  const targets = targetsOf(request, asset, units);
  const shares: Share[] = [];
  let [source, target] = [0, 0];
  while (source < sources.length && target < targets.length) {
    const [from, to] = [sources[source]!, targets[target]!];
    const moved = from.units < to.units ? from.units : to.units;
    if (moved > 0n) shares.push({ from: from.account, to: to.account, units: moved });
    from.units -= moved;
    to.units -= moved;
    if (from.units === 0n) source++;
    if (to.units === 0n) target++;
  }
  const same = shares.find(({ from, to }) => from === to);
  if (same !== undefined) throw invalidField('to', `would pay ${same.from} from itself`);
  return shares;
}

/** In their order, each up to its maximum. */
function sourcesOf({ from }: SplitRequest, asset: Asset, units: bigint): Part[] {
  let rest = units;
  const parts = from.map(({ account, max }, index) => {
    if (max === undefined && index < from.length - 1) {
      throw invalidField(`from[${index}].max`, 'is missing: only the last pays all that remains');
    }
    const most = max === undefined ? rest : unitsOf(max, asset, `from[${index}].max`);
    const part = { account, units: most < rest ? most : rest };
    rest -= part.units;
    return part;
  });
  if (rest > 0n) throw invalidField('from', `pays ${textOf(units - rest, asset)} at most, and the amount is more`);
  return parts;
}

/** Amounts first; portions are of the whole amount, by largest remainder; the one without either gets the rest. */
function targetsOf({ to }: SplitRequest, asset: Asset, units: bigint): Part[] {
  const remaining = to.filter(({ amount, portion }) => amount === undefined && portion === undefined);
  if (remaining.length > 1) throw invalidField('to', 'has two that get all that remains');
  for (const [index, { amount, portion }] of to.entries()) {
    if (amount !== undefined && portion !== undefined)
      throw invalidField(`to[${index}]`, 'has an amount and a portion');
  }
  const parts = to.map(({ account, amount }, index) => ({
    account,
    units: amount === undefined ? 0n : unitsOf(amount, asset, `to[${index}].amount`),
  }));
  spread(to, parts, units);
  const rest = units - parts.reduce((sum, part) => sum + part.units, 0n);
  if (rest < 0n || (rest > 0n && remaining.length === 0)) {
    throw invalidField('to', `adds up to ${textOf(units - rest, asset)}, and not to the amount`);
  }
  const last = to.findIndex(({ amount, portion }) => amount === undefined && portion === undefined);
  if (last >= 0) parts[last]!.units = rest;
  return parts;
}

/** Gives each portion its units; what is no portion weighs as the rest of the whole. */
function spread(to: SplitRequest['to'], parts: Part[], units: bigint): void {
  const fractions = to.map(({ portion }, index) => (portion === undefined ? undefined : fractionOf(portion, index)));
  const whole = fractions.reduce((product, fraction) => product * (fraction?.of ?? 1n), 1n);
  const weights = fractions.map((fraction) => (fraction === undefined ? 0n : (fraction.parts * whole) / fraction.of));
  const used = weights.reduce((sum, weight) => sum + weight, 0n);
  if (used === 0n) return;
  if (used > whole) throw invalidField('to', 'has portions of more than the whole');
  const shares = portioned(units, [...weights, whole - used]);
  for (const [index, weight] of weights.entries()) if (weight > 0n) parts[index]!.units = shares[index]!;
}

function fractionOf(portion: string, index: number): { readonly parts: bigint; readonly of: bigint } {
  const [, parts, of] = PORTION.exec(portion) ?? [];
  if (parts === undefined || BigInt(of!) === 0n || BigInt(parts) === 0n) {
    throw invalidField(`to[${index}].portion`, 'must be a fraction such as 1/3');
  }
  return { parts: BigInt(parts), of: BigInt(of!) };
}
