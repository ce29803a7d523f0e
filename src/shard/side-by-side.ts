/**
 * Settles transfers between shards that nothing orders among each other: each step of all of them is one request for
 * each pair of shards. What a shard refuses goes on alone, and a shard that is down keeps back its own transfers alone.
 */
import {
  Cells,
  CREATE_TRANSFER_RESULT_SIZE,
  type CreateTransferResult,
  decodeTransfer,
  encodeTransfers,
  TRANSFER_SIZE,
  type Transfer,
  TransferFlags,
} from '../model/index.ts';
import { bridgeId, legOf, postOf } from './ids.ts';
import { postLeg } from './legs.ts';
import { At, CODE, copyResult, type Draft, flagsAt, putResult, resultIn, statusIn, WORDS, wordsOf } from './lying.ts';
import { SHARDS_MAX, wordsOfId } from './map.ts';
import { type Crossing, legFor, type Settler } from './settle.ts';
import type { Shard } from './shard.ts';
import { isThere, type Town } from './town.ts';

const { pending, post_pending_transfer } = TransferFlags;
const FLAGS_SHIFT = 16;
const CODE_MASK = 0xffff;
/** What makes the id of a transfer that of its leg, and of the leg's post. */
const LEG = wordsOfId(legOf(0n));
const POST = wordsOfId(postOf(legOf(0n), 0));

/** Transfers from one shard to another, in one currency, by their places in the request. */
interface Way {
  readonly a: Shard;
  readonly b: Shard;
  readonly ledger: number;
  readonly places: readonly number[];
}

/** Writes what a step of settlement makes of an event. */
type Write = (to: Uint32Array, at: number, from: Uint32Array, event: number) => void;

/** A request, and its reply as it comes. */
interface Asked {
  readonly cells: Cells;
  readonly reply: Cells;
  readonly errors: unknown[];
}

export class SideBySide {
  readonly #town: Town;
  readonly #settler: Settler;
  readonly #draft: Draft;

  constructor(town: Town, settler: Settler, draft: Draft) {
    this.#town = town;
    this.#settler = settler;
    this.#draft = draft;
  }

  /** Both accounts are known, and only the shards can tell whether the amount may move. */
  isSimple(event: Transfer): boolean {
    const { debit_account_id, credit_account_id, ledger, flags } = event;
    if (this.#town.hasMoved(event)) return false;
    const debit = this.#town.remembered(debit_account_id);
    const credit = this.#town.remembered(credit_account_id);
    const same = debit !== undefined && debit.ledger === credit?.ledger && debit.ledger === ledger;
    return same && (flags & ~pending) === 0;
  }

  async settle(events: readonly Transfer[]): Promise<CreateTransferResult[]> {
    const cells = Cells.of(events.length * TRANSFER_SIZE);
    encodeTransfers(cells, 0, events);
    const reply = Cells.of(events.length * CREATE_TRANSFER_RESULT_SIZE);
    await this.settleAt(
      cells,
      events.map((_, place) => place),
      reply,
    );
    return events.map((_, place) => resultIn(reply.u32, place));
  }

  /** Settles the events at these places of a request, and writes their results into the reply. */
  async settleAt(cells: Cells, places: readonly number[], reply: Cells): Promise<void> {
    const asked: Asked = { cells, reply, errors: [] };
    const alone: number[] = [];
    const ways = this.#ways(cells, places, alone);
    await Promise.all([
      ...ways.map((way) => this.#settleWay(asked, way)),
      ...alone.map((place) =>
        this.#goOn(asked, async () => putResult(reply, place, await this.#settler.anywhere(eventAt(cells, place)))),
      ),
    ]);
    if (asked.errors.length > 0) throw asked.errors[0];
    const { counts } = this.#town;
    const gone = new Set(alone);
    for (const place of places) {
      if (!gone.has(place)) counts[isThere(statusIn(reply.u32, place)) ? 'settled' : 'refused']++;
    }
  }

  /** From which shard to which they go, in which currency; `alone`: the map has changed since they were simple. */
  #ways({ u32 }: Cells, places: readonly number[], alone: number[]): Way[] {
    const { map, shards } = this.#town;
    const ways = new Map<number, Way & { readonly places: number[] }>();
    for (const place of places) {
      const from = place * WORDS;
      const a = map.shardOfWords(u32, from + At.debit);
      const b = map.shardOfWords(u32, from + At.credit);
      if (a < 0 || b < 0) {
        alone.push(place);
        continue;
      }
      const ledger = u32[from + At.ledger]!;
      const key = (ledger * SHARDS_MAX + a) * SHARDS_MAX + b;
      const way = ways.get(key);
      if (way === undefined) ways.set(key, { a: shards[a]!, b: shards[b]!, ledger, places: [place] });
      else way.places.push(place);
    }
    return [...ways.values()];
  }

  /** The steps of settlement for all of a way. What one of them refuses goes on alone. */
  async #settleWay(asked: Asked, way: Way): Promise<void> {
    const { cells, reply } = asked;
    const { a, b, ledger, places } = way;
    const alone: Promise<void>[] = [];
    const goOn = (act: () => Promise<unknown>): void => void alone.push(this.#goOn(asked, act));
    const crossing = (place: number): Crossing => crossingOf(eventAt(cells, place), way);
    await this.#goOn(asked, async () => {
      await this.#town.connect(a, b, ledger);
      const legs = await this.#step(b, cells, places, legsOf(way));
      const held = places.filter((place, index) => {
        if (isThere(statusIn(legs, index))) return true;
        const answer = resultIn(legs, index);
        goOn(async () => putResult(reply, place, await this.#settler.afterLeg(crossing(place), answer)));
        return false;
      });
      const homes = await this.#step(a, cells, held, homesOf(way));
      const moved = held.filter((place, index) => {
        copyResult(reply.u32, place, homes, index);
        if (isThere(statusIn(homes, index))) return (flagsAt(cells.u32, place * WORDS) & pending) === 0;
        const answer = resultIn(homes, index);
        goOn(() => this.#settler.afterHome(crossing(place), eventAt(cells, place).amount, answer));
        return false;
      });
      const posts = await this.#step(b, cells, moved, writePost);
      for (const [index, place] of moved.entries()) {
        if (isThere(statusIn(posts, index))) continue;
        goOn(() => postLeg(b, crossing(place).leg, eventAt(cells, place).amount));
      }
    });
    await Promise.all(alone);
  }

  /** One step of the events at these places: one request, and its results. */
  async #step(shard: Shard, { u32 }: Cells, places: readonly number[], write: Write): Promise<Uint32Array> {
    if (places.length === 0) return NONE;
    const { words } = this.#draft;
    for (let index = 0; index < places.length; index++) write(words, index * WORDS, u32, places[index]! * WORDS);
    const batch = this.#draft.batch(0, places.length);
    return wordsOf(await shard.ask((ledger) => ledger.createTransfers(batch)));
  }

  /** What fails is told when all others have ended. */
  #goOn({ errors }: Asked, act: () => Promise<unknown>): Promise<void> {
    return act().then(noted, (error: unknown) => void errors.push(error));
  }
}

const NONE = new Uint32Array(0);

function copyEvent(to: Uint32Array, at: number, from: Uint32Array, event: number): void {
  for (let nth = 0; nth < WORDS; nth++) to[at + nth] = from[event + nth]!;
}

/** The leg of a transfer. */
function legsOf({ a, b, ledger }: Way): Write {
  const bridge = wordsOfId(bridgeId(b.index, a.index, ledger));
  return (to, at, from, event) => {
    copyEvent(to, at, from, event);
    for (let nth = 0; nth < 4; nth++) {
      to[at + At.id + nth]! ^= LEG[nth]!;
      to[at + At.debit + nth] = bridge[nth]!;
    }
    to[at + At.timeout] = 0;
    to[at + CODE] = (from[event + CODE]! & CODE_MASK) | (pending << FLAGS_SHIFT);
  };
}

/** The transfer itself, on the shard of its debit account. */
function homesOf({ a, b, ledger }: Way): Write {
  const bridge = wordsOfId(bridgeId(a.index, b.index, ledger));
  return (to, at, from, event) => {
    copyEvent(to, at, from, event);
    for (let nth = 0; nth < 4; nth++) to[at + At.credit + nth] = bridge[nth]!;
  };
}

/** The post of its leg. */
const writePost: Write = (to, at, from, event) => {
  to.fill(0, at, at + WORDS);
  for (let nth = 0; nth < 4; nth++) {
    const id = from[event + At.id + nth]!;
    to[at + At.id + nth] = id ^ POST[nth]!;
    to[at + At.pending + nth] = id ^ LEG[nth]!;
    to[at + At.amount + nth] = from[event + At.amount + nth]!;
  }
  to[at + CODE] = post_pending_transfer << FLAGS_SHIFT;
};

function eventAt(cells: Cells, place: number): Transfer {
  return decodeTransfer(cells, place * TRANSFER_SIZE);
}

function crossingOf(event: Transfer, { a, b }: Way): Crossing {
  return { event, a, b, leg: legFor(event, a, b, event.amount) };
}

const noted = (): void => {};
