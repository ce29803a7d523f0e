/** The life of a payment: a function of its transfers in the ledger, and of nothing else. */
import { queriedTransfersOf } from 'tallystick/internal/helpers';
import { type Ledger, PendingState, TallystickError, type Transfer, TransferFlags } from 'tallystick/internal/model';
import { type Asset, textOf } from '../base/assets.ts';
import type { Books } from '../base/books.ts';
import { Code, REVIEWS } from '../base/codes.ts';
import { formatBase, legId } from '../base/ids.ts';

const { pending, post_pending_transfer, void_pending_transfer } = TransferFlags;
const TENANT_SHIFT = 12;
const SECOND = 1_000_000_000n;

/** What the ledger has of a payment. */
export interface Life {
  readonly payment: bigint;
  readonly asset: Asset;
  readonly ledger: number;
  /** The transfer that it began with. */
  readonly first: Transfer;
  /** Money that was paid, each with payer and payee: payments, captures, what was paid over. */
  readonly paid: readonly Transfer[];
  readonly fees: readonly Transfer[];
  readonly feesBack: readonly Transfer[];
  readonly refunds: readonly Transfer[];
  readonly reversals: readonly Transfer[];
  /** The hold that has not been captured or released; it may have expired. */
  readonly open: Transfer | undefined;
  /** How the last hold ended. */
  readonly ended: 'captured' | 'released' | undefined;
  /** Money that waits for approval; it may have expired. */
  readonly waiting: readonly Transfer[];
  /** It was not approved. */
  readonly isRejected: boolean;
}

const WAITING: ReadonlySet<number> = new Set([Code.reviewFee, ...REVIEWS]);
/** A payout is none: what is held for it is its bank's to end. While it waits for approval it can be looked at here. */
const BEGINNINGS: ReadonlySet<number> = new Set([
  Code.pay,
  Code.hold,
  Code.reviewPay,
  Code.reviewHold,
  Code.reviewPayout,
  Code.fxSell,
]);

/** Rejects with `not_found` for an id that is no payment of this tenant. */
export async function readLife(ledger: Ledger, books: Books, payment: bigint): Promise<Life> {
  const [first] = await ledger.lookupTransfers([legId(payment, 1)]);
  const asset = first === undefined ? undefined : books.assets.byLedger(first.ledger);
  const isOurs = first !== undefined && first.ledger >>> TENANT_SHIFT === books.tenant;
  if (asset === undefined || !isOurs || !BEGINNINGS.has(first.code)) {
    throw new TallystickError('not_found', `there is no payment ${formatBase('pay', payment)}`);
  }
  const all: Transfer[] = [];
  for await (const page of queriedTransfersOf(ledger, { user_data_128: payment, ledger: first.ledger })) {
    all.push(...page);
  }
  return lifeOf(payment, asset, first, all);
}

function lifeOf(payment: bigint, asset: Asset, first: Transfer, all: readonly Transfer[]): Life {
  const has = (flag: number) => (transfer: Transfer) => (transfer.flags & flag) !== 0;
  const ends = all.filter(has(post_pending_transfer | void_pending_transfer));
  const endOf = new Map(ends.map((end) => [end.pending_id, end]));
  const pendings = all.filter(has(pending));
  const holds = pendings.filter(({ code }) => code === Code.hold);
  const reviews = pendings.filter(({ code }) => WAITING.has(code));
  const voided = reviews.some(({ id }) => has(void_pending_transfer)(endOf.get(id) ?? NOTHING));
  const last = endOf.get(holds.at(-1)?.id ?? 0n);
  const paid = all.filter((transfer) => isPaid(transfer) && transfer.amount > 0n);
  return {
    payment,
    asset,
    ledger: first.ledger,
    first,
    paid,
    fees: all.filter(isFee),
    feesBack: all.filter(({ code }) => code === Code.feeReversal),
    refunds: all.filter(({ code }) => code === Code.refund),
    reversals: all.filter(({ code }) => code === Code.reversal),
    open: holds.find(({ id }) => !endOf.has(id)),
    ended: last === undefined ? undefined : has(post_pending_transfer)(last) ? 'captured' : 'released',
    waiting: reviews.filter(({ id }) => !endOf.has(id)),
    // A hold that is approved is voided, too, and held again without waiting.
    isRejected: voided && holds.length === 0 && !pendings.some(({ code }) => code === Code.payout),
  };
}

const NOTHING = { flags: 0 } as Transfer;

function isFee({ code, flags }: Transfer): boolean {
  return code === Code.fee || (code === Code.reviewFee && (flags & post_pending_transfer) !== 0);
}

function isPaid({ code, flags }: Transfer): boolean {
  if (code === Code.pay || code === Code.over || code === Code.fxSell) return true;
  return (code === Code.hold || code === Code.reviewPay) && (flags & post_pending_transfer) !== 0;
}

/** What becomes of a payment. */
export const PAYMENT_STATUSES = [
  'in_review',
  'rejected',
  'paid',
  'held',
  'partly_captured',
  'captured',
  'released',
  'expired',
  'partly_refunded',
  'refunded',
  'reversed',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** A payment as it is now. Amounts are text. */
export interface PaymentView {
  readonly id: string;
  readonly asset: string;
  readonly status: PaymentStatus;
  /** What was asked for. */
  readonly amount: string;
  readonly paid: string;
  readonly held: string;
  readonly refunded: string;
  readonly fee: string;
  /** When it began, nanoseconds since the epoch. */
  readonly created_at: string;
}

export const sum = (transfers: readonly Transfer[]): bigint => transfers.reduce((all, { amount }) => all + amount, 0n);

/** `now`: nanoseconds since the epoch, for a ledger that cannot say itself what became of a hold. */
export async function viewOf(ledger: Ledger, life: Life, now: bigint): Promise<PaymentView> {
  const { payment, asset, first, paid, fees, feesBack } = life;
  const isOpen = life.open !== undefined && !(await isExpired(ledger, life.open, now));
  const isWaiting = life.waiting.length > 0 && !(await isExpired(ledger, life.waiting[0]!, now));
  const waits = isWaiting ? sum(life.waiting) : 0n;
  const held = isOpen ? life.open!.amount : waits;
  const text = (units: bigint): string => textOf(units, asset);
  return {
    id: formatBase('pay', payment),
    asset: asset.code,
    status: isWaiting ? 'in_review' : statusOf(life, isOpen),
    amount: text(amountOf(life)),
    paid: text(sum(paid)),
    held: text(held),
    refunded: text(givenBack(life)),
    fee: text(sum(fees) - sum(feesBack)),
    created_at: String(first.timestamp),
  };
}

/** What was asked for: of a split, all of its parts. */
function amountOf({ first, paid, waiting }: Life): bigint {
  if (isHeldFirst(first)) return first.amount;
  const parts = waiting.filter(({ code }) => code === Code.reviewPay);
  if (parts.length > 0) return sum(parts);
  return paid.length === 0 ? first.amount : sum(paid);
}

const isHeldFirst = ({ code }: Transfer): boolean =>
  code === Code.hold || code === Code.reviewHold || code === Code.reviewPayout;

/** Of what was paid. */
export function givenBack({ refunds, reversals }: Pick<Life, 'refunds' | 'reversals'>): bigint {
  return sum(refunds) + sum(reversals);
}

function statusOf(life: Life, isOpen: boolean): PaymentStatus {
  if (life.isRejected) return 'rejected';
  if (life.waiting.length > 0) return 'expired';
  const [paid, refunded] = [sum(life.paid), givenBack(life)];
  if (refunded > 0n) {
    if (refunded < paid || isOpen) return 'partly_refunded';
    return life.reversals.length > 0 ? 'reversed' : 'refunded';
  }
  if (life.first.code === Code.reviewPayout) return life.isRejected ? 'rejected' : 'held';
  if (!isHeldFirst(life.first)) return 'paid';
  if (isOpen) return paid > 0n ? 'partly_captured' : 'held';
  if (paid > 0n) return 'captured';
  return life.ended === 'released' ? 'released' : 'expired';
}

/** The ledger's own word, where it has one: a ledger of shards tells by the clock. */
export async function isExpired(ledger: Ledger, hold: Transfer, now: bigint): Promise<boolean> {
  if (hold.timeout === 0) return false;
  try {
    const [found] = await ledger.lookupPendings([hold.id]);
    return found!.state === PendingState.expired;
  } catch (error) {
    if (!(error instanceof TallystickError) || error.code !== 'invalid_argument') throw error;
    return hold.timestamp + BigInt(hold.timeout) * SECOND <= now;
  }
}
