/** The payments of one request, on their way to the ledger: features, decisions, and what is counted as on its way. */
import { type Cells, TRANSFER_SIZE, TransferFlags, TransferOffset } from 'tallystick/internal';
import type { AccountState } from './account-state.ts';
import { FEATURES, type OnTheWay, type Payment, writeFeatures } from './features.ts';
import { amountAt } from './feed.ts';

export class Rows {
  /** The events as the caller wrote them. */
  readonly events: Cells;
  readonly count: number;
  /** The events that are payments, and their ledgers. */
  readonly payments: Int32Array;
  readonly ledgers: Uint32Array;
  readonly features: Float32Array;
  /** The decision of each event; 0: none. */
  readonly words: Uint32Array;
  /** 1: the event must fail. */
  readonly refused: Uint8Array;
  /** Payments. */
  size = 0;
  /** The payment that is being taken: one object for all. */
  readonly #taken: { -readonly [key in keyof Payment]: Payment[key] } = { payer: 0, payee: 0, amount: 0, seconds: 0 };
  readonly #payers: Int32Array;
  readonly #payees: Int32Array;
  readonly #amounts: Float64Array;
  /** 1: counted as on its way. */
  readonly #counted: Uint8Array;

  constructor(events: Cells, count: number) {
    this.events = events;
    this.count = count;
    this.payments = new Int32Array(count);
    this.ledgers = new Uint32Array(count);
    this.features = new Float32Array(count * FEATURES.length);
    this.words = new Uint32Array(count);
    this.refused = new Uint8Array(count);
    this.#payers = new Int32Array(count);
    this.#payees = new Int32Array(count);
    this.#amounts = new Float64Array(count);
    this.#counted = new Uint8Array(count);
  }

  flags(event: number): number {
    return this.events.view.getUint16(event * TRANSFER_SIZE + TransferOffset.flags, true);
  }

  /** Takes an event as a payment: its features are as of now, and later ones see that it is on its way. */
  take(event: number, ledger: number, accounts: AccountState, way: OnTheWay, seconds: number): void {
    const row = this.size++;
    const word = (event * TRANSFER_SIZE) >>> 2;
    const payer = accounts.slotOf(this.events.u32, word + TransferOffset.debit_account_id / 4);
    const payee = accounts.slotOf(this.events.u32, word + TransferOffset.credit_account_id / 4);
    const amount = amountAt(this.events.view, event * TRANSFER_SIZE + TransferOffset.amount);
    this.payments[row] = event;
    this.ledgers[row] = ledger;
    this.#payers[row] = payer;
    this.#payees[row] = payee;
    this.#amounts[row] = amount;
    const taken = this.#taken;
    taken.payer = payer;
    taken.payee = payee;
    taken.amount = amount;
    taken.seconds = seconds;
    writeFeatures(accounts, way, taken, this.features, row * FEATURES.length);
    way.add(payer, payee, amount, 1);
    this.#counted[row] = 1;
  }

  /** The payment is on its way no more: it failed, or the feed has told of it. */
  arrive(row: number, way: OnTheWay): void {
    if (this.#counted[row] === 0) return;
    this.#counted[row] = 0;
    way.add(this.#payers[row]!, this.#payees[row]!, this.#amounts[row]!, -1);
  }

  arriveAll(way: OnTheWay): void {
    for (let row = 0; row < this.size; row++) this.arrive(row, way);
  }

  /** Where the linked chain, or the event that stands alone, ends that begins at `from`: behind its last event. */
  chainEnd(from: number): number {
    let to = from + 1;
    while (to < this.count && (this.flags(to - 1) & TransferFlags.linked) !== 0) to++;
    return to;
  }
}
