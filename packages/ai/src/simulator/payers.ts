/**
 * People who pay: each has usual amounts, hours and payees, and once in a while does what fraud looks like. In the last
 * part of the time everything drifts: amounts rise, hours move, new payees are more frequent.
 */
import type { Random } from '../random.ts';

export interface Payment {
  /** Since the beginning. */
  readonly seconds: number;
  readonly payer: number;
  readonly payee: number;
  /** In cents. */
  readonly amount: number;
  /** Undefined: nothing is wrong with it. */
  readonly scenario: string | undefined;
}

export interface World {
  readonly random: Random;
  readonly accounts: number;
  readonly days: number;
  /** From this day on everything drifts. */
  readonly driftDay: number;
  readonly payers: readonly Payer[];
  /** Accounts that receive what was stolen; they pay like others, too. */
  readonly mules: readonly number[];
}

export interface Payer {
  readonly number: number;
  /** Logarithm of the usual amount in cents, and its deviation. */
  readonly logAmount: number;
  readonly deviation: number;
  readonly hour: number;
  readonly rate: number;
  readonly payees: readonly number[];
}

export const DAY = 86_400;
const HOUR = 3600;

export function makeWorld(random: Random, accounts: number, days: number): World {
  const payers = Array.from({ length: accounts }, (_, number) => ({
    number,
    logAmount: random.normal(8, 0.8),
    deviation: random.between(0.4, 0.9),
    hour: random.normal(14, 3),
    rate: random.between(0.6, 3.2),
    payees: Array.from({ length: 3 + random.below(8) }, () => random.below(accounts)),
  }));
  const mules = Array.from({ length: Math.max(6, accounts / 50) }, () => random.below(accounts));
  return { random, accounts, days, driftDay: days * 0.7, payers, mules };
}

export function usualAmount(random: Random, payer: Payer, factor = 1): number {
  const cents = Math.max(50, Math.round(factor * Math.exp(random.normal(payer.logAmount, payer.deviation))));
  return random.fraction() < 0.25 ? Math.max(1000, Math.round(cents / 1000) * 1000) : cents;
}

/** A moment of the day at which the payer usually pays. */
export function usualMoment(random: Random, payer: Payer, day: number, shift = 0): number {
  const hour = random.normal(payer.hour + shift, 3.5);
  return day * DAY + Math.max(0, Math.min(hour, 23.99)) * HOUR;
}

/** What is not fraud. */
export function* honest(world: World): Generator<Payment> {
  const { random, days, driftDay, accounts } = world;
  for (const payer of world.payers) {
    const known = [...payer.payees];
    for (let day = 0; day < days; day++) {
      const drifts = day >= driftDay;
      for (let left = random.exponential(payer.rate); left > 0.5; left -= 1) {
        const isNew = random.fraction() < (drifts ? 0.2 : 0.1);
        const payee = isNew ? random.below(accounts) : random.pick(known);
        if (isNew) known.push(payee);
        const seconds = usualMoment(random, payer, day, drifts ? 2 : 0);
        const amount = usualAmount(random, payer, drifts ? 1.4 : 1);
        yield { seconds, payer: payer.number, payee, amount, scenario: undefined };
      }
      if (random.fraction() < 0.02) yield* unusual(world, payer, day);
    }
  }
}

/** A day of shopping, a large purchase from somebody new, or several small payments: honest, and looks like fraud. */
function* unusual({ random, accounts }: World, payer: Payer, day: number): Generator<Payment> {
  const kind = random.below(3);
  const count = kind === 1 ? 1 : 3 + random.below(5);
  let seconds = usualMoment(random, payer, day);
  for (let made = 0; made < count; made++) {
    seconds += random.exponential(kind === 0 ? 900 : 120);
    const amount =
      kind === 0
        ? usualAmount(random, payer)
        : kind === 1
          ? usualAmount(random, payer, 9)
          : 100 * (1 + random.below(9));
    yield { seconds, payer: payer.number, payee: random.below(accounts), amount, scenario: undefined };
  }
}
