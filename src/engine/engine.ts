/**
 * The engine: what callers hold. Takes requests on the callers' thread, hands them to the sequencer, wakes whoever works, and lets the egress answer.
 */
import {
  type Cells,
  EVENTS_MAX,
  Operation,
  type RequestPort,
  TallystickError,
  TRANSFER_SIZE,
  TransferFlags,
  TransferOffset,
} from '../model/index.ts';
import { PowerLost } from '../platform/index.ts';
import type { Egress } from './egress.ts';
import type { EngineMemory } from './memory.ts';
import { eventSize, type Sequencer } from './sequencer.ts';

/** Moves what was published through journal and machine: by threads, or right here. */
export interface Driver {
  /** Something was published; replies are to be expected through the egress. */
  arm(): void;
  /** Ends all agents once nothing is in flight and lets go of the folder. */
  stop(): Promise<void>;
}

interface Delayed {
  readonly operation: number;
  readonly count: number;
  readonly write: (cells: Cells, at: number) => void;
  readonly read: (cells: Cells, at: number, size: number) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly timestamp: bigint | undefined;
}

/** Cells that are published at once; fewer wait for the end of the turn, so that callers of one turn share a write. */
const PUBLISH_CELLS = 512;
/** How often expiry is looked for while nobody calls. */
const PULSE_INTERVAL_MS = 100;
const NEVER = -1n;

/** Its events are read now: the caller may change them as soon as the call has returned. What `write` throws is thrown. */
function kept(request: Delayed): Delayed {
  if (request.operation === Operation.pulse) return request;
  const size = request.count * eventSize(request.operation);
  const buffer = new ArrayBuffer(Math.ceil(size / 8) * 8);
  const bytes = new Uint8Array(buffer, 0, size);
  request.write({ view: new DataView(buffer), bytes, u32: new Uint32Array(buffer) }, 0);
  return { ...request, write: (cells, at) => cells.bytes.set(bytes, at) };
}

export class Engine implements RequestPort {
  readonly eventsMax: number = EVENTS_MAX;
  readonly memory: EngineMemory;
  readonly sequencer: Sequencer;
  readonly #egress: Egress;
  readonly #driver: Driver;
  readonly #checkFence: (() => void) | undefined;
  readonly #expires: boolean;
  /** Requests that found no room, oldest first from `#delayedHead` on. */
  #delayed: Delayed[] = [];
  #delayedHead = 0;
  #unpublished = 0;
  #failure: unknown;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;
  #pulseTimer: NodeJS.Timeout | undefined;

  /** `expires`: whether pulses are sent as time passes; a replay sends its own. `checkFence`: throws `fence_lost` when somebody else is the ledger's writer. */
  constructor(
    memory: EngineMemory,
    sequencer: Sequencer,
    egress: Egress,
    expires: boolean,
    driver: (engine: Engine) => Driver,
    checkFence?: () => void,
  ) {
    this.#expires = expires;
    this.#checkFence = checkFence;
    this.memory = memory;
    this.sequencer = sequencer;
    this.#egress = egress;
    this.#driver = driver(this);
  }

  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number) => T,
    timestamp?: bigint,
  ): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#closing !== undefined) return Promise.reject(new TallystickError('closed'));
    if (count > EVENTS_MAX) return Promise.reject(new TallystickError('too_much_data'));
    return new Promise<T>((resolve, reject) => {
      const delayed: Delayed = {
        operation,
        count,
        write,
        read,
        resolve: resolve as (value: never) => void,
        reject,
        timestamp,
      };
      if (this.#delayedHead !== this.#delayed.length || !this.#place(delayed)) this.#delayed.push(kept(delayed));
    });
  }

  /** False when the ring has no room. */
  #place(request: Delayed): boolean {
    try {
      this.#pulse();
      const write = this.#checkRoom(request);
      const before = this.sequencer.position;
      const placed = this.sequencer.place(request.operation, request.count, write, request.timestamp);
      if (placed === undefined) return false;
      this.#egress.add(placed, request.read, request.resolve, request.reject);
      this.#published((placed.end - before) | 0);
    } catch (error) {
      request.reject(error);
    }
    return true;
  }

  /** Publishes now when there is much, else at the end of this turn. */
  #published(cells: number): void {
    const first = this.#unpublished === 0;
    this.#unpublished += cells;
    if (this.#unpublished >= PUBLISH_CELLS) this.#publish();
    else if (first) queueMicrotask(() => this.#publish());
  }

  #publish(): void {
    if (this.#unpublished === 0) return;
    this.#unpublished = 0;
    this.sequencer.publish();
    this.#driver.arm();
  }

  /** Pendings whose time has come are ended before the next request. */
  #pulse(): void {
    if (!this.#expires || this.memory.expiresNext === NEVER) return;
    this.pulseNow();
    this.#pulseTimer ??= setTimeout(() => {
      this.#pulseTimer = undefined;
      if (this.#failure === undefined && this.#closing === undefined) this.#pulse();
    }, PULSE_INTERVAL_MS).unref();
  }

  /** Places a pulse if one is due and none is on its way. */
  pulseNow(): boolean {
    const before = this.sequencer.position;
    const placed = this.sequencer.pulseIfDue();
    if (placed === undefined) return false;
    this.#published((placed.end - before) | 0);
    return true;
  }

  /** Ends every pending transfer that has expired by now. */
  async expire(): Promise<void> {
    while (this.sequencer.isPulseDue())
      await this.request(
        Operation.pulse,
        EVENTS_MAX,
        () => {},
        () => undefined,
      );
  }

  /** Throws where the next request may find no room. Returns how it is to be written. */
  #checkRoom({ operation, count, write }: Delayed): Delayed['write'] {
    const { memory } = this;
    const { sizes } = memory.layout;
    if (operation === Operation.create_accounts && memory.accountsCount + sizes.ringCells > sizes.accountsMax) {
      throw new TallystickError('too_many_accounts');
    }
    if (operation !== Operation.create_transfers) return write;
    if (sizes.entriesMax !== undefined && memory.entries + sizes.ringCells > sizes.entriesMax) {
      throw new TallystickError('memory_full');
    }
    if (memory.pendingsOpen + sizes.ringCells <= sizes.pendingsMax) return write;
    return (cells, at) => {
      write(cells, at);
      refusePendings(cells, at, count);
    };
  }

  /** Requests that were not answered yet. */
  get inFlight(): number {
    return this.#egress.waiting + (this.#delayed.length - this.#delayedHead);
  }

  /** Those of them that found no room in the ring. */
  get delayed(): number {
    return this.#delayed.length - this.#delayedHead;
  }

  /** Why the engine cannot go on, if it cannot. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Whether there is a journal. */
  get durable(): boolean {
    return this.#egress.durable;
  }

  /** Whether requests are taken. */
  get accepting(): boolean {
    return this.#failure === undefined && this.#closing === undefined;
  }

  /** Answers what can be answered and lets delayed requests in. Returns the number of answers. */
  release(): number {
    const released = this.#egress.release();
    while (this.#delayedHead !== this.#delayed.length && this.#place(this.#delayed[this.#delayedHead]!))
      this.#delayedHead++;
    if (this.#delayedHead === this.#delayed.length && this.#delayedHead !== 0) {
      this.#delayed = [];
      this.#delayedHead = 0;
    }
    if (this.inFlight === 0) this.#drained?.();
    return released;
  }

  /** The engine cannot go on: what is in flight has an unknown outcome. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    const reason = this.#reasonOf(error);
    this.#failure = reason;
    clearTimeout(this.#pulseTimer);
    this.#egress.rejectAll(reason);
    for (const delayed of this.#delayed.slice(this.#delayedHead)) delayed.reject(reason);
    this.#delayed = [];
    this.#delayedHead = 0;
    this.#drained?.();
  }

  /** Who has lost the folder stumbles over whatever the next writer does there: a draft that is gone, a segment that was cut. */
  #reasonOf(error: unknown): unknown {
    try {
      this.#checkFence?.();
    } catch (lost) {
      if (lost instanceof TallystickError && lost.code === 'fence_lost') return lost;
    }
    // In the simulator the power goes, which is nobody's mistake.
    if (error instanceof TallystickError || error instanceof PowerLost) return error;
    return new TallystickError('engine_failed', String(error), { cause: error });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#pulseTimer);
    this.#publish();
    if (this.inFlight > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    await this.#driver.stop();
  }
}

/** Where there is no room for more pending transfers, posts and voids must still pass: they make it. */
function refusePendings({ view }: Cells, at: number, count: number): void {
  for (let event = at; event < at + count * TRANSFER_SIZE; event += TRANSFER_SIZE) {
    if ((view.getUint16(event + TransferOffset.flags, true) & TransferFlags.pending) !== 0) {
      throw new TallystickError('too_many_pendings');
    }
  }
}
