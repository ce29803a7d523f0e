/**
 * Reads a stream in order, from one message on, for as long as it takes. A message that the server passes over is asked
 * for by its number: if the stream's leader has it, the server that we read from lacks it; if nobody has it, it is
 * lost, unless the stream begins behind it.
 */
import { TallystickError } from 'tallystick/internal';
import type { Messages, Order } from './order.ts';
import { pause } from './pause.ts';
import { wholeMessage } from './whole-message.ts';

const AGAIN_MS = 100;
/** A message that must be there, and has not come for so long, is asked for anew. */
const OVERDUE_MS = 1000;

export interface ReaderEvents {
  /** The next message. No other one comes before the promise is resolved. */
  message(bytes: Uint8Array, sequence: number): Promise<void> | void;
  /** The next message was removed: the stream begins behind it. Nothing more is read. */
  cut(): void;
  /** Reading cannot go on. */
  failed(error: unknown): void;
}

export class Reader {
  readonly #stream: Order;
  readonly #events: ReaderEvents;
  #next: number;
  #known = 0;
  #movedAt = performance.now();
  #messages: Messages | undefined;
  #ended = false;
  readonly #watching: NodeJS.Timeout;

  /** From message `next` on. */
  constructor(stream: Order, next: number, events: ReaderEvents) {
    this.#stream = stream;
    this.#next = next;
    this.#events = events;
    this.#watching = setInterval(() => this.#watch(), OVERDUE_MS / 4);
    void this.#run();
  }

  /** The stream has message `sequence`, as somebody says. */
  expect(sequence: number): void {
    if (sequence > this.#known) this.#known = sequence;
  }

  end(): void {
    this.#ended = true;
    clearInterval(this.#watching);
    this.#messages?.stop();
  }

  /** A consumer can be lost with its server; we do not wait for the client to notice. */
  #watch(): void {
    if (this.#next > this.#known || performance.now() - this.#movedAt < OVERDUE_MS) return;
    this.#movedAt = performance.now();
    this.#messages?.stop();
  }

  async #run(): Promise<void> {
    try {
      while (!this.#ended) {
        const messages = await this.#open();
        if (messages === undefined) continue;
        for await (const { seq, data } of messages) {
          if (this.#ended) break;
          if (seq > this.#next) await this.#fill(seq);
          if (seq === this.#next) await this.#take(data);
        }
      }
    } catch (error) {
      if (!this.#ended) this.#events.failed(error);
      this.end();
    }
  }

  /** Undefined when the servers have nobody who could answer now. */
  async #open(): Promise<Messages | undefined> {
    try {
      this.#messages = await this.#stream.messages(this.#next);
      if (this.#ended) this.#messages.stop();
      return this.#messages;
    } catch {
      if (!this.#ended) await pause(AGAIN_MS);
      return undefined;
    }
  }

  async #take(bytes: Uint8Array): Promise<void> {
    await this.#events.message(bytes, this.#next);
    this.#next++;
    this.#movedAt = performance.now();
  }

  /** The server has passed over messages: asks the stream's leader for them. */
  async #fill(end: number): Promise<void> {
    while (!this.#ended && this.#next < end) {
      const sequence = this.#next;
      const bytes = await wholeMessage(this.#stream, sequence, () => this.#ended);
      if (this.#ended) return;
      if (bytes === 'cut') {
        this.end();
        this.#events.cut();
        return;
      }
      if (bytes === undefined) {
        throw new TallystickError(
          'cluster_damaged',
          `message ${sequence} of stream ${this.#stream.name} is missing, and there is a later one`,
        );
      }
      await this.#take(bytes);
    }
  }
}
