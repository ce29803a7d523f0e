/**
 * The filter of search_transfers and sum_transfers, which lie the same way. An invalid one is no error, it finds
 * nothing.
 */
import {
  Column,
  EntryKind,
  EVENTS_MAX,
  Operation,
  TRANSFER_FILTER_SIZE,
  TransferFilterFlags,
  TransferFilterOffset,
  TransferFlags,
  TransferOffset,
  U128_MAX,
} from '../model/index.ts';
import type { ColumnHash, Predicates } from './candidates.ts';
import { Fields, type Hash, type TransferSearch } from './filters.ts';

const BOTH = TransferFilterFlags.debits | TransferFilterFlags.credits;
const STATES =
  TransferFilterFlags.open | TransferFilterFlags.posted | TransferFilterFlags.voided | TransferFilterFlags.expired;
const KNOWN = BOTH | STATES | TransferFilterFlags.reversed;
const bit = (kind: number): number => 1 << kind;
/** Every kind that is a stored transfer. */
const STORED = bit(EntryKind.singlePhase) | bit(EntryKind.pending) | bit(EntryKind.posted) | bit(EntryKind.voided);

/** A search, and the number of entries that it looks at; fewer where the ledger has fewer. */
export interface FoundFilter {
  readonly search: TransferSearch;
  readonly entries: number;
}

export function parseTransferFilter(
  operation: number,
  filter: Uint8Array,
  at: number,
  hash: Hash,
): FoundFilter | undefined {
  const fields = new Fields(filter, at, TRANSFER_FILTER_SIZE, hash);
  const offset = TransferFilterOffset;
  const flags = fields.u32(offset.flags);
  const sums = operation === Operation.sum_transfers;
  const limit = fields.u32(offset.limit);
  const window = fields.window(offset.timestamp_min, offset.timestamp_max);
  const kinds = kindsOf(fields, flags & STATES);
  if (window === undefined || (flags & ~KNOWN) !== 0 || (limit === 0) !== sums || kinds === 0) return undefined;
  if (!fields.zero(offset.transfer_flags + 2, offset.timestamp_min)) return undefined;
  if (!fields.zero(offset.flags + 4, TRANSFER_FILTER_SIZE)) return undefined;
  fields.test(offset.pending_id, 16, Column.pendingId, TransferOffset.pending_id);
  fields.test(offset.user_data_128, 16, Column.userData128, TransferOffset.user_data_128);
  fields.test(offset.user_data_64, 8, Column.userData64, TransferOffset.user_data_64);
  fields.test(offset.user_data_32, 4, Column.userData32, TransferOffset.user_data_32);
  fields.test(offset.code, 2, Column.code, TransferOffset.code);
  fields.test(offset.ledger, 4, Column.ledger, TransferOffset.ledger);
  const wanted = fields.u16(offset.transfer_flags) << 16;
  // Flags lie in the upper half of the word of `code`.
  if (wanted !== 0) fields.tests.push({ word: TransferOffset.code >>> 2, mask: wanted >>> 0, value: wanted >>> 0 });
  const { account, counterparty, sides } = partiesOf(fields, flags & BOTH || BOTH);
  const amountMax = fields.u128(offset.amount_max);
  return {
    search: {
      window,
      limit: sums ? Number.POSITIVE_INFINITY : Math.min(limit, EVENTS_MAX),
      reversed: (flags & TransferFilterFlags.reversed) !== 0,
      predicates: predicatesOf(account, counterparty, sides, fields.hashes, hash),
      account,
      sides,
      tests: fields.tests,
      more: {
        counterparty,
        amountMin: fields.u128(offset.amount_min),
        amountMax: amountMax === 0n ? U128_MAX : amountMax,
        kinds,
        states: flags & STATES,
      },
    },
    entries: entriesOf(fields.u64(offset.as_of), Number.POSITIVE_INFINITY),
  };
}

/** The entries that a snapshot has, `now` at most. It is named by one more than them, since zero names now. */
export function entriesOf(asOf: bigint, now: number): number {
  return asOf === 0n ? now : Math.min(now, Number(asOf - 1n));
}

/** The kinds that what was asked for can have; 0: it contradicts itself. */
function kindsOf(fields: Fields, states: number): number {
  const flags = fields.u16(TransferFilterOffset.transfer_flags);
  let kinds = STORED;
  if (states !== 0 || (flags & TransferFlags.pending) !== 0) kinds &= bit(EntryKind.pending);
  if ((flags & TransferFlags.post_pending_transfer) !== 0) kinds &= bit(EntryKind.posted);
  if ((flags & TransferFlags.void_pending_transfer) !== 0) kinds &= bit(EntryKind.voided);
  const { pending_id } = TransferFilterOffset;
  // Expiries stand in the same lists.
  if (!fields.zero(pending_id, pending_id + 16)) kinds &= bit(EntryKind.posted) | bit(EntryKind.voided);
  return kinds;
}

interface Parties {
  readonly account: bigint;
  readonly counterparty: bigint;
  readonly sides: number;
}

/** A counterparty without an account is an account on the other side. */
function partiesOf(fields: Fields, sides: number): Parties {
  const account = fields.u128(TransferFilterOffset.account_id);
  const counterparty = fields.u128(TransferFilterOffset.counterparty_id);
  if (account !== 0n || counterparty === 0n) return { account, counterparty, sides };
  const { debits, credits } = TransferFilterFlags;
  const other = ((sides & debits) !== 0 ? credits : 0) | ((sides & credits) !== 0 ? debits : 0);
  return { account: counterparty, counterparty: 0n, sides: other };
}

function predicatesOf(
  account: bigint,
  counterparty: bigint,
  sides: number,
  all: readonly ColumnHash[],
  hash: Hash,
): Predicates {
  if (account === 0n) return { any: [], all };
  const { debits, credits } = TransferFilterFlags;
  const columnsOf = (id: bigint): readonly [debit: ColumnHash, credit: ColumnHash] => {
    const value = hash(BigInt.asUintN(64, id), id >> 64n) >>> 0;
    return [
      { column: Column.debitAccount, hash: value },
      { column: Column.creditAccount, hash: value },
    ];
  };
  const ours = columnsOf(account);
  const theirs = columnsOf(counterparty);
  if (sides === debits) return { any: [ours[0]], all: counterparty === 0n ? all : [...all, theirs[1]] };
  if (sides === credits) return { any: [ours[1]], all: counterparty === 0n ? all : [...all, theirs[0]] };
  return { any: [...ours], all, also: counterparty === 0n ? undefined : theirs };
}
