/** The life of a payment: a function of its transfers in the ledger, and of nothing else. */
import { queriedTransfersOf } from 'tallystick/internal/helpers';
import { type Ledger, PendingState, TallystickError, type Transfer, TransferFlags } from 'tallystick/internal/model';
import { type Asset, textOf } from '../base/assets.ts';
import { formatBase, legId } from '../base/ids.ts';
import type { Books } from './books.ts';
import { Code } from './codes.ts';

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
}

/** Rejects with `not_found` for an id that is no payment of this tenant. */
export async function readLife(ledger: Ledger, books: Books, payment: bigint): Promise<Life> {
  const [first] = await ledger.lookupTransfers([legId(payment, 1)]);
  const asset = first === undefined ? undefined : books.assets.byLedger(first.ledger);
  const isOurs = first !== undefined && first.ledger >>> TENANT_SHIFT === books.tenant;
  if (asset === undefined || !isOurs || (first.code !== Code.pay && first.code !== Code.hold)) {
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
  const holds = all.filter(has(pending));
  const last = endOf.get(holds.at(-1)?.id ?? 0n);
  const paid = all.filter((transfer) => isPaid(transfer) && transfer.amount > 0n);
  return {
    payment,
    asset,
    ledger: first.ledger,
    first,
    paid,
    fees: all.filter(({ code }) => code === Code.fee),
    feesBack: all.filter(({ code }) => code === Code.feeReversal),
    refunds: all.filter(({ code }) => code === Code.refund),
    reversals: all.filter(({ code }) => code === Code.reversal),
    open: holds.find(({ id }) => !endOf.has(id)),
    ended: last === undefined ? undefined : has(post_pending_transfer)(last) ? 'captured' : 'released',
  };
}

function isPaid({ code, flags }: Transfer): boolean {
  if (code === Code.pay || code === Code.over) return true;
  return code === Code.hold && (flags & post_pending_transfer) !== 0;
}

export type PaymentStatus =
  | 'paid'
  | 'held'
  | 'partly_captured'
  | 'captured'
  | 'released'
  | 'expired'
  | 'partly_refunded'
  | 'refunded'
  | 'reversed';

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
  const held = isOpen ? life.open!.amount : 0n;
  const text = (units: bigint): string => textOf(units, asset);
  return {
    id: formatBase('pay', payment),
    asset: asset.code,
    status: statusOf(life, isOpen),
    amount: text(first.code === Code.hold ? first.amount : sum(paid)),
    paid: text(sum(paid)),
    held: text(held),
    refunded: text(givenBack(life)),
    fee: text(sum(fees) - sum(feesBack)),
    created_at: String(first.timestamp),
  };
}

/** Of what was paid. */
export function givenBack({ refunds, reversals }: Pick<Life, 'refunds' | 'reversals'>): bigint {
  return sum(refunds) + sum(reversals);
}

function statusOf(life: Life, isOpen: boolean): PaymentStatus {
  const [paid, refunded] = [sum(life.paid), givenBack(life)];
  if (refunded > 0n) {
    if (refunded < paid || isOpen) return 'partly_refunded';
    return life.reversals.length > 0 ? 'reversed' : 'refunded';
  }
  if (life.first.code !== Code.hold) return 'paid';
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
