/**
 * Settles transfers between shards that nothing orders among each other: each step of all of them is one request for
 * each pair of shards. What a shard refuses goes on alone, and a shard that is down keeps back its own transfers alone.
 */
import {
  type CreateTransferResult,
  type CreateTransferStatus,
  type ResultBatch,
  type Transfer,
  TransferBatch,
  TransferFlags,
} from '../model/index.ts';
import { bridgeId, legOf, postOf } from './ids.ts';
import { postLeg } from './legs.ts';
import { SHARDS_MAX } from './map.ts';
import { type Crossing, legFor, type Settler } from './settle.ts';
import type { Shard } from './shard.ts';
import { isThere, type Town } from './town.ts';

const { pending } = TransferFlags;

/** Transfers from one shard to another, in one currency. */
interface Way {
  readonly a: Shard;
  readonly b: Shard;
  readonly ledger: number;
  readonly events: readonly Transfer[];
}

export class SideBySide {
  readonly #town: Town;
  readonly #settler: Settler;

  constructor(town: Town, settler: Settler) {
    this.#town = town;
    this.#settler = settler;
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
    const errors: unknown[] = [];
    const results = new Map<Transfer, CreateTransferResult>();
    const alone: Promise<void>[] = [];
    const goOn = (act: () => Promise<unknown>): void => {
      alone.push(act().then(noted, (error: unknown) => void errors.push(error)));
    };
    // The map may have changed since they were found to be simple.
    const elsewhere = new Set(events.filter((event) => this.#town.hasMoved(event)));
    const ways = this.#ways(events.filter((event) => !elsewhere.has(event)));
    for (const event of elsewhere) goOn(async () => results.set(event, await this.#settler.anywhere(event)));
    await Promise.all(ways.map(({ a, b, ledger }) => this.#town.connect(a, b, ledger)));
    const legs = await askAll(ways, errors, ({ b }) => b, addLeg);
    const committed = legs.map(({ way, events: asked, answers }) => {
      const there = asked.filter((event, index) => {
        if (isThere(answers.status(index))) return true;
        const answer = answerOf(answers, index);
        goOn(async () => results.set(event, await this.#settler.afterLeg(crossingOf(event, way), answer)));
        return false;
      });
      return { ...way, events: there };
    });
    const moved = await askAll(committed, errors, ({ a }) => a, addHome);
    const posted = moved.map(({ way, events: asked, answers }) => {
      const there = asked.filter((event, index) => {
        const answer = answerOf(answers, index);
        results.set(event, answer);
        if (isThere(answer.status)) return (event.flags & pending) === 0;
        goOn(() => this.#settler.afterHome(crossingOf(event, way), event.amount, answer));
        return false;
      });
      return { ...way, events: there };
    });
    for (const { way, events: asked, answers } of await askAll(posted, errors, ({ b }) => b, addPost)) {
      for (const [index, event] of asked.entries()) {
        if (isThere(answers.status(index))) continue;
        goOn(() => postLeg(way.b, crossingOf(event, way).leg, event.amount));
      }
    }
    await Promise.all(alone);
    if (errors.length > 0) throw errors[0];
    return events.map((event) => {
      const result = results.get(event)!;
      return elsewhere.has(event) ? result : this.#town.counted(result);
    });
  }

  /** From which shard to which they go, in which currency. */
  #ways(events: readonly Transfer[]): Way[] {
    const ways = new Map<number, Way & { readonly events: Transfer[] }>();
    for (const event of events) {
      const [a, b] = this.#town.homes(event);
      const key = (event.ledger * SHARDS_MAX + a.index) * SHARDS_MAX + b.index;
      const way = ways.get(key);
      if (way === undefined) ways.set(key, { a, b, ledger: event.ledger, events: [event] });
      else way.events.push(event);
    }
    return [...ways.values()];
  }
}

/** Writes what a step of settlement makes of an event behind the others of its shard. */
type Add = (batch: TransferBatch, event: Transfer, way: Way) => void;

const addLeg: Add = (batch, event, { a, b, ledger }) => {
  const index = batch.add(event);
  batch.setId(index, legOf(event.id));
  batch.setDebitAccountId(index, bridgeId(b.index, a.index, ledger));
  batch.setFlags(index, pending);
  batch.setTimeout(index, 0);
};
const addHome: Add = (batch, event, { a, b, ledger }) => {
  batch.setCreditAccountId(batch.add(event), bridgeId(a.index, b.index, ledger));
};
const addPost: Add = (batch, event) => {
  const index = batch.add();
  const leg = legOf(event.id);
  batch.setId(index, postOf(leg, 0));
  batch.setPendingId(index, leg);
  batch.setAmount(index, event.amount);
  batch.setFlags(index, TransferFlags.post_pending_transfer);
};

interface Answered {
  readonly way: Way;
  readonly events: readonly Transfer[];
  readonly answers: ResultBatch<CreateTransferStatus>;
}

/** A step of all of them, a request for each way: those that were answered, and the errors of the others. */
async function askAll(
  ways: readonly Way[],
  errors: unknown[],
  shardOf: (way: Way) => Shard,
  add: Add,
): Promise<Answered[]> {
  const asking = ways.flatMap((way) => {
    const { events } = way;
    if (events.length === 0) return [];
    const batch = new TransferBatch(events.length);
    for (const event of events) add(batch, event, way);
    return [
      shardOf(way)
        .ask((ledger) => ledger.createTransfers(batch))
        .then((answers): Answered => ({ way, events, answers })),
    ];
  });
  const answered: Answered[] = [];
  for (const one of await Promise.allSettled(asking)) {
    if (one.status === 'fulfilled') answered.push(one.value);
    else errors.push(one.reason);
  }
  return answered;
}

function answerOf(answers: ResultBatch<CreateTransferStatus>, index: number): CreateTransferResult {
  return { status: answers.status(index), timestamp: answers.timestamp(index) };
}

function crossingOf(event: Transfer, { a, b }: Way): Crossing {
  return { event, a, b, leg: legFor(event, a, b, event.amount) };
}

const noted = (): void => {};
