/** What a ledger wants of its scores, and what shall happen where there is none. */
import { TallystickError } from 'tallystick/internal';
import { Action } from './decision.ts';

/** What becomes of a payment that cannot be scored. */
export type FailMode = 'open' | 'closed' | 'review';

export interface LedgerPolicy {
  /**
   * The payments that cannot be scored, because no model is active, the features are behind the ledger, or a batch has
   * used up its time: let them through, deny them, or hold them for review. There is no default: say it.
   */
  readonly fail: FailMode;
  /** Two accounts of this ledger between which control transfers lie. Only the scorer may name them. */
  readonly control: readonly [bigint, bigint];
  /** `code` of control transfers. Default: 1. */
  readonly controlCode?: number;
  /** Seconds for which a review reserves the money; 0: until it is posted or voided. Default: a day. */
  readonly reviewSeconds?: number;
  /** Milliseconds that the scores of one batch may take. Default: 50. */
  readonly budgetMs?: number;
  /** How many change events the features may be behind the ledger. Default: 65,536. */
  readonly behindMax?: number;
}

/** With every default filled in. */
export interface Policy extends Required<LedgerPolicy> {
  /** The control accounts' ids, four words each: compared with every event. */
  readonly controlWords: Uint32Array;
}

const DAY_SECONDS = 86_400;

export function policyOf(ledger: number, given: LedgerPolicy): Policy {
  const wrong = (what: string): TallystickError => new TallystickError('invalid_argument', `ledger ${ledger}: ${what}`);
  const policy = { controlCode: 1, reviewSeconds: DAY_SECONDS, budgetMs: 50, behindMax: 65_536, ...given };
  if (!(Number.isInteger(ledger) && ledger > 0 && ledger < 2 ** 32)) throw wrong('this is not the number of a ledger');
  if (!['open', 'closed', 'review'].includes(policy.fail)) throw wrong('fail is "open", "closed" or "review"');
  if (!Array.isArray(policy.control) || policy.control.length !== 2 || policy.control[0] === policy.control[1]) {
    throw wrong('control is a list of two different account ids');
  }
  if (!(Number.isInteger(policy.reviewSeconds) && policy.reviewSeconds >= 0 && policy.reviewSeconds < 2 ** 32)) {
    throw wrong('reviewSeconds is a number of seconds below 2^32');
  }
  if (!(policy.budgetMs > 0)) throw wrong('budgetMs is a number of milliseconds above 0');
  return { ...policy, controlWords: new Uint32Array(BigUint64Array.from(policy.control.flatMap(halves)).buffer) };
}

const halves = (id: bigint): bigint[] => [BigInt.asUintN(64, id), BigInt.asUintN(64, id >> 64n)];

/** What the fail mode does with a payment. */
export function failAction(fail: FailMode): Action {
  if (fail === 'open') return Action.allow;
  return fail === 'closed' ? Action.deny : Action.review;
}
