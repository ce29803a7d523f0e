/**
 * The way from a router to a shard: requests and answers take their time, get lost, come twice, and come after their
 * router has died. The shard is the reference model, with a clock of its own.
 */
import {
  Cells,
  EVENTS_MAX,
  eventSize,
  ObjectLedger,
  Operation,
  type Port,
  type Request,
} from '../../src/model/index.ts';
import { ModelReplayPort } from '../../testing/model/model-port.ts';
import type { Random } from '../../testing/model/random.ts';
import type { Time } from './time.ts';

const NANOSECONDS_PER_MS = 1_000_000n;
export const START = 1_700_000_000_000_000_000n;

/** Rates of one seed. */
export interface Taste {
  readonly lost: number;
  readonly doubled: number;
  /** The longest usual way, milliseconds. */
  readonly slow: number;
  /** How often a message takes as long as a resolver's patience, or longer. */
  readonly late: number;
}

/** One shard, as it is. */
export class SimulatedShard {
  readonly port: ModelReplayPort = new ModelReplayPort();
  readonly #time: Time;
  /** How far its clock is from the world's, nanoseconds. */
  readonly #skew: bigint;
  /** Requests that changed it. */
  written = 0;
  /** It hears nothing. */
  down = false;

  constructor(time: Time, skew: bigint) {
    this.#time = time;
    this.#skew = skew;
  }

  get wall(): bigint {
    return START + this.#skew + BigInt(Math.round(this.#time.now)) * NANOSECONDS_PER_MS;
  }

  /** Moves its clock to now; what is due expires. */
  async tick(): Promise<void> {
    const { now } = this.port.model;
    if (now > 0n && this.wall > now) await this.port.advance(this.wall - now);
  }

  async apply(operation: Operation, events: Uint8Array, count: number): Promise<Uint8Array> {
    await this.tick();
    const { now } = this.port.model;
    if (operation !== Operation.create_accounts && operation !== Operation.create_transfers) {
      return this.port.request(operation, events);
    }
    this.written++;
    return this.port.request(operation, events, (now > this.wall ? now : this.wall) + BigInt(count));
  }

  /** The shard without a network, for checkers. */
  get ledger(): ObjectLedger {
    return new ObjectLedger(new DirectPort(this));
  }
}

class DirectPort implements Port {
  readonly eventsMax: number = EVENTS_MAX;
  readonly #shard: SimulatedShard;

  constructor(shard: SimulatedShard) {
    this.#shard = shard;
  }

  async request<T>({ operation, count, write, read }: Request<T>): Promise<T> {
    const cells = Cells.of(count * eventSize(operation));
    write(cells, 0);
    const reply = Cells.copy(await this.#shard.port.request(operation, cells.bytes));
    return read(reply, 0, reply.bytes.length);
  }

  async close(): Promise<void> {}
}

/** A router's process: it dies, or sleeps and hears later what came meanwhile. */
export class Life {
  /** How its network fails. */
  taste: Taste;
  dead = false;
  asleepUntil = 0;

  constructor(taste: Taste) {
    this.taste = taste;
  }
}

export class Link implements Port {
  readonly eventsMax: number = EVENTS_MAX;
  readonly #shard: SimulatedShard;
  readonly #life: Life;
  readonly #time: Time;
  readonly #random: Random;
  readonly #count: (what: string) => void;

  constructor(
    shard: SimulatedShard,
    life: Life,
    { time, random, count }: { time: Time; random: Random; count: (what: string) => void },
  ) {
    this.#shard = shard;
    this.#life = life;
    this.#time = time;
    this.#random = random;
    this.#count = count;
  }

  request<T>({ operation, count, write, read }: Request<T>): Promise<T> {
    const cells = Cells.of(count * eventSize(operation));
    write(cells, 0);
    const { bytes } = cells;
    return new Promise((resolve, reject) => {
      let answered = false;
      const answer = (reply: Uint8Array): void => {
        if (this.#life.dead || answered) return;
        const wait = this.#life.asleepUntil - this.#time.now;
        if (wait > 0) {
          this.#time.after(wait, () => answer(reply));
          return;
        }
        answered = true;
        const there = Cells.copy(reply);
        try {
          resolve(read(there, 0, there.bytes.length));
        } catch (error) {
          reject(error);
        }
      };
      for (let copies = this.#chance('doubled', this.#life.taste.doubled) ? 2 : 1; copies > 0; copies--) {
        if (this.#life.dead || this.#chance('request lost', this.#life.taste.lost)) continue;
        this.#time.after(this.#way(), () => void this.#deliver(operation, bytes, count, answer));
      }
    });
  }

  async close(): Promise<void> {}

  /** What is on its way arrives, whether its router lives or not. */
  async #deliver(
    operation: Operation,
    bytes: Uint8Array,
    count: number,
    answer: (reply: Uint8Array) => void,
  ): Promise<void> {
    if (this.#shard.down) return;
    const reply = await this.#shard.apply(operation, bytes, count);
    if (this.#chance('answer lost', this.#life.taste.lost)) return;
    this.#time.after(this.#way(), () => answer(reply));
  }

  #way(): number {
    if (this.#chance('late', this.#life.taste.late)) return this.#random.between(5_000, 60_000);
    return this.#random.between(0, this.#life.taste.slow);
  }

  #chance(what: string, rate: number): boolean {
    if (!this.#random.chance(rate)) return false;
    this.#count(what);
    return true;
  }
}
