/** Tells of each create that was answered, as it is answered. */
import type { Cells } from '../../model/index.ts';
import type { LanePort, RequestContext } from '../lane-port.ts';
import { journalled } from '../waiting.ts';
import type { Expiry } from './expiry.ts';

/** How many events a create had, what the ledger stamped the last one with (0: nothing was created), in which batch. */
export type Did = (operation: number, events: number, timestamp: bigint, op: number | undefined) => void;

/** Bytes of a result, which begins with its timestamp. */
const RESULT_SIZE = 16;

export class AuditedPort implements LanePort {
  readonly eventsMax: number;
  readonly expiry: Expiry | undefined;
  readonly #port: LanePort;
  readonly #did: Did;

  constructor(port: LanePort, did: Did) {
    this.#port = port;
    this.#did = did;
    this.eventsMax = port.eventsMax;
    this.expiry = port.expiry;
  }

  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number, op?: number) => T,
    context?: RequestContext,
  ): Promise<T> {
    if (!journalled(operation)) return this.#port.request(operation, count, write, read, context);
    const noted = (cells: Cells, at: number, size: number, op?: number): T => {
      const timestamp = size >= RESULT_SIZE ? cells.view.getBigUint64(at + size - RESULT_SIZE, true) : 0n;
      this.#did(operation, count, timestamp, op);
      return read(cells, at, size, op);
    };
    return this.#port.request(operation, count, write, noted, context);
  }

  /** The port belongs to the server. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
