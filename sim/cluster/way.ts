/** Ways between nodes, servers and clients: messages take their time, get lost, come twice, and come late. */
import type { Random } from '../../testing/model/random.ts';
import type { Life, Scheduler } from '../network/scheduler.ts';
import type { WayTaste } from './taste.ts';

export class Ways {
  taste: WayTaste;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #count: (what: string) => void;

  constructor(scheduler: Scheduler, random: Random, taste: WayTaste, count: (what: string) => void) {
    this.taste = taste;
    this.#scheduler = scheduler;
    this.#random = random;
    this.#count = count;
  }

  /** `arrive` happens at the other end, in the life of whoever is there; never, once or twice. */
  go(to: Life | undefined, arrive: () => void): void {
    for (let copies = this.#chance('doubled', this.taste.doubled) ? 2 : 1; copies > 0; copies--) this.once(to, arrive);
  }

  /** The same by a connection, on which nothing comes twice. */
  once(to: Life | undefined, arrive: () => void): void {
    const { lost, late, slow } = this.taste;
    if (this.#chance('lost', lost)) return;
    const delay = this.#chance('late', late)
      ? this.#random.between(1000, 30_000)
      : this.#random.below(slow * 100) / 100;
    if (to === undefined) this.#scheduler.afterAll(delay, arrive);
    else this.#scheduler.after(delay, arrive, to);
  }

  #chance(what: string, rate: number): boolean {
    if (rate === 0 || !this.#random.chance(rate)) return false;
    this.#count(what);
    return true;
  }
}
