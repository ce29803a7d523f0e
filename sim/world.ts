/** One ledger on a disk that fails, the model that judges it, and what was said between them so far. */
import { createHash, type Hash } from 'node:crypto';
import {
  type Engine,
  type EngineOptions,
  EngineReplayPort,
  type EngineSizes,
  openFolder,
  type Recovery,
} from '../src/engine/index.ts';
import { FaultyStorage } from '../testing/disk/faulty-storage.ts';
import { Model } from '../testing/model/model.ts';
import { op } from '../testing/model/names.ts';
import { Random } from '../testing/model/random.ts';
import { differences } from '../testing/model/versus.ts';
import type { RequestStep, Step, Workload } from '../testing/model/workload.ts';
import { Buffers } from './buffers.ts';
import { Broken, type Outcome } from './failure.ts';
import { type Taste, taste } from './taste.ts';

const buffers = new Buffers();

export const FOLDER = '/ledger';
export const JOURNAL: string = `${FOLDER}/journal/00000000.seg`;

export interface Opened {
  readonly engine: Engine;
  readonly port: EngineReplayPort;
  readonly recovery: Recovery;
}

export class World {
  readonly random: Random;
  readonly taste: Taste;
  model: Model = new Model();
  storage: FaultyStorage = new FaultyStorage();
  readonly #buffers: Buffers = buffers;
  ledger!: Opened;
  /** Index of the step of the workload that comes next. */
  step: number = 0;
  /** Requests that created something, to be sent again. */
  readonly created: RequestStep[] = [];
  /** Batches of the workload that the ledger was told, answered or not; what is asked to check it is not counted. */
  batches: number = 0;
  /** Says when a witness is made durable, in a row of its own. */
  readonly #settles: Random;
  readonly #digest: Hash = createHash('sha256');
  readonly counts: Map<string, number> = new Map<string, number>();

  /** `sizes`: what is not as the seed likes it. */
  constructor(seed: number, sizes: Partial<EngineSizes> = {}) {
    this.random = new Random(seed);
    this.#settles = new Random(seed + 1);
    const drawn = taste(this.random);
    this.taste = { ...drawn, sizes: { ...drawn.sizes, ...sizes } };
    this.storage.buffers = this.#buffers.take;
    this.storage.direct = this.taste.direct;
  }

  /**
   * Opens what lies on `storage`, and tells it what time it is. `alone`: no other ledger is open. `more`: how else it
   * is opened.
   */
  async open(
    storage: FaultyStorage = this.storage,
    alone = true,
    more: Pick<EngineOptions, 'acceptLoss' | 'repair'> = {},
  ): Promise<Opened> {
    if (alone) this.#buffers.recycle();
    const { engine, recovery } = await openFolder(FOLDER, {
      mode: 'inline',
      storage,
      sizes: this.taste.sizes,
      slice: this.taste.slice,
      expires: false,
      ...more,
      clock: { wall: () => this.model.now, monotonic: () => 0n },
    });
    const port = new EngineReplayPort(engine);
    try {
      await port.request(op.lookup_accounts, new Uint8Array(0), this.model.now);
    } catch (error) {
      await port.close().catch(() => undefined);
      throw error;
    }
    return { engine, port, recovery };
  }

  /** The steps that are sent at once: one step, or a burst of up to `most`; an advance ends it. */
  draw(workload: Workload, most: number = this.taste.burstMax): Step[] {
    const steps: Step[] = [];
    for (let count = this.random.chance(this.taste.burst) ? this.random.between(1, most) : 1; count > 0; count--) {
      this.step++;
      const step = workload.next();
      steps.push(step);
      if (step.kind === 'advance') break;
    }
    return steps;
  }

  /** Sends `step` to both and compares the answers. */
  async say(step: Step, ledger: Opened = this.ledger): Promise<void> {
    if (step.kind === 'advance') {
      this.model.advance(step.nanoseconds);
      await ledger.port.advance(step.nanoseconds);
      return;
    }
    const reply = await ledger.port.request(step.operation, step.events, step.timestamp);
    this.judge(step, reply);
    this.settle(ledger);
  }

  /** A moment passes: now and then long enough for the witness to be made durable. */
  settle(ledger: Opened): void {
    if (this.#settles.chance(0.5)) ledger.engine.settle();
  }

  /**
   * Lets the model do `step`, which the ledger has done, and compares its answer with the ledger's; none if nobody
   * heard it.
   */
  judge(step: RequestStep, reply: Uint8Array | undefined): void {
    this.batches++;
    const want = this.model.apply(step.operation, step.events, step.timestamp);
    if (isCreate(step)) this.created.push(step);
    if (reply === undefined) return;
    this.note(reply);
    const lines = differences(step, this.step, want, reply);
    if (lines.length > 0) throw new Broken('agreement', lines.join('\n'));
  }

  /** Something happened; the same things happen in every run of a seed. */
  note(what: string | Uint8Array): void {
    this.#digest.update(what);
  }

  count(what: string): void {
    this.note(what);
    this.counted(what);
  }

  /** The same for what not every run of a seed does. */
  counted(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  digest(): string {
    return this.#digest.copy().digest('hex');
  }
}

export function isCreate(step: RequestStep): boolean {
  return step.operation === op.create_accounts || step.operation === op.create_transfers;
}

/**
 * Runs what `make` makes to its end, with the step where it came to in `at`. No real time: how long a turn took may not
 * decide what is written together.
 */
export async function withoutTime(
  make: () => { readonly world: World; run(): Promise<Outcome> },
  at: { step: number },
): Promise<Outcome> {
  Object.defineProperty(performance, 'now', { value: () => 1, configurable: true });
  const made = make();
  try {
    return await made.run();
  } finally {
    Reflect.deleteProperty(performance, 'now');
    at.step = made.world.step;
  }
}
