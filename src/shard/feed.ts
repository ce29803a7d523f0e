/**
 * Change events of all shards, one behind the other by time. Each shard has a clock of its own, so a change that is
 * found now may be younger than one that another shard has yet to make; and a chain's transfers have the times of their
 * legs, which come before its decision. Whoever reads on behind a change must miss nothing, so a change is shown once
 * every shard's time is beyond it, and nothing before it waits for a decision.
 */
import { CHANGE_EVENTS_MAX, type ChangeEvent, type ChangeEventsFilter, type Transfer } from '../model/index.ts';
import { changeOf, transferOf } from './changes.ts';
import { isReserved, isStriped } from './ids.ts';
import type { Learning } from './learning.ts';
import { seen, visible } from './pages.ts';
import type { Shard } from './shard.ts';
import { creditOf, debitOf, striped } from './stripes.ts';
import { type Town, timeOf } from './town.ts';
import { laterThan } from './town-map.ts';
import type { View } from './view.ts';

/** What shards have up to some time. */
interface Found {
  readonly events: readonly ChangeEvent[];
  /** The time of the first leg that waits for the decision of its chain; undefined: none does. */
  readonly waits: bigint | undefined;
}

export class Feed {
  readonly #town: Town;
  readonly #learning: Learning;
  readonly #view: View;
  /** Nothing happens on a shard any more at this time or before. */
  readonly #times = new Map<Shard, bigint>();

  constructor(town: Town, learning: Learning, view: View) {
    this.#town = town;
    this.#learning = learning;
    this.#view = view;
  }

  /**
   * A transfer between two shards is one event, when its debit account changed. The account on the other shard is shown
   * as it is when the feed is read, and so is a striped account.
   */
  async changeEvents(filter: ChangeEventsFilter): Promise<ChangeEvent[]> {
    const { shards, map } = this.#town;
    if (shards.length === 1) return [...(await this.#find(filter)).events];
    const before = new Map(this.#times);
    const found = await this.#find(filter);
    const newest = found.events.at(-1)?.timestamp;
    if (newest === undefined) return [];
    const isOver = (times: ReadonlyMap<Shard, bigint>, shard: Shard): boolean => (times.get(shard) ?? 0n) >= newest;
    if (shards.every((shard) => isOver(before, shard))) return upTo(found, newest);
    await Promise.all(shards.filter((shard) => !isOver(this.#times, shard)).map((shard) => this.#ask(shard)));
    const until = shards.map((shard) => this.#times.get(shard)!).reduce((least, time) => (time < least ? time : least));
    const again = await this.#find(filter);
    const why = await laterThan(map, shards[0]!);
    if (why !== undefined) this.#town.outdate(why);
    this.#town.check();
    return upTo(again, until);
  }

  async #ask(shard: Shard): Promise<void> {
    const time = await timeOf(shard);
    if (time > (this.#times.get(shard) ?? 0n)) this.#times.set(shard, time);
  }

  async #find(asked: ChangeEventsFilter): Promise<Found> {
    // A shard gives no more, and what one has left out comes before what the others have shown.
    const filter = { ...asked, limit: Math.min(asked.limit, CHANGE_EVENTS_MAX) };
    let waits: bigint | undefined;
    const view = async (shard: Shard, event: ChangeEvent): Promise<ChangeEvent | undefined> => {
      const found = transferOf(event);
      const transfer = await this.#view.transfer(shard, found);
      if (transfer !== undefined) return this.#shown(event, transfer);
      const { timestamp } = event;
      if ((waits === undefined || timestamp < waits) && (await this.#view.isUndecided(shard, found))) {
        if (waits === undefined || timestamp < waits) waits = timestamp;
      }
      return undefined;
    };
    const all = await Promise.all(
      this.#town.shards.map((shard) =>
        visible(
          filter,
          false,
          (window) => shard.ask((ledger) => ledger.getChangeEvents(window)),
          (events) => seen(events, (event) => view(shard, event)),
        ),
      ),
    );
    return { events: page(all.flat(), filter.limit), waits };
  }

  async #shown(event: ChangeEvent, transfer: Transfer): Promise<ChangeEvent> {
    if (isReserved(event.credit_account_id)) {
      const { credit_account_id: credit } = transfer;
      await this.#learning.learn([credit]);
      return changeOf(event, transfer, await this.#town.home(credit).account(credit));
    }
    const { debit_account_id, credit_account_id } = event;
    const { shards } = this.#town;
    const [debit, credit] = await Promise.all([
      isStriped(debit_account_id) ? striped(shards, debit_account_id) : undefined,
      isStriped(credit_account_id) ? striped(shards, credit_account_id) : undefined,
    ]);
    return { ...event, ...(debit && debitOf(debit)), ...(credit && creditOf(credit)) };
  }
}

/** The first of them. Those of one time stay together, as far as they fit: whoever reads on begins at the next time. */
function page(all: readonly ChangeEvent[], limit: number): ChangeEvent[] {
  const sorted = all.toSorted((a, b) => Number(a.timestamp - b.timestamp));
  const next = sorted[limit];
  const first = sorted.slice(0, limit);
  const whole = first.filter(({ timestamp }) => timestamp !== next?.timestamp);
  return whole.length === 0 ? first : whole;
}

/** Those that nothing can come before any more. */
function upTo({ events, waits }: Found, until: bigint): ChangeEvent[] {
  return events.filter(({ timestamp }) => timestamp <= until && (waits === undefined || timestamp < waits));
}
