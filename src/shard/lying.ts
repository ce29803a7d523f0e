/** Transfers and results as they lie in requests and replies, in words of 32 bits: no object is made of one. */
import {
  type Cells,
  CREATE_TRANSFER_RESULT_SIZE,
  type CreateTransferResult,
  CreateTransferResultOffset,
  type CreateTransferStatus,
  EVENTS_MAX,
  type ResultBatch,
  TRANSFER_SIZE,
  TransferBatch,
  TransferFlags,
  TransferOffset,
} from '../model/index.ts';
import { CLOSING } from './checks.ts';
import { isReservedPrefix, isStripedPrefix } from './ids.ts';
import { idOfWords } from './map.ts';
import { HUGE } from './targets.ts';

const { pending, balancing_debit, balancing_credit } = TransferFlags;
const word = (offset: number): number => offset / 4;

/** Words of a transfer. */
export const WORDS: number = word(TRANSFER_SIZE);
export const At: {
  readonly [name in 'id' | 'debit' | 'credit' | 'amount' | 'pending' | 'timeout' | 'ledger']: number;
} = {
  id: word(TransferOffset.id),
  debit: word(TransferOffset.debit_account_id),
  credit: word(TransferOffset.credit_account_id),
  amount: word(TransferOffset.amount),
  pending: word(TransferOffset.pending_id),
  timeout: word(TransferOffset.timeout),
  ledger: word(TransferOffset.ledger),
};
/** Two numbers of 16 bits: the code, and above it the flags. */
export const CODE: number = word(TransferOffset.code);
const TIMESTAMP = word(TransferOffset.timestamp);
const RESULT_WORDS = word(CREATE_TRANSFER_RESULT_SIZE);
const RESULT_TIME = word(CreateTransferResultOffset.timestamp);
const RESULT_STATUS = word(CreateTransferResultOffset.status);
const HUGE_WORD = Number(HUGE >> 96n);
/** What one shard does by itself; the others need a look at more than the event. */
const NATIVE = pending | balancing_debit | balancing_credit | CLOSING;

export const flagsAt = (u32: Uint32Array, from: number): number => u32[from + CODE]! >>> 16;

/** One look says that nothing is wrong with it that any shard would have to refuse, and that it ends nothing. */
export function isPlain(u32: Uint32Array, from: number): boolean {
  const code = u32[from + CODE]!;
  const flags = code >>> 16;
  if ((flags & ~NATIVE) !== 0 || (code & 0xffff) === 0 || u32[from + At.ledger] === 0) return false;
  if ((flags & pending) === 0 && (u32[from + At.timeout] !== 0 || (flags & CLOSING) !== 0)) return false;
  if (!isZero(u32, from + At.pending) || (u32[from + TIMESTAMP]! | u32[from + TIMESTAMP + 1]!) !== 0) return false;
  if (!isId(u32, from + At.id) || !isId(u32, from + At.debit) || !isId(u32, from + At.credit)) return false;
  if (isReservedPrefix(u32[from + At.debit + 3]!) || isReservedPrefix(u32[from + At.credit + 3]!)) return false;
  return !isSame(u32, from + At.debit, from + At.credit);
}

/** In any order with others of its kind it does the same to accounts without limits: their sums cannot run over. */
export function isMovable(u32: Uint32Array, from: number): boolean {
  return (flagsAt(u32, from) & ~pending) === 0 && u32[from + At.amount + 3]! < HUGE_WORD;
}

/** Whether it may debit or credit a striped account, which has no balance of its own that it could look at. */
export function canStripe(u32: Uint32Array, from: number): boolean {
  return (flagsAt(u32, from) & ~pending) === 0;
}

export function isStripedAt(u32: Uint32Array, at: number): boolean {
  return isStripedPrefix(u32[at + 3]!);
}

const isZero = (u32: Uint32Array, at: number): boolean => (u32[at]! | u32[at + 1]! | u32[at + 2]! | u32[at + 3]!) === 0;

/** Neither zero nor 2^128 - 1. */
const isId = (u32: Uint32Array, at: number): boolean =>
  !isZero(u32, at) && (u32[at]! & u32[at + 1]! & u32[at + 2]! & u32[at + 3]!) >>> 0 !== 0xffff_ffff;

function isSame(u32: Uint32Array, a: number, b: number): boolean {
  return u32[a] === u32[b] && u32[a + 1] === u32[b + 1] && u32[a + 2] === u32[b + 2] && u32[a + 3] === u32[b + 3];
}

/** The accounts of so many events. */
export function accountsOf({ u32 }: Cells, count: number): bigint[] {
  const accounts: bigint[] = [];
  for (let from = 0; from < count * WORDS; from += WORDS) {
    accounts.push(idOfWords(u32, from + At.debit), idOfWords(u32, from + At.credit));
  }
  return accounts;
}

/** A request in the making; the next one takes its place, since ledgers copy a batch before they return. */
export class Draft {
  readonly words: Uint32Array = new Uint32Array(EVENTS_MAX * WORDS);
  readonly #bytes = new Uint8Array(this.words.buffer);
  readonly #batch = new TransferBatch();

  /** The events of which the first lies in place `first`. */
  batch(first: number, count: number): TransferBatch {
    this.#batch.clear();
    this.#batch.append(this.#bytes.subarray(first * TRANSFER_SIZE, (first + count) * TRANSFER_SIZE));
    return this.#batch;
  }

  /** A request as it came. */
  whole({ bytes }: Cells, count: number): TransferBatch {
    this.#batch.clear();
    this.#batch.append(bytes.subarray(0, count * TRANSFER_SIZE));
    return this.#batch;
  }
}

/** Results in words. */
export function wordsOf({ bytes }: ResultBatch<CreateTransferStatus>): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

export function statusIn(results: Uint32Array, index: number): CreateTransferStatus {
  return results[index * RESULT_WORDS + RESULT_STATUS]! as CreateTransferStatus;
}

export function resultIn(results: Uint32Array, index: number): CreateTransferResult {
  const from = index * RESULT_WORDS + RESULT_TIME;
  const timestamp = (BigInt(results[from + 1]!) << 32n) | BigInt(results[from]!);
  return { status: statusIn(results, index), timestamp };
}

/** Copies a result into a reply. */
export function copyResult(reply: Uint32Array, place: number, results: Uint32Array, index: number): void {
  const [to, from] = [place * RESULT_WORDS, index * RESULT_WORDS];
  for (let nth = 0; nth < RESULT_WORDS; nth++) reply[to + nth] = results[from + nth]!;
}

export function putResult({ view }: Cells, place: number, { status, timestamp }: CreateTransferResult): void {
  const at = place * CREATE_TRANSFER_RESULT_SIZE;
  view.setBigUint64(at + CreateTransferResultOffset.timestamp, timestamp, true);
  view.setUint32(at + CreateTransferResultOffset.status, status, true);
}
