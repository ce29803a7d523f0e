/**
 * A record: one message of a ledger's stream. It names the record before it by its hash, so that a stream that has
 * lost, repeated or reordered one is noticed by whoever reads it. Numbers are little-endian.
 *
 *   0 magic "TREC" · 4 version · 6 kind · 8 sequence · 16 epoch · 24 op behind it · 32 timestamp behind it
 *   40 ledger id · 56 batches · 60 node that wrote it · 64 hash of the record before · 96 hash of 0..96 and the body
 *
 * A record has the lowest version in which it can be said, so that nodes which are older read it, too.
 *
 * Batches are the body of a record of theirs: batches.ts.
 */
import { createHash } from 'node:crypto';
import { EVENTS_MAX, TallystickError } from 'tallystick/internal';
import { BATCH_SIZE, type Batch, draftOf, readBatches, writeBatches } from './batches.ts';
import { PART_SIZE } from './parts.ts';

const MAGIC = 0x4345_5254;
/** Events are packed since 2, requests have sessions since 3. */
const VERSION = 3;
/** Bases came with 4: a node that reads less must be in no cluster that has one. */
export const VERSION_BASE = 4;
/** Events are packed against those before them since 5. */
const VERSION_BEFORE = 5;
/** Records up to this version are read here. */
export const READS: number = VERSION_BEFORE;
/** Whoever reads less than this cannot follow a node that is as old as this one. */
export const WRITES: number = VERSION;
export const RECORD_SIZE = 128;
export const HASH_SIZE = 32;
const HASH_AT = 96;
/** The largest batch makes the largest record. */
export const BODY_SIZE_MAX: number = BATCH_SIZE + EVENTS_MAX * 128 + PART_SIZE;
/**
 * Records that a leader has on their way at most. The stream compares numbers, not hashes: when another epoch begins at
 * record E, what the leader before had sent for the places behind E may still get one of them. Such a record is void
 * for everybody, for its epoch is over. Places from E + WINDOW on are out of its reach.
 */
export const WINDOW = 4;

export const Kind = {
  /** The first record: it names the ledger. */
  founding: 1,
  /** A node leads from here on, in an epoch of its own. */
  epoch: 2,
  /** Batches in the order in which every node executes them. */
  batches: 3,
  /** Nothing: its author still leads. Who reads from a leader waits for one that was sent after he asked. */
  proof: 4,
  /** What a node has made of the batches up to an op. */
  digest: 5,
  /** Everything before it may be removed from the stream, which begins with it then (base.ts). */
  base: 6,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** The place of a record, and all that the next one must fit on. */
export interface Place {
  readonly sequence: number;
  readonly hash: Uint8Array;
  readonly epoch: number;
  /** The last op up to here. */
  readonly op: number;
  /** The last batch's. */
  readonly timestamp: bigint;
}

/** Behind a record; it holds nothing of it that is large. */
export function placeAt({ sequence, hash, epoch, op, timestamp }: Place): Place {
  return { sequence, hash, epoch, op, timestamp };
}

export interface Entry extends Place {
  readonly kind: Kind;
  readonly ledgerId: bigint;
  readonly node: number;
  readonly parent: Uint8Array;
  readonly batches: readonly Batch[];
  /** The bytes behind the header. */
  readonly body: Uint8Array;
  /** All of it, as it lies in the stream. */
  readonly bytes: Uint8Array;
}

/** Before the first record. */
export const NOWHERE: Place = { sequence: 0, hash: new Uint8Array(HASH_SIZE), epoch: 0, op: 0, timestamp: 0n };

export interface Author {
  readonly ledgerId: bigint;
  readonly node: number;
}

/** What a record may say. */
export type Content =
  | { readonly kind: typeof Kind.batches; readonly batches: readonly Batch[] }
  | { readonly kind: Exclude<Kind, typeof Kind.batches>; readonly body?: Uint8Array };

/** The record that follows `before`, for nodes that read `reads`. An epoch begins with its own record. */
export function entryBehind(
  before: Place,
  { ledgerId, node }: Author,
  content: Content,
  reads: number = WRITES,
): Entry {
  const batches = content.kind === Kind.batches ? content.batches : [];
  const body = content.kind === Kind.batches ? undefined : content.body;
  const against = reads >= VERSION_BEFORE && batches.some(({ count }) => count > 1) ? 'before' : 'zeros';
  const draft = draftOf(batches, RECORD_SIZE + (body?.length ?? 0));
  if (body !== undefined) draft.set(body, RECORD_SIZE);
  const { end, isPacked } = writeBatches(draft, RECORD_SIZE + (body?.length ?? 0), batches, against);
  const bytes = new Uint8Array(draft.subarray(0, end));
  const view = new DataView(bytes.buffer);
  const place = {
    sequence: before.sequence + 1,
    epoch: before.epoch + (content.kind === Kind.epoch ? 1 : 0),
    op: before.op + batches.length,
    timestamp: batches.at(-1)?.timestamp ?? before.timestamp,
  };
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, versionOf(content.kind, against === 'before' && isPacked), true);
  view.setUint16(6, content.kind, true);
  view.setBigUint64(8, BigInt(place.sequence), true);
  view.setBigUint64(16, BigInt(place.epoch), true);
  view.setBigUint64(24, BigInt(place.op), true);
  view.setBigUint64(32, place.timestamp, true);
  view.setBigUint64(40, BigInt.asUintN(64, ledgerId), true);
  view.setBigUint64(48, ledgerId >> 64n, true);
  view.setUint32(56, batches.length, true);
  view.setUint32(60, node, true);
  bytes.set(before.hash, 64);
  const hash = hashOf(bytes);
  bytes.set(hash, HASH_AT);
  const { kind } = content;
  return {
    ...place,
    kind,
    ledgerId,
    node,
    parent: before.hash,
    hash,
    batches,
    body: bytes.subarray(RECORD_SIZE),
    bytes,
  };
}

/** The lowest in which it can be said. */
function versionOf(kind: Kind, isAgainstBefore: boolean): number {
  if (isAgainstBefore) return VERSION_BEFORE;
  return kind === Kind.base ? VERSION_BASE : VERSION;
}

/** Reads a record from a stream. Throws `cluster_damaged` for anything that is not whole. */
export function readEntry(bytes: Uint8Array): Entry {
  const damaged = (why: string): TallystickError =>
    new TallystickError('cluster_damaged', `a record is damaged: ${why}`);
  if (bytes.length < RECORD_SIZE) throw damaged(`it has ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== MAGIC) throw damaged('it does not begin as one');
  const version = view.getUint16(4, true);
  if (version > READS) {
    throw new TallystickError('format_newer', `a record has format ${version}; this node reads up to ${READS}`);
  }
  const hash = bytes.slice(HASH_AT, HASH_AT + HASH_SIZE);
  if (!sameHash(hash, hashOf(bytes))) throw damaged('it does not match its hash');
  const kind = view.getUint16(6, true) as Kind;
  const batches = kind === Kind.batches ? readBatches(bytes, view, RECORD_SIZE) : [];
  if (batches === undefined || batches.length !== view.getUint32(56, true)) throw damaged('its batches do not fill it');
  return {
    kind,
    sequence: Number(view.getBigUint64(8, true)),
    epoch: Number(view.getBigUint64(16, true)),
    op: Number(view.getBigUint64(24, true)),
    timestamp: view.getBigUint64(32, true),
    ledgerId: view.getBigUint64(40, true) | (view.getBigUint64(48, true) << 64n),
    node: view.getUint32(60, true),
    parent: bytes.slice(64, 64 + HASH_SIZE),
    hash,
    batches,
    body: bytes.subarray(RECORD_SIZE),
    bytes,
  };
}

/** Whether `entry` was sent by a leader whose epoch was over when it was stored: nobody does what it says. */
export function isVoid(before: Pick<Place, 'epoch'>, entry: Pick<Place, 'epoch'>): boolean {
  return entry.epoch < before.epoch;
}

/** Why `entry` cannot be the record behind `before`; undefined if it is. */
export function misfit(before: Place, entry: Entry, ledgerId: bigint): string | undefined {
  if (entry.sequence !== before.sequence + 1) return `it was written as number ${entry.sequence}`;
  if (entry.ledgerId !== ledgerId) return 'it belongs to another ledger';
  if (!sameHash(entry.parent, before.hash)) return 'it names another record as the one before it';
  if (entry.op !== before.op + entry.batches.length) return `it ends with op ${entry.op}, and we are at ${before.op}`;
  const epoch = before.epoch + (entry.kind === Kind.epoch ? 1 : 0);
  if (entry.epoch !== epoch) return `it was written in epoch ${entry.epoch}, and this is epoch ${epoch}`;
  return undefined;
}

export function sameHash(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

function hashOf(bytes: Uint8Array): Uint8Array {
  const hash = createHash('sha256');
  hash.update(bytes.subarray(0, HASH_AT));
  hash.update(bytes.subarray(RECORD_SIZE));
  return new Uint8Array(hash.digest());
}
