import { Operation } from '../../src/model/index.ts';
import { Broken } from '../failure.ts';
import type { Entry } from '../network/history.ts';

/** A request as its client saw it. */
export interface Heard {
  readonly operation: number;
  readonly events: Uint8Array;
  /** Entries that there were when it was first sent. */
  readonly from: number;
  readonly reply: Uint8Array;
}

const EVENT_SIZE = 128;
const RESULT_SIZE = 16;

/** Whether an entry is that request, or has it among those that shared a batch. */
function holds(entry: Entry, said: Uint8Array, events: Uint8Array, reply: Uint8Array): boolean {
  const all = Buffer.from(entry.events.buffer, entry.events.byteOffset, entry.events.length);
  if (Buffer.compare(all, events) === 0) return Buffer.compare(said, reply) === 0;
  if (entry.operation !== Operation.create_transfers || events.length === 0) return false;
  for (let at = all.indexOf(events); at >= 0; at = all.indexOf(events, at + 1)) {
    const from = (at / EVENT_SIZE) * RESULT_SIZE;
    if (at % EVENT_SIZE !== 0) continue;
    if (Buffer.compare(said.subarray(from, from + reply.length), reply) === 0) return true;
  }
  return false;
}

/**
 * The ledger gave a client's answer between the question and now, and in the one order that all clients see, which the
 * model agrees with and which respects real time. Returns the entry.
 */
export function linearizability(entries: readonly Entry[], { operation, events, from, reply }: Heard): Entry {
  for (let index = entries.length - 1; index >= from; index--) {
    const entry = entries[index]!;
    // A process that ended before it could answer is spoken for by the next one: recovery makes the reply again, and
    // a client that asks again hears it. It must be the model's.
    const said = entry.reply ?? (entry.lost ? undefined : entry.expected);
    if (entry.operation === operation && said !== undefined && holds(entry, said, events, reply)) return entry;
  }
  throw new Broken('linearizability', `operation ${operation} was answered with what nobody said since it was asked`);
}
