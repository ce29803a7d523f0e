/**
 * Rails of a tenant: payouts as they stand, and the couriers that carry files and messages. Payouts are asked for where
 * all payments are.
 */
import { type Ledger, TallystickError } from 'tallystick/internal/model';
import type { Payments } from '../payments/payments.ts';
import { Courier, type Turn } from './courier.ts';
import type { Desk } from './desk.ts';
import { Hearing } from './hearing.ts';
import type { Bank, Rail } from './rail.ts';

/** How rails are worked. */
export interface RailsOptions {
  /** The bank of each rail, by the rail's name; a rail without one takes payouts, and nothing is sent. */
  readonly banks: { readonly [rail: string]: Bank };
  /** Milliseconds after which a bank that has a file and says nothing of it is given it again; a minute by default. */
  readonly askAgainMs?: number;
  /** Milliseconds between two turns; a second by default. */
  readonly everyMs?: number;
  /** Milliseconds since some moment; the system's clock by default. */
  readonly now?: () => number;
  readonly log?: (about: object, message: string) => void;
}

const ASK_AGAIN_MS = 60_000;
const EVERY_MS = 1000;

export class Rails {
  readonly #ledger: Ledger;
  readonly #desk: Desk;
  readonly #couriers: ReadonlyMap<string, Courier>;
  readonly #options: RailsOptions;
  readonly #closing = new AbortController();
  #working: Promise<unknown> = Promise.resolve();

  /** `payments`: of the same tenant, with the rights of the server. */
  constructor(ledger: Ledger, payments: Payments, options: RailsOptions) {
    this.#ledger = ledger;
    this.#desk = payments.desk;
    this.#options = options;
    const couriers = this.#desk.rails.flatMap((rail): [string, Courier][] => {
      const bank = options.banks[rail.name];
      return bank === undefined ? [] : [[rail.name, this.#courier(rail, bank)]];
    });
    this.#couriers = new Map(couriers);
  }

  #courier(rail: Rail, bank: Bank): Courier {
    const { books, words } = this.#desk;
    const hearing = this.#hearing(rail);
    return new Courier({
      ledger: this.#ledger,
      books,
      words: words!,
      rail,
      bank,
      hear: (message) => hearing.hear(message),
      taken: (claims) => hearing.taken(claims),
      askAgainMs: this.#options.askAgainMs ?? ASK_AGAIN_MS,
      now: this.#options.now ?? Date.now,
    });
  }

  #hearing(rail: Rail): Hearing {
    return new Hearing(this.#ledger, this.#desk.books, rail, this.#desk.records!);
  }

  /** One turn of one rail. Rejects as the ledger does, and with `not_found`. */
  async turn(name: string): Promise<Turn> {
    const rail = this.#desk.rail(name);
    const courier = this.#couriers.get(name);
    if (courier === undefined) throw new TallystickError('not_found', `the rail ${name} has no bank`);
    await this.#desk.books.prepare(this.#ledger, rail);
    return courier.turn();
  }

  /** Takes turns until {@link close}. */
  start(): void {
    this.#working = Promise.all([...this.#couriers.keys()].map((name) => this.#work(name)));
  }

  async #work(name: string): Promise<void> {
    const { everyMs = EVERY_MS, log = () => undefined } = this.#options;
    const { signal } = this.#closing;
    let told = '';
    while (!signal.aborted) {
      const problems = await this.turn(name).then(
        (turn) => turn.problems,
        (error: Error) => [`${name}: ${error.message}`],
      );
      // The same as before is not told again.
      if (problems.length > 0 && problems.join() !== told) log({ rail: name, problems }, 'a rail has problems');
      told = problems.join();
      await pause(everyMs, signal);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#working;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    }
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
