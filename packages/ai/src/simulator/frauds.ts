/**
 * Frauds, each in a pattern of its own. `mimicry` pays as its victim does; after the drift the others become slower and
 * smaller, too, because those that were caught have learnt.
 */
import { DAY, type Payer, type Payment, usualAmount, usualMoment, type World } from './payers.ts';

type Act = (world: World, payer: Payer, day: number) => Generator<Omit<Payment, 'scenario'>>;

const acts: { readonly [scenario: string]: Act } = {
  *takeover({ random, mules, driftDay }, { number, logAmount }, day) {
    const slow = day >= driftDay;
    const payee = random.pick(mules);
    let seconds = day * DAY + random.between(0, slow ? 20 : 6) * 3600;
    for (let left = 2 + random.below(4); left > 0; left--) {
      seconds += random.exponential(slow ? 2400 : 150);
      const amount = Math.round(Math.exp(logAmount) * random.between(slow ? 1.5 : 4, slow ? 5 : 15));
      yield { seconds, payer: number, payee, amount };
    }
  },
  *testing({ random, accounts, driftDay }, { number }, day) {
    const slow = day >= driftDay;
    let seconds = day * DAY + random.between(0, 23) * 3600;
    for (let left = 5 + random.below(7); left > 0; left--) {
      seconds += random.exponential(slow ? 700 : 40);
      yield {
        seconds,
        payer: number,
        payee: random.below(accounts),
        amount: random.pick([50, 100, 100, 200, 137, 250]),
      };
    }
  },
  *payee({ random, mules, driftDay }, payer, day) {
    const factor = day >= driftDay ? random.between(3, 10) : random.between(6, 25);
    const amount = Math.round(Math.exp(payer.logAmount) * factor);
    yield { seconds: usualMoment(random, payer, day), payer: payer.number, payee: random.pick(mules), amount };
  },
  *structuring({ random, mules, driftDay }, { number }, day) {
    const payee = random.pick(mules);
    let seconds = day * DAY + random.between(6, 18) * 3600;
    for (let left = 3 + random.below(4); left > 0; left--) {
      seconds += random.exponential(day >= driftDay ? 9000 : 2500);
      yield { seconds, payer: number, payee, amount: Math.round(random.between(90_000, 99_900)) };
    }
  },
  *mimicry({ random, mules, days }, payer, day) {
    const payee = random.pick(mules);
    for (let left = 2 + random.below(3), on = day; left > 0 && on < days; left--, on += random.below(2)) {
      const amount = usualAmount(random, payer, 1.6);
      yield { seconds: usualMoment(random, payer, on), payer: payer.number, payee, amount };
    }
  },
};

export const SCENARIOS: readonly string[] = Object.keys(acts);

/** Cases of each scenario, spread over the time. */
export function* frauds(world: World, casesOfEach: number): Generator<Payment> {
  const { random } = world;
  for (const scenario of SCENARIOS) {
    for (let made = 0; made < casesOfEach; made++) {
      const day = 1 + random.below(world.days - 1);
      for (const payment of acts[scenario]!(world, random.pick(world.payers), day)) yield { ...payment, scenario };
    }
  }
}
