/**
 * One shard, as settlement sees it: one event at a time. What is asked in the same turn goes as one request, so that a
 * thousand transfers that settle side by side cost as many requests as one.
 */
import {
  type Account,
  type AccountInput,
  type AnyTransferInput,
  type CreateAccountResult,
  type CreateTransferResult,
  EVENTS_MAX,
  type Ledger,
  TallystickError,
  type Transfer,
} from '../model/index.ts';
import type { ShardWorld } from './world.ts';

/** Microtasks between the first question and the request: those who ask side by side get there in so many. */
const HOPS = 8;
const NANOSECONDS_PER_MS = 1_000_000n;

interface Asked<Event, Answer> {
  readonly events: readonly Event[];
  readonly resolve: (answers: Answer[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Gathers what is asked in one turn. Events of one question stay together, in their order. */
class Gathered<Event, Answer> {
  readonly #send: (events: Event[]) => Promise<Answer[]>;
  #asked: Asked<Event, Answer>[] = [];

  constructor(send: (events: Event[]) => Promise<Answer[]>) {
    this.#send = send;
  }

  ask(events: readonly Event[]): Promise<Answer[]> {
    return new Promise((resolve, reject) => {
      if (this.#asked.length === 0) void this.#later();
      this.#asked.push({ events, resolve, reject });
    });
  }

  async #later(): Promise<void> {
    for (let hop = 0; hop < HOPS; hop++) await undefined;
    const asked = this.#asked;
    this.#asked = [];
    for (let from = 0; from < asked.length; ) {
      let [to, count] = [from, 0];
      while (to < asked.length && (to === from || count + asked[to]!.events.length <= EVENTS_MAX)) {
        count += asked[to]!.events.length;
        to++;
      }
      void this.#request(asked.slice(from, to));
      from = to;
    }
  }

  async #request(asked: readonly Asked<Event, Answer>[]): Promise<void> {
    try {
      const answers = await this.#send(asked.flatMap(({ events }) => events));
      let at = 0;
      for (const { events, resolve } of asked) {
        resolve(answers.slice(at, at + events.length));
        at += events.length;
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}

export class Shard {
  readonly index: number;
  readonly #ledger: Ledger;
  readonly #world: ShardWorld;
  readonly #answerMs: number;
  /** A request was not answered in time: until then nobody waits for this shard. */
  #downUntil = 0n;
  readonly #transfers: Gathered<AnyTransferInput, CreateTransferResult>;
  readonly #accounts: Gathered<AccountInput, CreateAccountResult>;
  readonly #transferIds: Gathered<bigint, Transfer | undefined>;
  readonly #accountIds: Gathered<bigint, Account | undefined>;

  /** `answerMs`: how long the shard may take to answer before callers hear `timed_out`. */
  constructor(index: number, ledger: Ledger, world: ShardWorld, answerMs: number) {
    this.index = index;
    this.#ledger = ledger;
    this.#world = world;
    this.#answerMs = answerMs;
    this.#transfers = new Gathered((events) => this.ask((shard) => shard.createTransfers(events)));
    this.#accounts = new Gathered((events) => this.ask((shard) => shard.createAccounts(events)));
    this.#transferIds = new Gathered(async (ids) =>
      inPlace(ids, await this.ask((shard) => shard.lookupTransfers(ids))),
    );
    this.#accountIds = new Gathered(async (ids) => inPlace(ids, await this.ask((shard) => shard.lookupAccounts(ids))));
  }

  async create(transfer: AnyTransferInput): Promise<CreateTransferResult> {
    return (await this.#transfers.ask([transfer]))[0]!;
  }

  /** All but the last are linked. */
  chain(transfers: readonly AnyTransferInput[]): Promise<CreateTransferResult[]> {
    return this.#transfers.ask(transfers);
  }

  async open(account: AccountInput): Promise<CreateAccountResult> {
    return (await this.#accounts.ask([account]))[0]!;
  }

  async transfer(id: bigint): Promise<Transfer | undefined> {
    return (await this.#transferIds.ask([id]))[0];
  }

  async account(id: bigint): Promise<Account | undefined> {
    return (await this.#accountIds.ask([id]))[0];
  }

  /**
   * Asks the ledger itself, at once. A shard that owed an answer too long is down for a while: who asks it hears so
   * now, and the others do not wait for it. Then it is asked again.
   */
  ask<T>(act: (ledger: Ledger) => Promise<T>): Promise<T> {
    if (this.#downUntil > this.#world.now()) {
      return Promise.reject(new TallystickError('unreachable', `shard ${this.index} does not answer`));
    }
    return new Promise((resolve, reject) => {
      const cancel = this.#world.after(this.#answerMs, () => {
        this.#downUntil = this.#world.now() + BigInt(this.#answerMs) * NANOSECONDS_PER_MS;
        reject(new TallystickError('timed_out', `shard ${this.index} did not answer in ${this.#answerMs} ms`));
      });
      const answered = (): void => {
        cancel();
        this.#downUntil = 0n;
      };
      act(this.#ledger).then(
        (answer) => {
          answered();
          resolve(answer);
        },
        (error: unknown) => {
          answered();
          reject(error);
        },
      );
    });
  }

  is(ledger: Ledger): boolean {
    return this.#ledger === ledger;
  }

  close(): Promise<void> {
    return this.#ledger.close();
  }
}

/** For each id the record that has it. */
function inPlace<T extends { readonly id: bigint }>(ids: readonly bigint[], found: readonly T[]): (T | undefined)[] {
  const byId = new Map(found.map((record) => [record.id, record]));
  return ids.map((id) => byId.get(id));
}
