/**
 * Payments over any ledger. A request becomes one linked chain, whose ids follow from its key; what became of it is
 * read from the ledger. This process keeps nothing that a crash could lose.
 */
import { type Ledger, TallystickError } from 'tallystick/internal/model';
import type { Books } from '../base/books.ts';
import { counted } from '../base/counts.ts';
import { baseOf, checkKey, fingerprintOf, parseBase } from '../base/ids.ts';
import { checkName } from '../base/shape.ts';
import type { LimitView } from '../controls/windows.ts';
import { type QuoteView, quoteOf } from '../fx/quotes.ts';
import type { Desk } from '../rails/desk.ts';
import { Payouts } from '../rails/payouts.ts';
import { type AccountView, accountView } from './accounts.ts';
import { Approvals, type ApprovalView } from './approvals.ts';
import type { Asked } from './asked.ts';
import { Asking, isFinal } from './asking.ts';
import { Bulk, type BulkReceipt } from './bulk.ts';
import { Flow } from './flow.ts';
import type { Intents } from './intents.ts';
import { type PaymentView, readLife, viewOf } from './life.ts';
import { type Receipt, refusalUnder, refusedOf, type Would } from './receipts.ts';
import {
  type AccountRequest,
  type BulkRequest,
  type CaptureRequest,
  checkShape,
  type ExchangeRequest,
  type HoldRequest,
  type PayoutRequest,
  type PayRequest,
  type QuoteRequest,
  type RefundRequest,
  type ReleaseRequest,
  type Requests,
  type ReverseRequest,
  type SplitRequest,
  type Verb,
} from './shapes.ts';
import { type PaymentsOptions, type Shared, sharedOf } from './shared.ts';

/** A payment, with the words that are kept of it. */
export type PaymentWords = PaymentView & {
  readonly description?: string;
  /** Why it waits for approval. */
  readonly reasons?: readonly string[];
};

const WAITING_MAX = 1000;

export class Payments {
  readonly #ledger: Ledger;
  readonly #shared: Shared;
  readonly #books: Books;
  readonly #intents: Intents | undefined;
  readonly #now: () => bigint;
  /** Who asks. */
  readonly #who: string | undefined;
  /** Where payouts are asked for. */
  readonly desk: Desk;
  readonly #flow: Flow;
  readonly #asking: Asking;

  /**
   * Throws `invalid_argument` for a tenant, an asset or a control that cannot be. `shared` and `who` are for
   * {@link through}.
   */
  constructor(ledger: Ledger, options: PaymentsOptions = {}, shared: Shared = sharedOf(options), who?: string) {
    this.#ledger = ledger;
    this.#shared = shared;
    this.#books = shared.books;
    this.#intents = shared.intents;
    this.#now = shared.now;
    this.#who = who;
    this.desk = shared.desk;
    this.#flow = new Flow(ledger, shared.books, {
      now: shared.now,
      calendar: shared.calendar,
      sending: shared.sending,
      controls: shared.controls,
      maker: who,
      explain: async (payment, reasons) => shared.intents?.explain(payment, reasons),
    });
    this.#asking = new Asking(this.#flow, shared.intents, who);
  }

  /**
   * The same payments through another port to the same ledger: that of a caller with a role of its own. Whoever does so
   * has checked that the caller may write: what is begun may be finished by {@link resolve}. `who`: the caller's name,
   * as it was proved.
   */
  through(ledger: Ledger, who?: string): Payments {
    return new Payments(ledger, {}, this.#shared, who);
  }

  /** The same payments, asked for by somebody whose name was proved: whoever asks does not approve. */
  as(who: string): Payments {
    return this.through(this.#ledger, who);
  }

  /** What becomes of payouts, and what comes in at banks. */
  get payouts(): Payouts {
    return new Payouts(this.#ledger, this.desk);
  }

  /** Opens an account, or finds it open. Rejects with `request_reused` where it is open as another kind. */
  async openAccount(request: AccountRequest): Promise<AccountView> {
    checkShape('account', request);
    const { name, kind } = request;
    const asset = this.#books.assets.byCode(request.asset);
    await this.#books.open(this.#ledger, name, asset, kind);
    return this.account(name, asset.code);
  }

  /** Rejects with `not_found` for an account that is not open in the asset. */
  async account(name: string, code: string): Promise<AccountView> {
    checkName(name, 'name');
    const asset = this.#books.assets.byCode(code);
    return accountView(this.#ledger, this.#books, name, asset);
  }

  pay(key: string, request: PayRequest): Promise<Receipt | Would> {
    return this.ask('pay', key, request);
  }

  hold(key: string, request: HoldRequest): Promise<Receipt | Would> {
    return this.ask('hold', key, request);
  }

  capture(key: string, request: CaptureRequest): Promise<Receipt | Would> {
    return this.ask('capture', key, request);
  }

  release(key: string, request: ReleaseRequest): Promise<Receipt | Would> {
    return this.ask('release', key, request);
  }

  refund(key: string, request: RefundRequest): Promise<Receipt | Would> {
    return this.ask('refund', key, request);
  }

  reverse(key: string, request: ReverseRequest): Promise<Receipt | Would> {
    return this.ask('reverse', key, request);
  }

  split(key: string, request: SplitRequest): Promise<Receipt | Would> {
    return this.ask('split', key, request);
  }

  /**
   * Does what is asked, once for each key: a second attempt is told what the first one was. Rejects with
   * `invalid_argument` and `not_found` for what cannot be, which leaves the key free; with `request_reused` for a key
   * that names another request; and as the ledger rejects, when the outcome is unknown: ask again under the same key.
   */
  ask<V extends Verb>(verb: V, key: string, request: Requests[V]): Promise<Receipt | Would> {
    const { counts } = this.#shared;
    const told = (receipt: Receipt | Would | undefined): void => counts?.payment(verb, receipt);
    return counted(counts, verb, () => this.#ask(verb, key, request), told);
  }

  async #ask<V extends Verb>(verb: V, key: string, request: Requests[V]): Promise<Receipt | Would> {
    checkShape(verb, request);
    const { tenant } = this.#books;
    const fingerprint = fingerprintOf(verb, request);
    const asked: Asked = { verb, key: checkKey(key), request, base: baseOf('request', tenant, key), fingerprint };
    const isPayout = verb === 'payout';
    const compiling = isPayout ? this.desk.compile(this.#ledger, request as PayoutRequest) : this.#flow.compile(asked);
    const ready = compiling instanceof Promise ? await compiling : compiling;
    if (request.dry_run === true) return this.#flow.dryRun(asked, ready);
    // Whom a payout pays is in words alone.
    if (isPayout) await this.desk.keepWords(asked, request as PayoutRequest);
    return ready === undefined ? this.#asking.inSteps(asked) : this.#asking.inOneChain(asked, ready);
  }

  /**
   * Makes up to 1,000 payments, each under its own key, in few requests of the ledger: as `mode` says, each for itself,
   * up to the first that is refused, or all of them or none. Rejects as {@link ask}, for all of them; sent again, it
   * tells each what became of it.
   */
  bulk(request: BulkRequest): Promise<BulkReceipt[]> {
    return counted(
      this.#shared.counts,
      'bulk',
      async () => {
        checkShape('bulk', request);
        return new Bulk(this.#flow, this.#books.tenant, this.#intents).run(request);
      },
      (receipts) => {
        for (const receipt of receipts ?? [undefined]) this.#shared.counts?.payment('pay', receipt);
      },
    );
  }

  /** Holds money for whom a bank shall pay; what becomes of it {@link payouts} tells. */
  payout(key: string, request: PayoutRequest): Promise<Receipt | Would> {
    return this.ask('payout', key, request);
  }

  exchange(key: string, request: ExchangeRequest): Promise<Receipt | Would> {
    return this.ask('exchange', key, request);
  }

  /** What an exchange would be, for as long as it says. Rejects with `invalid_argument` where nothing is exchanged. */
  async quote(key: string, request: QuoteRequest): Promise<QuoteView> {
    checkShape('quote', request);
    return quoteOf(this.#ledger, this.#books, this.#shared.fx, checkKey(key), request);
  }

  /**
   * Approves of a payment that waits, in the name of whoever asks, as often as one likes: it counts once. Rejects with
   * `not_found` where nothing waits, and with `forbidden` for whoever made the payment and for nobody in particular.
   */
  async approve(payment: string): Promise<ApprovalView> {
    const base = parseBase('pay', payment, 'payment');
    return this.#approvals().approve(base, this.#named());
  }

  /** Turns a payment down that waits: its money is free again. Rejects with `not_found` where nothing waits. */
  async reject(payment: string): Promise<ApprovalView> {
    const base = parseBase('pay', payment, 'payment');
    this.#named();
    return this.#approvals().reject(base);
  }

  /** Payments that wait for approval in an asset, the oldest first, 1,000 at most. */
  waiting(code: string): Promise<ApprovalView[]> {
    return this.#approvals().waiting(this.#books.assets.byCode(code), WAITING_MAX);
  }

  /** The limits of an account, and what may still be paid until the calendar turns. */
  async limits(name: string, code: string): Promise<LimitView[]> {
    checkName(name, 'name');
    const asset = this.#books.assets.byCode(code);
    return (await this.#shared.controls?.limitsOf(this.#ledger, asset, name)) ?? [];
  }

  #approvals(): Approvals {
    return new Approvals(this.#ledger, this.#books, this.#now, this.#shared.waiting);
  }

  #named(): string {
    if (this.#who !== undefined) return this.#who;
    throw new TallystickError('forbidden', 'approvals take a name that was proved: come with a token or a certificate');
  }

  /** A payment as it is, or why it was refused. Rejects with `not_found`. */
  async payment(id: string): Promise<PaymentWords | Receipt> {
    const base = parseBase('pay', id, 'payment');
    const code = await refusalUnder(this.#ledger, this.#books.tenant, base);
    if (code !== undefined) return refusedOf('pay', base, base, code);
    const life = await readLife(this.#ledger, this.#books, base);
    const view = await viewOf(this.#ledger, life, this.#now());
    const description = await this.#intents?.words(base, life.first.user_data_64);
    const reasons = view.status === 'in_review' ? await this.#intents?.reasons(base) : undefined;
    return {
      ...view,
      ...(description === undefined ? {} : { description }),
      ...(reasons === undefined ? {} : { reasons }),
    };
  }

  /**
   * Finishes requests of several steps that a process which died has begun, and those of one chain whose outcome a
   * process that lived did not hear. Resolves to how many there were. It may run at any time, beside others; a program
   * calls it when it starts.
   */
  async resolve(): Promise<number> {
    let count = 0;
    for await (const { verb, key, request, who, begun } of this.#intents?.open() ?? []) {
      count++;
      // In the name of whoever began it, who does not approve of it either.
      const asker = who === undefined ? this : this.as(who);
      try {
        await asker.ask(verb, key, request as never);
        this.#intents!.end(begun);
      } catch (error) {
        // The words were those of a mistake, or of a key that names something else by now.
        if (!isFinal(error)) throw error;
        await this.#intents!.undo(begun);
      }
    }
    return count;
  }

  /** What was written down of requests is durable when it resolves. The ledger and the records stay open. */
  async idle(): Promise<void> {
    await this.#intents?.idle();
  }
}
