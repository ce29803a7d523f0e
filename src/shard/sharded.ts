/**
 * `sharded([...])`: one ledger made of many, each with a share of the accounts. It speaks to them in the verbs of
 * `Ledger` alone, so a shard may be an engine in this process, a server, or a cluster.
 */
import { checkOptions, invalid, type Ledger, ObjectLedger, type Port } from '../model/index.ts';
import { Growth, type ShardMap } from './growth.ts';
import { Homes } from './homes.ts';
import { Learning } from './learning.ts';
import { SHARDS_MAX, type ShardOf } from './map.ts';
import type { Moved } from './mover.ts';
import { Moves } from './moves.ts';
import { ShardPort } from './port.ts';
import { Resolver } from './resolver.ts';
import { Shard } from './shard.ts';
import { type Sweep, Sweeper } from './sweeper.ts';
import { Town } from './town.ts';
import { joinMap } from './town-map.ts';
import type { ShardWorld } from './world.ts';

const NANOSECONDS_PER_MS = 1_000_000n;
const PATIENCE_MS = 30_000;
const SWEEP_MS = 5_000;
const ANSWER_MS = 10_000;

/** How `sharded` spreads accounts, and how often it looks for what a router left open. */
export interface ShardOptions {
  /**
   * The shard of an account, from 0. It must say the same of the same account for ever. By default accounts are spread
   * by a hash of their ids. Accounts that often pay each other are faster on one shard.
   */
  readonly shardOf?: ShardOf;
  /** How long a settlement may stand still before a resolver ends it, milliseconds; 30 s by default. */
  readonly patienceMs?: number;
  /** Between two looks for settlements that stand still, milliseconds; 5 s by default. */
  readonly sweepMs?: number;
  /** How long a shard may take to answer, milliseconds; 10 s by default. Then callers hear `timed_out`. */
  readonly answerMs?: number;
}

/** Ledgers that are the shards of one map, as a server has them. */
export interface JoinedShards {
  readonly port: Port;
  readonly sweeper: Sweeper;
  /** Chosen at random when the map was made; every router finds the same. */
  readonly townId: bigint;
  readonly growth: Growth;
}

/** Makes one ledger of many. Closing the port closes them. */
export async function joinShards(
  ledgers: readonly Ledger[],
  options: ShardOptions,
  world: ShardWorld,
): Promise<JoinedShards> {
  check(ledgers, options);
  const { patienceMs = PATIENCE_MS, sweepMs = SWEEP_MS, answerMs = ANSWER_MS } = options;
  const shards = ledgers.map((ledger, index) => new Shard(index, ledger, world, answerMs));
  const { town: townId, counts } = await joinMap(shards, world.random());
  const map = new Homes(options.shardOf, townId, counts);
  const town = new Town(shards, map, world, BigInt(patienceMs) * NANOSECONDS_PER_MS);
  const resolver = new Resolver(town);
  const moves = new Moves(town);
  await moves.refresh();
  const sweeper = new Sweeper(town, resolver, moves);
  const learning = new Learning(town);
  sweeper.start(sweepMs);
  const growth = new Growth(
    town,
    townId,
    learning,
    moves,
    (ledger, index) => new Shard(index, ledger, world, answerMs),
  );
  return { port: new ShardPort({ town, resolver, sweeper, learning, moves }), sweeper, townId, growth };
}

/** A ledger made of others. */
export class ShardedLedger extends ObjectLedger {
  readonly #sweeper: Sweeper;
  readonly #growth: Growth;

  constructor({ port, sweeper, growth }: JoinedShards) {
    super(port);
    this.#sweeper = sweeper;
    this.#growth = growth;
  }

  /** The map as it is: shards of each epoch, and how many accounts have moved. */
  get map(): ShardMap {
    return this.#growth.map;
  }

  /** The shard that an account lives on, or would live on, from 0; undefined for a striped one, which is on all. */
  shardOf(account: bigint): Promise<number | undefined> {
    return this.#growth.shardOf(account);
  }

  /**
   * Makes an empty ledger one more shard, while all run. Accounts stay where they are; new ones are spread over all
   * shards. Other routers of the same shards are refused with `shards_invalid` until they are given this one, too. An
   * attempt that failed is repeated with the same ledger. Closing this ledger closes it. Throws `TallystickError`:
   * `shards_invalid` where the ledger is in use, and as the shards do.
   */
  addShard(ledger: Ledger): Promise<ShardMap> {
    return this.#growth.add(ledger);
  }

  /**
   * Moves an account to a shard, with its balances; its history is read from both. While it moves it is closed to
   * transfers. An attempt that failed is repeated. Throws `TallystickError` as the shards do.
   */
  moveAccount(account: bigint, shard: number): Promise<Moved> {
    return this.#growth.move(account, shard);
  }

  /** What the last look for open settlements found. */
  get settlements(): Sweep {
    return this.#sweeper.last;
  }

  /** Looks now, and ends what can be ended. */
  settle(): Promise<Sweep> {
    return this.#sweeper.sweep();
  }
}

const OPTIONS: readonly (keyof ShardOptions)[] = ['shardOf', 'patienceMs', 'sweepMs', 'answerMs'];

function check(ledgers: readonly Ledger[], options: ShardOptions): void {
  checkOptions(options, OPTIONS, 'sharded');
  if (!Array.isArray(ledgers) || ledgers.length < 1 || ledgers.length > SHARDS_MAX) {
    throw invalid(`sharded wants 1 to ${SHARDS_MAX} ledgers`);
  }
  if (new Set(ledgers).size !== ledgers.length) throw invalid('sharded wants each ledger once');
  const { patienceMs = 1, sweepMs = 1, answerMs = 1 } = options;
  for (const [name, value] of Object.entries({ patienceMs, sweepMs, answerMs })) {
    if (!Number.isSafeInteger(value) || value < 1) throw invalid(`${name} must be a whole number above 0`);
  }
}
