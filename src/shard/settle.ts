/**
 * A transfer `t` whose debit account lives on shard A and whose credit account lives on shard B:
 *
 *   1   B   pending `legOf(t)`: bridge → credit account, no timeout      refused: that is the answer, nothing happened
 *   2   A   `t` itself: debit account → bridge                           THE COMMIT POINT; refused: void the leg
 *   3   B   post of the leg, of the amount that A moved                  cannot be refused, unless closed meanwhile
 *
 * A pending transfer of the caller ends after step 2. The leg is voided only once `t` can never be created on A: A has
 * refused it and burnt its id, or something else has the id. `docs/adr/0021-settlement.md` goes through every arrow.
 */
import {
  type Account,
  AccountFlags,
  type CreateTransferResult,
  CreateTransferStatus,
  type Transfer,
  TransferFlags,
  U128_MAX,
} from '../model/index.ts';
import { bridgeId, bridgeOf, isStriped, legOf } from './ids.ts';
import { isClosedAccount, postLeg, voidLeg } from './legs.ts';
import type { Resolver } from './resolver.ts';
import type { Shard } from './shard.ts';
import { isOfCaller } from './targets.ts';
import { burn, isBurnt, isTaken, isThere, type Town } from './town.ts';

const { balancing_debit, balancing_credit, closing_credit, pending } = TransferFlags;
/** Flags that speak of the credit account: the leg has them, and `t` on A has not, where a bridge is credited. */
export const CREDIT_FLAGS: number = balancing_credit | closing_credit;

/** A transfer between two shards that is being settled. */
export interface Crossing {
  readonly event: Transfer;
  readonly a: Shard;
  readonly b: Shard;
  readonly leg: Transfer;
}

export class Settler {
  readonly #town: Town;
  readonly #resolver: Resolver;

  constructor(town: Town, resolver: Resolver) {
    this.#town = town;
    this.#resolver = resolver;
  }

  /** An event of an account that has moved is done again where it was done before. */
  async anywhere(event: Transfer): Promise<CreateTransferResult> {
    // The map may change while shards are asked: an account that moves on is closed where we take it to be.
    const now = this.#town.homes(event);
    const [a, b] = this.#town.hasMoved(event) ? ((await this.#before(event)) ?? now) : now;
    return a === b ? a.create(event) : this.#town.counted(await this.#settle(event, [a, b]));
  }

  /** Where the event's accounts were when it was done; undefined: it was not. */
  async #before({ id, debit_account_id, credit_account_id }: Transfer): Promise<[Shard, Shard] | undefined> {
    const asked = this.#town.everFor(isStriped(debit_account_id) ? credit_account_id : debit_account_id);
    const found = await Promise.all(asked.map((shard) => shard.transfer(id)));
    const at = found.findIndex((transfer) => transfer !== undefined && isOfCaller(transfer));
    if (at < 0) return undefined;
    const bridge = bridgeOf(found[at]!.credit_account_id);
    return [asked[at]!, bridge === undefined ? asked[at]! : this.#town.peer(bridge.peer)];
  }

  async #settle(event: Transfer, [a, b]: readonly [Shard, Shard]): Promise<CreateTransferResult> {
    const [debit, credit] = await Promise.all([
      this.#town.known(event.debit_account_id),
      this.#town.known(event.credit_account_id),
    ]);
    // Shard A lacks the credit account, so it refuses this under the right name, and burns the id.
    if (debit === undefined || credit === undefined) return a.create(event);
    if (debit.ledger !== credit.ledger || event.ledger !== debit.ledger) {
      await this.#town.connect(a, b, credit.ledger);
      return a.create({ ...event, credit_account_id: bridgeId(a.index, b.index, credit.ledger) });
    }
    await this.#town.connect(a, b, event.ledger);
    const leg = legFor(event, a, b, await this.#bound(event, a));
    const crossing = { event, a, b, leg };
    return this.afterLeg(crossing, await b.create(leg));
  }

  /** Goes on behind step 1. */
  afterLeg(crossing: Crossing, { status, timestamp }: CreateTransferResult): Promise<CreateTransferResult> {
    if (isThere(status)) return this.#commit(crossing);
    return isTaken(status) ? this.#conflict(crossing, status) : this.#refused(crossing, status, timestamp);
  }

  /** The most that `t` can move: what the debit account has, where the caller wants no more than that. */
  async #bound({ flags, amount, debit_account_id }: Transfer, a: Shard): Promise<bigint> {
    if ((flags & balancing_debit) === 0) return amount;
    const account = await a.account(debit_account_id);
    const free = account === undefined ? 0n : account.credits_posted - account.debits_posted - account.debits_pending;
    return free < 0n ? 0n : free < amount ? free : amount;
  }

  /** Steps 2 and 3. */
  async #commit(crossing: Crossing): Promise<CreateTransferResult> {
    const { event, a, b, leg } = crossing;
    let { amount } = leg;
    if ((event.flags & balancing_credit) !== 0) amount = (await b.transfer(leg.id))?.amount ?? amount;
    return this.afterHome(crossing, amount, await a.create({ ...onHome(event, a, b), amount }));
  }

  /** Goes on behind step 2, which was asked for so much. */
  async afterHome(
    { event, a, b, leg }: Crossing,
    amount: bigint,
    result: CreateTransferResult,
  ): Promise<CreateTransferResult> {
    if (isThere(result.status)) {
      if ((event.flags & pending) !== 0) return result;
      const moved = (event.flags & balancing_debit) === 0 ? amount : ((await a.transfer(event.id))?.amount ?? amount);
      await postLeg(b, leg, moved);
      return result;
    }
    if (isBurnt(result.status)) await voidLeg(b, leg.id);
    else await this.#resolver.decide(b, leg, true);
    return result;
  }

  /**
   * B refused the leg for good. One ledger would have looked at the debit account first, so we do, and burn the id as
   * one ledger would.
   */
  async #refused(
    { event, a, b }: Crossing,
    status: CreateTransferStatus,
    timestamp: bigint,
  ): Promise<CreateTransferResult> {
    const [there, account] = await Promise.all([a.transfer(event.id), a.account(event.debit_account_id)]);
    if (there !== undefined) return a.create(onHome(event, a, b));
    const answer = account === undefined ? status : (sooner(event, account, status) ?? status);
    if (!isBurnt(answer)) return { status: answer, timestamp };
    const burnt = await burn(a, event.id, event.ledger);
    if (isTaken(burnt.status)) return a.create(onHome(event, a, b));
    const { id_already_failed } = CreateTransferStatus;
    return { status: burnt.status === id_already_failed ? id_already_failed : answer, timestamp: burnt.timestamp };
  }

  /**
   * B has another leg under this id: an attempt that differs, or a transfer of this id from another shard. It is
   * driven to its end first, and what is there then is the answer.
   */
  async #conflict({ event, a, b, leg }: Crossing, status: CreateTransferStatus): Promise<CreateTransferResult> {
    const found = await b.transfer(leg.id);
    const bridge = found === undefined ? undefined : bridgeOf(found.debit_account_id);
    if (found !== undefined && bridge !== undefined) await this.#resolver.decide(b, found, true);
    if (bridge !== undefined && bridge.peer !== a.index) {
      const other = await this.#town.peer(bridge.peer).transfer(event.id);
      const { exists_with_different_debit_account_id } = CreateTransferStatus;
      if (other !== undefined) return { status: exists_with_different_debit_account_id, timestamp: other.timestamp };
    }
    const burnt = await burn(a, event.id, event.ledger);
    if (!isTaken(burnt.status)) return { status: CreateTransferStatus.id_already_failed, timestamp: burnt.timestamp };
    const answer = await a.create(onHome(event, a, b));
    const amountIsBound = (event.flags & balancing_debit) !== 0;
    if (amountIsBound && status === CreateTransferStatus.exists_with_different_amount) return answer;
    return { status: first(answer.status, status), timestamp: answer.timestamp };
  }
}

/** Step 1's transfer. */
export function legFor(event: Transfer, a: Shard, b: Shard, amount: bigint): Transfer {
  return {
    ...event,
    id: legOf(event.id),
    debit_account_id: bridgeId(b.index, a.index, event.ledger),
    amount,
    flags: pending | (event.flags & CREDIT_FLAGS),
    timeout: 0,
  };
}

/** Step 2's transfer: the caller's, with a bridge in the credit account's place. */
export function onHome(event: Transfer, a: Shard, b: Shard): Transfer {
  const flags = event.flags & ~CREDIT_FLAGS;
  return { ...event, credit_account_id: bridgeId(a.index, b.index, event.ledger), flags };
}

/** What the debit account refuses before one ledger comes to `status`, which is the credit account's. */
function sooner(event: Transfer, account: Account, status: CreateTransferStatus): CreateTransferStatus | undefined {
  if (isClosedAccount(account.flags)) return CreateTransferStatus.debit_account_already_closed;
  if (status !== CreateTransferStatus.exceeds_debits) return undefined;
  if ((account.flags & AccountFlags.debits_must_not_exceed_credits) === 0) return undefined;
  const used = account.debits_posted + account.debits_pending;
  const free = account.credits_posted > used ? account.credits_posted - used : 0n;
  const amount = (event.flags & balancing_debit) !== 0 && event.amount > free ? free : event.amount;
  return used + amount > account.credits_posted || amount === U128_MAX
    ? CreateTransferStatus.exceeds_credits
    : undefined;
}

/** The order in which a ledger compares what is sent again with what is there. */
const COMPARED: readonly CreateTransferStatus[] = [
  CreateTransferStatus.exists_with_different_flags,
  CreateTransferStatus.exists_with_different_pending_id,
  CreateTransferStatus.exists_with_different_timeout,
  CreateTransferStatus.exists_with_different_debit_account_id,
  CreateTransferStatus.exists_with_different_credit_account_id,
  CreateTransferStatus.exists_with_different_amount,
  CreateTransferStatus.exists_with_different_user_data_128,
  CreateTransferStatus.exists_with_different_user_data_64,
  CreateTransferStatus.exists_with_different_user_data_32,
  CreateTransferStatus.exists_with_different_ledger,
  CreateTransferStatus.exists_with_different_code,
  CreateTransferStatus.exists,
];

/** The difference that one ledger would have found first. */
function first(one: CreateTransferStatus, other: CreateTransferStatus): CreateTransferStatus {
  return COMPARED.indexOf(one) <= COMPARED.indexOf(other) ? one : other;
}
