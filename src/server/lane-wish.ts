/** A port whose requests all wish for the same lane: what object ledgers of a door are made over. */
import type { Cells, RequestPort } from '../model/index.ts';
import type { LanePort, RequestContext } from './ingress.ts';

export class LaneWish implements RequestPort {
  readonly eventsMax: number;
  readonly #port: LanePort;
  readonly #context: RequestContext;

  constructor(port: LanePort, wish: NonNullable<RequestContext['wish']>, role?: string) {
    this.#port = port;
    this.eventsMax = port.eventsMax;
    this.#context = role === undefined ? { wish } : { wish, role };
  }

  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number) => T,
  ): Promise<T> {
    return this.#port.request(operation, count, write, read, this.#context);
  }

  /** The port belongs to the server. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
