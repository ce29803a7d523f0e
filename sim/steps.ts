/** The workload of a seed: made in its first run, and told again in its second. */
import { type Step, Workload } from '../testing/model/workload.ts';
import { Broken } from './failure.ts';

interface Made {
  /** The time on the clock. */
  readonly now: bigint;
  readonly step: Step;
}

/** The steps of the seed that each world ran last. */
const newest = new Map<string, { readonly seed: number; readonly made: readonly Made[] }>();

export class Steps {
  readonly #clock: () => bigint;
  readonly #workload: Workload;
  /** The steps of the first run; undefined in that run. */
  readonly #told: readonly Made[] | undefined;
  readonly #made: Made[] = [];
  #next = 0;

  /**
   * `world`: whose. `again`: the seed has run, and is told the same. `clock`: the ledger's time, if the workload is to
   * know it.
   */
  constructor(world: string, seed: number, again: boolean, clock?: () => bigint) {
    const before = newest.get(world);
    this.#told = again && before?.seed === seed ? before.made : undefined;
    this.#clock = clock ?? (() => 0n);
    this.#workload = new Workload(seed, clock);
    if (this.#told === undefined) newest.set(world, { seed, made: this.#made });
  }

  /** Throws {@link Broken} when the second run asks at another time than the first one, or for more. */
  next(): Step {
    const now = this.#clock();
    if (this.#told === undefined) {
      const step = this.#workload.next();
      this.#made.push({ now, step });
      return step;
    }
    const made = this.#told[this.#next++];
    if (made?.now !== now)
      throw new Broken('determinism', 'the second run of a seed asks at another time than the first');
    return made.step;
  }
}
