/**
 * Requests about a payment: captures, releases, refunds, reversals. What they may do follows from the payment's life,
 * which others change meanwhile; whoever loses such a race looks again.
 */
import { type AnyTransferInput, CreateTransferStatus, type Ledger, TallystickError } from 'tallystick/internal/model';
import type { Books } from '../base/books.ts';
import type { Calendar } from '../base/calendar.ts';
import { Code } from '../base/codes.ts';
import { type Executed, execute, isForOneShard, recall, refuse } from '../base/execute.ts';
import { baseOf, legId, parseBase } from '../base/ids.ts';
import type { RefusalCode } from '../base/outcomes.ts';
import { type Plan, transfersOf } from '../base/plan.ts';
import { wouldRefuse } from '../base/shadow.ts';
import { backLegs, readBought } from '../fx/compile.ts';
import { type Asked, disagreement, planOf, told } from './asked.ts';
import { type Compiled, captureLegs, type Legs, refundLegs, releaseLegs, restOf, reverseLegs } from './compile.ts';
import { givenBack, type Life, readLife, sum } from './life.ts';
import { type Receipt, type Would, wouldOf } from './receipts.ts';
import type { CaptureRequest, RefundRequest } from './shapes.ts';

const { created, exists, linked_event_failed } = CreateTransferStatus;
/** So often does a request look again after others have changed what it is about. */
const RACES_MAX = 64;
/** The ledger said that somebody else has ended the hold; it may have another one by now. */
const RACED: readonly RefusalCode[] = ['hold_captured', 'hold_released'];

export class About {
  readonly #ledger: Ledger;
  readonly #books: Books;
  readonly #now: () => bigint;
  readonly #calendar: Calendar;

  constructor(ledger: Ledger, books: Books, now: () => bigint, calendar: Calendar) {
    this.#ledger = ledger;
    this.#books = books;
    this.#now = now;
    this.#calendar = calendar;
  }

  /** A request about a payment: others may change what it is about, and then it looks again. */
  async run(asked: Asked): Promise<Receipt> {
    const payment = parseBase('pay', (asked.request as CaptureRequest).payment, 'payment');
    for (let race = 0; race < RACES_MAX; race++) {
      const before = await recall(this.#ledger, asked);
      const executed = before ?? (await this.#attempt(asked, payment));
      if (executed.outcome === 'raced') continue;
      return told(this.#books, asked, payment, await this.#heldAgain(asked, executed), undefined);
    }
    throw new TallystickError('lane_full', 'too many requests about one payment at a time; nothing was done');
  }

  async #attempt(asked: Asked, payment: bigint): Promise<Executed> {
    const life = await readLife(this.#ledger, this.#books, payment);
    await this.#books.prepare(this.#ledger, life.asset);
    const compiled = await this.#compileAbout(asked, life);
    const plan = this.#plan(asked, payment, compiled.legs);
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
    const legs: Legs = [endedBy(hold!.id), restOf(hold!, post!.amount, this.#now())];
    const plan = this.#plan(asked, payment, legs);
    const [result] = await this.#ledger.createTransfers([transfersOf(plan)[1]!]);
    if (result!.status === linked_event_failed) throw disagreement(result!.status);
    const again = await recall(this.#ledger, asked);
    return again?.outcome === 'done' ? { ...again, again: executed.again } : executed;
  }

  async dryRun(asked: Asked): Promise<Would> {
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

  #plan(asked: Asked, payment: bigint, legs: Legs): Plan {
    return planOf(this.#books, asked, payment, legs, this.#calendar.at(this.#now()));
  }
}

const endedBy = (pending: bigint) => ({ control: 'hold' as const, debit: 0n, credit: 0n, ledger: 0, pending });
