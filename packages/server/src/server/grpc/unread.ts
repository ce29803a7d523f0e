/**
 * Bytes that stand unread before calls whose requests wait for room: up to a stream's window each, 512 KiB, and charged
 * to no call. They are counted together; if they are more than half of what the door may hold, the calls with most of
 * them end.
 */
import { TallystickError } from 'tallystick/internal/model';
import { Holding, type Meter } from '../meter.ts';
import type { OpenCall } from './door.ts';

export class Unread {
  readonly #max: number;
  readonly #holding: Holding;

  constructor(budget: Meter) {
    this.#max = budget.max / 2;
    this.#holding = new Holding(budget);
  }

  /** To be called every now and then. */
  sweep(calls: Iterable<OpenCall>): void {
    const standing = [...calls].filter(({ unread = 0 }) => unread > 0);
    let sum = standing.reduce((bytes, { unread = 0 }) => bytes + unread, 0);
    this.#holding.set(sum);
    if (sum <= this.#max) return;
    standing.sort((one, other) => (other.unread ?? 0) - (one.unread ?? 0));
    for (const call of standing) {
      if (sum <= this.#max) return;
      sum -= call.unread ?? 0;
      call.drain(
        new TallystickError('lane_full', 'too many requests wait to be read; requests without an answer were not done'),
      );
    }
  }
}
