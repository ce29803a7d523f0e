/** The order as one process of a node sees it: over ways that fail, at servers that fail. */
import {
  type Appended,
  checkWhole,
  type Message,
  type Messages,
  type Order,
} from '../../packages/cluster/src/order.ts';
import { pause } from '../../packages/cluster/src/pause.ts';
import { TallystickError } from '../../src/model/index.ts';
import type { Random } from '../../testing/model/random.ts';
import type { Life, Scheduler } from '../network/scheduler.ts';
import type { SimulatedServer, SimulatedStream } from './servers.ts';
import type { Ways } from './way.ts';

const APPEND_TIMEOUT_MS = 1000;
const TIMEOUT_MS = 5000;
const PATIENCE_MS = 40_000;
const AGAIN_MS = 200;
/** Between two looks of a reader at a server's copy. */
const LOOK_MS = 20;

/** Whoever is at the other end of a way. */
export interface Listener {
  readonly life: Life;
  /** It reaches neither servers nor nodes. */
  readonly isCutOff: () => boolean;
  readonly hear: (bytes: Uint8Array) => void;
}

/** What all nodes share. */
export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly ways: Ways;
  readonly stream: SimulatedStream;
  readonly listeners: Set<Listener>;
  /** By number: the process of that node which answers others. */
  readonly answerers: Map<number, Omit<Listener, 'hear'> & { answer(question: Uint8Array): Uint8Array }>;
}

export class SimulatedOrder implements Order {
  readonly name: string;
  readonly #life: Life;
  readonly #around: Surroundings;
  readonly #isCutOff: () => boolean;

  constructor(life: Life, around: Surroundings, isCutOff: () => boolean) {
    this.#life = life;
    this.#around = around;
    this.#isCutOff = isCutOff;
    this.name = around.stream.name;
  }

  append(bytes: Uint8Array, last: number): Promise<Appended> {
    const sent = bytes.slice();
    return new Promise((resolve) => {
      this.#around.scheduler.after(APPEND_TIMEOUT_MS, () => resolve('unknown'), this.#life);
      this.#there(() => {
        this.#around.stream.propose(sent, last, (outcome) => this.#back(() => resolve(outcome)));
      });
    });
  }

  read(sequence: number): Promise<Uint8Array | undefined> {
    return this.#ask((server) => server.at(sequence)?.slice());
  }

  last(): Promise<number> {
    return this.#ask(({ copy, held, first }) => {
      const deleted = held.filter((message) => message === undefined).length;
      return { count: held.length - deleted, first, last: copy.length, deleted };
    }).then((extent) => {
      checkWhole(this.name, extent);
      return extent.last;
    });
  }

  first(): Promise<number> {
    return this.#ask(({ first }) => first);
  }

  cut(first: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#around.scheduler.after(TIMEOUT_MS, () => reject(new Error('timeout')), this.#life);
      this.#there(() => this.#around.stream.cut(first, () => this.#back(resolve)));
    });
  }

  async patiently<T>(act: () => Promise<T>): Promise<T> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await act();
      } catch (error) {
        if (error instanceof TallystickError) throw error;
        if (performance.now() > until) throw new TallystickError('cluster_invalid', 'there is no stream');
        await pause(AGAIN_MS);
      }
    }
  }

  async messages(next: number): Promise<Messages> {
    const { stream, random } = this.#around;
    const able = stream.servers.filter(({ up }) => up);
    if (able.length === 0 || this.#isCutOff()) throw new Error('no server answers');
    return new Feed(random.pick(able), next, this.#around, this.#life, this.#isCutOff);
  }

  async leadElsewhere(): Promise<void> {
    this.#there(() => this.#around.stream.unlead(true));
  }

  say(bytes: Uint8Array): void {
    if (this.#isCutOff()) return;
    for (const { life, isCutOff, hear } of this.#around.listeners) {
      this.#around.ways.go(life, () => {
        if (!isCutOff()) hear(bytes);
      });
    }
  }

  listen(hear: (bytes: Uint8Array) => void): () => void {
    const listener = { life: this.#life, isCutOff: this.#isCutOff, hear };
    this.#around.listeners.add(listener);
    return () => this.#around.listeners.delete(listener);
  }

  ask(node: number, question: Uint8Array): Promise<Uint8Array> {
    const { scheduler, ways, answerers } = this.#around;
    return new Promise((resolve, reject) => {
      scheduler.after(TIMEOUT_MS, () => reject(new Error('timeout')), this.#life);
      const other = answerers.get(node);
      if (other === undefined || this.#isCutOff()) return;
      ways.go(other.life, () => {
        if (other.isCutOff()) return;
        const answer = other.answer(question);
        this.#back(() => resolve(answer));
      });
    });
  }

  answer(node: number, answer: (question: Uint8Array) => Uint8Array): () => void {
    const { answerers } = this.#around;
    const one = { life: this.#life, isCutOff: this.#isCutOff, answer };
    answerers.set(node, one);
    return () => {
      if (answerers.get(node) === one) answerers.delete(node);
    };
  }

  /** Asks the server that answers for the stream. */
  #ask<T>(look: (server: SimulatedServer) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#around.scheduler.after(TIMEOUT_MS, () => reject(new Error('timeout')), this.#life);
      this.#there(() => {
        const server = this.#around.stream.answering();
        if (server === undefined) return;
        const answer = look(server);
        this.#back(() => resolve(answer));
      });
    });
  }

  #there(arrive: () => void): void {
    if (this.#isCutOff()) return;
    this.#around.ways.go(undefined, arrive);
  }

  #back(arrive: () => void): void {
    this.#around.ways.go(this.#life, () => {
      if (!this.#isCutOff()) arrive();
    });
  }
}

/** Messages of one server's copy, as they come: until it is down, and sometimes silent for no reason. */
class Feed implements Messages {
  readonly #server: SimulatedServer;
  readonly #around: Surroundings;
  readonly #life: Life;
  readonly #isCutOff: () => boolean;
  #next: number;
  #queue: Message[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(server: SimulatedServer, next: number, around: Surroundings, life: Life, isCutOff: () => boolean) {
    this.#server = server;
    this.#next = next;
    this.#around = around;
    this.#life = life;
    this.#isCutOff = isCutOff;
    this.#look();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message> {
    for (;;) {
      const message = this.#queue.shift();
      if (message !== undefined) yield message;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  stop(): void {
    this.#ended = true;
    this.#queue = [];
    this.#wake?.();
  }

  #look(): void {
    if (this.#ended) return;
    if (!this.#server.up || this.#isCutOff()) {
      this.stop();
      return;
    }
    const { copy, first } = this.#server;
    this.#next = Math.max(this.#next, first);
    for (; this.#next <= copy.length; this.#next++) {
      const data = copy[this.#next - 1];
      if (data !== undefined) this.#queue.push({ seq: this.#next, data: data.slice() });
    }
    this.#wake?.();
    const { slow } = this.#around.ways.taste;
    this.#around.scheduler.after(LOOK_MS + this.#around.random.below(slow + 1), () => this.#look(), this.#life);
  }
}
