/**
 * Finds legs that are open: reads what is new on every bridge, at start all of it, and hands what has no end to the
 * resolver, again and again until it is ended.
 */
import { EVENTS_MAX, type Transfer, TransferFlags } from '../model/index.ts';
import { isEnding } from './checks.ts';
import { bridgeOf, RESERVED_CODE } from './ids.ts';
import type { Moves } from './moves.ts';
import { ResolveAll } from './resolve-all.ts';
import type { Outcome, Resolver } from './resolver.ts';
import type { Shard } from './shard.ts';
import type { SettlementCounts, Town } from './town.ts';
import { laterThan } from './town-map.ts';

/** What a sweep found and did. */
export interface Sweep {
  readonly posted: number;
  readonly voided: number;
  /** Not decided: on their way, or pending transfers of callers. */
  readonly open: number;
  /** Decided for accounts that were closed meanwhile: their money waits in the bridge. */
  readonly held: number;
  /** That money, by ledger code, in its smallest unit. */
  readonly heldAmounts: ReadonlyMap<number, bigint>;
  /** The timestamp of the oldest leg that is not ended; 0: none. */
  readonly oldest: bigint;
}

/** How far a bridge has been read, and what had no end by then. */
interface Read {
  until: bigint;
  readonly open: Map<bigint, Transfer>;
}

export class Sweeper {
  readonly #town: Town;
  readonly #moves: Moves;
  readonly #resolveAll: ResolveAll;
  readonly #read = new Map<bigint, Read>();
  #cancel: (() => void) | undefined;
  #sweeping: Promise<unknown> = Promise.resolve();
  #stopped = false;
  /** What the last sweep said. */
  last: Sweep = { posted: 0, voided: 0, open: 0, held: 0, heldAmounts: new Map(), oldest: 0n };

  constructor(town: Town, resolver: Resolver, moves: Moves) {
    this.#town = town;
    this.#moves = moves;
    this.#resolveAll = new ResolveAll(town, resolver);
  }

  /** What this router has ended, since it began. */
  get counts(): Readonly<SettlementCounts> {
    return this.#town.counts;
  }

  /** The clock by which legs are old, nanoseconds. */
  now(): bigint {
    return this.#town.world.now();
  }

  /** Sweeps now, and then so long after each sweep. */
  start(everyMs: number): void {
    const again = (): void => {
      if (this.#stopped) return;
      this.#cancel = this.#town.world.after(everyMs, () => this.start(everyMs));
    };
    // A shard that is down is swept the next time.
    this.#sweeping = this.sweep().then(again, again);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#sweeping;
  }

  /** Ends what can be ended, on every shard. Rejects when a shard fails, after the others were swept. */
  async sweep(force = false): Promise<Sweep> {
    const [looked, ...swept] = await Promise.allSettled([
      this.#lookAround(),
      ...this.#town.shards.map((shard) => this.#sweepShard(shard, force)),
    ]);
    const heldAmounts = new Map<number, bigint>();
    const total = { posted: 0, voided: 0, open: 0, held: 0, heldAmounts, oldest: 0n };
    for (const one of swept) {
      if (one.status === 'rejected') continue;
      for (const [leg, outcome] of one.value) {
        total[outcome]++;
        if (outcome === 'held') heldAmounts.set(leg.ledger, (heldAmounts.get(leg.ledger) ?? 0n) + leg.amount);
        if (outcome !== 'open' && outcome !== 'held') continue;
        if (total.oldest === 0n || leg.timestamp < total.oldest) total.oldest = leg.timestamp;
      }
    }
    this.last = total;
    for (const one of [looked, ...swept]) if (one.status === 'rejected') throw one.reason;
    return total;
  }

  /** What other routers have done to the map. */
  async #lookAround(): Promise<void> {
    const { map, shards } = this.#town;
    const why = await laterThan(map, shards[0]!);
    if (why !== undefined) this.#town.outdate(why);
    this.#town.check();
    await this.#moves.refresh();
    await this.#moves.giveUp();
  }

  async #sweepShard(shard: Shard, force: boolean): Promise<[Transfer, Outcome][]> {
    const bridges = await bridgesOn(shard);
    const reads = await Promise.all(bridges.map((bridge) => this.#readOn(shard, bridge)));
    const all = reads.flatMap((read) => [...read.open.values()].map((leg) => ({ read, leg })));
    const outcomes: [Transfer, Outcome][] = [];
    // As many at a time as fit into a request.
    for (let from = 0; from < all.length && !this.#stopped; from += EVENTS_MAX) {
      const some = all.slice(from, from + EVENTS_MAX);
      const legs = some.map(({ leg }) => leg);
      const decided = await this.#resolveAll.decide(shard, legs, force);
      for (const { read, leg } of some) {
        const outcome = decided.get(leg)!;
        if (outcome === 'posted' || outcome === 'voided') {
          read.open.delete(leg.id);
          this.#town.counts[outcome]++;
        }
        outcomes.push([leg, outcome]);
      }
    }
    return outcomes;
  }

  async #readOn(shard: Shard, bridge: bigint): Promise<Read> {
    const read = this.#read.get(bridge) ?? { until: 0n, open: new Map<bigint, Transfer>() };
    this.#read.set(bridge, read);
    for (;;) {
      const filter = { account_id: bridge, timestamp_min: read.until + 1n };
      const page = await shard.ask((ledger) => ledger.getAccountTransfers(filter));
      for (const transfer of page) {
        if (isEnding(transfer)) read.open.delete(transfer.pending_id);
        else if ((transfer.flags & TransferFlags.pending) !== 0) read.open.set(transfer.id, transfer);
      }
      read.until = page.at(-1)?.timestamp ?? read.until;
      if (page.length < EVENTS_MAX) return read;
    }
  }
}

/** Ids of the bridges that are open on a shard. */
export async function bridgesOn(shard: Shard): Promise<bigint[]> {
  const bridges: bigint[] = [];
  for (let from = 0n; ; ) {
    const filter = { code: RESERVED_CODE, timestamp_min: from };
    const page = await shard.ask((ledger) => ledger.queryAccounts(filter));
    for (const { id } of page) if (bridgeOf(id) !== undefined) bridges.push(id);
    if (page.length < EVENTS_MAX) return bridges;
    from = page.at(-1)!.timestamp + 1n;
  }
}
