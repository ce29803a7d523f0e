import { Cells, type Operation, operationShapes, type Port, type Request } from '../../src/model/index.ts';
import { ModelReplayPort } from '../model/model-port.ts';

/** The reference model as an engine would be: requests in flight, answered in order, by the clock on the wall. */
export class ModelRequestPort implements Port {
  readonly eventsMax = 8189;
  readonly #replay: ModelReplayPort = new ModelReplayPort();
  #last: Promise<unknown> = Promise.resolve();

  async request<T>({ operation, count, write, read }: Request<T>): Promise<T> {
    const cells = Cells.of(count * this.#eventSize(operation));
    write(cells, 0);
    const answer = this.#last.then(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      const behind = BigInt(Date.now()) * 1_000_000n - this.#replay.model.now;
      if (behind > 0n) await this.#replay.advance(behind);
      const reply = await this.#replay.request(operation, cells.bytes);
      const memory = Cells.over(reply.slice().buffer);
      return read(memory, 0, reply.length);
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    await this.#last;
  }

  #eventSize(operation: Operation): number {
    return operationShapes[operation].eventSize;
  }
}
