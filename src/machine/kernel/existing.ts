/** A transfer whose id exists: is it the same once more, or another one under the same id? */
import * as batch from "./batch";
import { BALANCING, ENDS_PENDING, has } from "./flags";
import * as g from "./gen";
import { CreateTransferStatus as Status, Transfer } from "./gen";
import { locate } from "./ids";
import * as m from "./memory";
import { findPending } from "./pendings";
import { pending } from "./rows";
import { equal, greater, isMax, isZero } from "./u128";

/** `e` is the stored transfer. */
export function compareExisting(t: Transfer, e: Transfer): Status {
  if (t.flags != e.flags) return Status.exists_with_different_flags;
  if (!equal(t.pending_id_lo, t.pending_id_hi, e.pending_id_lo, e.pending_id_hi)) {
    return Status.exists_with_different_pending_id;
  }
  if (t.timeout != e.timeout) return Status.exists_with_different_timeout;
  const status = has(t, ENDS_PENDING) ? compareEnd(t, e) : compareFirst(t, e);
  if (status == Status.exists) batch.answerWith(e.timestamp);
  return status;
}

function compareFirst(t: Transfer, e: Transfer): Status {
  if (!equal(t.debit_account_id_lo, t.debit_account_id_hi, e.debit_account_id_lo, e.debit_account_id_hi)) {
    return Status.exists_with_different_debit_account_id;
  }
  if (!equal(t.credit_account_id_lo, t.credit_account_id_hi, e.credit_account_id_lo, e.credit_account_id_hi)) {
    return Status.exists_with_different_credit_account_id;
  }
  // A balancing transfer may have been stored with less than it asked for.
  const isOther = has(t, BALANCING)
    ? greater(e.amount_lo, e.amount_hi, t.amount_lo, t.amount_hi)
    : !equal(e.amount_lo, e.amount_hi, t.amount_lo, t.amount_hi);
  if (isOther) return Status.exists_with_different_amount;
  if (!equal(t.user_data_128_lo, t.user_data_128_hi, e.user_data_128_lo, e.user_data_128_hi)) {
    return Status.exists_with_different_user_data_128;
  }
  if (t.user_data_64 != e.user_data_64) return Status.exists_with_different_user_data_64;
  if (t.user_data_32 != e.user_data_32) return Status.exists_with_different_user_data_32;
  if (t.ledger != e.ledger) return Status.exists_with_different_ledger;
  if (t.code != e.code) return Status.exists_with_different_code;
  return Status.exists;
}

/** Fields that a post or void leaves out stand for those of its pending transfer `p`. */
function compareEnd(t: Transfer, e: Transfer): Status {
  const place = findPending(e.pending_id_lo, e.pending_id_hi);
  const cold = m.COLD + g.CELL_SIZE;
  const p = place != 0 ? pending(place) : changetype<Transfer>(locate(e.pending_id_lo, e.pending_id_hi, cold));
  assert(changetype<usize>(p) != 0); // A stored post or void has its pending transfer.
  const drLo = t.debit_account_id_lo, drHi = t.debit_account_id_hi;
  const crLo = t.credit_account_id_lo, crHi = t.credit_account_id_hi;
  if (!isZero(drLo, drHi) && !equal(drLo, drHi, e.debit_account_id_lo, e.debit_account_id_hi)) {
    return Status.exists_with_different_debit_account_id;
  }
  if (!isZero(crLo, crHi) && !equal(crLo, crHi, e.credit_account_id_lo, e.credit_account_id_hi)) {
    return Status.exists_with_different_credit_account_id;
  }
  const isPost = has(t, g.TRANSFER_FLAG_POST_PENDING_TRANSFER);
  const whole = isPost ? isMax(t.amount_lo, t.amount_hi) : isZero(t.amount_lo, t.amount_hi);
  const amount = whole ? p : t;
  if (!equal(amount.amount_lo, amount.amount_hi, e.amount_lo, e.amount_hi)) return Status.exists_with_different_amount;
  const wide = isZero(t.user_data_128_lo, t.user_data_128_hi) ? p : t;
  if (!equal(wide.user_data_128_lo, wide.user_data_128_hi, e.user_data_128_lo, e.user_data_128_hi)) {
    return Status.exists_with_different_user_data_128;
  }
  if ((t.user_data_64 == 0 ? p : t).user_data_64 != e.user_data_64) return Status.exists_with_different_user_data_64;
  if ((t.user_data_32 == 0 ? p : t).user_data_32 != e.user_data_32) return Status.exists_with_different_user_data_32;
  if (t.ledger != 0 && t.ledger != e.ledger) return Status.exists_with_different_ledger;
  if (t.code != 0 && t.code != e.code) return Status.exists_with_different_code;
  return Status.exists;
}
