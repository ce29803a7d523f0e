/**
 * The body of a record of batches: one after the other, each 32 bytes and its events. Numbers are little-endian.
 *
 *   0 timestamp · 8 operation · 10 form of its events: 0 plain, 1 without zeros, 2 without what is as in the event
 *   before · 12 count · 16 their bytes here · 20 requests with a session · 24 zeros
 *
 * Behind the events of a batch stand its requests with a session, 32 bytes each, as in a journal:
 *
 *   0 session · 16 number · 20 first event, u16 · 22 events, u16 · 24 checksum of the events · 28 answered before
 */
import { type BatchPart, EVENTS_MAX, eventSize, isJournalled, type Operation } from 'tallystick/internal';
import { type Against, type Packed, packedIn, packedMax, packInto, unpacked } from './packing.ts';
import { PART_SIZE, readParts, writePart } from './parts.ts';

export const BATCH_SIZE = 32;
/** By their form, what events are packed against; left out: nothing. */
const FORMS: readonly (Against | undefined)[] = [undefined, 'zeros', 'before'];

/** One request that changes the ledger, as every node executes it. */
export interface Batch {
  readonly operation: Operation;
  readonly count: number;
  /** Its last event's. */
  readonly timestamp: bigint;
  readonly events: Uint8Array;
  /** The same events, of a batch that was read: `events` unpacks them each time. */
  readonly packed?: Packed;
  /** Its requests with a session, in order: every node keeps their replies. */
  readonly parts: readonly BatchPart[];
}

/** How long a record becomes shows when its events are packed; until then it stands here. */
let drafts: Uint8Array = new Uint8Array(0);

/** Room for those batches behind `before` bytes, which are zero. It is used again by the next call. */
export function draftOf(batches: readonly Batch[], before: number): Uint8Array {
  const size = batches.reduce(
    (sum, { events, parts }) => sum + BATCH_SIZE + 4 * packedMax(events) + parts.length * PART_SIZE,
    before,
  );
  if (drafts.length < size) drafts = new Uint8Array(size);
  return drafts.fill(0, 0, before);
}

/** Writes batches from byte `from` on. Returns the byte behind them, and whether events of any are packed. */
export function writeBatches(
  draft: Uint8Array,
  from: number,
  batches: readonly Batch[],
  against: Against,
): { readonly end: number; readonly isPacked: boolean } {
  const view = new DataView(draft.buffer);
  const words = new Uint32Array(draft.buffer, 0, draft.length >>> 2);
  let at = from;
  let isPacked = false;
  for (const { timestamp, operation, count, events, parts } of batches) {
    const begin = at + BATCH_SIZE;
    const packedSize = packInto(words, begin / 4, events, against) * 4 - begin;
    const form = packedSize === 0 ? 0 : FORMS.indexOf(against);
    if (form === 0) draft.set(events, begin);
    isPacked ||= form !== 0;
    const size = form === 0 ? events.length : packedSize;
    view.setBigUint64(at, timestamp, true);
    view.setUint16(at + 8, operation, true);
    view.setUint16(at + 10, form, true);
    view.setUint32(at + 12, count, true);
    view.setUint32(at + 16, size, true);
    view.setUint32(at + 20, parts.length, true);
    view.setBigUint64(at + 24, 0n, true);
    at = begin + size;
    for (const part of parts) {
      writePart(draft, view, at, part);
      at += PART_SIZE;
    }
  }
  return { end: at, isPacked };
}

/** Undefined unless they fill the bytes from `from` on, each with the events of an operation that we know. */
export function readBatches(bytes: Uint8Array, view: DataView, from: number): Batch[] | undefined {
  const batches: Batch[] = [];
  let at = from;
  while (at < bytes.length) {
    if (at + BATCH_SIZE > bytes.length) return undefined;
    const size = view.getUint32(at + 16, true);
    const partsCount = view.getUint32(at + 20, true);
    if (at + BATCH_SIZE + size + partsCount * PART_SIZE > bytes.length) return undefined;
    const operation = view.getUint16(at + 8, true) as Operation;
    const count = view.getUint32(at + 12, true);
    if (!isJournalled(operation) || count > EVENTS_MAX) return undefined;
    const written = bytes.subarray(at + BATCH_SIZE, at + BATCH_SIZE + size);
    const form = view.getUint16(at + 10, true);
    if (form >= FORMS.length) return undefined;
    const against = FORMS[form];
    const plainSize = count * eventSize(operation);
    const packed = against && packedIn(written, plainSize, against);
    if (packed === undefined && (against !== undefined || written.length !== plainSize)) return undefined;
    const parts = readParts(bytes, view, at + BATCH_SIZE + size, partsCount, count);
    if (parts === undefined) return undefined;
    const head = { timestamp: view.getBigUint64(at, true), operation, count, parts };
    batches.push(packed === undefined ? { ...head, events: written } : packedBatch(head, packed));
    at += BATCH_SIZE + size + partsCount * PART_SIZE;
  }
  return batches;
}

function packedBatch(head: Omit<Batch, 'events' | 'packed'>, packed: Packed): Batch {
  return {
    ...head,
    packed,
    get events() {
      return unpacked(packed);
    },
  };
}
