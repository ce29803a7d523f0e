/**
 * Chains as the cells that the ledger reads. Their legs were compiled here, so nothing has to be looked up by name or
 * checked again, and no object is made of a transfer:
 *
 *   id              base + leg: the base's words once a chain, the leg in the lowest byte
 *   user_data_128   the words of what the chain belongs to, once a chain
 *   the rest        of the leg; what a leg leaves out stays zero
 */
import { assert } from 'tallystick/internal/base';
import {
  type AnyTransferInput,
  type CreateTransferStatus,
  EVENTS_MAX,
  type ResultBatch,
  TRANSFER_SIZE,
  TransferBatch,
  TransferFlags,
  TransferOffset,
} from 'tallystick/internal/model';
import type { Leg, Plan } from './plan.ts';

const { linked } = TransferFlags;
const LEGS_MAX = 254;
const WORDS = 4;
const U64_END = 2n ** 64n;

/** A request of the ledger that is being written. */
export class ChainCells {
  readonly batch: TransferBatch;
  readonly #view: DataView;
  #at: number;

  /**
   * `legs`: of all chains that follow; `mark`: a transfer before them. Throws `too_much_data` where they are more than
   * a request holds.
   */
  constructor(legs: number, mark?: AnyTransferInput) {
    const marks = mark === undefined ? 0 : 1;
    this.batch = new TransferBatch(Math.min(legs + marks, EVENTS_MAX));
    if (mark !== undefined) this.batch.add(mark);
    for (let leg = 0; leg < legs; leg++) this.batch.add();
    this.#at = marks * TRANSFER_SIZE;
    const { buffer, byteOffset, length } = this.batch.bytes;
    this.#view = new DataView(buffer, byteOffset, length);
  }

  /** Appends a chain. `open`: what follows belongs to it. */
  add(plan: Plan, open = false): void {
    const { legs, aggregate, base, fingerprint, day } = plan;
    assert(legs.length <= LEGS_MAX, 'a request has 1 to 254 legs');
    const view = this.#view;
    for (let index = 0; index < legs.length; index++) {
      const at = this.#at;
      if (index === 0) {
        this.#put(at + TransferOffset.id, base);
        this.#put(at + TransferOffset.user_data_128, aggregate);
      } else {
        this.#copy(at - TRANSFER_SIZE + TransferOffset.id, at + TransferOffset.id);
        this.#copy(at - TRANSFER_SIZE + TransferOffset.user_data_128, at + TransferOffset.user_data_128);
      }
      assert(index > 0 || view.getUint8(at + TransferOffset.id) === 0, 'the lowest byte of a base is for its legs');
      view.setUint8(at + TransferOffset.id, index + 1);
      view.setBigUint64(at + TransferOffset.user_data_64, fingerprint, true);
      view.setUint32(at + TransferOffset.user_data_32, day, true);
      this.#leg(at, legs[index]!, index < legs.length - 1 || open);
      this.#at = at + TRANSFER_SIZE;
    }
  }

  #leg(at: number, leg: Leg, more: boolean): void {
    const view = this.#view;
    if (leg.pending === undefined) {
      this.#put(at + TransferOffset.debit_account_id, leg.debit);
      this.#put(at + TransferOffset.credit_account_id, leg.credit);
    } else this.#put(at + TransferOffset.pending_id, leg.pending);
    if (leg.amount !== undefined) this.#put(at + TransferOffset.amount, leg.amount);
    if (leg.timeout !== undefined) view.setUint32(at + TransferOffset.timeout, leg.timeout, true);
    view.setUint32(at + TransferOffset.ledger, leg.ledger, true);
    if (leg.code !== undefined) view.setUint16(at + TransferOffset.code, leg.code, true);
    view.setUint16(at + TransferOffset.flags, (leg.flags ?? 0) | (more ? linked : 0), true);
  }

  #put(at: number, value: bigint): void {
    const high = value >> 64n;
    assert(high >= 0n && high < U64_END, 'a number of a chain has 128 bits, and none is negative');
    // Each takes the 64 bits that fit.
    this.#view.setBigUint64(at, value, true);
    if (high !== 0n) this.#view.setBigUint64(at + 8, high, true);
  }

  #copy(from: number, to: number): void {
    for (let word = 0; word < WORDS; word++) this.#view.setUint32(to + 4 * word, this.#view.getUint32(from + 4 * word));
  }
}

/** Whether `count` events from `first` on all have a status. */
export function allAre(
  results: ResultBatch<CreateTransferStatus>,
  first: number,
  count: number,
  status: CreateTransferStatus,
): boolean {
  for (let index = first; index < first + count; index++) if (results.status(index) !== status) return false;
  return true;
}
