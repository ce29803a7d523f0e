// Printed by scripts/generate.ts from src/model/schema.ts: change that, then `npm run generate`.

import { Cells } from '../cells.ts';
import { TallystickError } from '../errors.ts';
import { invalid, putId, putU16, putU32, putU64, putU128 } from '../scalars.ts';
import { decodeAccount, decodeTransfer, encodeAccount, encodeTransfer } from './codec.ts';
import { ACCOUNT_SIZE, EVENTS_MAX, TRANSFER_SIZE } from './layout.ts';
import type { Account, AccountInput, AnyTransferInput, Id, Transfer } from './types.ts';

/**
 * Accounts to be created, as the cells that the ledger reads: filled once, copied once, used again after
 * `clear()`. A request copies them before it returns its promise, so the batch is free at once.
 */
export class AccountBatch {
  /** How many fit. */
  readonly capacity: number;
  #count = 0;
  readonly #cells: Cells;

  /** `capacity` is at most 8,189. */
  constructor(capacity: number = EVENTS_MAX) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > EVENTS_MAX) {
      throw invalid(`capacity must lie between 1 and ${EVENTS_MAX}`);
    }
    this.capacity = capacity;
    this.#cells = Cells.of(capacity * ACCOUNT_SIZE);
  }

  get count(): number {
    return this.#count;
  }

  /** The cells filled so far; a view, good until the batch changes. */
  get bytes(): Uint8Array {
    return this.#cells.bytes.subarray(0, this.#count * ACCOUNT_SIZE);
  }

  /**
   * Appends one, all zero if no event is given, and returns its index; throws, and appends nothing, if it cannot be
   * written.
   */
  add(event?: AccountInput): number {
    if (this.#count === this.capacity)
      throw new TallystickError('too_much_data', `The batch is full: it holds ${this.capacity}.`);
    const at = this.#count * ACCOUNT_SIZE;
    if (event === undefined) this.#cells.bytes.fill(0, at, at + ACCOUNT_SIZE);
    else encodeAccount(this.#cells, at, event);
    return this.#count++;
  }

  /** Appends all that `cells` holds, as they lie in `bytes`; throws, and appends nothing, if they do not fit. */
  append(cells: Uint8Array): void {
    const count = cells.length / ACCOUNT_SIZE;
    if (!Number.isInteger(count)) throw invalid(`each takes ${ACCOUNT_SIZE} bytes`);
    if (count > this.capacity - this.#count) {
      throw new TallystickError('too_much_data', `The batch holds ${this.capacity}.`);
    }
    this.#cells.bytes.set(cells, this.#count * ACCOUNT_SIZE);
    this.#count += count;
  }

  /** Reads one back. */
  get(index: number): Account {
    return decodeAccount(this.#cells, this.#at(index));
  }

  clear(): void {
    this.#count = 0;
  }

  /** Chosen by you, unique among accounts, neither zero nor 2^128 - 1. */
  setId(index: number, value: Id): void {
    putId(this.#cells, this.#at(index), value, 'id');
  }

  /** Debits reserved by pending transfers; zero in an account to be created. */
  setDebitsPending(index: number, value: bigint): void {
    putU128(this.#cells, this.#at(index) + 16, value, 'debits_pending');
  }

  /** Debits posted; zero in an account to be created. */
  setDebitsPosted(index: number, value: bigint): void {
    putU128(this.#cells, this.#at(index) + 32, value, 'debits_posted');
  }

  /** Credits reserved by pending transfers; zero in an account to be created. */
  setCreditsPending(index: number, value: bigint): void {
    putU128(this.#cells, this.#at(index) + 48, value, 'credits_pending');
  }

  /** Credits posted; zero in an account to be created. */
  setCreditsPosted(index: number, value: bigint): void {
    putU128(this.#cells, this.#at(index) + 64, value, 'credits_posted');
  }

  /** 128 bits for your own use, indexed when it is not zero. */
  setUserData128(index: number, value: Id): void {
    putId(this.#cells, this.#at(index) + 80, value, 'user_data_128');
  }

  /** 64 bits for your own use, indexed when it is not zero. */
  setUserData64(index: number, value: bigint): void {
    putU64(this.#cells, this.#at(index) + 96, value, 'user_data_64');
  }

  /** 32 bits for your own use, indexed when it is not zero. */
  setUserData32(index: number, value: number): void {
    putU32(this.#cells, this.#at(index) + 104, value, 'user_data_32');
  }

  /** Must be zero. */
  setReserved(index: number, value: number): void {
    putU32(this.#cells, this.#at(index) + 108, value, 'reserved');
  }

  /** Accounts can trade within one ledger only; not zero. */
  setLedger(index: number, value: number): void {
    putU32(this.#cells, this.#at(index) + 112, value, 'ledger');
  }

  /** Kind of the account, in your own numbering; not zero. */
  setCode(index: number, value: number): void {
    putU16(this.#cells, this.#at(index) + 116, value, 'code');
  }

  /** Any of `AccountFlags`, combined with `|`. */
  setFlags(index: number, value: number): void {
    putU16(this.#cells, this.#at(index) + 118, value, 'flags');
  }

  /** When it was created, in nanoseconds since the epoch; zero in an account to be created, unless imported. */
  setTimestamp(index: number, value: bigint): void {
    putU64(this.#cells, this.#at(index) + 120, value, 'timestamp');
  }

  #at(index: number): number {
    if (!(index >>> 0 === index && index < this.#count)) throw invalid(`there is no event ${index} of ${this.#count}`);
    return index * ACCOUNT_SIZE;
  }
}

/**
 * Transfers to be created, as the cells that the ledger reads: filled once, copied once, used again after
 * `clear()`. A request copies them before it returns its promise, so the batch is free at once.
 */
export class TransferBatch {
  /** How many fit. */
  readonly capacity: number;
  #count = 0;
  readonly #cells: Cells;

  /** `capacity` is at most 8,189. */
  constructor(capacity: number = EVENTS_MAX) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > EVENTS_MAX) {
      throw invalid(`capacity must lie between 1 and ${EVENTS_MAX}`);
    }
    this.capacity = capacity;
    this.#cells = Cells.of(capacity * TRANSFER_SIZE);
  }

  get count(): number {
    return this.#count;
  }

  /** The cells filled so far; a view, good until the batch changes. */
  get bytes(): Uint8Array {
    return this.#cells.bytes.subarray(0, this.#count * TRANSFER_SIZE);
  }

  /**
   * Appends one, all zero if no event is given, and returns its index; throws, and appends nothing, if it cannot be
   * written.
   */
  add(event?: AnyTransferInput): number {
    if (this.#count === this.capacity)
      throw new TallystickError('too_much_data', `The batch is full: it holds ${this.capacity}.`);
    const at = this.#count * TRANSFER_SIZE;
    if (event === undefined) this.#cells.bytes.fill(0, at, at + TRANSFER_SIZE);
    else encodeTransfer(this.#cells, at, event);
    return this.#count++;
  }

  /** Appends all that `cells` holds, as they lie in `bytes`; throws, and appends nothing, if they do not fit. */
  append(cells: Uint8Array): void {
    const count = cells.length / TRANSFER_SIZE;
    if (!Number.isInteger(count)) throw invalid(`each takes ${TRANSFER_SIZE} bytes`);
    if (count > this.capacity - this.#count) {
      throw new TallystickError('too_much_data', `The batch holds ${this.capacity}.`);
    }
    this.#cells.bytes.set(cells, this.#count * TRANSFER_SIZE);
    this.#count += count;
  }

  /** Reads one back. */
  get(index: number): Transfer {
    return decodeTransfer(this.#cells, this.#at(index));
  }

  clear(): void {
    this.#count = 0;
  }

  /** Chosen by you, unique among transfers, neither zero nor 2^128 - 1. Sending it twice moves money once. */
  setId(index: number, value: Id): void {
    putId(this.#cells, this.#at(index), value, 'id');
  }

  /** The account to debit. */
  setDebitAccountId(index: number, value: Id): void {
    putId(this.#cells, this.#at(index) + 16, value, 'debit_account_id');
  }

  /** The account to credit, on the same ledger. */
  setCreditAccountId(index: number, value: Id): void {
    putId(this.#cells, this.#at(index) + 32, value, 'credit_account_id');
  }

  /** How much, in the smallest unit of the ledger; zero is allowed. */
  setAmount(index: number, value: bigint): void {
    putU128(this.#cells, this.#at(index) + 48, value, 'amount');
  }

  /** The pending transfer to post or to void, otherwise zero. */
  setPendingId(index: number, value: Id): void {
    putId(this.#cells, this.#at(index) + 64, value, 'pending_id');
  }

  /** 128 bits for your own use, indexed when it is not zero. */
  setUserData128(index: number, value: Id): void {
    putId(this.#cells, this.#at(index) + 80, value, 'user_data_128');
  }

  /** 64 bits for your own use, indexed when it is not zero. */
  setUserData64(index: number, value: bigint): void {
    putU64(this.#cells, this.#at(index) + 96, value, 'user_data_64');
  }

  /** 32 bits for your own use, indexed when it is not zero. */
  setUserData32(index: number, value: number): void {
    putU32(this.#cells, this.#at(index) + 104, value, 'user_data_32');
  }

  /** Seconds after which a pending transfer expires; zero: never. */
  setTimeout(index: number, value: number): void {
    putU32(this.#cells, this.#at(index) + 108, value, 'timeout');
  }

  /** The ledger of both accounts. */
  setLedger(index: number, value: number): void {
    putU32(this.#cells, this.#at(index) + 112, value, 'ledger');
  }

  /** Why the money moves, in your own numbering; not zero. */
  setCode(index: number, value: number): void {
    putU16(this.#cells, this.#at(index) + 116, value, 'code');
  }

  /** Any of `TransferFlags`, combined with `|`. */
  setFlags(index: number, value: number): void {
    putU16(this.#cells, this.#at(index) + 118, value, 'flags');
  }

  /** When it was created, in nanoseconds since the epoch; zero in a transfer to be created, unless imported. */
  setTimestamp(index: number, value: bigint): void {
    putU64(this.#cells, this.#at(index) + 120, value, 'timestamp');
  }

  #at(index: number): number {
    if (!(index >>> 0 === index && index < this.#count)) throw invalid(`there is no event ${index} of ${this.#count}`);
    return index * TRANSFER_SIZE;
  }
}
