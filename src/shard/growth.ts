/** A town that gets another shard, and accounts that move between shards. */
import { invalid, type Ledger } from '../model/index.ts';
import { isStriped } from './ids.ts';
import type { Learning } from './learning.ts';
import { SHARDS_MAX } from './map.ts';
import { type Moved, Mover } from './mover.ts';
import type { Moves } from './moves.ts';
import type { Shard } from './shard.ts';
import type { Town } from './town.ts';
import { addToMap } from './town-map.ts';

/** The map of a ledger made of shards. */
export interface ShardMap {
  /** Shards of each epoch, the first one first. */
  readonly counts: readonly number[];
  /** Accounts that have moved. */
  readonly moved: number;
}

export class Growth {
  readonly #town: Town;
  readonly #townId: bigint;
  readonly #learning: Learning;
  readonly #moves: Moves;
  readonly #mover: Mover;
  readonly #shard: (ledger: Ledger, index: number) => Shard;
  #adding: Promise<unknown> = Promise.resolve();

  constructor(
    town: Town,
    townId: bigint,
    learning: Learning,
    moves: Moves,
    shard: (ledger: Ledger, index: number) => Shard,
  ) {
    this.#town = town;
    this.#townId = townId;
    this.#learning = learning;
    this.#moves = moves;
    this.#mover = new Mover(town, learning, moves);
    this.#shard = shard;
  }

  get map(): ShardMap {
    return { counts: this.#town.map.counts, moved: this.#town.map.movedCount };
  }

  async shardOf(account: bigint): Promise<number | undefined> {
    if (isStriped(account)) return undefined;
    await this.#learning.learn([account]);
    const { map } = this.#town;
    return map.isKnown(account) ? map.shardOf(account) : map.wanted(account);
  }

  /** One after the other. */
  add(ledger: Ledger): Promise<ShardMap> {
    const adding = this.#adding.then(() => this.#add(ledger));
    this.#adding = adding.catch(() => undefined);
    return adding;
  }

  async #add(ledger: Ledger): Promise<ShardMap> {
    const { shards, map, world } = this.#town;
    this.#town.check();
    if (shards.length === SHARDS_MAX) throw invalid(`a map has ${SHARDS_MAX} shards at most`);
    if (shards.some((shard) => shard.is(ledger))) throw invalid('the ledger is a shard of this map');
    const added = this.#shard(ledger, shards.length);
    const { counts } = await addToMap(shards, added, { town: this.#townId, counts: map.counts }, world.random());
    this.#town.grow(added, counts);
    return this.map;
  }

  async move(account: bigint, to: number): Promise<Moved> {
    this.#town.check();
    const { shards } = this.#town;
    const shard = shards[to];
    if (shard === undefined) throw invalid(`there is no shard ${to}; there are shards 0 to ${shards.length - 1}`);
    await this.#moves.refresh();
    return this.#mover.move(account, shard);
  }
}
