/**
 * What an import sends, a chain a transaction. A large book has a million transfers: they are made when they are asked
 * for, from the columns of the book and the hash of each chain.
 */
import { assert } from '../base/index.ts';
import { TransferFlags, type TransferInput } from '../model/index.ts';
import type { BookPosting, Place } from './book.ts';
import { type Decimal, digits, normalize, power, quantize, settle } from './decimal.ts';
import { prefix } from './hash.ts';
import type { Transactions } from './transactions.ts';

/** `code` of transfers. */
export const TransferCode = { transaction: 1, pad: 2 } as const;

/** Where what a posting moves goes: the ledger's accounts of a pair. */
export interface Side {
  readonly account: bigint;
  readonly clearing: bigint;
  readonly ledger: number;
  readonly scale: number;
}

export interface Move {
  readonly debit: bigint;
  readonly credit: bigint;
  readonly amount: bigint;
  readonly ledger: number;
}

/** One chain: what a ledger is asked to create together. */
export interface Chain {
  readonly place: Place;
  readonly postings: readonly BookPosting[];
  readonly transfers: readonly TransferInput[];
  /** What the transfers move, without their ids, which take longer than all the rest. */
  readonly moves: readonly Move[];
  /** Id of the first transfer, which tells whether the ledger has the chain. */
  readonly firstId: bigint;
}

/**
 * The number as a ledger of this scale keeps it: without zeros behind the scale, nor what Beancount's rounding left
 * there.
 */
export function fitting(number: Decimal, scale: number): Decimal {
  if (digits(number) <= scale) return number;
  const short = normalize(number);
  return digits(short) <= scale ? short : settle(number);
}

const POWERS = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

/** What a posting moves, with its sign, as a ledger of this scale counts it. */
export function amountOf(transactions: Transactions, posting: number, scale: number): bigint {
  const shift = scale + transactions.exponent(posting);
  const mantissa = transactions.mantissa(posting);
  // Most money is a safe integer even with twelve decimals, and no larger integer is needed on the way.
  if (shift >= 0 && shift < POWERS.length) {
    const amount = mantissa * POWERS[shift]!;
    if (Number.isSafeInteger(amount)) return BigInt(amount);
  }
  const number = transactions.number(posting);
  return shift >= 0 ? number.mantissa * power(shift) : quantize(fitting(number, scale), -scale).mantissa;
}

const TRANSFER = prefix(['transfer']);
/** For members of a chain: texts and numbers of small integers are not made anew each time. */
const SMALL = Array.from({ length: 64 }, (_, index) => ({ text: String(index), number: BigInt(index) }));
const smallOf = (index: number): { readonly text: string; readonly number: bigint } =>
  SMALL[index] ?? { text: String(index), number: BigInt(index) };

export class Chains {
  readonly #transactions: Transactions;
  /** By pair. */
  readonly #sides: readonly Side[];
  readonly #slots: Uint32Array;
  /** Hashes, of which the lower halves are at even places. */
  readonly #hashes: BigUint64Array;
  length = 0;

  constructor(transactions: Transactions, sides: readonly Side[]) {
    this.#transactions = transactions;
    this.#sides = sides;
    this.#slots = new Uint32Array(transactions.length);
    this.#hashes = new BigUint64Array(transactions.length * 2);
  }

  push(slot: number, hash: bigint): void {
    assert(this.length < this.#slots.length, 'a transaction becomes one chain');
    this.#slots[this.length] = slot;
    this.#hashes[this.length * 2] = BigInt.asUintN(64, hash);
    this.#hashes[this.length * 2 + 1] = hash >> 64n;
    this.length += 1;
  }

  #hashAt(index: number): bigint {
    return (this.#hashes[index * 2 + 1]! << 64n) | this.#hashes[index * 2]!;
  }

  /** Events of a chain. */
  count(index: number): number {
    return this.#transactions.count(this.#slots[index]!);
  }

  place(index: number): Place {
    return this.#transactions.place(this.#slots[index]!);
  }

  firstId(index: number): bigint {
    return TRANSFER.finish([this.#hashAt(index).toString(), '0']);
  }

  at(index: number): Chain {
    const chains = this;
    return {
      place: this.place(index),
      postings: this.#transactions.postings(this.#slots[index]!),
      firstId: this.firstId(index),
      get transfers(): TransferInput[] {
        const transfers: TransferInput[] = [];
        chains.transfers(index, transfers);
        return transfers;
      },
      get moves(): Move[] {
        return chains.#moves(index);
      },
    };
  }

  #moves(index: number): Move[] {
    const moves: Move[] = [];
    this.walk(index, (debit, credit, amount, ledger) => moves.push({ debit, credit, amount, ledger }));
    return moves;
  }

  /** Adds a chain's transfers to those of its request. */
  transfers(index: number, into: TransferInput[]): void {
    const slot = this.#slots[index]!;
    const hash = this.#hashAt(index);
    const named = TRANSFER.and([hash.toString()]);
    const date = this.#transactions.date(slot);
    const code = TransferCode[this.#transactions.kind(slot)];
    const last = this.count(index) - 1;
    let member = 0;
    this.walk(index, (debit, credit, amount, ledger) => {
      into.push({
        id: named.finish([smallOf(member).text]),
        debit_account_id: debit,
        credit_account_id: credit,
        amount,
        user_data_128: hash,
        user_data_64: smallOf(member + 1).number,
        user_data_32: date,
        ledger,
        code,
        flags: member < last ? TransferFlags.linked : TransferFlags.none,
      });
      member += 1;
    });
  }

  walk(index: number, see: (debit: bigint, credit: bigint, amount: bigint, ledger: number) => void): void {
    const transactions = this.#transactions;
    const slot = this.#slots[index]!;
    const first = transactions.first(slot);
    const end = first + transactions.count(slot);
    for (let posting = first; posting < end; posting++) {
      const { account, clearing, ledger, scale } = this.#sides[transactions.pair(posting)]!;
      const signed = amountOf(transactions, posting, scale);
      if (signed < 0n) see(clearing, account, -signed, ledger);
      else see(account, clearing, signed, ledger);
    }
  }
}
