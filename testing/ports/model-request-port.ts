import { type Cells, type Operation, operationShapes, type RequestPort } from '../../src/model/index.ts';
import { ModelReplayPort } from '../model/model-port.ts';
import { cellsOf } from './fake-port.ts';

/** The reference model as an engine would be: requests in flight, answered in order, by the clock on the wall. */
export class ModelRequestPort implements RequestPort {
  readonly eventsMax = 8189;
  readonly #replay: ModelReplayPort = new ModelReplayPort();
  #last: Promise<unknown> = Promise.resolve();

  async request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number) => T,
  ): Promise<T> {
    const cells = cellsOf(new ArrayBuffer(count * this.#eventSize(operation)));
    write(cells, 0);
    const answer = this.#last.then(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      const behind = BigInt(Date.now()) * 1_000_000n - this.#replay.model.now;
      if (behind > 0n) await this.#replay.advance(behind);
      const reply = await this.#replay.request(operation, cells.bytes);
      const memory = cellsOf(reply.slice().buffer);
      return read(memory, 0, reply.length);
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    await this.#last;
  }

  #eventSize(operation: number): number {
    return operationShapes[operation as Operation].eventSize;
  }
}
