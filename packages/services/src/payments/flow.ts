/**
 * How a request becomes an outcome: compile, send, and look again where somebody else was faster. Nothing here is kept
 * from one request to the next.
 */
import { type Ledger, TransferFlags } from 'tallystick/internal/model';
import type { Books } from '../base/books.ts';
import type { Calendar, Moment } from '../base/calendar.ts';
import { type Executed, executeAll, isForOneShard, refuse } from '../base/execute.ts';
import { baseOf, legId, parseBase } from '../base/ids.ts';
import type { Plan } from '../base/plan.ts';
import type { Sending } from '../base/sending.ts';
import { wouldRefuse } from '../base/shadow.ts';
import type { Controls, Decision, Wish } from '../controls/controls.ts';
import { exchangeLegs } from '../fx/compile.ts';
import { openPosition, Quotes } from '../fx/quotes.ts';
import { About } from './about.ts';
import { type Asked, planOf, told } from './asked.ts';
import { allUnits, compileNew, type Legs, type Ready } from './compile.ts';
import { type Receipt, type Would, wouldOf } from './receipts.ts';
import type { CaptureRequest, ExchangeRequest, PayRequest } from './shapes.ts';

const { pending } = TransferFlags;
/** A request that needs no look at the ledger, checked and compiled. */
export interface Compiling {
  readonly asked: Asked;
  readonly ready: Ready;
}

/** What the controls made of it, and the chain that it would be. */
type Decided = { readonly [field in keyof Decision]: Decision[field] | undefined } & {
  readonly legs: Decision['legs'];
  readonly plan: Plan;
};

const isSent = ({ code }: Decided): boolean => code === undefined;

/** Waits only where there is something to wait for: a promise for each of a thousand costs as much as their chains. */
async function allOf<T>(all: readonly (T | Promise<T>)[]): Promise<readonly T[]> {
  return all.some((one) => one instanceof Promise) ? Promise.all(all) : (all as readonly T[]);
}

/** How requests become outcomes. */
export interface FlowOptions {
  readonly now: () => bigint;
  readonly calendar: Calendar;
  readonly sending: Sending;
  /** What else is demanded; undefined: nothing. */
  readonly controls: Controls | undefined;
  /** Who asks, by a name that was proved. */
  readonly maker: string | undefined;
  /** Writes down why a payment waits for people. */
  readonly explain: (payment: bigint, reasons: readonly string[]) => Promise<void>;
}

export class Flow {
  readonly #ledger: Ledger;
  readonly #books: Books;
  readonly #now: () => bigint;
  readonly #options: FlowOptions;
  readonly #about: About;

  constructor(ledger: Ledger, books: Books, options: FlowOptions) {
    this.#ledger = ledger;
    this.#books = books;
    this.#now = options.now;
    this.#options = options;
    this.#about = new About(ledger, books, options.now, options.calendar);
  }

  /**
   * Throws `invalid_argument`. The legs of a request that needs no look at the ledger; undefined: it is about a
   * payment.
   */
  compile({ verb, request }: Asked): Ready | undefined | Promise<Ready> {
    if (verb === 'exchange') return this.#compileExchange(request as ExchangeRequest);
    if (!('asset' in request)) {
      parseBase('pay', (request as CaptureRequest).payment, 'payment');
      return undefined;
    }
    return compileNew(this.#books, verb, request as PayRequest);
  }

  /** A quote is read: what it says is not in the request. */
  async #compileExchange({ quote: text, from, to }: ExchangeRequest): Promise<Ready> {
    const quotes = new Quotes(this.#books);
    const quote = await quotes.find(this.#ledger, text);
    const { sell, buy, sold, expiresAt } = quote;
    for (const asset of [sell, buy]) await openPosition(this.#ledger, this.#books, asset);
    const legs = exchangeLegs(this.#books, quotes, quote, from, to) as unknown as Legs;
    const parties = { payers: [{ payer: from, units: sold }], payees: [{ payer: to, units: sold }] };
    return { asset: sell, ...parties, legs, expiresAt };
  }

  async run(asked: Asked, compiled: Ready | undefined): Promise<Receipt> {
    if (compiled === undefined) return this.#about.run(asked);
    await this.#books.prepareNow(this.#ledger, compiled.asset);
    const executed = await this.#executeNew(asked, compiled);
    return this.#receiptOfNew(asked, compiled, executed);
  }

  /**
   * Payments in one request of the ledger, each for itself or all of them linked; undefined: not done because of
   * another one. What the controls refuse or let wait is a payment like any other.
   */
  async runAll(all: readonly Compiling[], together: boolean): Promise<readonly (Receipt | undefined)[]> {
    const { tenant } = this.#books;
    const mark = together ? legId(baseOf('bulk', tenant, all.map(({ asked }) => asked.key).join('\n')), 1) : undefined;
    for (const asset of new Set(all.map(({ ready }) => ready.asset))) {
      await this.#books.prepareNow(this.#ledger, asset);
    }
    const moment = this.#moment();
    // Beside one another: the first payment of a stretch asks the ledger several things, and a payroll has a thousand.
    const deciding = all.map(({ asked, ready }) => this.#decideNow(asked, ready, moment) ?? this.#decide(asked, ready));
    const decisions = await allOf(deciding);
    const isDeclined = decisions.some(({ code }) => code !== undefined);
    const plans = together && isDeclined ? [] : decisions.filter(isSent).map(({ plan }) => plan);
    const executed = plans.length === 0 ? [] : await allOf(await executeAll(this.#ledger, plans, mark));
    let next = 0;
    const receipts = decisions.map((decision, index) => {
      const { asked, ready } = all[index]!;
      if (!isSent(decision)) {
        return refuse(this.#ledger, decision.plan, decision.code!).then((one) => this.#receiptOfNew(asked, ready, one));
      }
      const one = executed[next++];
      return one && this.#receiptOfNew(asked, ready, one);
    });
    return allOf(receipts);
  }

  #receiptOfNew(asked: Asked, ready: Ready, executed: Executed): Receipt {
    return told(this.#books, asked, asked.base, executed, allUnits(ready));
  }

  /** What nothing stands against, as a plan; undefined: it must be looked into. */
  #decideNow(asked: Asked, compiled: Ready, moment: Moment): Decided | undefined {
    const { controls } = this.#options;
    const decision =
      controls === undefined ? { legs: compiled.legs } : controls.decideNow(this.#wish(asked, compiled), moment);
    return decision && this.#planned(asked, decision, moment);
  }

  #planned(asked: Asked, { legs, code, waits }: Decision, moment: Moment): Decided {
    return { legs, code, waits, plan: planOf(this.#books, asked, asked.base, legs as Legs, moment) };
  }

  /** What the controls make of a request, as a plan. */
  async #decide(asked: Asked, compiled: Ready): Promise<Decided> {
    const { controls, explain } = this.#options;
    const decision = await controls!.decide(this.#ledger, this.#wish(asked, compiled));
    if (decision.waits !== undefined) await explain(asked.base, decision.waits);
    return this.#planned(asked, decision, this.#moment());
  }

  /** What the controls let through is sent. */
  async #executeNew(asked: Asked, compiled: Ready): Promise<Executed> {
    const decided = this.#decideNow(asked, compiled, this.#moment()) ?? (await this.#decide(asked, compiled));
    const { plan, code } = decided;
    if (code !== undefined) return refuse(this.#ledger, plan, code);
    try {
      return await this.#options.sending.send(this.#ledger, plan);
    } catch (error) {
      // A hold over two shards is no part of a chain.
      if (!isForOneShard(error) || !plan.legs.some(({ flags = 0 }) => (flags & pending) !== 0)) throw error;
      return refuse(this.#ledger, plan, 'not_atomic_here');
    }
  }

  #moment(): Moment {
    return this.#options.calendar.at(this.#now());
  }

  #wish({ verb, base, request }: Asked, compiled: Ready): Wish {
    const { asset, legs, payers, payees } = compiled;
    const { parties } = request as PayRequest;
    const { maker } = this.#options;
    return { verb: verb as Wish['verb'], payment: base, asset, legs, payers, payees, maker, parties };
  }

  async dryRun(asked: Asked, compiled: Ready | undefined): Promise<Would> {
    if (compiled === undefined) return this.#about.dryRun(asked);
    const decision = await this.#options.controls?.wouldDecide(this.#ledger, this.#wish(asked, compiled));
    const isLate = compiled.expiresAt !== undefined && compiled.expiresAt <= this.#now();
    const ended = new Map(compiled.legs.flatMap(({ pending, amount }) => (pending ? [[pending, amount!]] : [])));
    const code = decision?.code ?? (isLate ? 'quote_expired' : await wouldRefuse(this.#ledger, compiled, ended));
    return wouldOf(code, decision?.waits !== undefined);
  }
}
