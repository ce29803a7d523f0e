/** The ledger's operations by name, on plain values: what the JSON and MessagePack doors have in common. */
import { Cells, invalid, type Operation, operationSchemas, TallystickError, U128_MAX } from '../model/index.ts';
import { type PlainRecord, plainRecords } from './plain.ts';
import { packRecord, packWide } from './values.ts';

export interface OperationByName {
  readonly name: string;
  readonly number: Operation;
  /** A sentence from the schema. */
  readonly about: string;
  /** The record of one event; undefined: events are bare u128. */
  readonly event: PlainRecord | undefined;
  readonly eventSize: number;
  readonly reply: PlainRecord;
  /** One event only, a filter, whose limit, if it has one, is `repliesMax` at most. */
  readonly single: boolean;
  readonly eventsMax: number;
  readonly repliesMax: number;
}

export const operationsByName: ReadonlyMap<string, OperationByName> = new Map(
  operationSchemas
    .filter(({ name }) => name !== 'pulse')
    .map(({ name, number, about, event, reply, eventsMax, repliesMax }) => {
      const record = plainRecords.get(event);
      const known = {
        name,
        number: number as Operation,
        about,
        event: record,
        eventSize: record?.size ?? 16,
        reply: plainRecords.get(reply)!,
        single: eventsMax === 1,
        eventsMax,
        repliesMax,
      };
      return [name, known];
    }),
);

/** Events as wire bytes. */
export interface PackedEvents {
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Room for events is cut from a slab; what is larger gets memory of its own. */
const SLAB_SIZE = 64 * 1024;
const SLAB_SHARE_MAX = 8 * 1024;
let slab: Cells = Cells.of(SLAB_SIZE);
let slabUsed = 0;

/** Room for `size` bytes of events, zero. A caller that finds them wrong leaves it as it is: it is not used again. */
export function eventsRoom(size: number): { readonly cells: Cells; readonly from: number } {
  if (size > SLAB_SHARE_MAX) return { cells: Cells.of(size), from: 0 };
  if (slabUsed + size > SLAB_SIZE) {
    slab = Cells.of(SLAB_SIZE);
    slabUsed = 0;
  }
  const from = slabUsed;
  slabUsed += size;
  return { cells: slab, from };
}

/** Checks events as they came off the wire, and writes them. Throws `invalid_argument`, `too_much_data`. */
export function packEvents(operation: OperationByName, events: unknown): PackedEvents {
  if (!Array.isArray(events)) throw invalid('events must be an array');
  const count = events.length;
  if (operation.single && count !== 1) throw invalid(`${operation.name} takes one filter`);
  if (count > operation.eventsMax) throw new TallystickError('too_much_data');
  const { event, eventSize } = operation;
  const size = count * eventSize;
  const { cells, from } = eventsRoom(size);
  for (let index = 0; index < count; index++) {
    const at = from + index * eventSize;
    const path = (): string => `events[${index}]`;
    if (event === undefined) packWide(events[index], cells, at, U128_MAX, path);
    else packRecord(event, events[index], cells, at, path);
  }
  if (operation.single) checkLimit(operation, cells, from);
  return { count, bytes: cells.bytes.subarray(from, from + size) };
}

/** Records that the reply to events has, at most. */
export function repliesMax(operation: OperationByName, { count, bytes }: PackedEvents): number {
  if (!operation.single) return count;
  const limit = operation.event!.byName.get('limit');
  if (limit === undefined) return operation.repliesMax;
  return Math.min(
    new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(limit.at, true),
    operation.repliesMax,
  );
}

function checkLimit(operation: OperationByName, cells: Cells, at: number): void {
  const limit = operation.event?.byName.get('limit');
  if (limit !== undefined && cells.view.getUint32(at + limit.at, true) > operation.repliesMax) {
    throw new TallystickError('too_much_data', `${operation.name} returns at most ${operation.repliesMax} at a time`);
  }
}
