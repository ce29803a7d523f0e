/** What a look at an event alone can tell. */
import { TallystickError, type Transfer, TransferFlags, U128_MAX } from '../model/index.ts';
import { isStriped } from './ids.ts';

const {
  linked,
  pending,
  post_pending_transfer,
  void_pending_transfer,
  closing_debit,
  closing_credit,
  balancing_debit,
  balancing_credit,
} = TransferFlags;
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

/**
 * What an account that lies on all shards cannot keep, for each shard knows its own part of the balance. Undefined:
 * nothing.
 */
export function unstripable({ debit_account_id, credit_account_id, flags }: Transfer): string | undefined {
  const what = 'of a striped account, each of whose parts knows its own balance alone';
  const ofDebit = flags & (balancing_debit | closing_debit);
  const ofCredit = flags & (balancing_credit | closing_credit);
  if (isStriped(debit_account_id) && ofDebit !== 0) return `${nameOf(ofDebit)} ${what}`;
  if (isStriped(credit_account_id) && ofCredit !== 0) return `${nameOf(ofCredit)} ${what}`;
  return undefined;
}

function nameOf(flags: number): string {
  const names = { balancing_debit, closing_debit, balancing_credit, closing_credit };
  return Object.entries(names).find(([, flag]) => (flags & flag) !== 0)![0];
}

/** A chain over several shards moves amounts at once, and nothing else. */
export function checkChain(events: readonly Transfer[], from: number): void {
  for (const [index, event] of events.entries()) {
    if ((event.flags & ~linked) === 0) continue;
    const what = 'a linked chain over several shards holds transfers without flags other than `linked`';
    throw new TallystickError('invalid_argument', `transfers[${from + index}]: ${what}`, { index: from + index });
  }
}

/** Each event with the events of its chain, which are itself alone in most. */
export function* withChains(
  events: readonly Transfer[],
): Generator<[event: Transfer, chain: readonly Transfer[]], void> {
  for (let from = 0; from < events.length; ) {
    const chain = events.slice(from, endOf(events, from));
    for (const event of chain) yield [event, chain];
    from += chain.length;
  }
}

/** The place behind the chain that begins at one. */
export function endOf(events: readonly Transfer[], from: number): number {
  let to = from;
  while (to < events.length - 1 && (events[to]!.flags & linked) !== 0) to++;
  return to + 1;
}
