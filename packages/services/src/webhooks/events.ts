/**
 * What happened to payments, one event for each movement of money. An event is a function of one change of the ledger
 * and nothing else, so it is the same bytes whenever it is made again, and a process that dies loses none.
 *
 *   id       evt_ and the timestamp of the change: the ledger gives each change its own
 *   cursor   the timestamp alone: whoever has seen it goes on behind it
 */
import { type ChangeEvent, ChangeEventType } from 'tallystick/internal/model';
import { ControlBook, textOf } from '../base/assets.ts';
import type { Books } from '../base/books.ts';
import { Code } from '../base/codes.ts';
import { baseOf, baseOfLeg, formatBase, legId, refusalId } from '../base/ids.ts';
import { type RefusalCode, refusalByNumber } from '../base/outcomes.ts';

/** Every kind of event. */
export const EVENT_TYPES = [
  'payment.paid',
  'payment.held',
  'payment.captured',
  'payment.released',
  'payment.expired',
  'payment.refunded',
  'payment.reversed',
  'payment.in_review',
  'payment.rejected',
  'payment.refused',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Something that happened, as it is told. Amounts are text. */
export interface PaymentEvent {
  readonly id: string;
  readonly type: EventType;
  /** When, in nanoseconds since the epoch; the cursor behind which the next event comes. */
  readonly cursor: string;
  readonly payment: string;
  /** Missing in a refusal. */
  readonly asset?: string;
  /** What moved, was held or became free: of a split, this part of it. */
  readonly amount?: string;
  /** Why it was refused. */
  readonly code?: RefusalCode;
}

const TENANT_SHIFT = 12;
const BOOK_MASK = 0xfff;
const { single_phase, two_phase_pending, two_phase_posted, two_phase_voided, two_phase_expired } = ChangeEventType;

type Types = { readonly [type in ChangeEventType]?: EventType };

/** What a change means, by the code of its transfer and by its kind. */
const MEANINGS: ReadonlyMap<number, Types> = new Map<number, Types>([
  [Code.pay, { [single_phase]: 'payment.paid' }],
  [Code.over, { [single_phase]: 'payment.captured' }],
  [Code.refund, { [single_phase]: 'payment.refunded' }],
  [Code.reversal, { [single_phase]: 'payment.reversed' }],
  [
    Code.hold,
    {
      [two_phase_pending]: 'payment.held',
      [two_phase_posted]: 'payment.captured',
      [two_phase_voided]: 'payment.released',
      [two_phase_expired]: 'payment.expired',
    },
  ],
  [
    Code.reviewPay,
    {
      [two_phase_pending]: 'payment.in_review',
      [two_phase_posted]: 'payment.paid',
      [two_phase_voided]: 'payment.rejected',
      [two_phase_expired]: 'payment.expired',
    },
  ],
  [
    Code.reviewHold,
    {
      [two_phase_pending]: 'payment.in_review',
      [two_phase_voided]: 'payment.rejected',
      [two_phase_expired]: 'payment.expired',
    },
  ],
]);

/** Undefined: nothing that anybody is told, or another tenant's. */
export function eventOf(books: Books, change: ChangeEvent): PaymentEvent | undefined {
  if (change.ledger >>> TENANT_SHIFT !== books.tenant) return undefined;
  const payment = change.transfer_user_data_128;
  const asset = books.assets.byLedger(change.ledger);
  if (asset === undefined) return refusalOf(change);
  const type = MEANINGS.get(change.transfer_code)?.[change.type];
  if (type === undefined || isInside(books, change, type)) return undefined;
  const amount = textOf(change.transfer_amount, asset);
  return { ...head(change, type), payment: formatBase('pay', payment), asset: asset.code, amount };
}

function head({ timestamp }: ChangeEvent, type: EventType): Pick<PaymentEvent, 'id' | 'type' | 'cursor'> {
  return { id: `evt_${timestamp}`, type, cursor: String(timestamp) };
}

/** Only of a payment's own request: a capture that was refused has changed nothing, and its caller knows. */
function refusalOf(change: ChangeEvent): PaymentEvent | undefined {
  const { ledger, transfer_id: id, transfer_user_data_128: payment, transfer_code: number } = change;
  if ((ledger & BOOK_MASK) !== ControlBook.refusals || id !== refusalId(payment)) return undefined;
  const code = refusalByNumber(number);
  if (code === undefined) return undefined;
  return { ...head(change, 'payment.refused'), payment: formatBase('pay', payment), code };
}

/**
 * A step inside another event: the rest that a capture holds again, and the wait that ends when a hold is approved,
 * which is told as the hold.
 */
function isInside(books: Books, change: ChangeEvent, type: EventType): boolean {
  const { transfer_id: id, transfer_user_data_128: payment } = change;
  const isApproval = (): boolean => baseOfLeg(id) === baseOf('approve', books.tenant, payment.toString(16));
  if (type === 'payment.held') return id !== legId(payment, 1) && !isApproval();
  return type === 'payment.rejected' && change.transfer_code === Code.reviewHold && isApproval();
}
