/** A payment that waits is approved by enough others, or turned down by one: each once, whoever races. */
import {
  type AnyTransferInput,
  CreateTransferStatus,
  type Ledger,
  TallystickError,
  type Transfer,
  TransferFlags,
} from 'tallystick/internal/model';
import type { Asset } from '../base/assets.ts';
import type { Books } from '../base/books.ts';
import { Code } from '../base/codes.ts';
import { execute, isForOneShard } from '../base/execute.ts';
import { baseOf, baseOfLeg, fingerprintOf, formatBase } from '../base/ids.ts';
import { meaningOf, type RefusalCode } from '../base/outcomes.ts';
import { type Leg, type Plan, transfersOf } from '../base/plan.ts';
import { approveAs, votesLeg, votesOf } from '../controls/reviews.ts';
import { type Legs, restOf } from './compile.ts';
import { isExpired, type Life, readLife } from './life.ts';
import type { Waiting } from './waiting.ts';

const { linked, post_pending_transfer, void_pending_transfer } = TransferFlags;

/** How the approval of a payment stands. */
export interface ApprovalView {
  readonly payment: string;
  readonly state: 'waiting' | 'approved' | 'rejected' | 'expired' | 'refused';
  /** Why the ledger refused what was approved. */
  readonly code?: RefusalCode;
  /** How many have approved, and how many must. */
  readonly approvals: number;
  readonly needed: number;
}

const STATES: { readonly [code in RefusalCode]?: ApprovalView['state'] } = {
  hold_captured: 'approved',
  hold_released: 'rejected',
  hold_expired: 'expired',
};

export class Approvals {
  readonly #ledger: Ledger;
  readonly #books: Books;
  readonly #now: () => bigint;
  readonly #waiting: Waiting;

  constructor(ledger: Ledger, books: Books, now: () => bigint, waiting: Waiting) {
    this.#waiting = waiting;
    this.#ledger = ledger;
    this.#books = books;
    this.#now = now;
  }

  /** Rejects with `not_found` where nothing waits, with `forbidden` for whoever made the payment. */
  async approve(payment: bigint, approver: string): Promise<ApprovalView> {
    const life = await readLife(this.#ledger, this.#books, payment);
    const before = await votesOf(this.#ledger, this.#books, payment);
    if (life.waiting.length === 0) return this.#view(payment, life.isRejected ? 'rejected' : 'approved');
    await approveAs(this.#ledger, this.#books, payment, approver);
    const votes = await votesOf(this.#ledger, this.#books, payment);
    if (votes.given < before.needed) return this.#view(payment, 'waiting');
    const legs = [votesLeg(this.#books, payment, votes), ...life.waiting.flatMap((one) => this.#approved(one))];
    return this.#end('approve', life, legs as unknown as Legs);
  }

  /** Gives the money back, unless enough have approved before. */
  async reject(payment: bigint): Promise<ApprovalView> {
    const life = await readLife(this.#ledger, this.#books, payment);
    await votesOf(this.#ledger, this.#books, payment);
    if (life.waiting.length === 0) return this.#view(payment, life.isRejected ? 'rejected' : 'approved');
    const legs = life.waiting.map((one) => endOf(one, void_pending_transfer));
    return this.#end('reject', life, legs as unknown as Legs);
  }

  /** Payments that wait in an asset, the oldest first, `limit` at most. */
  async waiting(asset: Asset, limit: number): Promise<ApprovalView[]> {
    const payments = new Set<bigint>();
    for (const transfer of await this.#waiting.open(this.#ledger, this.#books.ledgerOf(asset))) {
      if (payments.size >= limit) break;
      if (await isExpired(this.#ledger, transfer, this.#now())) this.#waiting.forget(transfer);
      else payments.add(baseOfLeg(transfer.id));
    }
    const views: ApprovalView[] = [];
    for (const payment of payments) views.push(await this.#view(payment, 'waiting'));
    return views;
  }

  /** Money that waits is paid; what waits to be held is held for as long as it would have been. */
  #approved(waiting: Transfer): Leg[] {
    const isPayout = waiting.code === Code.reviewPayout;
    if (waiting.code !== Code.reviewHold && !isPayout) return [endOf(waiting, post_pending_transfer)];
    const held = isPayout
      ? { ...restOf(waiting, 0n, this.#now()), code: Code.payout, timeout: 0 }
      : { ...restOf(waiting, 0n, this.#now()), code: Code.hold };
    return [endOf(waiting, void_pending_transfer), held];
  }

  async #end(verb: 'approve' | 'reject', { payment, first }: Life, legs: Legs): Promise<ApprovalView> {
    const { tenant } = this.#books;
    const base = baseOf(verb, tenant, payment.toString(16));
    const fingerprint = fingerprintOf(verb, { payment: payment.toString(16) });
    const code = await this.#run({ tenant, base, fingerprint, aggregate: payment, day: first.user_data_32, legs });
    if (code === undefined) return this.#view(payment, verb === 'approve' ? 'approved' : 'rejected');
    const state = STATES[code];
    return state === undefined ? this.#view(payment, 'refused', code) : this.#view(payment, state);
  }

  async #run(plan: Plan): Promise<RefusalCode | undefined> {
    try {
      const executed = await execute(this.#ledger, plan);
      return executed.outcome === 'done' ? undefined : executed.code;
    } catch (error) {
      if (!isForOneShard(error)) throw error;
      return this.#inSteps(plan);
    }
  }

  /** Over shards no chain ends what waits: step by step, approvals first, each under its own id, so that it goes on. */
  async #inSteps(plan: Plan): Promise<RefusalCode | undefined> {
    for (const [index, transfer] of transfersOf(plan).entries()) {
      const alone = { ...transfer, flags: (transfer.flags ?? 0) & ~linked } as AnyTransferInput;
      const [result] = await this.#ledger.createTransfers([alone]);
      if (result!.status === CreateTransferStatus.created) continue;
      const meaning = meaningOf(result!.status, plan.legs[index]!.control);
      if (meaning === 'exists') continue;
      if (meaning !== 'unexpected') return meaning;
      const name = CreateTransferStatus[result!.status];
      throw new TallystickError('engine_failed', `a payment that waits cannot be ended: ${name}`);
    }
    return undefined;
  }

  async #view(payment: bigint, state: ApprovalView['state'], code?: RefusalCode): Promise<ApprovalView> {
    const { given, needed } = await votesOf(this.#ledger, this.#books, payment);
    const why = code === undefined ? {} : { code };
    return { payment: formatBase('pay', payment), state, ...why, approvals: given, needed };
  }
}

function endOf(
  { id, debit_account_id: debit, credit_account_id: credit, ledger, amount }: Transfer,
  flags: number,
): Leg {
  const whole = (flags & post_pending_transfer) !== 0 ? { amount } : {};
  return { control: 'hold', debit, credit, ledger, flags, pending: id, ...whole };
}
