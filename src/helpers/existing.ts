/**
 * Whether what was found is what is sent: the ledger's own rule for an id that exists, for events at which it did not
 * look because the first of their chain exists. A test compares every answer with the ledger's.
 */
import {
  type Account,
  type AccountInput,
  type AnyTransferInput,
  CreateAccountStatus,
  CreateTransferStatus,
  type Id,
  parseUuid,
  type Transfer,
  TransferFlags,
} from '../model/index.ts';

const { balancing_credit, balancing_debit, post_pending_transfer, void_pending_transfer } = TransferFlags;
const BALANCING = balancing_debit | balancing_credit;
const ENDS_PENDING = post_pending_transfer | void_pending_transfer;
const U128_MAX = 2n ** 128n - 1n;

/** A BigInt; text that is no UUID, which no ledger takes either, is that of nothing: -1. */
export function wide(id: Id | undefined): bigint {
  return typeof id === 'string' ? (parseUuid(id) ?? -1n) : (id ?? 0n);
}

/** `exists`, or how the account that was found differs. */
export function compareAccount(sent: AccountInput, found: Account): CreateAccountStatus {
  const status = CreateAccountStatus;
  if ((sent.flags ?? 0) !== found.flags) return status.exists_with_different_flags;
  if (wide(sent.user_data_128) !== found.user_data_128) return status.exists_with_different_user_data_128;
  if ((sent.user_data_64 ?? 0n) !== found.user_data_64) return status.exists_with_different_user_data_64;
  if ((sent.user_data_32 ?? 0) !== found.user_data_32) return status.exists_with_different_user_data_32;
  if (sent.ledger !== found.ledger) return status.exists_with_different_ledger;
  return sent.code === found.code ? status.exists : status.exists_with_different_code;
}

/** `exists`, or how the transfer that was found differs. `pending`: what it posts or voids. */
export function compareTransfer(
  sent: AnyTransferInput,
  found: Transfer,
  pending: Transfer | undefined,
): CreateTransferStatus {
  const status = CreateTransferStatus;
  const flags = sent.flags ?? 0;
  if (flags !== found.flags) return status.exists_with_different_flags;
  if (wide(sent.pending_id) !== found.pending_id) return status.exists_with_different_pending_id;
  if ((sent.timeout ?? 0) !== found.timeout) return status.exists_with_different_timeout;
  const whole = (flags & ENDS_PENDING) === 0 ? asSent(sent) : standingFor(sent, found, pending);
  if (whole.debit_account_id !== found.debit_account_id) return status.exists_with_different_debit_account_id;
  if (whole.credit_account_id !== found.credit_account_id) return status.exists_with_different_credit_account_id;
  // A balancing transfer may have been stored with less than it asked for.
  const isOther = (flags & BALANCING) === 0 ? whole.amount !== found.amount : whole.amount < found.amount;
  if (isOther) return status.exists_with_different_amount;
  if (whole.user_data_128 !== found.user_data_128) return status.exists_with_different_user_data_128;
  if (whole.user_data_64 !== found.user_data_64) return status.exists_with_different_user_data_64;
  if (whole.user_data_32 !== found.user_data_32) return status.exists_with_different_user_data_32;
  if (whole.ledger !== found.ledger) return status.exists_with_different_ledger;
  return whole.code === found.code ? status.exists : status.exists_with_different_code;
}

type Compared = Omit<Transfer, 'id' | 'pending_id' | 'timeout' | 'flags' | 'timestamp'>;

function asSent(sent: AnyTransferInput): Compared {
  return {
    debit_account_id: wide(sent.debit_account_id),
    credit_account_id: wide(sent.credit_account_id),
    amount: sent.amount ?? 0n,
    user_data_128: wide(sent.user_data_128),
    user_data_64: sent.user_data_64 ?? 0n,
    user_data_32: sent.user_data_32 ?? 0,
    ledger: sent.ledger ?? 0,
    code: sent.code ?? 0,
  };
}

/** Fields that a post or a void leaves out stand for those of its pending transfer; so does all of its amount. */
function standingFor(sent: AnyTransferInput, found: Transfer, pending: Transfer = found): Compared {
  const given = asSent(sent);
  const isPost = ((sent.flags ?? 0) & post_pending_transfer) !== 0;
  return {
    debit_account_id: given.debit_account_id || found.debit_account_id,
    credit_account_id: given.credit_account_id || found.credit_account_id,
    amount: given.amount === (isPost ? U128_MAX : 0n) ? pending.amount : given.amount,
    user_data_128: given.user_data_128 || pending.user_data_128,
    user_data_64: given.user_data_64 || pending.user_data_64,
    user_data_32: given.user_data_32 || pending.user_data_32,
    ledger: given.ledger || found.ledger,
    code: given.code || found.code,
  };
}
