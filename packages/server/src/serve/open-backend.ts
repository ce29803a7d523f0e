/** `serve tigerbeetle://…`: doors, lanes and metrics in front of another system, to which our caller connects. */
import type { Port } from 'tallystick/internal/model';
import type { Backend } from '../observe/index.ts';
import type { Observers } from './observers.ts';
import { endedEarly, type ServedLedger } from './opening.ts';

/** How often it is asked for a sign of life. */
const PING_MS = 1000;
/** A cluster that has no leader for the moment has one again within that time. */
const PATIENCE_MS = 5000;

/** Another system, connected to. */
export interface Connected {
  readonly port: Port;
  /** The id by which our clients know the ledger again. */
  readonly ledgerId: bigint;
  /** Resolves when it has answered. */
  ping(): Promise<unknown>;
}

/** Connects to what `folder` names. Rejects as opening a ledger does. */
export type ConnectBackend = (signal: AbortSignal) => Promise<Connected>;

/** Undefined if `signal` was aborted before it answered. Rejects as `connect` does. */
export async function openBackend(
  address: string,
  connect: ConnectBackend,
  { log, sources }: Pick<Observers, 'log' | 'sources'>,
  signal: AbortSignal,
): Promise<ServedLedger | undefined> {
  log.info({ address }, 'connecting');
  try {
    const { port, ledgerId, ping } = await connect(signal);
    log.info({ address }, 'connected');
    const watch = new Watch(ping);
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

/** Whether it answers. Its client never gives up, so that a request without an answer says nothing by itself. */
export class Watch implements Backend {
  readonly #ping: () => Promise<unknown>;
  readonly #patienceMs: number;
  readonly #timer: NodeJS.Timeout;
  #answeredAt = performance.now();
  #asking = false;

  /** `ping`: resolves when it has answered. */
  constructor(ping: () => Promise<unknown>, everyMs: number = PING_MS, patienceMs: number = PATIENCE_MS) {
    this.#ping = ping;
    this.#patienceMs = patienceMs;
    this.#timer = setInterval(() => this.#ask(), everyMs).unref();
  }

  get answers(): boolean {
    return performance.now() - this.#answeredAt < this.#patienceMs;
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
