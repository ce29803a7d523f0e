/** `serve tigerbeetle://…`: doors, lanes, roles and metrics in front of a TigerBeetle cluster. */
import { connectTigerBeetle } from 'tallystick/internal/client';
import type { Backend } from '../observe/index.ts';
import type { Observers } from './observers.ts';
import { endedEarly, type ServedLedger } from './opening.ts';

/** How often the cluster is asked for a sign of life. */
const PING_MS = 1000;
/** A cluster that has no leader for the moment has one again within that time. */
const PATIENCE_MS = 5000;

/**
 * Undefined if `signal` was aborted before the cluster answered. Rejects with `unreachable`, `package_missing`,
 * `invalid_argument`, or `version_mismatch`.
 */
export async function openTigerBeetle(
  address: string,
  { log, sources }: Pick<Observers, 'log' | 'sources'>,
  signal: AbortSignal,
): Promise<ServedLedger | undefined> {
  log.info({ address }, 'connecting');
  try {
    const port = await connectTigerBeetle(address, { signal });
    const { cluster, ledgerId } = port.welcome;
    log.info({ address, tigerbeetle: String(cluster) }, 'connected');
    const watch = new Watch(() => port.ping());
    sources.backend = watch;
    const close = (): Promise<void> => {
      watch.end();
      return port.close();
    };
    // No engine of ours keeps replies: a request that is sent again is done again, and answers `exists`.
    return { engines: [], port, ledgerId, close };
  } catch (error) {
    if (signal.aborted) return endedEarly(log, address);
    throw error;
  }
}

/** Whether a cluster answers. Its client never gives up, so that a request without an answer says nothing by itself. */
export class Watch implements Backend {
  readonly #ping: () => Promise<number>;
  readonly #timer: NodeJS.Timeout;
  #answeredAt = performance.now();
  #asking = false;

  /** `ping`: resolves when the cluster has answered. */
  constructor(ping: () => Promise<number>, everyMs: number = PING_MS) {
    this.#ping = ping;
    this.#timer = setInterval(() => this.#ask(), everyMs).unref();
  }

  get answers(): boolean {
    return performance.now() - this.#answeredAt < PATIENCE_MS;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #ask(): void {
    if (this.#asking) return;
    this.#asking = true;
    const done = (): void => {
      this.#asking = false;
    };
    this.#ping().then(() => {
      this.#answeredAt = performance.now();
      done();
    }, done);
  }
}
