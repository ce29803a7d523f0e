/**
 * Journal, machine and egress as agents with turns of their own, in simulated time: requests come while a write is on its way, a process ends between the
 * write and the answer, the machine stops in the middle of what was journalled. The machine stays behind the journal, as the engine without threads wants it.
 */
import type { Driver, Engine, JournalAgent, MachineAgent } from '../../src/engine/index.ts';
import { PowerLost } from '../../src/platform/index.ts';
import type { Random } from '../../test/support/random.ts';
import type { Scheduler } from './scheduler.ts';

export interface DriverTaste {
  /** Of one write, on average, milliseconds. */
  readonly writeMs: number;
  /** Between the other turns. */
  readonly turnMs: number;
  /** Requests that the machine takes at a time, at most. */
  readonly requestsMax: number;
}

export class SimulatedDriver implements Driver {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #taste: DriverTaste;
  readonly #engine: Engine;
  readonly #journal: JournalAgent | undefined;
  readonly #machine: MachineAgent;
  readonly #end: (failed: boolean) => void;
  /** The power goes while the disk is written. */
  readonly #powerLost: () => void;
  #armed = false;
  #failed = false;

  constructor(
    world: { readonly scheduler: Scheduler; readonly random: Random; readonly taste: DriverTaste; powerLost(): void },
    engine: Engine,
    journal: JournalAgent | undefined,
    machine: MachineAgent,
    end: (failed: boolean) => void,
  ) {
    this.#scheduler = world.scheduler;
    this.#random = world.random;
    this.#taste = world.taste;
    this.#powerLost = () => world.powerLost();
    this.#engine = engine;
    this.#journal = journal;
    this.#machine = machine;
    this.#end = end;
  }

  arm(): void {
    if (this.#armed || this.#failed) return;
    this.#armed = true;
    this.#after(this.#taste.writeMs, () => this.#write());
  }

  #after(mean: number, act: () => void): void {
    const delay = -mean * Math.log(1 - this.#random.u32() / 2 ** 32);
    this.#scheduler.after(delay, () => {
      if (this.#failed) return;
      try {
        act();
      } catch (error) {
        this.#failed = true;
        if (error instanceof PowerLost) this.#powerLost();
        else this.#engine.fail(error);
      }
    });
  }

  #write(): void {
    while (this.#journal?.doWork() === true);
    this.#after(this.#taste.turnMs, () => this.#execute());
  }

  #execute(): void {
    // What was published meanwhile is written first.
    while (this.#journal?.doWork() === true);
    const more = this.#machine.doWork(this.#random.between(1, this.#taste.requestsMax), () => this.#engine.release());
    if (more) {
      this.#after(this.#taste.turnMs, () => {
        this.#engine.release();
        this.#after(this.#taste.turnMs, () => this.#execute());
      });
      return;
    }
    this.#armed = false;
    this.#engine.release();
  }

  stop(): Promise<void> {
    this.#end(this.#failed);
    return Promise.resolve();
  }
}
