/**
 * Filters as they come off the wire: checked, then turned into what a search needs. An invalid filter is no error, it
 * finds nothing.
 */
import {
  ACCOUNT_FILTER_SIZE,
  AccountFilterFlags,
  AccountFilterOffset,
  CHANGE_EVENTS_FILTER_SIZE,
  CHANGE_EVENTS_MAX,
  ChangeEventsFilterOffset,
  Column,
  EVENTS_MAX,
  QUERY_FILTER_SIZE,
  QueryFilterFlags,
  QueryFilterOffset,
  TIMESTAMP_MAX,
  TransferOffset,
  U128_MAX,
} from '../model/index.ts';
import type { ColumnHash, Predicates } from './candidates.ts';
import type { Window } from './spans.ts';

/** A row fits where `row[word] & mask` is `value`. */
export interface WordTest {
  readonly word: number;
  readonly mask: number;
  readonly value: number;
}

/** A search among transfers. */
export interface TransferSearch {
  readonly window: Window;
  readonly limit: number;
  readonly reversed: boolean;
  readonly predicates: Predicates;
  /** The account that must be on one of the `sides`; 0 when any will do. */
  readonly account: bigint;
  /** {@link AccountFilterFlags} debits, credits or both. */
  readonly sides: number;
  readonly tests: readonly WordTest[];
  /** What search_transfers and sum_transfers ask besides. */
  readonly more?: MoreTests;
}

/** Demands that no list of candidates knows of, or none alone. */
export interface MoreTests {
  /** The account on the other side of `account`; 0 when any will do. */
  readonly counterparty: bigint;
  readonly amountMin: bigint;
  readonly amountMax: bigint;
  /** Bits by `EntryKind`: candidates of other kinds are passed over before they are read. */
  readonly kinds: number;
  /**
   * {@link TransferFilterFlags} of the states of pending transfers, any of which will do; 0 when any other will, too.
   */
  readonly states: number;
}

export interface ChangeEventsSearch {
  readonly window: Window;
  readonly limit: number;
}

/** hash32 of formats.md. */
export type Hash = (lo: bigint, hi: bigint) => number;

export function parseAccountFilter(filter: Uint8Array, at: number, hash: Hash): TransferSearch | undefined {
  const fields = new Fields(filter, at, ACCOUNT_FILTER_SIZE, hash);
  const offset = AccountFilterOffset;
  const account = fields.u128(offset.account_id);
  const flags = fields.u32(offset.flags);
  const sides = flags & (AccountFilterFlags.debits | AccountFilterFlags.credits);
  const limit = fields.u32(offset.limit);
  const window = fields.window(offset.timestamp_min, offset.timestamp_max);
  if (account === 0n || account === U128_MAX || window === undefined || limit === 0 || sides === 0) return undefined;
  if ((flags & ~(AccountFilterFlags.debits | AccountFilterFlags.credits | AccountFilterFlags.reversed)) !== 0)
    return undefined;
  if (!fields.zero(offset.code + 2, offset.timestamp_min)) return undefined;
  const accountHash = hash(BigInt.asUintN(64, account), account >> 64n) >>> 0;
  const any: ColumnHash[] = [];
  if ((sides & AccountFilterFlags.debits) !== 0) any.push({ column: Column.debitAccount, hash: accountHash });
  if ((sides & AccountFilterFlags.credits) !== 0) any.push({ column: Column.creditAccount, hash: accountHash });
  fields.test(offset.user_data_128, 16, Column.userData128, TransferOffset.user_data_128);
  fields.test(offset.user_data_64, 8, Column.userData64, TransferOffset.user_data_64);
  fields.test(offset.user_data_32, 4, Column.userData32, TransferOffset.user_data_32);
  fields.test(offset.code, 2, Column.code, TransferOffset.code);
  return {
    window,
    limit: Math.min(limit, EVENTS_MAX),
    reversed: (flags & AccountFilterFlags.reversed) !== 0,
    predicates: { any, all: fields.hashes },
    account,
    sides,
    tests: fields.tests,
  };
}

export function parseQueryFilter(filter: Uint8Array, at: number, hash: Hash): TransferSearch | undefined {
  const fields = new Fields(filter, at, QUERY_FILTER_SIZE, hash);
  const offset = QueryFilterOffset;
  const flags = fields.u32(offset.flags);
  const limit = fields.u32(offset.limit);
  const window = fields.window(offset.timestamp_min, offset.timestamp_max);
  if (window === undefined || limit === 0 || (flags & ~QueryFilterFlags.reversed) !== 0) return undefined;
  if (!fields.zero(offset.code + 2, offset.timestamp_min)) return undefined;
  fields.test(offset.user_data_128, 16, Column.userData128, TransferOffset.user_data_128);
  fields.test(offset.user_data_64, 8, Column.userData64, TransferOffset.user_data_64);
  fields.test(offset.user_data_32, 4, Column.userData32, TransferOffset.user_data_32);
  fields.test(offset.code, 2, Column.code, TransferOffset.code);
  fields.test(offset.ledger, 4, Column.ledger, TransferOffset.ledger);
  return {
    window,
    limit: Math.min(limit, EVENTS_MAX),
    reversed: (flags & QueryFilterFlags.reversed) !== 0,
    predicates: { any: [], all: fields.hashes },
    account: 0n,
    sides: 0,
    tests: fields.tests,
  };
}

export function parseChangeEventsFilter(filter: Uint8Array, at: number): ChangeEventsSearch | undefined {
  const fields = new Fields(filter, at, CHANGE_EVENTS_FILTER_SIZE, () => 0);
  const offset = ChangeEventsFilterOffset;
  const limit = fields.u32(offset.limit);
  const window = fields.window(offset.timestamp_min, offset.timestamp_max);
  if (window === undefined || limit === 0 || !fields.zero(offset.limit + 4, CHANGE_EVENTS_FILTER_SIZE))
    return undefined;
  return { window, limit: Math.min(limit, CHANGE_EVENTS_MAX) };
}

/** The fields of a filter, and the hashes and tests that they make. */
export class Fields {
  readonly hashes: ColumnHash[] = [];
  readonly tests: WordTest[] = [];
  readonly #view: DataView;
  readonly #hash: Hash;

  constructor(filter: Uint8Array, at: number, size: number, hash: Hash) {
    this.#view = new DataView(filter.buffer, filter.byteOffset + at, size);
    this.#hash = hash;
  }

  u16(offset: number): number {
    return this.#view.getUint16(offset, true);
  }

  u32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  u64(offset: number): bigint {
    return this.#view.getBigUint64(offset, true);
  }

  u128(offset: number): bigint {
    return this.u64(offset) | (this.u64(offset + 8) << 64n);
  }

  zero(from: number, to: number): boolean {
    for (let at = from; at < to; at++) if (this.#view.getUint8(at) !== 0) return false;
    return true;
  }

  /** Both ends 0 (open) or a timestamp, in order; undefined otherwise. */
  window(minOffset: number, maxOffset: number): Window | undefined {
    const min = this.u64(minOffset);
    const max = this.u64(maxOffset);
    if (min > TIMESTAMP_MAX || max > TIMESTAMP_MAX || (max !== 0n && min > max)) return undefined;
    return { min: min === 0n ? 1n : min, max: max === 0n ? TIMESTAMP_MAX : max };
  }

  /** Demands that the transfer's field equals the filter's, unless that is zero. */
  test(offset: number, size: number, column: number, field: number): void {
    if (this.zero(offset, offset + size)) return;
    if (size === 2) {
      const code = this.#view.getUint16(offset, true);
      this.hashes.push({ column, hash: this.#hash(BigInt(code), 0n) >>> 0 });
      this.tests.push({ word: field >>> 2, mask: 0xffff, value: code });
      return;
    }
    const lo = size === 4 ? BigInt(this.u32(offset)) : this.u64(offset);
    const hi = size === 16 ? this.u64(offset + 8) : 0n;
    this.hashes.push({ column, hash: this.#hash(lo, hi) >>> 0 });
    for (let word = 0; word < size / 4; word++) {
      this.tests.push({ word: (field >>> 2) + word, mask: 0xffff_ffff, value: this.u32(offset + word * 4) });
    }
  }
}
