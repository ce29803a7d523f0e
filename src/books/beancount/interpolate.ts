/**
 * Third step of booking: in each currency one number may be missing, and it is what makes the rest balance. It is
 * rounded to what the author's numbers suggest where that is units, and exact (28 digits) where it is a cost or a
 * price.
 */
import { abs, type Decimal, divide, fit, isZero, multiply, negate, subtract, ZERO } from '../decimal.ts';
import { BookingProblem } from './categorize.ts';
import { type Booked, type Cost, Inventory, weightOf } from './inventory.ts';
import { type Matched, unitCost } from './lots.ts';
import { missing } from './syntax.ts';
import type { Tolerances } from './tolerance.ts';

type Part = 'units' | 'cost' | 'total cost' | 'price';

/** @throws BookingProblem when more than one number is missing, or the one cannot be told. */
export function interpolate(postings: readonly Matched[], currency: string, tolerances: Tolerances): Booked[] {
  const incomplete = postings.flatMap((posting, at) => missingParts(posting).map((part) => ({ part, at })));
  if (incomplete.length > 1) {
    const parts = incomplete.map(({ part }) => part).join(' and ');
    throw new BookingProblem(
      `too many numbers are missing in ${currency}: ${parts}`,
      postings[incomplete[0]!.at]!.index,
    );
  }
  const [gap] = incomplete;
  const complete = postings.map((posting, at) => (at === gap?.at ? undefined : toBooked(posting, false)));
  if (gap !== undefined) {
    const weight = negate(residual(complete.filter((booked) => booked !== undefined)).unitsOf(currency));
    const filled = fill(postings[gap.at]!, gap.part, weight, tolerances);
    complete[gap.at] = filled === undefined ? undefined : toBooked(filled, true);
  }
  const booked = complete.filter((posting) => posting !== undefined);
  for (const { units, cost } of booked) {
    if (cost === undefined) continue;
    if (isZero(units.number)) throw new BookingProblem(`zero units of ${units.currency} cannot have a cost`);
    if (cost.number.mantissa < 0n) throw new BookingProblem(`the cost of ${units.currency} is negative`);
  }
  return booked;
}

/** What the postings weigh together, by currency; nothing where they balance. */
export function residual(postings: readonly Booked[]): Inventory {
  const inventory = new Inventory();
  for (const posting of postings) inventory.add(weightOf(posting));
  return inventory;
}

function missingParts({ units, cost, price }: Matched): Part[] {
  const parts: Part[] = [];
  if (units.number === missing) parts.push('units');
  if (cost !== undefined && 'per' in cost) {
    if (cost.per === missing) parts.push('cost');
    if (cost.total === missing) parts.push('total cost');
  }
  if (price !== undefined && price.number === missing) parts.push('price');
  return parts;
}

/** The posting with its missing part; undefined when nothing is left for it and it goes. */
function fill(posting: Matched, part: Part, weight: Decimal, tolerances: Tolerances): Matched | undefined {
  const { units, cost, price, index } = posting;
  const spec = cost !== undefined && 'per' in cost ? cost : undefined;
  const total = spec?.total === undefined || spec.total === missing ? ZERO : spec.total;
  switch (part) {
    case 'units': {
      let number = weight;
      if (spec !== undefined) {
        if (spec.per === missing || isZero(spec.per)) {
          throw new BookingProblem('units cannot be told from a total cost alone', index);
        }
        number = divide(fit(subtract(weight, total)), spec.per);
      } else if (price !== undefined) {
        if (price.number === missing || isZero(price.number)) {
          throw new BookingProblem('units cannot be told from a price of zero', index);
        }
        number = divide(weight, price.number);
      }
      if (isZero(weight)) return undefined;
      return { ...posting, units: { ...units, number: tolerances.quantize(number, units.currency) } };
    }
    case 'cost': {
      if (units.number === missing || isZero(units.number)) return undefined;
      return { ...posting, cost: { ...spec!, per: divide(fit(subtract(weight, total)), units.number) } };
    }
    case 'total cost': {
      const per = spec!.per as Decimal;
      return {
        ...posting,
        cost: { ...spec!, total: fit(subtract(weight, fit(multiply(per, units.number as Decimal)))) },
      };
    }
    case 'price': {
      if (cost !== undefined) throw new BookingProblem('the price of units held at cost cannot be told', index);
      if (isZero(units.number as Decimal)) throw new BookingProblem('the price of zero units cannot be told', index);
      return { ...posting, price: { ...price!, number: abs(divide(weight, units.number as Decimal)) } };
    }
  }
}

function toBooked({ account, units, cost, price, index }: Matched, automatic: boolean): Booked {
  const number = units.number as Decimal;
  let lot: Cost | undefined;
  if (cost !== undefined && 'per' in cost) {
    const each = unitCost(cost, number);
    if (each === undefined) throw new BookingProblem(`zero units of ${units.currency} cannot have a total cost`, index);
    lot = { number: each, currency: cost.currency, date: cost.date, label: cost.label };
  } else {
    lot = cost;
  }
  const paid = price === undefined ? undefined : { number: price.number as Decimal, currency: price.currency };
  return { account, units: { number, currency: units.currency }, cost: lot, price: paid, automatic };
}
