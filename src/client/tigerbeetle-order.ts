/**
 * Keeps requests to TigerBeetle in their order. Its client has one message under way and puts what comes meanwhile into
 * messages that wait: each request into the first one of its operation that has room. So a small request may pass a
 * large one that came before it, and a lookup may pass a create. We hand over what cannot be passed:
 *
 *   nothing, or one request, is unanswered   any request
 *   more are                                 one of their operation, while all of them fit into one message
 */
import { EVENTS_MAX, type Operation } from '../model/index.ts';

/** Requests of one message also share its table of sizes: two bytes each, in records of 16 bytes or more. */
const SIZES_PER_RECORD = 8;

/** A request, and what hands it over. */
interface Waiting {
  readonly operation: Operation;
  readonly records: number;
  readonly send: () => void;
  readonly refuse: (error: unknown) => void;
}

export class TigerBeetleOrder {
  #waiting: Waiting[] = [];
  readonly #sent = new Set<Waiting>();
  /** Records of those that are sent. */
  #records = 0;
  /** Told when nothing is left. */
  #idle: (() => void)[] = [];

  /**
   * Sends it when its turn has come. `records`: the most that the request or its answer has. What is returned as
   * `giveUp` takes it back; false: it is sent.
   */
  add<T>(
    operation: Operation,
    records: number,
    send: () => Promise<T>,
  ): { readonly answer: Promise<T>; giveUp(error: unknown): boolean } {
    const { promise: answer, resolve, reject: refuse } = withResolvers<T>();
    const go = (): void =>
      void send()
        .then(resolve, refuse)
        .finally(() => this.#done(waiting));
    const waiting: Waiting = { operation, records, send: go, refuse };
    this.#waiting.push(waiting);
    this.#sendMore();
    const giveUp = (error: unknown): boolean => {
      const at = this.#waiting.indexOf(waiting);
      if (at === -1) return false;
      this.#waiting.splice(at, 1);
      refuse(error);
      this.#sendMore();
      return true;
    };
    return { answer, giveUp };
  }

  /** Resolves when everything is answered, or after so long, milliseconds. */
  async settled(milliseconds: number): Promise<void> {
    if (this.#sent.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Rejects what is not sent yet. */
  drop(error: unknown): void {
    const all = this.#waiting;
    this.#waiting = [];
    for (const { refuse } of all) refuse(error);
  }

  #sendMore(): void {
    let next = this.#waiting[0];
    while (next !== undefined && this.#mayGo(next)) {
      this.#waiting.shift();
      this.#sent.add(next);
      this.#records += next.records;
      next.send();
      next = this.#waiting[0];
    }
    if (this.#sent.size > 0) return;
    for (const idle of this.#idle) idle();
    this.#idle = [];
  }

  #mayGo({ operation, records }: Waiting): boolean {
    const count = this.#sent.size;
    if (count <= 1) return true;
    const sizes = Math.ceil((count + 1) / SIZES_PER_RECORD);
    if (this.#records + records + sizes > EVENTS_MAX) return false;
    // Where there are three or more, they have one operation.
    const [first, second] = this.#sent;
    return first?.operation === operation && second?.operation === operation;
  }

  #done(sent: Waiting): void {
    this.#sent.delete(sent);
    this.#records -= sent.records;
    this.#sendMore();
  }
}

/** As `Promise.withResolvers`, which Node 20 has not. */
function withResolvers<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
