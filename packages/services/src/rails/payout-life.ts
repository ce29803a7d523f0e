/**
 * The life of a payout: a function of its transfers in the ledger, and of nothing else.
 *
 *   held ──claimed──> sent ──posted──> accepted ──cleared──> settled
 *     └─cancelled       └─voided: rejected  └────────┴──────────┴─back──> returned
 */
import { queriedTransfersOf } from 'tallystick/internal/helpers';
import { type Ledger, TallystickError, type Transfer, TransferFlags } from 'tallystick/internal/model';
import { tenantOf, textOf } from '../base/assets.ts';
import { Code } from '../base/codes.ts';
import { formatBase, legId } from '../base/ids.ts';
import { reasonOf } from './names.ts';
import type { Rail } from './rail.ts';
import type { RailBooks } from './rail-books.ts';

const { pending, post_pending_transfer, void_pending_transfer } = TransferFlags;

/** What becomes of a payout. */
export const PAYOUT_STATUSES = [
  'in_review',
  'not_approved',
  'held',
  'sent',
  'accepted',
  'settled',
  'rejected',
  'returned',
  'cancelled',
] as const;
export type PayoutStatus = (typeof PAYOUT_STATUSES)[number];

/** A payout as it is now. */
export interface PayoutView {
  readonly id: string;
  /** The same as a payment: under this id others approve of it. */
  readonly payment: string;
  readonly rail: string;
  readonly asset: string;
  readonly amount: string;
  readonly status: PayoutStatus;
  /** The bank's code, where it rejected or returned it. */
  readonly reason?: string;
  /** The number of the file that it is in. */
  readonly file?: string;
  /** Nanoseconds since the epoch. */
  readonly created_at: string;
}

/** What the ledger has of a payout. */
export interface PayoutLife {
  readonly payout: bigint;
  readonly rail: Rail;
  readonly first: Transfer;
  /** What is held, or was: of a payout that waited for approval the second one. */
  readonly hold: Transfer | undefined;
  readonly end: Transfer | undefined;
  readonly claim: Transfer | undefined;
  readonly isCancelled: boolean;
  /** The bank has booked it. */
  readonly isCleared: boolean;
  readonly back: Transfer | undefined;
  readonly isPosted: boolean;
  readonly isVoided: boolean;
  /** It waits for approval, or was not approved. */
  readonly isWaiting: boolean;
}

/** Rejects with `not_found` for what is no payout of this tenant on one of these rails. */
export async function readPayout(
  ledger: Ledger,
  rails: readonly Rail[],
  books: RailBooks,
  payout: bigint,
): Promise<PayoutLife> {
  const [first] = await ledger.lookupTransfers([legId(payout, 1)]);
  const rail = first && railOf(rails, books, first);
  if (first === undefined || rail === undefined) {
    throw new TallystickError('not_found', `there is no payout ${formatBase('out', payout)}`);
  }
  const all: Transfer[] = [];
  for await (const page of queriedTransfersOf(ledger, { user_data_128: payout })) {
    all.push(...page.filter((transfer) => tenantOf(transfer.ledger) === books.tenant));
  }
  return lifeOf(payout, rail, first, all);
}

/** The rail whose clearing account a payout's first transfer credits. */
export function railOf(rails: readonly Rail[], books: RailBooks, first: Transfer): Rail | undefined {
  if (tenantOf(first.ledger) !== books.tenant) return undefined;
  if (first.code !== Code.payout && first.code !== Code.reviewPayout) return undefined;
  return rails.find((rail) => books.clearingId(rail) === first.credit_account_id);
}

function lifeOf(payout: bigint, rail: Rail, first: Transfer, all: readonly Transfer[]): PayoutLife {
  const coded = (code: number): Transfer | undefined => all.find((transfer) => transfer.code === code);
  const hold = all.find(({ code, flags }) => code === Code.payout && (flags & pending) !== 0);
  const endOf = (one: Transfer | undefined): Transfer | undefined =>
    one && all.find((end) => end.pending_id === one.id);
  const end = endOf(hold);
  return {
    payout,
    rail,
    first,
    hold,
    end,
    claim: coded(Code.payoutClaimed),
    isCancelled: coded(Code.payoutCancelled) !== undefined,
    isCleared: coded(Code.payoutCleared) !== undefined,
    back: coded(Code.payoutBack),
    isPosted: end !== undefined && (end.flags & post_pending_transfer) !== 0,
    isVoided: end !== undefined && (end.flags & void_pending_transfer) !== 0,
    isWaiting: hold === undefined && endOf(first) === undefined,
  };
}

export function payoutView(life: PayoutLife): PayoutView {
  const { payout, rail, first, claim, back, end } = life;
  const status = statusOf(life);
  const bits = status === 'rejected' ? end!.user_data_64 : status === 'returned' ? back!.user_data_64 : 0n;
  const reason = reasonOf(bits);
  return {
    id: formatBase('out', payout),
    payment: formatBase('pay', payout),
    rail: rail.name,
    asset: rail.asset.code,
    amount: textOf(first.amount, rail.asset),
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(claim === undefined ? {} : { file: String(claim.user_data_64) }),
    created_at: String(first.timestamp),
  };
}

export function statusOf(life: PayoutLife): PayoutStatus {
  if (life.hold === undefined) return life.isWaiting ? 'in_review' : 'not_approved';
  if (life.isVoided) return life.isCancelled ? 'cancelled' : 'rejected';
  if (life.back !== undefined) return 'returned';
  if (life.isPosted) return life.isCleared ? 'settled' : 'accepted';
  return life.claim === undefined ? 'held' : 'sent';
}
