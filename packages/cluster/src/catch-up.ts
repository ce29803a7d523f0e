/**
 * Catching up from other nodes: the stream begins behind what this node has, so it asks those that have more for the
 * batches in between, out of their journals. A node that it asks must have the last batch that it has, and behind all
 * of them must stand what the stream's first record, a base, says: so what it gets fits at both ends.
 */
import { TallystickError } from 'tallystick/internal';
import type { Applier } from './applier.ts';
import { batchHash, fitsOn } from './base.ts';
import type { Batch } from './batches.ts';
import type { NodeLog } from './node-options.ts';
import type { Order } from './order.ts';
import { pause } from './pause.ts';
import type { Peers } from './peers.ts';
import { type Author, type Entry, entryBehind, Kind, NOWHERE, readEntry, sameHash } from './record.ts';
import { beginOf } from './resume.ts';
import type { Shelf } from './shelf.ts';

const AGAIN_MS = 500;

export interface CatchUpOptions {
  readonly order: Order;
  readonly author: Author;
  readonly log: NodeLog;
  /** Has what this node has, and gets what it lacks. */
  readonly applier: Applier;
  readonly peers: Peers;
  /** Nobody wants it any more. */
  readonly isOver: () => boolean;
}

/**
 * Gives this node all batches up to the stream's first record, and returns that; undefined where it is over before.
 * Throws `cluster_damaged` where they do not fit; asks for as long as it takes.
 */
export async function catchUp(options: CatchUpOptions): Promise<Entry | undefined> {
  const { order, log, applier, isOver } = options;
  const base = await beginOf(order);
  if (applier.op > base.op) {
    throw unlike(`the stream begins behind op ${base.op}, and this node has op ${applier.op}`);
  }
  log.info({ op: applier.op, base: base.op }, 'the stream begins behind what this node has; it asks the others');
  const trusted = new Set<number>();
  while (applier.op < base.op && !isOver()) {
    const batches = await batchesOf(options, base, trusted);
    if (batches.length === 0) await pause(AGAIN_MS);
    applier.follow(applier.op, batches);
    await applier.room();
  }
  if (isOver()) return undefined;
  if (!fitsOn(base, applier.last)) {
    throw unlike(`op ${base.op} is another batch than message ${base.sequence} of stream ${order.name} says`);
  }
  log.info({ op: base.op }, 'caught up with the stream from other nodes');
  return base;
}

/** The next batches, from whoever gives them; none: nobody does now. `trusted`: nodes that have what this one has. */
async function batchesOf(options: CatchUpOptions, base: Entry, trusted: Set<number>): Promise<readonly Batch[]> {
  const { applier, peers, isOver } = options;
  const { op, last } = applier;
  for (const node of peers.nodesWith(base.op)) {
    if (isOver()) break;
    if (op > 0 && !trusted.has(node) && !(await hasOurs(options, node, op, last))) continue;
    trusted.add(node);
    const batches = await askedOf(options, node, { from: op + 1, to: base.op });
    if (batches !== undefined) return batches;
  }
  return [];
}

/** Whether that node's batch with op `op` is ours, too; false where it does not answer. */
async function hasOurs(options: CatchUpOptions, node: number, op: number, last: Batch | undefined): Promise<boolean> {
  const theirs = (await askedOf(options, node, { from: op, to: op }))?.[0];
  if (theirs === undefined) return false;
  if (last !== undefined && sameHash(batchHash(theirs), batchHash(last))) return true;
  throw unlike(`op ${op} is another batch in node ${node} than here`);
}

interface Wanted {
  readonly from: number;
  readonly to: number;
}

/** Undefined where that node does not answer, or answers nothing that can be used. */
async function askedOf(
  { order, author }: Pick<CatchUpOptions, 'order' | 'author'>,
  node: number,
  wanted: Wanted,
): Promise<readonly Batch[] | undefined> {
  try {
    const answer = await order.ask(node, Buffer.from(JSON.stringify({ batches: wanted })));
    if (answer.length === 0) return undefined;
    const { ledgerId, op, batches } = readEntry(answer);
    const fits = ledgerId === author.ledgerId && op - batches.length + 1 === wanted.from && op <= wanted.to;
    return fits ? batches : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Answers {@link catchUp} of other nodes, with records that are in no stream; what is returned ends that. `done`: the
 * op up to which this node vouches for its journal.
 */
export function answerOthers(order: Order, shelf: Shelf, author: Author, done: () => number): () => void {
  return order.answer(author.node, (question) => {
    const wanted = wantedIn(question);
    const batches = wanted === undefined ? [] : shelf.from(wanted.from, Math.min(wanted.to, done()));
    if (wanted === undefined || batches.length === 0) return new Uint8Array(0);
    const before = { ...NOWHERE, op: wanted.from - 1 };
    return entryBehind(before, author, { kind: Kind.batches, batches }).bytes;
  });
}

/** Undefined for what is none: anybody may ask. */
function wantedIn(question: Uint8Array): Wanted | undefined {
  let asked: { readonly batches?: { readonly from?: unknown; readonly to?: unknown } } | null;
  try {
    asked = JSON.parse(Buffer.from(question).toString());
  } catch {
    return undefined;
  }
  const { from, to } = asked?.batches ?? {};
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || (from as number) < 1) return undefined;
  return { from: from as number, to: to as number };
}

function unlike(why: string): TallystickError {
  return new TallystickError('cluster_damaged', `${why}: this node's folder is not of the same history`);
}
