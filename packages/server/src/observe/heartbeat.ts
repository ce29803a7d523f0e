/**
 * Looks whether the engine's threads still move. A disk that does not answer, or a loop without end, throws no error:
 * the thread's beats stand still, and that is all there is to see.
 */
import type { Log } from 'tallystick/internal/base';
import type { ThreadBeats } from 'tallystick/internal/engine';

/** A thread that stands still. */
export interface Stuck {
  readonly name: string;
  readonly seconds: number;
}

const LOOK_MS = 250;
/** Threads beat each second, and with each piece of work; the builder's pieces end with the sync of a whole file. */
const READY_MS: { readonly [name in ThreadBeats['name']]: number } = { journal: 4000, machine: 4000, builder: 30_000 };
/** From then on nobody believes that it goes on by itself. */
const LIVE_MS = 55_000;
/** This thread was not there to look for longer than that: the time says nothing about the others. */
const LOOK_MS_MAX = 1000;

/** A thread of one of several engines says whose it is. */
export interface WatchedThread extends ThreadBeats {
  readonly shard?: number;
}

interface Watched {
  readonly readyMs: number;
  beats: number;
  stillMs: number;
  reported: boolean;
}

export class Heartbeat {
  readonly #log: Log;
  readonly #watched = new Map<string, Watched>();
  #lookedAt: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Log, now: number = performance.now()) {
    this.#log = log;
    this.#lookedAt = now;
  }

  /** Looks every now and then, until {@link stop}. */
  start(threads: () => readonly WatchedThread[]): void {
    this.stop();
    this.#lookedAt = performance.now();
    this.#timer = setInterval(() => this.look(threads(), performance.now()), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#watched.clear();
  }

  look(threads: readonly WatchedThread[], now: number): void {
    const passed = now - this.#lookedAt;
    this.#lookedAt = now;
    if (passed > LOOK_MS_MAX) {
      this.#log.warn({ milliseconds: Math.round(passed) }, 'the event loop stood still: nobody was answered meanwhile');
    }
    for (const thread of threads) this.#lookAt(thread, Math.min(passed, LOOK_MS_MAX));
  }

  #lookAt({ name: thread, shard, beats }: WatchedThread, passed: number): void {
    // It is still getting ready.
    if (beats === 0) return;
    const name = shard === undefined ? thread : `shard ${shard} ${thread}`;
    const watched = this.#watched.get(name);
    if (watched === undefined) {
      this.#watched.set(name, { readyMs: READY_MS[thread], beats, stillMs: 0, reported: false });
      return;
    }
    if (watched.beats !== beats) {
      if (watched.reported)
        this.#log.warn({ thread: name, milliseconds: watched.stillMs }, `the ${name} thread moves again`);
      watched.beats = beats;
      watched.stillMs = 0;
      watched.reported = false;
      return;
    }
    watched.stillMs += passed;
    if (watched.reported || watched.stillMs < watched.readyMs) return;
    watched.reported = true;
    this.#log.error(
      { thread: name, milliseconds: watched.stillMs },
      `the ${name} thread does not move: its disk does not answer, or it has got stuck; nothing is answered ` +
        'until it goes on',
    );
  }

  /** Seconds for which each thread has stood still. */
  get still(): readonly Stuck[] {
    return [...this.#watched].map(([name, { stillMs }]) => ({ name, seconds: stillMs / 1000 }));
  }

  /** Threads that keep requests from being answered. */
  get stuck(): readonly Stuck[] {
    return [...this.#watched].flatMap(([name, { stillMs, readyMs }]) =>
      stillMs >= readyMs ? [{ name, seconds: stillMs / 1000 }] : [],
    );
  }

  /** Whether a restart is the only hope. */
  get isDead(): boolean {
    return this.still.some(({ seconds }) => seconds * 1000 >= LIVE_MS);
  }
}
