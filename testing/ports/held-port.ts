import { Cells, operationShapes, type Port, type Request } from '../../src/model/index.ts';
import { CREATED, resultsOf } from './fake-port.ts';

/** A port that answers when told to: creates are created, and nothing is found. */
export class HeldPort implements Port {
  readonly eventsMax = 8189;
  /** Events of each request that came. */
  readonly taken: number[] = [];
  /** Of requests that are not answered: their headers and events. */
  cells = 0;
  readonly held: (() => void)[] = [];
  readonly #hold: (answer: () => void) => void;

  /** `hold`: what becomes of each answer, if it is not for {@link answer}. */
  constructor(hold?: (answer: () => void) => void) {
    this.#hold = hold ?? ((answer) => this.held.push(answer));
  }

  request<T>({ operation, count, read }: Request<T>): Promise<T> {
    this.taken.push(count);
    this.cells += 1 + count;
    const created = operationShapes[operation].journalled ? count : 0;
    const cells = Cells.over(resultsOf(created, CREATED).buffer as ArrayBuffer);
    return new Promise((resolve) => {
      this.#hold(() => {
        this.cells -= 1 + count;
        resolve(read(cells, 0, cells.bytes.length));
      });
    });
  }

  /** Answers the oldest; returns when whatever follows from that has happened. */
  async answer(): Promise<void> {
    this.held.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
