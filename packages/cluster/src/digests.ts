/**
 * What a node has made of the batches that all execute: at every op that is a multiple of `every`, a hash over all
 * replies since the last such op and over accounts that those batches touched, as they stand behind it. Two nodes whose
 * hashes differ do not have the same ledger.
 */
import { createHash, type Hash } from 'node:crypto';
import { type Cells, type Engine, EVENTS_MAX, NO_CONTEXT, Operation, TransferOffset } from 'tallystick/internal';
import type { Batch } from './batches.ts';
import { EVENT_SIZE, unpacked } from './packing.ts';

/** Batches between two comparisons. */
export const DIGEST_EVERY = 1024;
/** The first so many events of a batch name the accounts that are looked at. */
const EVENTS_LOOKED_AT = 3;
const ID_SIZE = 16;
/** Digests that are remembered: the leader's comes a moment later, or earlier. */
const KEPT = 64;

export interface Digest {
  readonly op: number;
  readonly hash: Uint8Array;
}

export class Digests {
  readonly #engine: Engine;
  readonly #every: number;
  readonly #hear: (digest: Digest) => void;
  readonly #kept = new Map<number, Uint8Array>();
  /** Other nodes' digests came first. */
  readonly #awaited = new Map<number, (digest: Uint8Array) => void>();
  /** The op of the last digest. */
  #made: number;
  #replies: Hash = createHash('sha256');
  #ids: Uint8Array[] = [];
  /** False until a whole stretch was seen. */
  #whole: boolean;

  /** The batch behind op `from` comes next. `hear` is told each digest. */
  constructor(engine: Engine, from: number, every: number, hear: (digest: Digest) => void) {
    this.#engine = engine;
    this.#every = every;
    this.#hear = hear;
    this.#made = from;
    this.#whole = from % every === 0;
  }

  /** The batch with that op was given to the engine, and nothing yet behind it. Returns what is to hear its reply. */
  placed(op: number, batch: Batch): Hash {
    const replies = this.#replies;
    this.#look(batch);
    if (op % this.#every === 0) this.#finish(op);
    return replies;
  }

  /** The digest of a node at that op; undefined: not known, or no longer. */
  at(op: number): Uint8Array | undefined {
    return this.#kept.get(op);
  }

  /** `hear` gets the digest at that op once it is there; never, where only a part of its batches was seen here. */
  when(op: number, hear: (digest: Uint8Array) => void): void {
    const known = this.#kept.get(op);
    if (known !== undefined) hear(known);
    else if (op > this.#made) this.#awaited.set(op, hear);
  }

  #look(batch: Batch): void {
    const { operation, count, packed } = batch;
    const offsets =
      operation === Operation.create_transfers
        ? [TransferOffset.debit_account_id, TransferOffset.credit_account_id]
        : operation === Operation.create_accounts
          ? [0]
          : [];
    const looked = offsets.length === 0 ? 0 : Math.min(count, EVENTS_LOOKED_AT);
    const events = packed === undefined ? batch.events : unpacked(packed, looked);
    for (let event = 0; event < looked; event++) {
      for (const offset of offsets) {
        const at = event * EVENT_SIZE + offset;
        if (this.#ids.length < EVENTS_MAX) this.#ids.push(events.slice(at, at + ID_SIZE));
      }
    }
  }

  /** Looks at the accounts right behind the batch: its place in the order is the next one. */
  #finish(op: number): void {
    const replies = this.#replies;
    const ids = this.#ids;
    const whole = this.#whole;
    this.#replies = createHash('sha256');
    this.#ids = [];
    this.#whole = true;
    if (!whole) return;
    const write = ({ bytes }: Cells, at: number): void => {
      for (let k = 0; k < ids.length; k++) bytes.set(ids[k]!, at + k * ID_SIZE);
    };
    const read = ({ bytes }: Cells, at: number, size: number): Uint8Array =>
      replies.update(bytes.subarray(at, at + size)).digest();
    const request = { operation: Operation.lookup_accounts, count: ids.length, write, read, context: NO_CONTEXT };
    this.#engine.request(request).then(
      (hash) => this.#keep({ op, hash }),
      // The engine has failed, which its owner hears otherwise.
      () => undefined,
    );
  }

  #keep(digest: Digest): void {
    this.#kept.set(digest.op, digest.hash);
    for (const op of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(op);
    }
    this.#made = digest.op;
    this.#hear(digest);
    this.#awaited.get(digest.op)?.(digest.hash);
    this.#awaited.delete(digest.op);
  }
}

/** A digest as the body of a record: 0 op · 8 hash. */
export function digestBody({ op, hash }: Digest): Uint8Array {
  const body = new Uint8Array(8 + hash.length);
  new DataView(body.buffer).setBigUint64(0, BigInt(op), true);
  body.set(hash, 8);
  return body;
}

export function digestIn(body: Uint8Array): Digest {
  const view = new DataView(body.buffer, body.byteOffset);
  return { op: Number(view.getBigUint64(0, true)), hash: body.subarray(8) };
}
