/**
 * Wakes followers of changes: one question at a time asks the ledger, for all of a door that wait, whether anything is
 * new.
 */
import { ChangeEventOffset, ChangeEventsFilterOffset, Operation, type Port } from 'tallystick/internal/model';

/** How often it is asked, by default. */
export const POLL_MS = 50;

const STALE = { consistency: 'stale' } as const;
const TIME_END = 2n ** 63n;

export class Newest {
  readonly #port: Port;
  readonly #pollMs: number;
  #waiting: { readonly since: bigint; readonly wake: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(port: Port, pollMs: number) {
    this.#port = port;
    this.#pollMs = pollMs;
  }

  /** Followers that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when there may be a change after `since`. */
  wait(since: bigint, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        resolve();
      };
      const wake = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const waiting = { since, wake };
      if (signal.aborted) {
        resolve();
        return;
      }
      this.#waiting.push(waiting);
      signal.addEventListener('abort', leave, { once: true });
      this.#arm();
    });
  }

  #arm(): void {
    if (this.#waiting.length === 0) return;
    this.#timer ??= setTimeout(() => void this.#poll(), this.#pollMs).unref();
  }

  async #poll(): Promise<void> {
    // Read from the follower that is furthest behind: one that names a time to come must not decide for the others.
    const behind = this.#waiting.reduce((min, { since }) => (since < min ? since : min), TIME_END);
    let newest = TIME_END;
    try {
      newest = (await this.#after(behind)) ?? behind;
    } catch {
      // A full lane or a ledger that ends: those who wait hear of it when they ask themselves.
    }
    const woken = this.#waiting.filter(({ since }) => since < newest);
    this.#waiting = this.#waiting.filter(({ since }) => since >= newest);
    for (const { wake } of woken) wake();
    this.#timer = undefined;
    this.#arm();
  }

  /** The timestamp of the first change after `since`; undefined: there is none. */
  #after(since: bigint): Promise<bigint | undefined> {
    return this.#port.request({
      operation: Operation.get_change_events,
      count: 1,
      write: ({ view }, at) => {
        view.setBigUint64(at + ChangeEventsFilterOffset.timestamp_min, since + 1n, true);
        view.setUint32(at + ChangeEventsFilterOffset.limit, 1, true);
      },
      read: ({ view }, at, size) =>
        size === 0 ? undefined : view.getBigUint64(at + ChangeEventOffset.timestamp, true),
      // The answer is a hint: a node that leads need not prove that it does, and one that follows may give it, too.
      context: STALE,
    });
  }
}
