/**
 * A base: a record that a stream may begin with. Every node that lives has made all batches up to it durable, so what
 * stands before it may be removed. Whoever lacks some of those batches gets them from another node's journal, and the
 * base says how to know that they are the right ones: by a hash of the last one.
 *
 *   0 hash of the last batch up to here; zeros before the first
 */
import { createHash } from 'node:crypto';
import { TallystickError } from 'tallystick/internal';
import type { Batch } from './batches.ts';
import { PART_SIZE, writePart } from './parts.ts';
import { type Entry, HASH_SIZE, Kind, sameHash } from './record.ts';

const HEAD_SIZE = 16;

/** A hash of a batch: its operation, its time, its events and its sessions. */
export function batchHash({ operation, count, timestamp, events, parts }: Batch): Uint8Array {
  const head = new Uint8Array(HEAD_SIZE + parts.length * PART_SIZE);
  const view = new DataView(head.buffer);
  view.setBigUint64(0, timestamp, true);
  view.setUint32(8, operation, true);
  view.setUint32(12, count, true);
  for (const [index, part] of parts.entries()) writePart(head, view, HEAD_SIZE + index * PART_SIZE, part);
  return new Uint8Array(createHash('sha256').update(head).update(events).digest());
}

/** The body of a base behind batch `last`. */
export function baseBody(last: Batch | undefined): Uint8Array {
  return last === undefined ? new Uint8Array(HASH_SIZE) : batchHash(last);
}

/** Whether a node whose last batch is `last` has what the base says. */
export function fitsOn(base: Entry, last: Batch | undefined): boolean {
  return sameHash(base.body, baseBody(last));
}

/** Throws `cluster_damaged` unless a stream may begin with that record. */
export function checkBegin(stream: string, entry: Entry): void {
  if (entry.kind === Kind.founding ? entry.sequence === 1 : entry.kind === Kind.base) return;
  throw new TallystickError(
    'cluster_damaged',
    `message ${entry.sequence} is the first of stream ${stream}, and is none that a stream may begin with: somebody ` +
      'else has removed messages',
  );
}
