/**
 * Looks at every nats-server's own copy of the stream, as long as the node lives, and says by name which is damaged.
 */
import { type Copy, checkSync, copyAt, damageOf } from './jetstream/monitors.ts';
import type { NodeLog } from './node-options.ts';

const LOOK_MS = 5000;

export class Watch {
  readonly #monitors: readonly string[];
  readonly #stream: string;
  readonly #log: NodeLog;
  readonly #looking: NodeJS.Timeout;
  #damaged: ReadonlySet<string> = new Set();

  private constructor(monitors: readonly string[], stream: string, log: NodeLog) {
    this.#monitors = monitors;
    this.#stream = stream;
    this.#log = log;
    this.#looking = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  /**
   * Throws `cluster_invalid` for a server that acknowledges before it syncs. A server that is down is looked at later.
   */
  static async start(monitors: readonly string[], stream: string, log: NodeLog): Promise<Watch> {
    const watch = new Watch(monitors, stream, log);
    try {
      for (const copy of await watch.#copies()) checkSync(copy);
      await watch.look();
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

  async look(): Promise<void> {
    const found = new Set<string>();
    for (const copy of await this.#copies()) {
      const damage = damageOf(copy);
      if (damage === undefined) continue;
      found.add(copy.server);
      if (!this.#damaged.has(copy.server)) this.#log.error({ server: copy.server }, damage);
    }
    this.#damaged = found;
  }

  async #copies(): Promise<Copy[]> {
    const asked = await Promise.allSettled(this.#monitors.map((monitor) => copyAt(monitor, this.#stream)));
    return asked.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  }

  end(): void {
    clearInterval(this.#looking);
  }
}
