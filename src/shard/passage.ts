/**
 * Transfers whose accounts share a shard are passed on as they lie: no object is made of one, and a request for one
 * shard is copied as a whole. Those that cross are told apart on the way.
 */
import { type Cells, EVENTS_MAX } from '../model/index.ts';
import { allOf } from './all-of.ts';
import { MOVED } from './homes.ts';
import { At, canStripe, copyResult, type Draft, isMovable, isPlain, isStripedAt, WORDS, wordsOf } from './lying.ts';
import type { Shard } from './shard.ts';
import type { Town } from './town.ts';

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
  /** Each event is movable: see {@link isMovable}. */
  readonly movable: boolean;
}

/** The events for one shard. */
interface Part {
  readonly shard: Shard;
  /** Their places in the request. */
  readonly places: Uint16Array;
  /** Where the first one lies in the draft. */
  readonly first: number;
}

export class Passage {
  readonly #town: Town;
  readonly #draft: Draft;
  readonly #ids = new IdSet();

  constructor(town: Town, draft: Draft) {
    this.#town = town;
    this.#draft = draft;
  }

  /** Undefined where an event is no plain transfer: then all are looked at closely. */
  sort({ u32 }: Cells, count: number): Sorted | undefined {
    const { map } = this.#town;
    const shards = new Uint16Array(count);
    const crossing: number[] = [];
    let only: number | undefined;
    let movable = true;
    for (let place = 0, from = 0; place < count; place++, from += WORDS) {
      if (!isPlain(u32, from)) return undefined;
      const isPaid = isStripedAt(u32, from + At.debit);
      const isPayee = isStripedAt(u32, from + At.credit);
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
      movable &&= isMovable(u32, from);
      if (place === 0) only = shard;
      else if (only !== shard) only = undefined;
    }
    return { shards, only: crossing.length === 0 ? only : undefined, crossing, movable };
  }

  /**
   * Whether nothing orders the events that cross and the others: accounts without limits take amounts in any order, if
   * no sum can run over, no amount depends on a balance, and each id comes once.
   */
  isApart({ u32 }: Cells, { shards, crossing, movable }: Sorted): boolean {
    if (!movable) return false;
    const { accounts } = this.#town;
    for (const place of crossing) {
      const from = place * WORDS;
      const ledger = u32[from + At.ledger]!;
      if (accounts.ledgerOfUnlimited(u32, from + At.debit) !== ledger) return false;
      if (accounts.ledgerOfUnlimited(u32, from + At.credit) !== ledger) return false;
    }
    return this.#ids.areDistinct(u32, shards.length);
  }

  /** Sends those that do not cross, and writes their results into the reply, by their places. */
  async send(cells: Cells, { shards, only }: Sorted, reply: Cells): Promise<void> {
    if (only !== undefined) {
      const batch = this.#draft.whole(cells, shards.length);
      const results = await this.#town.shards[only]!.ask((ledger) => ledger.createTransfers(batch));
      reply.bytes.set(results.bytes);
      return;
    }
    const asking = this.#parted(cells, shards).map(async ({ shard, places, first }) => {
      const batch = this.#draft.batch(first, places.length);
      const results = wordsOf(await shard.ask((ledger) => ledger.createTransfers(batch)));
      for (let index = 0; index < places.length; index++) copyResult(reply.u32, places[index]!, results, index);
    });
    await allOf(asking);
  }

  /** Writes those of each shard one behind the other into the draft. */
  #parted({ u32 }: Cells, shards: Uint16Array): Part[] {
    const towns = this.#town.shards;
    const starts = new Uint32Array(towns.length + 1);
    for (const shard of shards) if (shard !== CROSSES) starts[shard + 1]!++;
    for (let shard = 0; shard < towns.length; shard++) starts[shard + 1]! += starts[shard]!;
    const places = new Uint16Array(starts[towns.length]!);
    const next = starts.slice();
    const { words } = this.#draft;
    for (let place = 0; place < shards.length; place++) {
      const shard = shards[place]!;
      if (shard === CROSSES) continue;
      const index = next[shard]!++;
      places[index] = place;
      const [to, from] = [index * WORDS, place * WORDS];
      for (let nth = 0; nth < WORDS; nth++) words[to + nth] = u32[from + nth]!;
    }
    return towns.flatMap((shard, index) => {
      const [first, end] = [starts[index]!, starts[index + 1]!];
      return first === end ? [] : [{ shard, places: places.subarray(first, end), first }];
    });
  }
}

const ID_SLOTS = 4 * 2 ** Math.ceil(Math.log2(EVENTS_MAX));

/** Tells whether the ids of a request's events differ. */
class IdSet {
  /** The place of an event in the lower half, and the number of the request in the upper one. */
  readonly #slots = new Float64Array(ID_SLOTS);
  #request = 0;

  areDistinct(u32: Uint32Array, count: number): boolean {
    this.#request++;
    const base = this.#request * EVENTS_MAX;
    for (let place = 0, at = At.id; place < count; place++, at += WORDS) {
      let slot = spread(u32, at) & (ID_SLOTS - 1);
      for (;;) {
        const there = this.#slots[slot]! - base;
        if (there < 0) break;
        if (isSameId(u32, at, there * WORDS + At.id)) return false;
        slot = (slot + 1) & (ID_SLOTS - 1);
      }
      this.#slots[slot] = base + place;
    }
    return true;
  }
}

const spread = (u32: Uint32Array, at: number): number => {
  const mixed = Math.imul(u32[at]! ^ Math.imul(u32[at + 1]! ^ u32[at + 2]! ^ u32[at + 3]!, 0x85eb_ca6b), 0x9e37_79b1);
  return mixed ^ (mixed >>> 15);
};

const isSameId = (u32: Uint32Array, a: number, b: number): boolean =>
  u32[a] === u32[b] && u32[a + 1] === u32[b + 1] && u32[a + 2] === u32[b + 2] && u32[a + 3] === u32[b + 3];
