/**
 * What a bank says of a payout, done to its money. Each verdict has one id of its payout, so it happens once, whoever
 * says it how often; and where two exclude each other, they share an id or a chain, so the ledger lets one of them be.
 *
 *   accepted    the hold is posted: payer ──> clearing
 *   rejected    the hold is voided; or, where it was posted before, clearing ──> payer, unless the bank has booked it
 *
 * A rejection that is said of a payout which the bank has booked moves nothing: the bank's booking of the return will.
 */
import { chain } from 'tallystick/internal/helpers';
import {
  type AnyTransferInput,
  CreateTransferStatus,
  type Ledger,
  TallystickError,
  TransferFlags,
} from 'tallystick/internal/model';
import { Code } from '../base/codes.ts';
import { reasonBits } from './names.ts';
import type { PayoutLife } from './payout-life.ts';
import type { RailBooks } from './rail-books.ts';

const { created, exists, pending_transfer_already_posted, pending_transfer_already_voided } = CreateTransferStatus;
const { post_pending_transfer, void_pending_transfer } = TransferFlags;

/** `contradicts`: it cannot be, after what was said before; nothing was done. */
export type Verdict = 'done' | 'contradicts';

export class Verdicts {
  readonly #ledger: Ledger;
  readonly #books: RailBooks;

  constructor(ledger: Ledger, books: RailBooks) {
    this.#ledger = ledger;
    this.#books = books;
  }

  /** Posts what is held. A payout that was never sent is accepted by nobody. */
  async accept(life: PayoutLife): Promise<Verdict> {
    const { payout, hold, claim } = life;
    if (hold === undefined || claim === undefined) return 'contradicts';
    const status = await this.#one({
      ...ending(hold.id, hold.ledger, payout),
      id: this.#books.once('accepted', payout),
      amount: hold.amount,
      flags: post_pending_transfer,
    });
    if (status === created || status === exists) return 'done';
    if (status === pending_transfer_already_posted) return 'done';
    if (status === pending_transfer_already_voided) return 'contradicts';
    throw disagreement('accepted', status);
  }

  /** Frees what is held, or gives back what is on its way. */
  async reject(life: PayoutLife, reason: string | undefined): Promise<Verdict> {
    const { payout, hold, claim } = life;
    if (hold === undefined || claim === undefined) return 'contradicts';
    const status = await this.#one({
      ...ending(hold.id, hold.ledger, payout),
      id: this.#books.once('rejected', payout),
      user_data_64: reasonBits(reason),
      flags: void_pending_transfer,
    });
    if (isThere(status) || status === pending_transfer_already_voided) return 'done';
    if (status !== pending_transfer_already_posted) throw disagreement('rejected', status);
    return this.#giveBack(life, reason);
  }

  /** Turned down after it was accepted, and before the bank has booked it. */
  async #giveBack({ payout, rail, first }: PayoutLife, reason: string | undefined): Promise<Verdict> {
    const back: AnyTransferInput = {
      id: this.#books.once('cleared', payout),
      debit_account_id: this.#books.clearingId(rail),
      credit_account_id: first.debit_account_id,
      amount: first.amount,
      user_data_128: payout,
      ledger: first.ledger,
      code: Code.payoutReturned,
    };
    const results = await this.#ledger.createTransfers(chain([back, this.backSlot(payout, reason)]));
    if (results.every(({ status }) => status === created)) return 'done';
    const [moved, slot] = results;
    // The bank has booked it, or it has gone back: by this very verdict, or by an entry.
    if (moved!.status === exists) return 'done';
    if (named(moved!.status).startsWith('exists') || named(slot!.status).startsWith('exists')) return 'contradicts';
    throw disagreement('given back', moved!.status);
  }

  /** Goes into the chain of whatever gives a payout's money back: it goes back once. */
  backSlot(payout: bigint, reason: string | undefined): AnyTransferInput {
    return { ...this.#slot('back', payout), code: Code.payoutBack, user_data_64: reasonBits(reason) };
  }

  /** Goes into the chain that settles a payout: it leaves clearing once. */
  clearedSlot(payout: bigint): AnyTransferInput {
    return { ...this.#slot('cleared', payout), code: Code.payoutCleared };
  }

  #slot(what: 'back' | 'cleared', payout: bigint) {
    return {
      id: this.#books.once(what, payout),
      debit_account_id: this.#books.otherId,
      credit_account_id: this.#books.onceId,
      amount: 0n,
      user_data_128: payout,
      ledger: this.#books.ledger,
    };
  }

  async #one(transfer: AnyTransferInput): Promise<CreateTransferStatus> {
    const [result] = await this.#ledger.createTransfers([transfer]);
    return result!.status;
  }
}

const named = (status: CreateTransferStatus): string => CreateTransferStatus[status]!;
/** Another reason, said a second time, is the same verdict. */
const isThere = (status: CreateTransferStatus): boolean => status === created || named(status).startsWith('exists');

function ending(pending_id: bigint, ledger: number, payout: bigint) {
  return {
    debit_account_id: 0n,
    credit_account_id: 0n,
    amount: 0n,
    pending_id,
    user_data_128: payout,
    ledger,
    code: 0,
  };
}

function disagreement(what: string, status: CreateTransferStatus): TallystickError {
  return new TallystickError('engine_failed', `a payout cannot be ${what}: the ledger says ${named(status)}`);
}
