/** Where a node's folder is in its stream: behind which record, and that what it holds is what the stream holds. */
import { findBatch, readBatch, type Storage, TallystickError } from 'tallystick/internal';
import type { Order } from './order.ts';
import { pause } from './pause.ts';
import { SHORT_MS } from './peers.ts';
import {
  type Author,
  type Batch,
  type Entry,
  entryBehind,
  isVoid,
  Kind,
  NOWHERE,
  type Place,
  readEntry,
  WINDOW,
} from './record.ts';
import { wholeMessage } from './whole-message.ts';

const AGAIN_MS = 500;

/** The last batch in a folder. */
export interface Held {
  readonly folder: string;
  readonly storage: Storage;
  readonly ledgerId: bigint;
  readonly op: number;
}

/**
 * The ledger that the stream orders. A stream that is new gets `author`'s. Throws `cluster_damaged` where its first
 * message is gone or is none of ours.
 */
export async function foundLedger(stream: Order, author: Author): Promise<bigint> {
  const founding = entryBehind(NOWHERE, author, { kind: Kind.founding });
  for (;;) {
    if ((await stream.patiently(() => stream.last())) > 0) return (await entryAt(stream, 1)).ledgerId;
    // Two nodes may try: the stream takes one.
    await stream.append(founding.bytes, 0);
  }
}

/**
 * The place in the stream behind the batches that the folder holds: the next record may repeat some of them. Throws
 * `cluster_invalid` for a folder of another ledger, and `cluster_damaged` where folder and stream contradict each
 * other.
 */
export async function placeOf(stream: Order, held: Held): Promise<Place> {
  if (held.op === 0) return NOWHERE;
  const { last, end } = await endBehind(stream, held.op);
  if (end.op < held.op) {
    throw new TallystickError(
      'cluster_damaged',
      `the folder ${held.folder} ends with op ${held.op}, and stream ${stream.name} with op ${end.op}: the ` +
        'stream has lost what it acknowledged, or the folder was written outside of the cluster',
    );
  }
  const entry = await validAt(stream, await firstAt(stream, held.op, last));
  compare(held, entry, stream);
  // The record before it: its batches up to ours are passed over when they come again.
  if (entry.sequence === 1) return NOWHERE;
  const { hash, epoch, op, timestamp } = await validAt(stream, entry.sequence - 1);
  return { sequence: entry.sequence - 1, hash, epoch, op, timestamp };
}

/** The end of the stream. A server that was cut off may show an earlier one for a while. */
async function endBehind(stream: Order, op: number): Promise<{ readonly last: number; readonly end: Place }> {
  const until = performance.now() + SHORT_MS;
  for (;;) {
    const last = await stream.patiently(() => stream.last());
    const end = last === 0 ? NOWHERE : await validAt(stream, last);
    if (end.op >= op || performance.now() > until) return { last, end };
    await pause(AGAIN_MS);
  }
}

/** The number of the first record that ends with op `op`, or behind it. */
async function firstAt(stream: Order, op: number, last: number): Promise<number> {
  let [low, high] = [1, last];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await validAt(stream, middle)).op < op) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last record up to that number that is not void. What makes a record void is never far before it. */
async function validAt(stream: Order, sequence: number): Promise<Entry> {
  const first = Math.max(1, sequence - WINDOW + 1);
  const numbers = Array.from({ length: sequence - first + 1 }, (_, index) => first + index);
  const [entry, ...before] = (await Promise.all(numbers.map((number) => entryAt(stream, number)))).toReversed();
  return before.some((one) => isVoid(one, entry!)) ? validAt(stream, sequence - 1) : entry!;
}

async function entryAt(stream: Order, sequence: number): Promise<Entry> {
  const bytes = await wholeMessage(stream, sequence, () => false);
  if (bytes !== undefined) return readEntry(bytes);
  throw new TallystickError('cluster_damaged', `message ${sequence} of stream ${stream.name} is missing`);
}

/** Throws `cluster_damaged` unless the folder's last batch is the one that the stream has there. */
function compare({ folder, storage, ledgerId, op }: Held, entry: Entry, stream: Order): void {
  const journal = `${folder}/journal`;
  const ours = findBatch(storage, journal, op, ledgerId);
  const theirs = entry.batches[entry.batches.length - 1 - (entry.op - op)];
  const body = ours && readBatch(storage, journal, ours);
  if (ours === undefined || theirs === undefined || body === undefined || !isSame(ours, body, theirs)) {
    throw new TallystickError(
      'cluster_damaged',
      `op ${op} in ${folder} is not the one in message ${entry.sequence} of stream ${stream.name}`,
    );
  }
}

function isSame(
  ours: { readonly timestamp: bigint; readonly operation: number; readonly count: number },
  body: Uint8Array,
  { timestamp, operation, count, events }: Batch,
): boolean {
  const same = ours.timestamp === timestamp && ours.operation === operation && ours.count === count;
  return same && Buffer.compare(body.subarray(0, events.length), events) === 0;
}
