/**
 * What a node that has just started compares with the others, once: its clock, and what must be the same everywhere.
 * It is the new one that does not fit, so it is the new one that ends; of two clocks that part later nobody can say
 * which is right, and nothing rests on them.
 */
import { TallystickError } from 'tallystick/internal';
import type { Standing } from './standing.ts';

/** Others have said something by then. */
const LISTEN_MS = 3000;
const APART_MS_MAX = 3_600_000;
const HOUR_MS = 3_600_000;

export class Introduction {
  readonly #heard = new Map<number, string | undefined>();
  readonly #ending: NodeJS.Timeout;
  readonly #own: () => Pick<Standing, 'wall' | 'limits'>;
  #over = false;

  /** `own`: what this node says of itself. */
  constructor(own: () => Pick<Standing, 'wall' | 'limits'>, refuse: (error: TallystickError) => void) {
    this.#own = own;
    this.#ending = setTimeout(() => {
      this.#over = true;
      const found = [...this.#heard.values()];
      const [why] = found;
      if (why !== undefined && !found.includes(undefined)) refuse(new TallystickError('cluster_invalid', why));
    }, LISTEN_MS);
  }

  hear(standing: Standing): void {
    if (!this.#over) this.#heard.set(standing.node, this.#unlike(standing));
  }

  end(): void {
    clearTimeout(this.#ending);
  }

  #unlike({ node, wall, limits }: Standing): string | undefined {
    const own = this.#own();
    if (limits !== undefined && limits !== own.limits) {
      return `node ${node} has other limits than this one: ${limits}, and here ${own.limits}`;
    }
    if (wall === undefined || Math.abs(wall - own.wall!) <= APART_MS_MAX) return undefined;
    const hours = (own.wall! - wall) / HOUR_MS;
    const apart = `${Math.abs(hours).toFixed(1)} hours ${hours < 0 ? 'behind' : 'ahead of'}`;
    return `the clock of this node is ${apart} that of node ${node}: set it, and start the node again`;
  }
}
