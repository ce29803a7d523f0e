/**
 * A port whose engine is opened by the first request. Requests made until it is open are encoded at once, so that the
 * caller may change or reuse its objects as with an open one, and are sent in order when it is.
 */
import {
  type Cells,
  EVENTS_MAX,
  type Operation,
  operationShapes,
  type RequestPort,
  type RequestTerms,
} from '../model/index.ts';

interface Waiting {
  send(port: RequestPort): void;
  fail(error: unknown): void;
}

export class LazyPort implements RequestPort {
  readonly #open: () => Promise<RequestPort>;
  #opening: Promise<void> | undefined;
  #port: RequestPort | undefined;
  #waiting: Waiting[] = [];

  constructor(open: () => Promise<RequestPort>) {
    this.#open = open;
  }

  get eventsMax(): number {
    return this.#port?.eventsMax ?? EVENTS_MAX;
  }

  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number) => T,
    terms?: RequestTerms,
  ): Promise<T> {
    if (this.#port !== undefined) return this.#port.request(operation, count, write, read, terms);
    return new Promise((resolve, reject) => {
      const { eventSize } = operationShapes[operation as Operation];
      const encoded = privateCells(count * eventSize);
      write(encoded, 0); // What it throws rejects this promise.
      this.#waiting.push({
        send: (port) => {
          const copy = (cells: Cells, at: number): void => cells.bytes.set(encoded.bytes, at);
          port.request(operation, count, copy, read, terms).then(resolve, reject);
        },
        fail: reject,
      });
      this.#opening ??= this.#opened();
    });
  }

  /** Waits for an engine that is being opened, then closes it. */
  async close(): Promise<void> {
    await this.#opening;
    await this.#port?.close();
  }

  /** Never rejects: who waits for the engine hears why it could not be opened, and the next request tries again. */
  async #opened(): Promise<void> {
    try {
      const port = await this.#open();
      for (const waiting of this.#waiting) waiting.send(port);
      this.#port = port;
    } catch (error) {
      for (const waiting of this.#waiting) waiting.fail(error);
      this.#opening = undefined;
    }
    this.#waiting = [];
  }
}

function privateCells(size: number): Cells {
  const buffer = new ArrayBuffer(size);
  return { view: new DataView(buffer), bytes: new Uint8Array(buffer), u32: new Uint32Array(buffer) };
}
