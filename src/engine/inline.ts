/** The driver without threads: whoever asks does the work, at the end of the turn in which they asked, so that callers of one turn share a write. */
import { assert } from '../base/index.ts';
import type { JournalAgent, MachineAgent } from './agents.ts';
import type { Driver, Engine } from './engine.ts';

/** For how long promises may keep the event loop from timers and sockets. */
const TURN_MS_MAX = 2;

export class InlineDriver implements Driver {
  readonly #engine: Engine;
  readonly #journal: JournalAgent | undefined;
  readonly #machine: MachineAgent;
  readonly #end: (failed: boolean) => void;
  #failed = false;
  #scheduled = false;
  #turnStart = 0;

  /** `end` lets go of files; `failed`: some of what was asked for has an unknown outcome. */
  constructor(
    engine: Engine,
    journal: JournalAgent | undefined,
    machine: MachineAgent,
    end: (failed: boolean) => void,
  ) {
    this.#engine = engine;
    this.#journal = journal;
    this.#machine = machine;
    this.#end = end;
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
      // The machine never runs ahead of the journal: nobody would come back for what is executed and not durable.
      do {
        while (this.#journal?.doWork() === true);
      } while (this.#machine.doWork(Number.POSITIVE_INFINITY, () => this.#makeRoom()));
    } catch (error) {
      this.#failed = true;
      this.#engine.fail(error);
      return;
    }
    this.#engine.release();
  }

  /** The ring of replies is full: what was executed is durable already, so it may be read now. */
  #makeRoom(): void {
    assert(this.#engine.release() > 0, 'replies that were read make room');
  }

  stop(): Promise<void> {
    this.#end(this.#failed);
    return Promise.resolve();
  }
}
