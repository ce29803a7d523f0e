/**
 * Journal, machine and egress as agents with turns of their own, in simulated time: requests come while a write is on
 * its way, a process ends between the write and the answer, the machine stops in the middle of what was journalled. The
 * machine stays behind the journal, as the engine without threads wants it.
 */
import type { Driver, Engine, JournalAgent, MachineAgent } from '../../src/engine/index.ts';
import type { Slice } from '../../src/projector/index.ts';
import { PowerLost } from '../../testing/disk/faulty-storage.ts';
import type { Random } from '../../testing/model/random.ts';
import type { Scheduler } from './scheduler.ts';

export interface DriverTaste {
  /** Time of one write, on average, milliseconds. */
  readonly writeMs: number;
  /** From a flush until its witness is made durable. */
  readonly settleMs: number;
  /** Between the other turns. */
  readonly turnMs: number;
  /** Requests that the machine takes at a time, at most. */
  readonly requestsMax: number;
  /** The work that a query gets at a time. */
  readonly slice: Slice;
}

/** Slices of queries in a turn when nothing goes wrong any more. */
const CALM_SLICES = 64;
/** Between two looks at a disk that hangs. */
const HUNG_LOOK_MS = 100;

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
  /** The disk does not return from writes. */
  readonly #hung: () => boolean;
  /** Nothing goes wrong any more. */
  readonly #calm: () => boolean;
  #armed = false;
  #settling = false;
  #failed = false;

  constructor(
    world: {
      readonly scheduler: Scheduler;
      readonly random: Random;
      readonly taste: DriverTaste;
      powerLost(): void;
      hung(): boolean;
      calm(): boolean;
    },
    engine: Engine,
    journal: JournalAgent | undefined,
    machine: MachineAgent,
    end: (failed: boolean) => void,
  ) {
    this.#scheduler = world.scheduler;
    this.#random = world.random;
    this.#taste = world.taste;
    this.#powerLost = () => world.powerLost();
    this.#hung = () => world.hung();
    this.#calm = () => world.calm();
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

  settle(): void {
    this.#journal?.settle();
  }

  /** A moment after a write, unless another one has come. */
  #settleLater(): void {
    if (this.#settling) return;
    this.#settling = true;
    this.#after(this.#taste.settleMs, () => {
      this.#settling = false;
      if (this.#hung()) this.#settleLater();
      else this.settle();
    });
  }

  /** While the disk hangs, queries that were asked before go on, and what they find leaves. */
  #whileHung(then: () => void): boolean {
    if (!this.#hung()) return false;
    while (this.#machine.query());
    while (this.#engine.release() > 0);
    this.#after(HUNG_LOOK_MS, then);
    return true;
  }

  #write(): void {
    if (this.#whileHung(() => this.#write())) return;
    while (this.#journal?.doWork() === true) this.#settleLater();
    this.#after(this.#taste.turnMs, () => this.#execute());
  }

  #execute(): void {
    if (this.#whileHung(() => this.#execute())) return;
    // Batches that were published meanwhile are written first.
    while (this.#journal?.doWork() === true) this.#settleLater();
    const more = this.#machine.doWork(this.#random.between(1, this.#taste.requestsMax), () => this.#engine.release());
    // A query has its slices between the batches of others, as many or as few as it happens.
    let slices = this.#random.between(0, 3);
    // In peace everybody is to be answered, also where a turn is so long that eight long queries would take minutes.
    if (this.#calm()) slices = CALM_SLICES;
    for (; slices > 0 && this.#machine.query(); slices--);
    if (more || this.#machine.openQueries > 0) {
      this.#after(this.#taste.turnMs, () => {
        this.#engine.release();
        this.#after(this.#taste.turnMs, () => this.#execute());
      });
      return;
    }
    this.#armed = false;
    while (this.#engine.release() > 0);
  }

  stop(): Promise<void> {
    this.#end(this.#failed);
    return Promise.resolve();
  }
}
