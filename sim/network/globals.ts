/**
 * The clocks, timers and dice of this process, in simulated hands while a seed runs: the code under test calls them by
 * their global names and need not know. Promises and `process.nextTick` stay as they are: they have an order of their
 * own, the same in every run.
 */
import type { Random } from '../../testing/model/random.ts';
import type { Event, Scheduler } from './scheduler.ts';

/** The timer that `setTimeout` returns; `unref` has no effect here. */
class Timer {
  readonly #start: () => Event;
  #event: Event;

  constructor(start: () => Event) {
    this.#start = start;
    this.#event = start();
  }

  cancel(): void {
    this.#event.cancelled = true;
  }

  refresh(): this {
    this.cancel();
    this.#event = this.#start();
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }
}

const TURN_MS = 0.01;

type Act = (...parameters: unknown[]) => void;

/** Takes them over; what is returned gives them back. */
export function simulateGlobals(scheduler: Scheduler, random: Random): () => void {
  const cancel = (timer: unknown): void => {
    if (timer instanceof Timer) timer.cancel();
  };
  const replaced: readonly (readonly [object, string, unknown])[] = [
    [
      globalThis,
      'setTimeout',
      (act: Act, delay = 0, ...parameters: unknown[]) =>
        new Timer(() => scheduler.after(Math.max(1, delay), () => act(...parameters))),
    ],
    [
      globalThis,
      'setInterval',
      (act: Act, delay: number, ...parameters: unknown[]) => {
        const timer: Timer = new Timer(() =>
          scheduler.after(Math.max(1, delay), () => {
            timer.refresh();
            act(...parameters);
          }),
        );
        return timer;
      },
    ],
    [
      globalThis,
      'setImmediate',
      // A turn takes time: who looks again at each turn sees the others get on.
      (act: Act, ...parameters: unknown[]) => new Timer(() => scheduler.after(TURN_MS, () => act(...parameters))),
    ],
    [globalThis, 'clearTimeout', cancel],
    [globalThis, 'clearInterval', cancel],
    [globalThis, 'clearImmediate', cancel],
    [performance, 'now', () => scheduler.now],
    [Date, 'now', () => 1_700_000_000_000 + Math.floor(scheduler.now)],
    [Math, 'random', () => random.u32() / 2 ** 32],
    [
      crypto,
      'getRandomValues',
      <T extends ArrayBufferView>(target: T): T => {
        const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
        for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256);
        return target;
      },
    ],
  ];
  const before = replaced.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));
  for (const [owner, name, value] of replaced) {
    Object.defineProperty(owner, name, { value, configurable: true, writable: true, enumerable: true });
  }
  const fail = (error: unknown): void => {
    scheduler.failure ??= error;
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  return () => {
    process.off('uncaughtException', fail);
    process.off('unhandledRejection', fail);
    for (const [index, [owner, name]] of replaced.entries()) {
      const descriptor = before[index];
      if (descriptor === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, descriptor);
    }
  };
}
