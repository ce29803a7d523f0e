/** Where a node's folder is in its stream: behind which record, and that what it holds is what the stream holds. */
import { TallystickError } from 'tallystick/internal';
import { batchHash, checkBegin, fitsOn } from './base.ts';
import type { Batch } from './batches.ts';
import { type Order, SHORT_MS } from './order.ts';
import { pause } from './pause.ts';
import {
  type Author,
  type Entry,
  entryBehind,
  isVoid,
  Kind,
  NOWHERE,
  type Place,
  placeAt,
  readEntry,
  sameHash,
  WINDOW,
} from './record.ts';
import { wholeMessage } from './whole-message.ts';

const AGAIN_MS = 500;

/** A message was removed from the stream's beginning while we looked. */
class Cut extends Error {}

/** The end of a folder. */
export interface Held {
  readonly folder: string;
  readonly op: number;
  /** The batch with that op; undefined: the folder has none, or does not have it whole. */
  readonly last: Batch | undefined;
}

/**
 * The ledger that the stream orders. A stream that is new gets `author`'s. Throws `cluster_damaged` where its first
 * message is gone or is none of ours.
 */
export async function foundLedger(stream: Order, author: Author): Promise<bigint> {
  const founding = entryBehind(NOWHERE, author, { kind: Kind.founding });
  for (;;) {
    if ((await stream.patiently(() => stream.last())) > 0) return (await beginOf(stream)).ledgerId;
    // Two nodes may try: the stream takes one.
    await stream.append(founding.bytes, 0);
  }
}

/** The record that the stream begins with. Throws `cluster_damaged` where it is none that a stream may begin with. */
export async function beginOf(stream: Order): Promise<Entry> {
  const begin = await uncut(async () => entryAt(stream, await stream.patiently(() => stream.first())));
  checkBegin(stream.name, begin);
  return begin;
}

/**
 * The place in the stream behind the batches that the folder holds: the next record may repeat some of them. It is
 * before the first message where the stream begins behind them. Throws `cluster_damaged` where folder and stream
 * contradict each other.
 */
export function placeOf(stream: Order, held: Held): Promise<Place> {
  return uncut(async () => {
    const begin = await beginOf(stream);
    if (held.op < begin.op) return { ...NOWHERE, op: held.op };
    if (held.op === 0 && begin.kind === Kind.founding) return NOWHERE;
    return placeBehind(stream, begin, held);
  });
}

async function placeBehind(stream: Order, begin: Entry, held: Held): Promise<Place> {
  const { last, end } = await endBehind(stream, begin, held.op);
  if (end.op < held.op) {
    throw new TallystickError(
      'cluster_damaged',
      `the folder ${held.folder} ends with op ${held.op}, and stream ${stream.name} with op ${end.op}: the ` +
        'stream has lost what it acknowledged, or the folder was written outside of the cluster',
    );
  }
  if (held.op === begin.op) {
    if (!fitsOn(begin, held.last)) throw unlike(held, begin, stream);
    return placeAt(begin);
  }
  const entry = await validAt(stream, begin.sequence, await firstAt(stream, held.op, begin.sequence, last));
  const theirs = entry.batches[entry.batches.length - 1 - (entry.op - held.op)];
  const { last: ours } = held;
  if (ours === undefined || theirs === undefined || !sameHash(batchHash(ours), batchHash(theirs))) {
    throw unlike(held, entry, stream);
  }
  // The record before it: its batches up to ours are passed over when they come again.
  return entry.sequence === 1 ? NOWHERE : placeAt(await validAt(stream, begin.sequence, entry.sequence - 1));
}

async function uncut<T>(look: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
    }
  }
}

/** The end of the stream. A server that was cut off may show an earlier one for a while. */
async function endBehind(
  stream: Order,
  { sequence: begin }: Entry,
  op: number,
): Promise<{ readonly last: number; readonly end: Place }> {
  const until = performance.now() + SHORT_MS;
  for (;;) {
    const last = await stream.patiently(() => stream.last());
    const end = await validAt(stream, begin, Math.max(begin, last));
    if (end.op >= op || performance.now() > until) return { last, end };
    await pause(AGAIN_MS);
  }
}

/** The number of the first record that ends with op `op`, or behind it. */
async function firstAt(stream: Order, op: number, first: number, last: number): Promise<number> {
  let [low, high] = [first, last];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await validAt(stream, first, middle)).op < op) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last record up to number `sequence` that is not void. What makes a record void is never far before it. */
async function validAt(stream: Order, begin: number, sequence: number): Promise<Entry> {
  const first = Math.max(begin, sequence - WINDOW + 1);
  const numbers = Array.from({ length: sequence - first + 1 }, (_, index) => first + index);
  const [entry, ...before] = (await Promise.all(numbers.map((number) => entryAt(stream, number)))).toReversed();
  return before.some((one) => isVoid(one, entry!)) ? validAt(stream, begin, sequence - 1) : entry!;
}

async function entryAt(stream: Order, sequence: number): Promise<Entry> {
  const bytes = await wholeMessage(stream, sequence, () => false);
  if (bytes === 'cut') throw new Cut();
  if (bytes !== undefined) return readEntry(bytes);
  throw new TallystickError('cluster_damaged', `message ${sequence} of stream ${stream.name} is missing`);
}

function unlike({ folder, op }: Held, { sequence }: Entry, stream: Order): TallystickError {
  return new TallystickError(
    'cluster_damaged',
    `op ${op} in ${folder} is not the one in message ${sequence} of stream ${stream.name}`,
  );
}
