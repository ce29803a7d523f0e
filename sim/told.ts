/** The requests of a ledger, in the order of ops, to rebuild the model behind any of them. */
import { Model } from '../testing/model/model.ts';
import type { RequestStep, Step } from '../testing/model/workload.ts';
import { isCreate, type Opened, type World } from './world.ts';

interface Entry {
  readonly step: Step;
  /** The newest op once it was done. */
  readonly op: number;
  /** The time before the request: reads move the clock as well. */
  readonly now: bigint;
}

export class Told {
  /** The newest op that was acknowledged. */
  heard: number = 0;
  readonly #world: World;
  readonly #entries: Entry[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** The newest op that the ledger may have. */
  get sent(): number {
    return this.#entries.at(-1)?.op ?? 0;
  }

  /** The same so far; from now on each hears its own. */
  fork(): Told {
    const copy = new Told(this.#world);
    copy.heard = this.heard;
    copy.#entries.push(...this.#entries);
    return copy;
  }

  /**
   * Tells `ledger` and compares what it answers with the model. Rejects with the first reason of a request that was
   * refused; then nothing can be told any more.
   */
  async say(
    ledger: Opened,
    steps: readonly Step[],
    mayRefuse: (error: unknown) => boolean = () => false,
  ): Promise<void> {
    const requests = steps.filter((step): step is RequestStep => step.kind === 'request');
    const replies = requests.map(({ operation, events, timestamp }) =>
      ledger.port.request(operation, events, timestamp),
    );
    for (const [index, outcome] of (await Promise.allSettled(replies)).entries()) {
      const step = requests[index]!;
      if (isCreate(step)) this.#told(step, this.sent + 1);
      if (outcome.status === 'fulfilled') {
        this.heard = this.sent;
        this.#world.judge(step, outcome.value);
      } else if (isCreate(step) || !mayRefuse(outcome.reason)) {
        for (const later of requests.slice(index + 1)) if (isCreate(later)) this.#told(later, this.sent + 1);
        throw outcome.reason;
      }
    }
    for (const step of steps) {
      if (step.kind === 'request') continue;
      try {
        await ledger.port.advance(step.nanoseconds);
      } finally {
        this.#told(step, ledger.engine.sequencer.op);
        this.#world.model.advance(step.nanoseconds);
      }
      this.heard = this.sent;
    }
    this.#world.settle(ledger);
  }

  /** The model behind `op`; undefined when that is between two of the pulses of one advance. */
  modelAt(op: number): Model | undefined {
    const model = new Model();
    let reached = 0;
    for (const entry of this.#entries) {
      if (entry.op > op) break;
      reached = entry.op;
      if (entry.now > model.now) model.now = entry.now;
      if (entry.step.kind === 'advance') model.advance(entry.step.nanoseconds);
      else model.apply(entry.step.operation, entry.step.events, entry.step.timestamp);
    }
    return reached === op ? model : undefined;
  }

  #told(step: Step, op: number): void {
    this.#entries.push({ step, op, now: this.#world.model.now });
  }
}
