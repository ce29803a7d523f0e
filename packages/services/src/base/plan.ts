/** A request, compiled: the legs of its chain, and the transfers that they become. */
import { type AnyTransferInput, TransferFlags } from 'tallystick/internal/model';
import { ControlBook, ledgerOf } from './assets.ts';
import { Code } from './codes.ts';
import { baseOf, legId, refusalId } from './ids.ts';
import { type Control, type RefusalCode, refusals } from './outcomes.ts';

const { linked } = TransferFlags;

/** A transfer of a plan; its id and what is the same in all legs is added to it. */
export interface Leg {
  readonly control: Control;
  /** The account that is debited; of a post and a void, the one that the hold debits. */
  readonly debit: bigint;
  readonly credit: bigint;
  /** Left out by a void. */
  readonly amount?: bigint;
  /** Left out by a post and a void, which have that of the hold. */
  readonly code?: number;
  readonly ledger: number;
  readonly flags?: number;
  readonly pending?: bigint;
  /** Seconds. */
  readonly timeout?: number;
}

/** A request, compiled. */
export interface Plan {
  readonly tenant: number;
  readonly base: bigint;
  readonly fingerprint: bigint;
  /** What the legs belong to: a payment's base. */
  readonly aggregate: bigint;
  /** yyyymmdd. */
  readonly day: number;
  readonly legs: readonly [Leg, ...Leg[]];
}

/** The transfers that a plan becomes, linked. */
export function transfersOf({ base, fingerprint, aggregate, day, legs }: Plan): AnyTransferInput[] {
  return legs.map((leg, index) => ({
    id: legId(base, index + 1),
    debit_account_id: leg.pending === undefined ? leg.debit : 0n,
    credit_account_id: leg.pending === undefined ? leg.credit : 0n,
    amount: leg.amount ?? 0n,
    pending_id: leg.pending ?? 0n,
    user_data_128: aggregate,
    user_data_64: fingerprint,
    user_data_32: day,
    timeout: leg.timeout ?? 0,
    ledger: leg.ledger,
    code: leg.code ?? 0,
    flags: (leg.flags ?? 0) | (index < legs.length - 1 ? linked : 0),
    timestamp: 0n,
  }));
}

/** The head of a chain of many: over shards a chain that was refused has used up its first id, and no key's. */
export function markOf(tenant: number, id: bigint): AnyTransferInput {
  const [debit_account_id, credit_account_id] = refusalAccountsOf(tenant);
  const ledger = ledgerOf(tenant, ControlBook.refusals);
  return { id, debit_account_id, credit_account_id, amount: 0n, ledger, code: Code.bulk, flags: linked };
}

/**
 * Refused for a reason that may pass, which uses up the id: there is no such credit account. The debit account is that
 * of the leg, whose shard knows the id.
 */
export function burnOf({ tenant, base, fingerprint, legs: [first] }: Plan): AnyTransferInput {
  return {
    id: legId(base, 1),
    debit_account_id: first.debit,
    credit_account_id: nobodyOf(tenant),
    amount: 0n,
    user_data_64: fingerprint,
    ledger: first.ledger,
    code: 1,
  };
}

export function refusalOf({ tenant, base, fingerprint, aggregate, day }: Plan, code: RefusalCode): AnyTransferInput {
  const [debit_account_id, credit_account_id] = refusalAccountsOf(tenant);
  return {
    id: refusalId(base),
    debit_account_id,
    credit_account_id,
    amount: 0n,
    user_data_128: aggregate,
    user_data_64: fingerprint,
    user_data_32: day,
    ledger: ledgerOf(tenant, ControlBook.refusals),
    code: refusals[code].number,
  };
}

/** No account has this id. */
const nobodyOf = (tenant: number): bigint => legId(baseOf('nobody', tenant, ''), 1);

/** The accounts between which refusals are written. */
export function refusalAccountsOf(tenant: number): readonly [bigint, bigint] {
  const base = baseOf('account', tenant, 'refusals');
  return [legId(base, 1), legId(base, 2)];
}
