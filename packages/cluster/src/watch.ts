/**
 * Looks at every nats-server's own copy of the stream, as long as the node lives, says by name which is damaged, and
 * asks for another leader where that one leads.
 */
import { type Copy, checkSync, copyAt, damageOf } from './jetstream/monitors.ts';
import type { NodeLog } from './node-options.ts';
import type { Order } from './order.ts';

const LOOK_MS = 5000;

export class Watch {
  readonly #monitors: readonly string[];
  readonly #order: Order;
  readonly #log: NodeLog;
  /** The newest message that the stream may begin with. */
  #begin: () => number = () => Number.POSITIVE_INFINITY;
  readonly #looking: NodeJS.Timeout;
  #damaged: ReadonlySet<string> = new Set();

  private constructor(monitors: readonly string[], order: Order, log: NodeLog) {
    this.#monitors = monitors;
    this.#order = order;
    this.#log = log;
    this.#looking = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  /**
   * Throws `cluster_invalid` for a server that acknowledges before it syncs. A server that is down is looked at later.
   */
  static async start(monitors: readonly string[], order: Order, log: NodeLog): Promise<Watch> {
    const watch = new Watch(monitors, order, log);
    try {
      const copies = await watch.#copies();
      for (const copy of copies) checkSync(copy);
      await watch.#judge(copies);
      return watch;
    } catch (error) {
      watch.end();
      throw error;
    }
  }

  /** Servers whose copies are damaged, by the addresses of their monitors. */
  get damaged(): ReadonlySet<string> {
    return this.#damaged;
  }

  /** A node reads the stream, and knows the bases in it. */
  knows(begin: () => number): void {
    this.#begin = begin;
  }

  async look(): Promise<void> {
    await this.#judge(await this.#copies());
  }

  async #judge(copies: readonly Copy[]): Promise<void> {
    const found = new Set<string>();
    for (const copy of copies) {
      const damage = damageOf(copy, this.#begin());
      if (damage === undefined) continue;
      found.add(copy.server);
      if (!this.#damaged.has(copy.server)) this.#log.error({ server: copy.server }, damage);
      // Its followers would take over what it lacks.
      if (copy.leads) await this.#order.leadElsewhere().catch(() => undefined);
    }
    this.#damaged = found;
  }

  async #copies(): Promise<Copy[]> {
    const asked = await Promise.allSettled(this.#monitors.map((monitor) => copyAt(monitor, this.#order.name)));
    return asked.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  }

  end(): void {
    clearInterval(this.#looking);
  }
}
