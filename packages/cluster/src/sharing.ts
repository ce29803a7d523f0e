/**
 * Requests of several callers that go into one batch: a batch costs every node an entry of its journal, a turn of its
 * machine and a place in its order, whether it has one transfer or a thousand. The answers do not show it.
 */
import { eventSize, Operation, type Read, TransferFlags, TransferOffset } from 'tallystick/internal';
import type { Asked } from './asked.ts';

/** Requests with more events than that have a batch of their own. */
const SHARING_EVENTS_MAX = 256;
const TRANSFER_SIZE: number = eventSize(Operation.create_transfers);

/** The requests of one batch, or one read. */
export interface Group {
  readonly asked: readonly Asked[];
  /** Events of all. */
  readonly count: number;
}

/**
 * Whether a request may share a batch with others: imported events want a batch of their own, and a chain that a
 * request leaves open is its own error, not the beginning of the next one's.
 */
export function mayShare(operation: Operation, count: number, events: Uint8Array): boolean {
  if (operation !== Operation.create_transfers || count === 0 || count > SHARING_EVENTS_MAX) return false;
  let flags = 0;
  for (let at: number = TransferOffset.flags; at < events.length; at += TRANSFER_SIZE) {
    flags = events[at]! | (events[at + 1]! << 8);
    if ((flags & TransferFlags.imported) !== 0) return false;
  }
  return (flags & TransferFlags.linked) === 0;
}

/** The events of all, one request behind the other. */
export function eventsTogether({ asked }: Group): Uint8Array {
  if (asked.length === 1) return asked[0]!.events;
  const events = new Uint8Array(asked.reduce((sum, one) => sum + one.events.length, 0));
  let at = 0;
  for (const one of asked) {
    events.set(one.events, at);
    at += one.events.length;
  }
  return events;
}

/** Answers each from its part of the reply; one that cannot read its own is alone with that. */
export function answerAll({ asked, count }: Group): Read<void> {
  return (cells, at, size, op) => {
    let from = at;
    for (const { count: own, read, resolve, reject } of asked) {
      const part = asked.length === 1 ? size : (size / count) * own;
      try {
        resolve(read(cells, from, part, op) as never);
      } catch (error) {
        reject(error);
      }
      from += part;
    }
  };
}
