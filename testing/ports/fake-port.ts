/**
 * A port that remembers what it was sent and answers what it is told: for tests of what stands in front of an engine.
 */
import {
  Cells,
  type Context,
  type Operation,
  operationShapes,
  type Port,
  type Request,
} from '../../src/model/index.ts';

export const CREATED = 0xffff_ffff;

export interface Sent {
  readonly operation: Operation;
  readonly count: number;
  readonly context: Context;
  /** The memory after the events were written from byte 0. */
  readonly cells: Cells;
}

export class FakePort implements Port {
  readonly eventsMax = 8189;
  readonly sent: Sent[] = [];
  closed = 0;
  /** Bytes of the reply to each request; by default creates are created, and nothing is found. */
  answer: (sent: Sent) => Uint8Array | Promise<Uint8Array> = ({ operation, count }) =>
    operationShapes[operation].journalled ? resultsOf(count, CREATED) : new Uint8Array(0);

  async request<T>({ operation, count, write, read, context }: Request<T>): Promise<T> {
    const cells = Cells.of(Math.max(count, 1) * Math.max(128, operationShapes[operation].eventSize));
    write(cells, 0);
    const sent = { operation, count, context, cells };
    this.sent.push(sent);
    const reply = await this.answer(sent);
    const memory = Cells.of(16 + Math.ceil(reply.length / 16) * 16);
    memory.bytes.set(reply, 16);
    return read(memory, 16, reply.length);
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

/** Results that all say `status`, with timestamps 1, 2, 3, … */
export function resultsOf(count: number, status: number): Uint8Array {
  const { view, bytes } = Cells.of(count * 16);
  for (let index = 0; index < count; index++) {
    view.setBigUint64(index * 16, BigInt(index + 1), true);
    view.setUint32(index * 16 + 8, status, true);
  }
  return bytes;
}
