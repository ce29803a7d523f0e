/**
 * The requests of a batch that have a session. Every node executes them and keeps their first replies, so whoever leads
 * next answers a request that is sent again as the leader before would have.
 */
import { BATCH_PART_SIZE, type BatchPart, BatchPartOffset, type Context, type Once } from 'tallystick/internal';
import type { Asked } from './asked.ts';

export const PART_SIZE: number = BATCH_PART_SIZE;
const SESSION_SIZE = 16;

/** Those of the requests that share a batch, each with its place among the events of all. */
export function partsOf(asked: readonly Asked[]): BatchPart[] {
  const parts: BatchPart[] = [];
  let before = 0;
  for (const { count, context } of asked) {
    const own = context.once === undefined ? (context.parts ?? []) : [{ first: 0, count, once: context.once }];
    for (const part of own) parts.push({ ...part, first: before + part.first });
    before += count;
  }
  return parts;
}

/** How many parts a request has. */
export function partCount({ once, parts = [] }: Context): number {
  return once === undefined ? parts.length : 1;
}

/** The leads in which requests that may have been sent before were found to be new. */
export function leadsOf({ once, parts = [] }: Context): number[] {
  const all = once === undefined ? parts.map((part) => part.once) : [once];
  return all.flatMap(({ lead }) => (lead === undefined ? [] : [lead]));
}

/** Parts, as an engine is told of them. */
export function contextOf(parts: readonly BatchPart[], count: number): Pick<Context, 'once' | 'parts'> {
  const [only] = parts;
  if (only === undefined) return {};
  return parts.length === 1 && only.count === count ? { once: only.once } : { parts };
}

/** Writes a part at byte `at`, as it stands in a journal. */
export function writePart(bytes: Uint8Array, view: DataView, at: number, { first, count, once }: BatchPart): void {
  for (let k = 0; k < SESSION_SIZE; k++) bytes[at + k] = once.session.charCodeAt(k);
  view.setUint32(at + BatchPartOffset.request, once.request, true);
  view.setUint16(at + BatchPartOffset.first, first, true);
  view.setUint16(at + BatchPartOffset.count, count, true);
  view.setUint32(at + BatchPartOffset.checksumEvents, once.checksum, true);
  view.setUint32(at + BatchPartOffset.answered, once.answered, true);
}

/** The parts from byte `at` on; undefined unless they lie one behind the other within a batch of `events` events. */
export function readParts(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  partsCount: number,
  events: number,
): BatchPart[] | undefined {
  const parts: BatchPart[] = [];
  let end = 0;
  for (let part = at; part < at + partsCount * PART_SIZE; part += PART_SIZE) {
    const first = view.getUint16(part + BatchPartOffset.first, true);
    const count = view.getUint16(part + BatchPartOffset.count, true);
    if (first < end || count === 0 || first + count > events) return undefined;
    end = first + count;
    parts.push({ first, count, once: readOnce(bytes, view, part) });
  }
  return parts;
}

function readOnce(bytes: Uint8Array, view: DataView, at: number): Once {
  return {
    session: String.fromCharCode(...bytes.subarray(at, at + SESSION_SIZE)),
    request: view.getUint32(at + BatchPartOffset.request, true),
    checksum: view.getUint32(at + BatchPartOffset.checksumEvents, true),
    answered: view.getUint32(at + BatchPartOffset.answered, true),
    // Whether it is new was decided before it was ordered.
    again: false,
  };
}
