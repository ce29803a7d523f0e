/**
 * The two ends of a leg, the pending transfer that holds one side's part of a settlement: it is posted once its
 * transfer is there, or voided once that can never be. Both are idempotent; any number of routers may do either.
 */
import {
  AccountFlags,
  type AnyTransferInput,
  CreateTransferStatus,
  TallystickError,
  type Transfer,
  TransferFlags,
} from '../model/index.ts';
import { isReserved, postOf, voidOf } from './ids.ts';
import type { Shard } from './shard.ts';
import { isTaken, isThere } from './town.ts';

/** An account that was closed this many times in the middle of a settlement of one leg needs an operator. */
const ATTEMPTS_MAX = 64;

/** What is of the caller in a post: user data of its own, where it has some. */
export type PostData = Pick<Partial<Transfer>, 'user_data_128' | 'user_data_64' | 'user_data_32'>;

/**
 * Posts so much of a leg. `held`: the caller's account was closed meanwhile. The money stays in the bridge, and the
 * resolver posts it when the account is open again.
 */
export async function postLeg(
  shard: Shard,
  leg: Transfer | AnyTransferInput,
  amount: bigint,
  data: PostData = {},
): Promise<'posted' | 'held'> {
  const pending = leg.id as bigint;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const { status } = await shard.create({ ...postFor(leg, amount, attempt), ...data });
    if (isThere(status) || status === CreateTransferStatus.pending_transfer_already_posted) return 'posted';
    if (isClosed(status)) return 'held';
    if (status !== CreateTransferStatus.id_already_failed && !isTaken(status)) throw damaged(shard, pending, status);
    if (await isAccountClosed(shard, leg)) return 'held';
  }
  return 'held';
}

/** The post of so much of a leg. */
export function postFor(leg: Transfer | AnyTransferInput, amount: bigint, attempt: number): AnyTransferInput {
  const pending = leg.id as bigint;
  return { id: postOf(pending, attempt), pending_id: pending, amount, flags: TransferFlags.post_pending_transfer };
}

/** The void of a leg. */
export function voidFor(pending: bigint): AnyTransferInput {
  return { id: voidOf(pending), pending_id: pending, flags: TransferFlags.void_pending_transfer };
}

/** Gives all of a leg back. */
export async function voidLeg(shard: Shard, pending: bigint): Promise<void> {
  const { status } = await shard.create(voidFor(pending));
  if (isThere(status) || status === CreateTransferStatus.pending_transfer_already_voided) return;
  throw damaged(shard, pending, status);
}

function isClosed(status: CreateTransferStatus): boolean {
  const { debit_account_already_closed, credit_account_already_closed } = CreateTransferStatus;
  return status === debit_account_already_closed || status === credit_account_already_closed;
}

async function isAccountClosed(shard: Shard, leg: Transfer | AnyTransferInput): Promise<boolean> {
  const { debit_account_id, credit_account_id } = leg as Transfer;
  const account = await shard.account(isReserved(debit_account_id) ? credit_account_id : debit_account_id);
  return account !== undefined && isClosedAccount(account.flags);
}

export function isClosedAccount(flags: number): boolean {
  return (flags & AccountFlags.closed) !== 0;
}

function damaged(shard: Shard, pending: bigint, status: CreateTransferStatus): TallystickError {
  const why = CreateTransferStatus[status] ?? status;
  return new TallystickError(
    'shards_damaged',
    `leg ${pending} on shard ${shard.index} was decided, and the shard answers ${why}`,
  );
}
