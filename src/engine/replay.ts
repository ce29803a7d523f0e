/**
 * The plain door to an engine: bytes in, bytes out, one request at a time, on time that is told. For `conform`, tests
 * and the simulator.
 */
import { eventSize, NO_CONTEXT, Operation, type ReplayPort } from '../model/index.ts';
import type { Engine } from './engine.ts';
import { PULSE } from './sequencer.ts';

export class EngineReplayPort implements ReplayPort {
  readonly #engine: Engine;
  readonly #close: () => Promise<void>;
  /** The newest timestamp that any request carried. */
  #newest: bigint;

  /** The engine was opened with `expires: false`. `close` ends more than the engine when given. */
  constructor(engine: Engine, close: () => Promise<void> = () => engine.close()) {
    this.#engine = engine;
    this.#close = close;
    this.#newest = engine.sequencer.timestamp;
  }

  async request(operation: number, events: Uint8Array, timestamp?: bigint): Promise<Uint8Array> {
    const count = events.length / eventSize(operation);
    if (timestamp !== undefined && timestamp > this.#newest) this.#newest = timestamp;
    const creates = operation === Operation.create_accounts || operation === Operation.create_transfers;
    const reply = await this.#engine.request({
      operation: operation as Operation,
      count,
      write: (cells, at) => cells.bytes.set(events, at),
      read: (cells, at, size) => new Uint8Array(cells.bytes.subarray(at, at + size)),
      context: creates && timestamp !== undefined ? { timestamp } : NO_CONTEXT,
    });
    if (this.#engine.sequencer.timestamp > this.#newest) this.#newest = this.#engine.sequencer.timestamp;
    return reply;
  }

  async advance(nanoseconds: bigint): Promise<void> {
    this.#newest += nanoseconds;
    const now = this.#newest;
    for (;;) {
      const next = BigInt.asUintN(64, this.#engine.memory.expiresNext);
      if (next > now) return;
      const last = this.#engine.sequencer.timestamp;
      const first = last < now ? now : last + 1n;
      await this.#engine.request({ ...PULSE, context: { timestamp: first + BigInt(PULSE.count) - 1n } });
    }
  }

  close(): Promise<void> {
    return this.#close();
  }
}
