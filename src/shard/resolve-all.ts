/**
 * Ends many legs of one shard that nobody ends: each question and each step of all of them is one request a shard. What
 * is not as simple as most goes through {@link Resolver.decide} alone.
 */
import { assert } from '../base/index.ts';
import { type AnyTransferInput, type CreateTransferStatus, EVENTS_MAX, type Transfer } from '../model/index.ts';
import { bridgeIn, chainOf, legOf, sideOf } from './ids.ts';
import { postFor, voidFor } from './legs.ts';
import { isRecord, type Outcome, type Resolver, type Way } from './resolver.ts';
import type { Shard } from './shard.ts';
import { burnFor, isTaken, isThere, type Town } from './town.ts';

export class ResolveAll {
  readonly #town: Town;
  readonly #resolver: Resolver;

  constructor(town: Town, resolver: Resolver) {
    this.#town = town;
    this.#resolver = resolver;
  }

  /** As many legs as fit into a request. `force`: has each decided now, however young it is. */
  async decide(shard: Shard, legs: readonly Transfer[], force: boolean): Promise<Map<Transfer, Outcome>> {
    const outcomes = new Map<Transfer, Outcome>();
    const ways = await this.#ways(shard, legs, force);
    const of = (wanted: Way): Transfer[] => legs.filter((leg) => ways.get(leg)?.way === wanted);
    for (const leg of of('open')) outcomes.set(leg, 'open');
    // The resolver looks at these one by one.
    const alone = of('ask');
    const voided = of('void');
    for (const [leg, status] of await this.#burn(of('burn'))) (isTaken(status) ? alone : voided).push(leg);
    const posts = of('post').map((leg) => ({ leg, event: postFor(leg, ways.get(leg)!.amount, 0) }));
    const voids = voided.map((leg) => ({ leg, event: voidFor(leg.id) }));
    for (const [ended, outcome] of [[posts, 'posted'] as const, [voids, 'voided'] as const]) {
      const statuses = await create(
        shard,
        ended.map(({ event }) => event),
      );
      for (const [index, { leg }] of ended.entries()) {
        if (isThere(statuses[index]!)) outcomes.set(leg, outcome);
        else alone.push(leg);
      }
    }
    const deciding = alone.map(async (leg) => outcomes.set(leg, await this.#resolver.decide(shard, leg, force)));
    for (const one of await Promise.allSettled(deciding)) if (one.status === 'rejected') throw one.reason;
    return outcomes;
  }

  async #ways(
    shard: Shard,
    legs: readonly Transfer[],
    force: boolean,
  ): Promise<Map<Transfer, { readonly way: Way; readonly amount: bigint }>> {
    const records = await found(
      shard,
      legs.map(({ id }) => chainOf(id)),
    );
    const crediting = legs.filter((leg) => sideOf(leg) === 'credit');
    const transfers = new Map<bigint, Transfer>();
    for (const [home, some] of this.#byHome(crediting)) {
      const ids = some.map(({ id }) => legOf(id));
      for (const [id, transfer] of await found(home, ids)) transfers.set(id, transfer);
    }
    return new Map(
      legs.map((leg) => {
        const record = records.get(chainOf(leg.id));
        const transfer = transfers.get(legOf(leg.id));
        const inChain = record !== undefined && isRecord(record);
        const way = inChain ? 'ask' : this.#resolver.wayOf(shard, leg, transfer, force);
        return [leg, { way, amount: transfer?.amount ?? 0n }];
      }),
    );
  }

  /** Sees to it that none of their transfers is ever created. */
  async #burn(legs: readonly Transfer[]): Promise<[Transfer, CreateTransferStatus][]> {
    const burnt: [Transfer, CreateTransferStatus][] = [];
    for (const [home, some] of this.#byHome(legs)) {
      const events = some.map(({ id, ledger }) => burnFor(home, legOf(id), ledger));
      const statuses = await create(home, events);
      for (const [index, leg] of some.entries()) burnt.push([leg, statuses[index]!]);
    }
    return burnt;
  }

  #byHome(legs: readonly Transfer[]): Map<Shard, Transfer[]> {
    const homes = new Map<Shard, Transfer[]>();
    for (const leg of legs) {
      const home = this.#town.peer(bridgeIn(leg)!.peer);
      const there = homes.get(home);
      if (there === undefined) homes.set(home, [leg]);
      else there.push(leg);
    }
    return homes;
  }
}

async function found(shard: Shard, ids: readonly bigint[]): Promise<Map<bigint, Transfer>> {
  assert(ids.length <= EVENTS_MAX, 'a page of legs is one request');
  const transfers = ids.length === 0 ? [] : await shard.ask((ledger) => ledger.lookupTransfers(ids));
  return new Map(transfers.map((transfer) => [transfer.id, transfer]));
}

async function create(shard: Shard, events: readonly AnyTransferInput[]): Promise<CreateTransferStatus[]> {
  const results = events.length === 0 ? [] : await shard.ask((ledger) => ledger.createTransfers(events));
  return results.map(({ status }) => status);
}
