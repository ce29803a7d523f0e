/**
 * What callers have asked of a leader and is in no record yet. Their events are copied at once. A record takes as many
 * requests as fit: whatever comes while the stream is busy goes together, small ones in one batch.
 */
import {
  CELL_SIZE,
  Cells,
  EVENTS_MAX,
  eventSize,
  isJournalled,
  type Operation,
  type Request,
  TallystickError,
  TIMER_MS_MAX,
  type Write,
} from 'tallystick/internal';
import { type Asked, EVENTS_OPEN_MAX } from './asked.ts';
import { BATCH_SIZE } from './batches.ts';
import { PART_SIZE, partCount } from './parts.ts';
import { BODY_SIZE_MAX } from './record.ts';
import { type Group, mayShare } from './sharing.ts';

/** The requests of one record, in order; the batches among them are in the record, reads are done behind it. */
export interface Taken {
  readonly groups: readonly Group[];
  /** Events of its batches. */
  readonly events: number;
}

export function askedIn({ groups }: Taken): Asked[] {
  return groups.flatMap(({ asked }) => asked);
}

export class Proposals {
  #queue: Asked[] = [];
  #size = 0;
  /** What ends the watch over a caller who may go. */
  readonly #watched = new Map<Asked, () => void>();

  /** Bytes of all events that wait. */
  get size(): number {
    return this.#size;
  }

  get length(): number {
    return this.#queue.length;
  }

  add(asked: Asked): void {
    this.#queue.push(asked);
    this.#size += asked.events.length;
    this.#watch(asked);
  }

  /** The next record's; undefined: nothing waits, or the nodes have enough to do with `open` events. */
  take(open: number): Taken | undefined {
    let size = 0;
    let events = 0;
    let end = 0;
    for (; end < this.#queue.length; end++) {
      const next = this.#queue[end]!;
      if (!isJournalled(next.operation)) continue;
      size += BATCH_SIZE + next.events.length + partCount(next.context) * PART_SIZE;
      const first = events === 0 && open === 0;
      if (!first && (size > BODY_SIZE_MAX || open + events + next.count > EVENTS_OPEN_MAX)) break;
      events += next.count;
    }
    if (end === 0) return undefined;
    const asked = this.#queue.slice(0, end);
    this.#queue = this.#queue.slice(end);
    for (const one of asked) {
      one.taken = true;
      this.#unwatch(one);
      this.#size -= one.events.length;
    }
    return { groups: groupsOf(asked), events };
  }

  /** Nothing of what waits was done, and it is not going to be. */
  drop(reason: unknown): void {
    const all = this.#queue;
    this.#queue = [];
    this.#size = 0;
    for (const one of all) {
      this.#unwatch(one);
      one.reject(reason);
    }
  }

  /** A caller who goes before his request is in a record has asked for nothing. */
  #watch(asked: Asked): void {
    const { timeoutMs, signal } = asked.context;
    if (timeoutMs === undefined && signal === undefined) return;
    const giveUp = (reason: unknown): void => {
      if (asked.taken) return;
      this.#queue = this.#queue.filter((one) => one !== asked);
      this.#size -= asked.events.length;
      this.#unwatch(asked);
      asked.reject(reason);
    };
    const gone = (): void => giveUp(signal?.reason);
    signal?.addEventListener('abort', gone);
    const late = (): void =>
      giveUp(new TallystickError('deadline_exceeded', `no answer within ${timeoutMs} ms; nothing was done`));
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, Math.min(timeoutMs, TIMER_MS_MAX)).unref();
    this.#watched.set(asked, () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', gone);
    });
  }

  /** A connection has one signal for all that it ever asks: whoever does not wait any more leaves no listener there. */
  #unwatch(asked: Asked): void {
    this.#watched.get(asked)?.();
    this.#watched.delete(asked);
  }
}

/** What a request takes of a shared batch: its events, and its sessions behind them. */
function cellsOf(asked: Asked): number {
  return asked.count + (partCount(asked.context) * PART_SIZE) / CELL_SIZE;
}

/** Neighbours that may share a batch do. */
function groupsOf(asked: readonly Asked[]): Group[] {
  const groups: { asked: Asked[]; count: number; cells: number }[] = [];
  for (const one of asked) {
    const last = groups.at(-1);
    const cells = cellsOf(one);
    const together = last?.asked[0]?.shares === true && one.shares && last.cells + cells <= EVENTS_MAX;
    if (last === undefined || !together) groups.push({ asked: [one], count: one.count, cells });
    else {
      last.asked.push(one);
      last.count += one.count;
      last.cells += cells;
    }
  }
  return groups;
}

/** What a caller asks, with its events. What `write` throws is thrown. */
export function askedOf(
  { operation, count, write, read, context }: Request,
  resolve: (value: never) => void,
  reject: (error: unknown) => void,
): Asked {
  context.enters?.('quorum');
  const events = eventsOf(operation, count, write);
  const shares = mayShare(operation, count, events);
  return { operation, count, events, read, context, shares, resolve, reject, taken: false };
}

/** The events that `write` writes, in memory of their own. What it throws is thrown. */
export function eventsOf(operation: Operation, count: number, write: Write): Uint8Array {
  const events = Cells.of(count * eventSize(operation));
  write(events, 0);
  return events.bytes;
}
