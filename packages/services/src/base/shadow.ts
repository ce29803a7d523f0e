/** What a plan would do, worked out on copies of the balances that it touches: nothing is sent. */
import {
  type Account,
  AccountFlags,
  CreateTransferStatus,
  type Ledger,
  TransferFlags,
} from 'tallystick/internal/model';
import { meaningOf, type RefusalCode } from './outcomes.ts';
import type { Leg, Plan } from './plan.ts';

const { pending, post_pending_transfer, void_pending_transfer } = TransferFlags;
const { debits_must_not_exceed_credits, credits_must_not_exceed_debits, closed } = AccountFlags;
type Balances = { -readonly [field in keyof Account]: Account[field] };

/**
 * The refusal that the plan would have heard, or undefined: it would have been done. `held`: amounts of the pending
 * transfers that it ends, by id.
 */
export async function wouldRefuse(
  ledger: Ledger,
  { legs }: Pick<Plan, 'legs'>,
  held: ReadonlyMap<bigint, bigint> = new Map(),
): Promise<RefusalCode | undefined> {
  const ids = [...new Set(legs.flatMap(({ debit, credit }) => [debit, credit]))];
  const accounts = new Map((await ledger.lookupAccounts(ids)).map((account) => [account.id, { ...account }]));
  for (const leg of legs) {
    const refused = apply(accounts, leg, held);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function apply(
  accounts: ReadonlyMap<bigint, Balances>,
  leg: Leg,
  held: ReadonlyMap<bigint, bigint>,
): RefusalCode | undefined {
  const { control, flags = 0, amount = 0n } = leg;
  const [debit, credit] = [accounts.get(leg.debit), accounts.get(leg.credit)];
  if (debit === undefined || credit === undefined) return 'account_not_found';
  if (((debit.flags | credit.flags) & closed) !== 0 && (flags & void_pending_transfer) === 0) return 'account_closed';
  if (leg.pending !== undefined) {
    const whole = held.get(leg.pending) ?? 0n;
    if (amount > whole) return 'capture_exceeds_hold';
    debit.debits_pending -= whole;
    credit.credits_pending -= whole;
    if ((flags & post_pending_transfer) === 0) return undefined;
    debit.debits_posted += amount;
    credit.credits_posted += amount;
    return undefined;
  }
  const debits = debit.debits_pending + debit.debits_posted + amount;
  const credits = credit.credits_pending + credit.credits_posted + amount;
  const isShort =
    ((debit.flags & debits_must_not_exceed_credits) !== 0 && debits > debit.credits_posted) ||
    ((credit.flags & credits_must_not_exceed_debits) !== 0 && credits > credit.debits_posted);
  if (isShort) return shortOf(control);
  if ((flags & pending) !== 0) {
    debit.debits_pending += amount;
    credit.credits_pending += amount;
  } else {
    debit.debits_posted += amount;
    credit.credits_posted += amount;
  }
  return undefined;
}

/** As the ledger's own `exceeds_credits` is read. */
function shortOf(control: Leg['control']): RefusalCode {
  return meaningOf(CreateTransferStatus.exceeds_credits, control) as RefusalCode;
}
