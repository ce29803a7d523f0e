/** What a look at an event alone can tell. */
import { TallystickError, type Transfer, TransferFlags, U128_MAX } from '../model/index.ts';

const { linked, pending, post_pending_transfer, void_pending_transfer, closing_debit, closing_credit } = TransferFlags;
const ENDING = post_pending_transfer | void_pending_transfer;
const FLAGS_ALL = 0x1ff;
export const CLOSING: number = closing_debit | closing_credit;

/** It ends a pending transfer, or would. */
export function isEnding({ flags }: Transfer): boolean {
  return (flags & ENDING) !== 0;
}

/**
 * One look at the event is enough to refuse it, so any shard does that under the right name; an ending is looked up.
 */
export function isMalformed(event: Transfer): boolean {
  if (isEnding(event)) return false;
  const { id, debit_account_id: debit, credit_account_id: credit, flags } = event;
  if ([id, debit, credit].some((one) => one === 0n || one === U128_MAX) || debit === credit) return true;
  if (event.timestamp !== 0n || event.pending_id !== 0n || (flags & ~FLAGS_ALL) !== 0) return true;
  if ((flags & pending) === 0 && (event.timeout !== 0 || (flags & CLOSING) !== 0)) return true;
  return event.ledger === 0 || event.code === 0;
}

/** A chain over several shards moves amounts at once, and nothing else. */
export function checkChain(events: readonly Transfer[], from: number): void {
  for (const [index, event] of events.entries()) {
    if ((event.flags & ~linked) === 0) continue;
    const what = 'a linked chain over several shards holds transfers without flags other than `linked`';
    throw new TallystickError('invalid_argument', `transfers[${from + index}]: ${what}`, { index: from + index });
  }
}
