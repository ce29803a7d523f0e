/**
 * Which lane a request goes through. The server decides by rules; what the client wishes is a hint that a rule may
 * refuse. A request is as urgent as its least urgent event, so that nothing rides along; large batches are never
 * urgent.
 */
import { type Context, isSliced, type Lane, Operation, type Request, TransferOffset } from 'tallystick/internal/model';

export interface Rule {
  readonly lane: Lane;
  /** Every condition that is given must hold. Transfers only. */
  readonly code?: number;
  /** Debit or credit account. */
  readonly account?: bigint;
  /** Amounts from that on. */
  readonly amountMin?: bigint;
  readonly role?: string;
  /** The client must have asked for this lane, or a more urgent one. */
  readonly asked?: boolean;
}

/** How many times the usual share of the machine a query of that lane gets. */
export const SHARES: { readonly [lane in Lane]: number } = { normal: 1, high: 4, critical: 16 };
/** Batches with more events than that go through `normal`. */
const URGENT_EVENTS_MAX = 64;
const URGENCY: { readonly [lane in Lane]: number } = { normal: 0, high: 1, critical: 2 };

/** Large batches and queries never are urgent, whatever lane they ask for. */
export function mayBeUrgent(operation: number, count: number): boolean {
  return count <= URGENT_EVENTS_MAX && !isSliced(operation, count);
}

/**
 * Without rules a small request gets the lane that its client asks for, if its caller may create: who only reads is
 * never urgent. Nor is a query, whatever its caller's role, unless a rule says so: it is one event whatever it costs.
 */
export function classify(rules: readonly Rule[] | undefined, request: Request): Lane {
  const { operation, count, context } = request;
  const { events } = context;
  if (count > URGENT_EVENTS_MAX) return 'normal';
  if (rules === undefined) return mayWish(request) ? (context.wish ?? 'normal') : 'normal';
  if (operation !== Operation.create_transfers || events === undefined) {
    return laneOf(rules, context, undefined);
  }
  const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
  let lane: Lane = 'critical';
  for (let i = 0; i < count && lane !== 'normal'; i++) {
    const event = laneOf(rules, context, { view, at: i * 128 });
    if (URGENCY[event] < URGENCY[lane]) lane = event;
  }
  return count === 0 ? 'normal' : lane;
}

/** Without tokens callers have no role, and may do everything. */
function mayWish({ operation, count, context }: Request): boolean {
  return !isSliced(operation, count) && context.role !== 'read';
}

interface TransferAt {
  readonly view: DataView;
  readonly at: number;
}

/** The first rule that fits decides. */
function laneOf(rules: readonly Rule[], caller: Context, transfer: TransferAt | undefined): Lane {
  for (const rule of rules) if (fits(rule, caller, transfer)) return rule.lane;
  return 'normal';
}

function fits(rule: Rule, caller: Context, transfer: TransferAt | undefined): boolean {
  if (rule.role !== undefined && rule.role !== caller.role) return false;
  if (rule.asked === true && URGENCY[caller.wish ?? 'normal'] < URGENCY[rule.lane]) return false;
  const aboutTransfers = rule.code !== undefined || rule.account !== undefined || rule.amountMin !== undefined;
  if (!aboutTransfers) return true;
  if (transfer === undefined) return false;
  const { view, at } = transfer;
  if (rule.code !== undefined && view.getUint16(at + TransferOffset.code, true) !== rule.code) return false;
  if (rule.amountMin !== undefined && u128(view, at + TransferOffset.amount) < rule.amountMin) return false;
  return (
    rule.account === undefined ||
    u128(view, at + TransferOffset.debit_account_id) === rule.account ||
    u128(view, at + TransferOffset.credit_account_id) === rule.account
  );
}

function u128(view: DataView, at: number): bigint {
  return view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n);
}
