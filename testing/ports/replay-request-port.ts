/** A port that takes bytes, one request at a time, as the port that a typed ledger stands on: by its own clock. */
import { Cells, EVENTS_MAX, operationShapes, type Port, type ReplayPort, type Request } from '../../src/model/index.ts';

export class ReplayRequestPort implements Port {
  readonly eventsMax: number = EVENTS_MAX;
  readonly #port: ReplayPort;
  #last: Promise<unknown> = Promise.resolve();

  constructor(port: ReplayPort) {
    this.#port = port;
  }

  async request<T>({ operation, count, write, read }: Request<T>): Promise<T> {
    const cells = Cells.of(count * operationShapes[operation].eventSize);
    write(cells, 0);
    const answer = this.#last.then(() => this.#port.request(operation, cells.bytes));
    this.#last = answer.catch(() => undefined);
    const reply = Cells.copy(await answer);
    return read(reply, 0, reply.bytes.length);
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#port.close();
  }
}
