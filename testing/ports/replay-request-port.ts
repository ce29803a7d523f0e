/** A port that takes bytes, one request at a time, as the port that a typed ledger stands on: by its own clock. */
import {
  type Cells,
  EVENTS_MAX,
  type Operation,
  operationShapes,
  type ReplayPort,
  type RequestPort,
} from '../../src/model/index.ts';
import { cellsOf } from './fake-port.ts';

export class ReplayRequestPort implements RequestPort {
  readonly eventsMax: number = EVENTS_MAX;
  readonly #port: ReplayPort;
  #last: Promise<unknown> = Promise.resolve();

  constructor(port: ReplayPort) {
    this.#port = port;
  }

  async request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number) => T,
  ): Promise<T> {
    const size = count * operationShapes[operation as Operation].eventSize;
    const cells = cellsOf(new ArrayBuffer(Math.ceil(size / 8) * 8));
    write(cells, 0);
    const answer = this.#last.then(() => this.#port.request(operation, cells.bytes.subarray(0, size)));
    this.#last = answer.catch(() => undefined);
    const reply = cellsOf((await answer).slice().buffer as ArrayBuffer);
    return read(reply, 0, reply.bytes.length);
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#port.close();
  }
}
