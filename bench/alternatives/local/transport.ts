/** What every way to carry bytes has in common. */

/** Sizes in bytes, and how many requests are unanswered at a time. */
export interface Exchange {
  readonly request: number;
  readonly reply: number;
  readonly inFlight: number;
}

/** Answers at `folder` until the process ends. */
export type Server = (folder: string, exchange: Exchange) => Promise<void>;

/**
 * `answered` is called for every reply, in order. `send` copies a batch to where it is sent from, and sends it by the
 * end of the turn.
 */
export type Client = (
  folder: string,
  exchange: Exchange,
  answered: () => void,
) => Promise<{ readonly send: () => void; readonly end: () => Promise<void> | void }>;

/** Where the ring would be. Counts the requests that came whole. */
export class Sink {
  readonly memory: Uint8Array = new Uint8Array(new SharedArrayBuffer(4 * 2 ** 20));
  readonly #request: number;
  #at = 0;
  #partial = 0;

  constructor(request: number) {
    this.#request = request;
  }

  /** A place for one whole request. */
  room(): Uint8Array {
    if (this.#at + this.#request > this.memory.length) this.#at = 0;
    const at = this.#at;
    this.#at += this.#request;
    return this.memory.subarray(at, this.#at);
  }

  /** Takes bytes of a stream. Returns how many requests they complete. */
  take(chunk: Uint8Array): number {
    if (this.#at + chunk.length > this.memory.length) this.#at = 0;
    this.memory.set(chunk, this.#at);
    this.#at += chunk.length;
    this.#partial += chunk.length;
    const whole = Math.floor(this.#partial / this.#request);
    this.#partial -= whole * this.#request;
    return whole;
  }
}

/** Sends copies of a batch, all of a turn in one piece. */
export class Gather {
  readonly #batch: Uint8Array;
  readonly #write: (bytes: Uint8Array) => void;
  #slab: Uint8Array;
  #used = 0;

  constructor(size: number, most: number, write: (bytes: Uint8Array) => void) {
    this.#batch = new Uint8Array(size).fill(7);
    this.#slab = new Uint8Array(size * most);
    this.#write = write;
  }

  send(): void {
    if (this.#used === 0) process.nextTick(() => this.#flush());
    this.#slab.set(this.#batch, this.#used);
    this.#used += this.#batch.length;
  }

  #flush(): void {
    const bytes = this.#slab.slice(0, this.#used);
    this.#used = 0;
    this.#write(bytes);
  }
}
