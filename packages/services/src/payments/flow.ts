/**
 * How a request becomes an outcome: compile, send, and look again where somebody else was faster. Nothing here is kept
 * from one request to the next.
 */
import {
  type AnyTransferInput,
  CreateTransferStatus,
  type Ledger,
  TallystickError,
  TransferFlags,
} from 'tallystick/internal/model';
import type { Books } from '../base/books.ts';
import { Code } from '../base/codes.ts';
import { type Executed, execute, executeAll, isForOneShard, recall, refuse } from '../base/execute.ts';
import { baseOf, legId, parseBase } from '../base/ids.ts';
import type { RefusalCode } from '../base/outcomes.ts';
import { dayOf, type Plan, transfersOf } from '../base/plan.ts';
import { wouldRefuse } from '../base/shadow.ts';
import type { Controls, Decision, Wish } from '../controls/controls.ts';
import { backLegs, exchangeLegs, readBought } from '../fx/compile.ts';
import { openPosition, Quotes } from '../fx/quotes.ts';
import {
  allUnits,
  type Compiled,
  captureLegs,
  compileNew,
  type Legs,
  type Ready,
  refundLegs,
  releaseLegs,
  restOf,
  reverseLegs,
} from './compile.ts';
import { givenBack, type Life, readLife, sum } from './life.ts';
import { type Receipt, receiptOf, type Would, wouldOf } from './receipts.ts';
import type { CaptureRequest, ExchangeRequest, PayRequest, RefundRequest, Requests, Verb } from './shapes.ts';

const { created, exists, linked_event_failed } = CreateTransferStatus;
const { pending } = TransferFlags;
/** So often does a request look again after others have changed what it is about. */
const RACES_MAX = 64;
/** The ledger said that somebody else has ended the hold; it may have another one by now. */
const RACED: readonly RefusalCode[] = ['hold_captured', 'hold_released'];

/** A request, checked. */
export interface Asked {
  readonly verb: Verb;
  readonly key: string;
  readonly request: Requests[Verb];
  readonly base: bigint;
  readonly fingerprint: bigint;
}

/** How requests become outcomes. */
export interface FlowOptions {
  readonly now: () => bigint;
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

  constructor(ledger: Ledger, books: Books, options: FlowOptions) {
    this.#ledger = ledger;
    this.#books = books;
    this.#now = options.now;
    this.#options = options;
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
    if (compiled === undefined) return this.#runAbout(asked);
    await this.#books.prepare(this.#ledger, compiled.asset);
    const executed = await this.#executeNew(asked, compiled);
    return this.#receipt(asked, asked.base, executed, allUnits(compiled));
  }

  /**
   * Payments in one request of the ledger, each for itself or all of them linked; undefined: not done because of
   * another one. What the controls refuse or let wait is a payment like any other.
   */
  async runAll(all: readonly Asked[], together: boolean): Promise<(Receipt | undefined)[]> {
    const keys = all.map(({ key }) => key).join('\n');
    const mark = together ? legId(baseOf('bulk', this.#books.tenant, keys), 1) : undefined;
    const ready = all.map((asked) => this.compile(asked) as Ready);
    for (const asset of new Set(ready.map(({ asset }) => asset))) await this.#books.prepare(this.#ledger, asset);
    // Beside one another: the first payment of a stretch asks the ledger several things, and a payroll has a thousand.
    const decisions = await Promise.all(all.map((asked, index) => this.#decide(asked, ready[index]!)));
    const isDeclined = decisions.some(({ code }) => code !== undefined);
    const sent = together && isDeclined ? [] : decisions.filter(({ code }) => code === undefined);
    const plans = sent.map(({ plan }) => plan);
    const executed = plans.length === 0 ? [] : await executeAll(this.#ledger, plans, mark);
    const outcomes = new Map(sent.map(({ plan }, index) => [plan, executed[index]]));
    const receipts = decisions.map(async ({ plan, code }, index) => {
      const one = code === undefined ? outcomes.get(plan) : await refuse(this.#ledger, plan, code);
      return one && this.#receipt(all[index]!, all[index]!.base, one, allUnits(ready[index]!));
    });
    return Promise.all(receipts);
  }

  /** What the controls make of a request, as a plan. */
  async #decide(asked: Asked, compiled: Ready): Promise<Decision & { readonly plan: Plan }> {
    const { controls, explain } = this.#options;
    if (controls === undefined) return { legs: compiled.legs, plan: this.#plan(asked, asked.base, compiled) };
    const decision = await controls.decide(this.#ledger, this.#wish(asked, compiled));
    if (decision.waits !== undefined) await explain(asked.base, decision.waits);
    return { ...decision, plan: this.#plan(asked, asked.base, { legs: decision.legs as Legs }) };
  }

  /** What the controls let through is sent. */
  async #executeNew(asked: Asked, compiled: Ready): Promise<Executed> {
    const { plan, code } = await this.#decide(asked, compiled);
    if (code !== undefined) return refuse(this.#ledger, plan, code);
    try {
      return await execute(this.#ledger, plan);
    } catch (error) {
      // A hold over two shards is no part of a chain.
      if (!isForOneShard(error) || !plan.legs.some(({ flags = 0 }) => (flags & pending) !== 0)) throw error;
      return refuse(this.#ledger, plan, 'not_atomic_here');
    }
  }

  #wish({ verb, base, request }: Asked, compiled: Ready): Wish {
    const { asset, legs, payers, payees } = compiled;
    const { parties } = request as PayRequest;
    const { maker } = this.#options;
    return { verb: verb as Wish['verb'], payment: base, asset, legs, payers, payees, maker, parties };
  }

  /** A request about a payment: others may change what it is about, and then it looks again. */
  async #runAbout(asked: Asked): Promise<Receipt> {
    const payment = parseBase('pay', (asked.request as CaptureRequest).payment, 'payment');
    for (let race = 0; race < RACES_MAX; race++) {
      const before = await recall(this.#ledger, asked);
      const executed = before ?? (await this.#attempt(asked, payment));
      if (executed.outcome === 'raced') continue;
      return this.#receipt(asked, payment, await this.#heldAgain(asked, executed), undefined);
    }
    throw new TallystickError('lane_full', 'too many requests about one payment at a time; nothing was done');
  }

  async #attempt(asked: Asked, payment: bigint): Promise<Executed> {
    const life = await readLife(this.#ledger, this.#books, payment);
    await this.#books.prepare(this.#ledger, life.asset);
    const compiled = await this.#compileAbout(asked, life);
    const plan = this.#plan(asked, payment, compiled);
    if (compiled.code !== undefined) return refuse(this.#ledger, plan, compiled.code);
    const raced = (code: RefusalCode): boolean => RACED.includes(code);
    try {
      return await execute(this.#ledger, plan, { raced });
    } catch (error) {
      if (asked.verb !== 'capture' || plan.legs.length === 1 || !isForOneShard(error)) throw error;
    }
    // The accounts are on two shards: the hold of the rest follows in `heldAgain`.
    const [post, more] = plan.legs;
    if (more!.code === Code.over) return refuse(this.#ledger, plan, 'not_atomic_here');
    return execute(this.#ledger, { ...plan, legs: [post] }, { raced });
  }

  async #compileAbout({ verb, request }: Asked, life: Life): Promise<Compiled> {
    if (verb === 'capture') return captureLegs(life, request as CaptureRequest, this.#now());
    if (verb === 'release') return releaseLegs(life);
    const left = await this.#makeRefundable(life);
    return this.#givingBack({ verb, request }, life, left);
  }

  /** `left`: what can still be given back. */
  async #givingBack({ verb, request }: Pick<Asked, 'verb' | 'request'>, life: Life, left: bigint): Promise<Compiled> {
    const compiled =
      verb === 'reverse'
        ? reverseLegs(this.#books, life, left)
        : refundLegs(this.#books, life, request as RefundRequest, left);
    if (life.first.code !== Code.fxSell || compiled.code !== undefined) return compiled;
    // What was bought goes back with what was sold, at the rate of the payment.
    const [money, ...others] = compiled.legs;
    const bought = await readBought(this.#ledger, life.payment);
    return { legs: [money, ...backLegs(bought, givenBack(life) + money.amount!, sum(life.paid)), ...others] };
  }

  /**
   * Counts what was paid as refundable, each payment and capture once for ever, and resolves to what is left of it. The
   * account is opened by the first refund, so payments that are never refunded cost none.
   */
  async #makeRefundable({ payment, paid }: Life): Promise<bigint> {
    if (paid.length === 0) return 0n;
    const [ledger, books] = [this.#ledger, this.#books];
    await books.openRefundable(ledger, payment);
    const account = books.refundableId(payment);
    const results = await ledger.createTransfers(
      paid.map(
        (one): AnyTransferInput => ({
          id: legId(baseOf('paid', books.tenant, one.id.toString(16)), 1),
          debit_account_id: books.allowancesId,
          credit_account_id: account,
          amount: one.amount,
          user_data_128: payment,
          ledger: books.limitsLedger,
          code: Code.refundable,
        }),
      ),
    );
    const refused = results.find(({ status }) => status !== created && status !== exists);
    if (refused !== undefined) throw disagreement(refused.status);
    const [found] = await ledger.lookupAccounts([account]);
    return found!.credits_posted - found!.debits_posted;
  }

  /**
   * After a capture that more shall follow, where ledgers of shards have to hold the rest in a step of its own. Done
   * once, or refused once: its id is that of the capture's second leg.
   */
  async #heldAgain(asked: Asked, executed: Executed): Promise<Executed> {
    const isOpen = asked.verb === 'capture' && (asked.request as CaptureRequest).more === true;
    if (!isOpen || executed.outcome !== 'done' || executed.legs.length > 1) return executed;
    const [post] = await this.#ledger.lookupTransfers([legId(asked.base, 1)]);
    const [hold] = await this.#ledger.lookupTransfers([post!.pending_id]);
    if (hold!.amount === post!.amount) return executed;
    const payment = post!.user_data_128;
    const plan = this.#plan(asked, payment, { legs: [endedBy(hold!.id), restOf(hold!, post!.amount, this.#now())] });
    const [result] = await this.#ledger.createTransfers([transfersOf(plan)[1]!]);
    if (result!.status === linked_event_failed) throw disagreement(result!.status);
    const again = await recall(this.#ledger, asked);
    return again?.outcome === 'done' ? { ...again, again: executed.again } : executed;
  }

  async dryRun(asked: Asked, compiled: Ready | undefined): Promise<Would> {
    if (compiled !== undefined) {
      const decision = await this.#options.controls?.wouldDecide(this.#ledger, this.#wish(asked, compiled));
      const isLate = compiled.expiresAt !== undefined && compiled.expiresAt <= this.#now();
      const ended = new Map(compiled.legs.flatMap(({ pending, amount }) => (pending ? [[pending, amount!]] : [])));
      const code = decision?.code ?? (isLate ? 'quote_expired' : await wouldRefuse(this.#ledger, compiled, ended));
      return wouldOf(code, decision?.waits !== undefined);
    }
    const payment = parseBase('pay', (asked.request as CaptureRequest).payment, 'payment');
    const life = await readLife(this.#ledger, this.#books, payment);
    const { legs, code } = await this.#shadowOf(asked, life);
    const [first, ...others] = legs.filter(({ control }) => control !== 'allowance');
    const held = new Map(life.open === undefined ? [] : [[life.open.id, life.open.amount]]);
    return wouldOf(code ?? (await wouldRefuse(this.#ledger, { legs: [first!, ...others] }, held)));
  }

  /** As it would be compiled, with what is left worked out from the payment's life. */
  async #shadowOf({ verb, request }: Asked, life: Life): Promise<Compiled> {
    if (verb === 'capture') return captureLegs(life, request as CaptureRequest, this.#now());
    if (verb === 'release') return releaseLegs(life);
    return this.#givingBack({ verb, request }, life, sum(life.paid) - givenBack(life));
  }

  #plan({ base, fingerprint }: Asked, aggregate: bigint, { legs }: { readonly legs: Legs }): Plan {
    return { tenant: this.#books.tenant, base, fingerprint, aggregate, day: dayOf(this.#now()), legs };
  }

  #receipt({ verb, base }: Asked, payment: bigint, executed: Executed, units: bigint | undefined): Receipt {
    if (executed.outcome === 'raced') throw disagreement(linked_event_failed);
    return receiptOf(verb, base, payment, executed, this.#books.assets, units);
  }
}

const endedBy = (pending: bigint) => ({ control: 'hold' as const, debit: 0n, credit: 0n, ledger: 0, pending });

function disagreement(status: CreateTransferStatus): TallystickError {
  const name = CreateTransferStatus[status];
  return new TallystickError('engine_failed', `a payment and its ledger disagree about what can be: ${name}`);
}
