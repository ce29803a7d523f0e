/**
 * The driver without threads: the callers' thread does the work, at the end of the turn in which they asked, so that
 * callers of one turn share a write.
 */
import { assert } from '../base/index.ts';
import type { JournalAgent, MachineAgent } from './agents.ts';
import type { Driver } from './driver.ts';
import type { Engine } from './engine.ts';

/** For how long promises may keep the event loop from timers and sockets. */
const TURN_MS_MAX = 2;
/** After a flush the witness is made durable within that time. */
const SETTLE_MS = 2;

export class InlineDriver implements Driver {
  readonly #engine: Engine;
  readonly #journal: JournalAgent | undefined;
  readonly #machine: MachineAgent;
  readonly #end: (failed: boolean) => void;
  readonly #settles: boolean;
  #failed = false;
  #scheduled = false;
  #settleTimer: NodeJS.Timeout | undefined;
  #turnStart = 0;

  /**
   * `end` lets go of files; `failed`: some of what was asked for has an unknown outcome. `settles`: makes the witness
   * durable by itself, a moment after a flush; a simulation says when.
   */
  constructor(
    engine: Engine,
    journal: JournalAgent | undefined,
    machine: MachineAgent,
    end: (failed: boolean) => void,
    settles = true,
  ) {
    this.#engine = engine;
    this.#journal = journal;
    this.#machine = machine;
    this.#end = end;
    this.#settles = settles && journal !== undefined;
  }

  arm(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const now = performance.now();
    if (this.#turnStart === 0) {
      this.#turnStart = now;
      setImmediate(() => (this.#turnStart = 0));
    }
    if (now - this.#turnStart < TURN_MS_MAX) queueMicrotask(() => this.#work());
    else setImmediate(() => this.#work());
  }

  #work(): void {
    this.#scheduled = false;
    try {
      // The machine never runs ahead of the journal: no wake-up would come for a request that is executed and not
      // durable.
      do {
        while (this.#journal?.doWork() === true);
      } while (this.#machine.doWork(Number.POSITIVE_INFINITY, () => this.#makeRoom()));
      // Also where nothing was asked: runs may find room.
      if (!this.#machine.query()) this.#machine.publishRuns();
    } catch (error) {
      this.#failed = true;
      this.#engine.fail(error);
      return;
    }
    while (this.#engine.release() > 0);
    // A query that is not done lets others have the event loop, and batches that they bring go first.
    if (this.#machine.openQueries > 0) this.arm();
    if (this.#settles && this.#settleTimer === undefined) {
      this.#settleTimer = setTimeout(() => {
        this.#settleTimer = undefined;
        this.settle();
      }, SETTLE_MS).unref();
    }
  }

  settle(): void {
    if (this.#failed) return;
    try {
      this.#journal?.settle();
    } catch (error) {
      this.#failed = true;
      this.#engine.fail(error);
    }
  }

  /** The ring of replies is full: what was executed is durable already, so it may be read now. */
  #makeRoom(): void {
    assert(this.#engine.release() > 0, 'replies that were read make room');
  }

  stop(): Promise<void> {
    clearTimeout(this.#settleTimer);
    this.#end(this.#failed);
    return Promise.resolve();
  }
}
