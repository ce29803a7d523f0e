import type { Cells, RequestPort } from '../../src/model/index.ts';

/** A port that answers, with nothing, when told to. */
export class HeldPort implements RequestPort {
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

  request<T>(
    _operation: number,
    count: number,
    _write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number) => T,
  ): Promise<T> {
    this.taken.push(count);
    this.cells += 1 + count;
    const nothing = new ArrayBuffer(0);
    const cells: Cells = { bytes: new Uint8Array(nothing), u32: new Uint32Array(nothing), view: new DataView(nothing) };
    return new Promise((resolve) => {
      this.#hold(() => {
        this.cells -= 1 + count;
        resolve(read(cells, 0, 0));
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
