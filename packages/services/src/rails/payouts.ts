/**
 * Payouts and pay-ins as whoever asks sees them: what a payout is, taking one back, statements, and the entries that
 * nobody could place. New payouts are asked for where all payments are.
 */
import { invalidField, type Ledger, TallystickError } from 'tallystick/internal/model';
import { parseBase } from '../base/ids.ts';
import { checkName } from '../base/shape.ts';
import { readLife, viewOf } from '../payments/life.ts';
import { type Desk, INTERNAL } from './desk.ts';
import { Files } from './files.ts';
import { Hearing, type Imported } from './hearing.ts';
import { type PayoutStatus, type PayoutView, payoutView, readPayout } from './payout-life.ts';
import { type AsideView, Queue, type UnmatchedView } from './queue.ts';
import type { Rail } from './rail.ts';

export class Payouts {
  readonly #ledger: Ledger;
  readonly #desk: Desk;

  constructor(ledger: Ledger, desk: Desk) {
    this.#ledger = ledger;
    this.#desk = desk;
  }

  /** A payout as it is. Rejects with `not_found`, as everything here that names something. */
  async view(id: string): Promise<PayoutView> {
    const payout = parseBase('out', id, 'payout');
    const { rails, books } = this.#desk;
    try {
      return payoutView(await readPayout(this.#ledger, rails, books, payout));
    } catch (error) {
      if (!(error instanceof TallystickError) || error.code !== 'not_found') throw error;
      const inside = await internalOf(this.#ledger, this.#desk, id, payout).catch(() => undefined);
      if (inside === undefined) throw error;
      return inside;
    }
  }

  /** Cancels a payout that is in no file yet, and resolves to what it is then. */
  async cancel(id: string): Promise<PayoutView> {
    const payout = parseBase('out', id, 'payout');
    const { rails, books } = this.#desk;
    const life = await readPayout(this.#ledger, rails, books, payout);
    if (life.hold !== undefined && life.claim === undefined && !life.isVoided) {
      await new Files(this.#ledger, books).cancel(life.rail, payout, life.hold);
    }
    return this.view(id);
  }

  /** Books what a camt.053 or camt.054 says, each entry once. Rejects with `invalid_argument` for what is neither. */
  async importStatement(name: string, document: string): Promise<Imported> {
    const rail = await this.#prepared(name);
    const hearing = new Hearing(this.#ledger, this.#desk.books, rail, this.#desk.records!);
    return hearing.import(new TextEncoder().encode(document));
  }

  /** Entries of the bank that nobody could place, the oldest first, 1,000 at most. */
  async unmatched(name: string): Promise<UnmatchedView[]> {
    return this.#queue().open(this.#desk.rail(name));
  }

  /** Books such an entry to an account of ours, whole and once. Rejects with `request_reused` for another account. */
  async assign(name: string, entry: string, account: string): Promise<UnmatchedView> {
    checkName(account, 'account');
    return this.#queue().assign(await this.#prepared(name), entry, account);
  }

  /** Messages of banks that nobody understands, as they came, 100 at most. */
  async aside(): Promise<readonly AsideView[]> {
    return this.#queue().aside();
  }

  #queue(): Queue {
    const { books, records } = this.#desk;
    if (records === undefined) throw invalidField('rails', 'take records, and there are none');
    return new Queue(this.#ledger, books, records);
  }

  async #prepared(name: string): Promise<Rail> {
    const rail = this.#desk.rail(name);
    await this.#desk.books.prepare(this.#ledger, rail);
    return rail;
  }
}

const INSIDE: { readonly [status: string]: PayoutStatus } = {
  in_review: 'in_review',
  rejected: 'not_approved',
  expired: 'not_approved',
  paid: 'settled',
  partly_refunded: 'settled',
  refunded: 'returned',
  reversed: 'returned',
};

/** On the rail `internal` a payout is a payment. */
async function internalOf(ledger: Ledger, { books }: Desk, id: string, payout: bigint): Promise<PayoutView> {
  const life = await readLife(ledger, books.books, payout);
  const { id: payment, asset, amount, status, created_at } = await viewOf(ledger, life, life.first.timestamp);
  return { id, payment, rail: INTERNAL, asset, amount, status: INSIDE[status] ?? 'held', created_at };
}
