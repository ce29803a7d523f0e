/**
 * Transfers whose accounts share a shard are passed on as they lie: no object is made of one, and a request for one
 * shard is copied as a whole.
 */
import {
  type Cells,
  CREATE_TRANSFER_RESULT_SIZE,
  type CreateTransferResult,
  CreateTransferResultOffset,
  type CreateTransferStatus,
  type ResultBatch,
  TRANSFER_SIZE,
  TransferBatch,
  TransferFlags,
  TransferOffset,
} from '../model/index.ts';
import { allOf } from './all-of.ts';
import { CLOSING } from './checks.ts';
import { MOVED } from './homes.ts';
import { isReservedPrefix, isStripedPrefix } from './ids.ts';
import { HUGE } from './targets.ts';
import type { Town } from './town.ts';

const { pending, balancing_debit, balancing_credit } = TransferFlags;
/** What one shard does by itself; the others need a look at more than the event. */
const NATIVE = pending | balancing_debit | balancing_credit | CLOSING;
const HUGE_WORD = Number(HUGE >> 96n);
const WORDS = TRANSFER_SIZE / 4;
export const RESULT_WORDS: number = CREATE_TRANSFER_RESULT_SIZE / 4;
const RESULT_TIME = CreateTransferResultOffset.timestamp / 4;
export const RESULT_STATUS: number = CreateTransferResultOffset.status / 4;
const word = (offset: number): number => offset / 4;
const At = {
  id: word(TransferOffset.id),
  debit: word(TransferOffset.debit_account_id),
  credit: word(TransferOffset.credit_account_id),
  amount: word(TransferOffset.amount),
  pending: word(TransferOffset.pending_id),
  timeout: word(TransferOffset.timeout),
  ledger: word(TransferOffset.ledger),
  code: word(TransferOffset.code),
  timestamp: word(TransferOffset.timestamp),
} as const;

/** In a shard's place: the event crosses. */
const CROSSES = 0xffff;

/** Where the events of a request go. */
export interface Sorted {
  /** Shards by the events' places, or {@link CROSSES}. */
  readonly shards: Uint16Array;
  /** The shard that has them all; undefined: there are several, or some cross. */
  readonly only: number | undefined;
  /** Places of those that cross. */
  readonly crossing: readonly number[];
}

export class Passage {
  readonly #town: Town;

  constructor(town: Town) {
    this.#town = town;
  }

  /** Undefined where an event is no plain transfer: then all are looked at closely. */
  sort({ u32 }: Cells, count: number): Sorted | undefined {
    const { map } = this.#town;
    const shards = new Uint16Array(count);
    const crossing: number[] = [];
    let only: number | undefined;
    for (let place = 0, from = 0; place < count; place++, from += WORDS) {
      if (!isPlain(u32, from)) return undefined;
      const isPaid = isStripedPrefix(u32[from + At.debit + 3]!);
      const isPayee = isStripedPrefix(u32[from + At.credit + 3]!);
      // The other account says where: two striped ones are looked at closely, and so is what ones cannot do.
      if (isPaid ? isPayee || !canStripe(u32, from) : isPayee && !canStripe(u32, from)) return undefined;
      const shard = map.shardOfWords(u32, from + (isPaid ? At.credit : At.debit));
      const other = isPaid || isPayee ? shard : map.shardOfWords(u32, from + At.credit);
      if (shard === MOVED || other === MOVED) return undefined;
      if (shard === other) shards[place] = shard;
      else {
        shards[place] = CROSSES;
        crossing.push(place);
      }
      if (place === 0) only = shard;
      else if (only !== shard) only = undefined;
    }
    return { shards, only: crossing.length === 0 ? only : undefined, crossing };
  }

  /**
   * Whether nothing orders the events that cross and the others: an account without limits takes amounts in any order,
   * if no sum can run over and no amount depends on a balance. The accounts of those that cross have no limits.
   */
  isApart({ u32 }: Cells, { shards, crossing }: Sorted): boolean {
    const ids = new Set(crossing.map((place) => u32[place * WORDS + At.id]!));
    for (const [place, shard] of shards.entries()) {
      if (shard === CROSSES) continue;
      const from = place * WORDS;
      // An id's lowest word is enough to go the long way.
      if (ids.has(u32[from + At.id]!)) return false;
      if ((u32[from + At.code]! >>> 16) & ~pending || u32[from + At.amount + 3]! >= HUGE_WORD) return false;
    }
    return true;
  }

  /** Sends those that do not cross, and writes their results into the reply, by their places. */
  async send(cells: Cells, { shards, only }: Sorted, reply: Cells): Promise<void> {
    const asked = only === undefined ? this.#parted(cells, shards) : [whole(cells, only, shards.length)];
    const asking = asked.map(async ({ shard, batch, places }) => {
      const results = await this.#town.shards[shard]!.ask((ledger) => ledger.createTransfers(batch));
      put(reply, results, places);
    });
    await allOf(asking);
  }

  #parted({ u32 }: Cells, shards: Uint16Array): Part[] {
    const counts = new Uint32Array(this.#town.shards.length);
    for (const shard of shards) if (shard !== CROSSES) counts[shard]!++;
    const parts = Array.from(counts, (count, shard): Part | undefined =>
      count === 0 ? undefined : { shard, batch: zeros(count), places: new Uint32Array(count) },
    );
    const words = parts.map((part) => part && wordsOf(part.batch));
    const filled = new Uint32Array(counts.length);
    for (const [place, shard] of shards.entries()) {
      if (shard === CROSSES) continue;
      const index = filled[shard]!++;
      const target = words[shard]!;
      const [from, to] = [place * WORDS, index * WORDS];
      for (let nth = 0; nth < WORDS; nth++) target[to + nth] = u32[from + nth]!;
      parts[shard]!.places![index] = place;
    }
    return parts.filter((part) => part !== undefined);
  }
}

interface Part {
  readonly shard: number;
  readonly batch: TransferBatch;
  /** Of its events in the request; undefined: all, in their order. */
  readonly places: Uint32Array | undefined;
}

function whole({ bytes }: Cells, shard: number, count: number): Part {
  const batch = zeros(count);
  batch.bytes.set(bytes.subarray(0, count * TRANSFER_SIZE));
  return { shard, batch, places: undefined };
}

function zeros(count: number): TransferBatch {
  const batch = new TransferBatch(count);
  for (let index = 0; index < count; index++) batch.add();
  return batch;
}

function wordsOf({ bytes }: TransferBatch): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

function put(reply: Cells, results: ResultBatch<CreateTransferStatus>, places: Uint32Array | undefined): void {
  const { u32, view } = reply;
  for (let index = 0; index < results.count; index++) {
    const at = (places === undefined ? index : places[index]!) * RESULT_WORDS;
    view.setBigUint64((at + RESULT_TIME) * 4, results.timestamp(index), true);
    u32[at + RESULT_STATUS] = results.status(index);
  }
}

/** The results of events at these places. */
export function putResults(reply: Cells, places: readonly number[], results: readonly CreateTransferResult[]): void {
  for (const [index, place] of places.entries()) {
    const { status, timestamp } = results[index]!;
    reply.view.setBigUint64((place * RESULT_WORDS + RESULT_TIME) * 4, timestamp, true);
    reply.u32[place * RESULT_WORDS + RESULT_STATUS] = status;
  }
}

/** One look says that nothing is wrong with it that any shard would have to refuse, and that it ends nothing. */
function isPlain(u32: Uint32Array, from: number): boolean {
  const code = u32[from + At.code]!;
  const flags = code >>> 16;
  if ((flags & ~NATIVE) !== 0 || (code & 0xffff) === 0 || u32[from + At.ledger] === 0) return false;
  if ((flags & pending) === 0 && (u32[from + At.timeout] !== 0 || (flags & CLOSING) !== 0)) return false;
  if (!isZero(u32, from + At.pending) || (u32[from + At.timestamp]! | u32[from + At.timestamp + 1]!) !== 0)
    return false;
  if (!isId(u32, from + At.id) || !isId(u32, from + At.debit) || !isId(u32, from + At.credit)) return false;
  if (isReservedPrefix(u32[from + At.debit + 3]!) || isReservedPrefix(u32[from + At.credit + 3]!)) return false;
  return !isSame(u32, from + At.debit, from + At.credit);
}

/** Striped accounts have no balance of their own that these could look at. */
const canStripe = (u32: Uint32Array, from: number): boolean => ((u32[from + At.code]! >>> 16) & ~pending) === 0;

const isZero = (u32: Uint32Array, at: number): boolean => (u32[at]! | u32[at + 1]! | u32[at + 2]! | u32[at + 3]!) === 0;

/** Neither zero nor 2^128 - 1. */
const isId = (u32: Uint32Array, at: number): boolean =>
  !isZero(u32, at) && (u32[at]! & u32[at + 1]! & u32[at + 2]! & u32[at + 3]!) >>> 0 !== 0xffff_ffff;

const isSame = (u32: Uint32Array, a: number, b: number): boolean =>
  u32[a] === u32[b] && u32[a + 1] === u32[b + 1] && u32[a + 2] === u32[b + 2] && u32[a + 3] === u32[b + 3];
