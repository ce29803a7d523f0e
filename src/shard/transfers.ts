/**
 * Creates transfers: those whose accounts share a shard go there as they are, the others are settled. A request is
 * looked at first, and refused by name before anything is sent where its meaning could not be kept.
 */
import {
  type Cells,
  type CreateTransferResult,
  CreateTransferStatus,
  type Transfer,
  TransferFlags,
  U128_MAX,
} from '../model/index.ts';
import { noImports } from './accounts.ts';
import { allOf } from './all-of.ts';
import { Chains } from './chains.ts';
import { checkChain, endOf, isEnding, isMalformed, withChains } from './checks.ts';
import { Endings } from './endings.ts';
import { nobodysOf, sideOf } from './ids.ts';
import type { Draft } from './lying.ts';
import type { Resolver } from './resolver.ts';
import { Settler } from './settle.ts';
import type { Shard } from './shard.ts';
import { SideBySide } from './side-by-side.ts';
import { Stages } from './stages.ts';
import { isOfCaller, orderedAccounts, type Targets, targetOf, targetsOf } from './targets.ts';
import { type Town, timeOf } from './town.ts';

const { linked, imported } = TransferFlags;
type Result = CreateTransferResult;

/** One event, or the events of a chain: how they are done. */
interface Unit {
  /** Places in the request. */
  readonly places: readonly number[];
  readonly stage: number;
  /** The shard that they are sent to; undefined: `settle` does them. */
  readonly shard: Shard | undefined;
  readonly settle: () => Promise<Result[]>;
}

export class Transfers {
  readonly #town: Town;
  readonly #settler: Settler;
  readonly #together: SideBySide;
  readonly #endings: Endings;
  readonly #chains: Chains;

  constructor(town: Town, resolver: Resolver, draft: Draft) {
    this.#town = town;
    this.#settler = new Settler(town, resolver);
    this.#together = new SideBySide(town, this.#settler, draft);
    this.#endings = new Endings(town, resolver);
    this.#chains = new Chains(town, resolver);
  }

  /**
   * The shards of a request's events, where it needs one round, for no event of it needs two shards. They are found out
   * once: the map may change before the request is sent. Throws for one that cannot be done.
   */
  nativeShards(events: readonly Transfer[]): readonly Shard[] | undefined {
    if (events.some(({ flags }) => (flags & imported) !== 0)) throw noImports();
    const shards: Shard[] = [];
    let chain: number | undefined;
    for (const [event, all] of withChains(events)) {
      const inChain = chain !== undefined || (event.flags & linked) !== 0;
      const shard = this.#nativeShard(event, all, inChain);
      if (shard === undefined || (chain !== undefined && chain !== shard)) return undefined;
      chain = (event.flags & linked) !== 0 ? shard : undefined;
      shards.push(this.#town.shards[shard]!);
    }
    return shards;
  }

  /** All of a request whose events share their shards: one request a shard. */
  async send(events: readonly Transfer[], shards: readonly Shard[]): Promise<Result[]> {
    const results = new Array<Result>(events.length);
    const units = shards.map((shard, place) => ({ places: [place], shard }));
    await this.#sendAll(events, units, results);
    return results;
  }

  /** Those at these places of a request, which cross and are apart; their results go into the reply. */
  settleAt(cells: Cells, places: readonly number[], reply: Cells): Promise<void> {
    return this.#together.settleAt(cells, places, reply);
  }

  /** Any request. */
  async create(events: readonly Transfer[]): Promise<Result[]> {
    const targets = await targetsOf(this.#town, events);
    const ordered = await orderedAccounts(this.#town, events, targets);
    const stages = new Stages();
    const units: Unit[] = [];
    for (let from = 0; from < events.length; ) {
      const to = endOf(events, from);
      const places = Array.from({ length: to - from }, (_, index) => from + index);
      units.push(this.#unit(events, places, targets, ordered, stages));
      from = to;
    }
    const results = new Array<Result>(events.length);
    for (const stage of new Set(units.map((unit) => unit.stage).toSorted((a, b) => a - b))) {
      const now = units.filter((unit) => unit.stage === stage);
      await this.#sendAll(events, now, results);
      await this.#settleAll(events, now, results);
    }
    return results;
  }

  /** How one unit is done. Throws for what cannot be done. */
  #unit(
    events: readonly Transfer[],
    places: readonly number[],
    targets: Targets,
    ordered: ReadonlySet<bigint>,
    stages: Stages,
  ): Unit {
    const all = places.map((place) => events[place]!);
    const shards = new Set(all.map((event) => this.#whole(event, targets, all)));
    const [only] = shards;
    const shard = shards.size === 1 && typeof only === 'object' ? only : undefined;
    const common = new Set<bigint>();
    for (const event of all) {
      for (const id of [event.id, event.pending_id]) if (id !== 0n) common.add(~id);
      const target = targets.get(event.pending_id);
      const ended = typeof target === 'object' ? target.accounts : [];
      for (const id of [event.debit_account_id, event.credit_account_id, ...ended]) if (ordered.has(id)) common.add(id);
    }
    const stage = stages.place(common, shard === undefined ? 'settled' : 'sent');
    const settle = async (): Promise<Result[]> => {
      if (all.length > 1) return this.#chain(all);
      return [await this.#one(all[0]!, targets)];
    };
    if (shard === undefined && all.length > 1) checkChain(all, places[0]!);
    return { places, stage, shard, settle };
  }

  /** The one shard that does all of an event; undefined if there are several. */
  #whole(event: Transfer, targets: Targets, chain: readonly Transfer[]): Shard | undefined {
    if (!isEnding(event)) {
      const shard = this.#nativeShard(event, chain, chain.length > 1);
      return shard === undefined ? undefined : this.#town.shards[shard]!;
    }
    const target = targets.get(event.pending_id);
    if (target === undefined) return this.#town.homes(event, chain)[0];
    if (target === 'nowhere' || target.transfer === undefined) return undefined;
    return sideOf(target.transfer) === undefined ? target.shard : undefined;
  }

  /** One event that several shards have to do with. */
  async #one(event: Transfer, targets: Targets): Promise<Result> {
    if ((event.flags & linked) !== 0) {
      const timestamp = await timeOf(this.#town.homes(event)[0]);
      return { status: CreateTransferStatus.linked_event_chain_open, timestamp };
    }
    if (isMalformed(event)) return this.#everywhere(event);
    if (!isEnding(event)) return this.#settler.anywhere(event);
    const known = targets.get(event.pending_id);
    const target = known === 'nowhere' ? undefined : known;
    const transfer = await (target?.transfer ?? target?.shard.transfer(event.pending_id));
    if (target === undefined || transfer === undefined) return this.#everywhere(event);
    if (sideOf(transfer) === undefined) return target.shard.create(event);
    return this.#endings.end(event, target.shard, transfer);
  }

  /**
   * Every shard refuses it, and burns its id where a shard would: nobody has what it ends, or it is wrong in itself. A
   * shard that knows the id says so.
   */
  async #everywhere(event: Transfer): Promise<Result> {
    const { shards } = this.#town;
    const found = await Promise.all(shards.map((shard) => shard.transfer(event.id)));
    const at = found.findIndex((transfer) => transfer !== undefined && isOfCaller(transfer));
    if (at >= 0) {
      const { accounts } = await targetOf(this.#town, shards[at]!, found[at]!);
      const { credit_account_id } = event.credit_account_id === accounts[1] ? found[at]! : event;
      return shards[at]!.create({ ...event, credit_account_id });
    }
    const sent = this.#unable(event);
    const answers = await Promise.all(shards.map((shard) => shard.create(sent)));
    return answers.find(({ status }) => status === CreateTransferStatus.id_already_failed) ?? answers[0]!;
  }

  /**
   * An event that can end nothing, and is refused as this one is. Another router may create what it ends at this
   * moment; were it sent as it is, its shard would end that one side of a settlement alone, and nobody would know.
   */
  #unable(event: Transfer): Transfer {
    const { id, pending_id } = event;
    if (!isEnding(event) || pending_id === 0n || pending_id === U128_MAX || pending_id === id) return event;
    return { ...event, pending_id: nobodysOf(this.#town.world.random()) };
  }

  async #chain(events: readonly Transfer[]): Promise<Result[]> {
    if ((events.at(-1)!.flags & linked) === 0) return this.#chains.settle(events);
    const timestamp = await timeOf(this.#town.homes(events[0]!, events)[0]);
    const { linked_event_chain_open, linked_event_failed } = CreateTransferStatus;
    const last = events.length - 1;
    const wrong = events.findIndex((event, index) => index < last && isMalformed(event));
    const refused = wrong < 0 ? undefined : await this.#everywhere({ ...events[wrong]!, flags: 0 });
    return events.map((_, index) => ({
      status: index === last ? linked_event_chain_open : index === wrong ? refused!.status : linked_event_failed,
      timestamp,
    }));
  }

  async #sendAll(
    events: readonly Transfer[],
    units: readonly { readonly places: readonly number[]; readonly shard: Shard | undefined }[],
    results: Result[],
  ): Promise<void> {
    const placesOf = new Map<Shard, number[]>();
    for (const { places, shard } of units) {
      if (shard === undefined) continue;
      const there = placesOf.get(shard);
      if (there === undefined) placesOf.set(shard, [...places]);
      else for (const place of places) there.push(place);
    }
    await allOf(
      [...placesOf].map(async ([shard, places]) => {
        const sent = places.map((place) => events[place]!);
        const answers = await shard.ask((ledger) => ledger.createTransfers(sent));
        for (const [index, place] of places.entries()) results[place] = answers[index]!;
      }),
    );
  }

  async #settleAll(events: readonly Transfer[], units: readonly Unit[], results: Result[]): Promise<void> {
    const simple = units.filter((unit) => unit.shard === undefined && this.#isSimple(events, unit));
    const settling = units.map(async (unit) => {
      if (unit.shard !== undefined || this.#isSimple(events, unit)) return;
      const answers = await unit.settle();
      for (const [index, place] of unit.places.entries()) results[place] = answers[index]!;
    });
    const together = async (): Promise<void> => {
      const answers = await this.#together.settle(simple.map(({ places }) => events[places[0]!]!));
      for (const [index, { places }] of simple.entries()) results[places[0]!] = answers[index]!;
    };
    await allOf([together(), ...settling]);
  }

  #isSimple(events: readonly Transfer[], { places }: Unit): boolean {
    const event = events[places[0]!]!;
    return places.length === 1 && !isMalformed(event) && !isEnding(event) && this.#together.isSimple(event);
  }

  /** The shard of an event that needs no other; undefined if it may need one. An id may be known to any shard. */
  #nativeShard(event: Transfer, chain: readonly Transfer[], inChain: boolean): number | undefined {
    if (this.#town.shards.length === 1) return 0;
    if (isEnding(event) || this.#town.hasMoved(event)) return undefined;
    const [a, b] = this.#town.homes(event, chain);
    return a === b && (inChain || !isMalformed(event)) ? a.index : undefined;
  }
}
