/**
 * A decision, as it travels in the ledger: one word in a transfer's `user_data_32`.
 *
 *   bits  0-15   the raw margin in thousandths, as a signed number that stops at its ends
 *   bits 16-25   the number of the model, 1 to 1,023; 0 where none scored it
 *   bits 26-27   why: the model's score, or the model was missing, late, or failed
 *   bits 28-29   allow, review, deny (1 to 3), so no decision is 0
 *
 * What becomes of an event follows from the event and this word alone. A replay, a follower and a second attempt of
 * the same event read the word; none runs a model.
 */
import { type Cells, TransferFlags, TransferOffset } from 'tallystick/internal';
import { MARGIN_UNIT } from '../trees/tree-model.ts';

const action = {
  /** The transfer is made as it was asked for. */
  allow: 1,
  /** It is made pending: the money is reserved, until somebody posts or voids it or the time is over. */
  review: 2,
  /** It is recorded with the amount zero: nothing moves, and its id is used up. */
  deny: 3,
} as const;

export const Action: typeof action = action;
export type Action = (typeof action)[keyof typeof action];

const why = { scored: 0, missing: 1, late: 2, failed: 3 } as const;

/** Why a decision is as it is. All but `scored` come from the fail mode of the ledger's policy. */
export const Why: typeof why = why;
export type Why = (typeof why)[keyof typeof why];

export interface Decision {
  readonly action: Action;
  readonly why: Why;
  /** Number of the model, as its control transfer gave it. */
  readonly model: number;
  /** Thousandths of the raw margin. */
  readonly marginMilli: number;
}

export const MODEL_NUMBER_MAX = 1023;
const UNITS_A_MILLI = MARGIN_UNIT / 1000;
const MILLI_MAX = 0x7fff;

export function encodeDecision(act: Action, reason: Why, model: number, units: number): number {
  const milli = Math.max(-MILLI_MAX, Math.min(Math.round(units / UNITS_A_MILLI), MILLI_MAX));
  return ((act << 28) | (reason << 26) | (model << 16) | (milli & 0xffff)) >>> 0;
}

/** The decision in a transfer's `user_data_32`; undefined if there is none. */
export function decodeDecision(word: number): Decision | undefined {
  const act = word >>> 28;
  if (act < Action.allow || act > Action.deny) return undefined;
  const reason = ((word >>> 26) & 3) as Why;
  return { action: act as Action, why: reason, model: (word >>> 16) & 0x3ff, marginMilli: (word << 16) >> 16 };
}

/** The action in a transfer's `user_data_32`; 0: none. It makes no object, for it is asked for every event. */
export function actionIn(word: number): Action | 0 {
  const act = word >>> 28;
  return act <= action.deny ? (act as Action | 0) : 0;
}

/** Flags that begin nothing: they end a pending transfer, or bring a payment from the past. */
const NOT_A_PAYMENT =
  TransferFlags.post_pending_transfer | TransferFlags.void_pending_transfer | TransferFlags.imported;

/** Whether an event with these flags is a payment, which is scored. */
export function isPayment(flags: number): boolean {
  return (flags & NOT_A_PAYMENT) === 0;
}

/** The flag bit that has no meaning: with it, an event of a chain fails, and the chain with it. */
export const REFUSED_FLAG = 0x8000;

/** Makes of the event at byte `at` what its decision says. `timeout`: seconds for which a review reserves the money. */
export function applyDecision(cells: Cells, at: number, word: number, timeout: number): void {
  const act = actionIn(word);
  if (act === 0) return;
  const { view } = cells;
  view.setUint32(at + TransferOffset.user_data_32, word, true);
  if (act === Action.allow) return;
  const flags = view.getUint16(at + TransferOffset.flags, true);
  if (act === Action.review && (flags & TransferFlags.pending) === 0) {
    view.setUint16(at + TransferOffset.flags, flags | TransferFlags.pending, true);
    view.setUint32(at + TransferOffset.timeout, timeout, true);
  } else if (act === Action.deny) {
    // A denied payment reserves and closes nothing either.
    view.setUint16(at + TransferOffset.flags, flags & TransferFlags.linked, true);
    view.setUint32(at + TransferOffset.timeout, 0, true);
    view.setBigUint64(at + TransferOffset.amount, 0n, true);
    view.setBigUint64(at + TransferOffset.amount + 8, 0n, true);
  }
}
