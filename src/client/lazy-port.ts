/**
 * A port whose engine is opened by the first request. Requests made until it is open are encoded at once, so that the
 * caller may change or reuse its objects as with an open one, and are sent in order when it is.
 */
import { Cells, EVENTS_MAX, operationShapes, type Port, type Request } from '../model/index.ts';

interface Waiting {
  send(port: Port): void;
  fail(error: unknown): void;
}

export class LazyPort implements Port {
  readonly #open: () => Promise<Port>;
  #opening: Promise<void> | undefined;
  #port: Port | undefined;
  #waiting: Waiting[] = [];

  constructor(open: () => Promise<Port>) {
    this.#open = open;
  }

  get eventsMax(): number {
    return this.#port?.eventsMax ?? EVENTS_MAX;
  }

  request<T>(request: Request<T>): Promise<T> {
    if (this.#port !== undefined) return this.#port.request(request);
    return new Promise((resolve, reject) => {
      const events = Cells.of(request.count * operationShapes[request.operation].eventSize);
      request.write(events, 0); // What it throws rejects this promise.
      this.#waiting.push({
        send: (port) => {
          const write = (cells: Cells, at: number): void => cells.bytes.set(events.bytes, at);
          port.request({ ...request, write }).then(resolve, reject);
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
