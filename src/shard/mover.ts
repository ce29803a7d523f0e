/**
 * Moves an account from shard A to shard B, while both run. Whoever dies at any step leaves an account that is on A, or
 * on B, or stopped on A; the next mover goes on, and a sweep lets an account go on that was stopped for too long.
 *
 *   1   B   the account, with the fields that it has on A; nobody looks for it there
 *   2   A   the stop: a pending transfer that closes it. Now its balances stand still
 *   3   A   one chain: the stop is voided, what it had goes to the bridge, it is closed for ever,
 *           and a record says where it has gone                                             THE COMMIT POINT
 *   4   B   what it had comes from the bridge, as debits and as credits, so its balances are what they were
 *
 * Every router that reads the record does step 4, or finds it done, before it looks for the account on B.
 */
import {
  type Account,
  AccountFlags,
  type AnyTransferInput,
  CreateAccountStatus,
  CreateTransferStatus,
  EVENTS_MAX,
  TallystickError,
  type Transfer,
  TransferFilterFlags,
  TransferFlags,
  type TransferInput,
  type VoidInput,
} from '../model/index.ts';
import {
  bridgeId,
  goneOf,
  goOnOf,
  inOf,
  isMovesAccount,
  isReserved,
  isStriped,
  legOf,
  movedOf,
  movesId,
  outOf,
  RESERVED_CODE,
  stopOf,
} from './ids.ts';
import { fresh, type Learning } from './learning.ts';
import { isClosedAccount } from './legs.ts';
import { inOrder, type Moves } from './moves.ts';
import type { Shard } from './shard.ts';
import { isThere, type Town, timeOf } from './town.ts';

const { linked, pending, closing_debit, void_pending_transfer } = TransferFlags;
const ATTEMPTS_MAX = 64;
/** An account that settlements are at work on is tried so often, so long after one another, milliseconds. */
const TRIES = 8;
const WAIT_MS = 25;

/** What became of a move. Only `moved` changed anything. */
export type Moved =
  | 'moved'
  /** It lives there. */
  | 'is_there'
  /** It lived there once, or a stub of it lies there; an account never comes back to a shard. */
  | 'was_there'
  | 'not_found'
  /** A striped account lives on every shard. */
  | 'striped'
  /** Somebody has closed it: void the transfer that did, first. */
  | 'closed'
  /** It has pending transfers, and moves once they have ended. */
  | 'has_pending';

export class Mover {
  readonly #town: Town;
  readonly #learning: Learning;
  readonly #moves: Moves;

  constructor(town: Town, learning: Learning, moves: Moves) {
    this.#town = town;
    this.#learning = learning;
    this.#moves = moves;
  }

  async move(id: bigint, to: Shard): Promise<Moved> {
    if (isReserved(id)) throw new TallystickError('invalid_argument', 'the account is kept for settlement');
    if (isStriped(id)) return 'striped';
    for (let tries = 0; tries < TRIES; tries++) {
      await this.#moves.refresh();
      await this.#learning.learn([id]);
      const from = this.#town.home(id);
      if (from === to) return tries === 0 ? 'is_there' : 'moved';
      // A stub is an account that is closed for ever: no other can have its id on that shard.
      const { map } = this.#town;
      if (map.base(id) === to.index || map.allOf(id).includes(to.index)) return 'was_there';
      const outcome = await this.#try(id, from, to);
      if (outcome !== undefined) return outcome;
      await this.#wait(WAIT_MS * (tries + 1));
    }
    return 'has_pending';
  }

  /** Undefined: not now. */
  async #try(id: bigint, from: Shard, to: Shard): Promise<Moved | undefined> {
    const account = await from.account(id);
    if (account === undefined) return 'not_found';
    // It was placed elsewhere since we looked, and what lies here is its stub: the next look finds it.
    if (this.#town.map.stubbed(account) !== undefined) return undefined;
    // The long look comes before the stop, the short one behind it.
    const until = await timeOf(from);
    const open = await openOf(from, id, { timestamp_max: until });
    if (open.some(isNoStop)) return isClosedAccount(account.flags) && open.every(isNoStop) ? 'closed' : undefined;
    await this.#prepare(account, from, to);
    const attempt = await this.#stop(account, from);
    if (attempt === undefined) return 'closed';
    const stopped = await from.account(id);
    if (stopped === undefined) throw new TallystickError('shards_damaged', `account ${id} is not there any more`);
    if (await isQuiet(stopped, from, until + 1n)) {
      const results = await from.chain(leaving(stopped, from, to, attempt));
      if (!results.every(({ status }) => status === CreateTransferStatus.created)) return undefined;
      await this.#moves.refresh();
      return 'moved';
    }
    await from.create({ id: goOnOf(id, attempt), pending_id: stopOf(id, attempt), flags: void_pending_transfer });
    return undefined;
  }

  /** Step 1, and the accounts that the others need. */
  async #prepare(account: Account, from: Shard, to: Shard): Promise<void> {
    const { id, ledger, flags } = account;
    await this.#town.connect(from, to, ledger);
    await from.open({ id: movesId(from.index, ledger), ledger, code: RESERVED_CODE });
    const { status } = await to.open({ ...fresh(account), flags: flags & ~AccountFlags.closed });
    if (status === CreateAccountStatus.created || status === CreateAccountStatus.exists) return;
    const why = CreateAccountStatus[status] ?? status;
    throw new TallystickError('shards_damaged', `shard ${to.index} has another account ${id}: ${why}`);
  }

  /** Step 2: the attempt by which it is stopped, by us or by a mover that died; undefined: its owner has closed it. */
  async #stop({ id, ledger }: Account, from: Shard): Promise<number | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const [stop, goOn] = await Promise.all([from.transfer(stopOf(id, attempt)), from.transfer(goOnOf(id, attempt))]);
      if (goOn !== undefined) continue;
      if (stop !== undefined) return attempt;
      const { status } = await from.create({
        ...closing(id, from, ledger),
        id: stopOf(id, attempt),
        user_data_32: attempt,
      });
      if (isThere(status)) return attempt;
      if (status === CreateTransferStatus.debit_account_already_closed) return undefined;
      // An attempt that met a closed account has burnt its id.
      if (status === CreateTransferStatus.id_already_failed) continue;
      const why = CreateTransferStatus[status] ?? status;
      throw new TallystickError('shards_damaged', `account ${id} cannot be stopped: ${why}`);
    }
    return undefined;
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.#town.world.after(milliseconds, resolve, true));
  }
}

/** Nothing is pending on a stopped account, where it had nothing open before `since`. */
async function isQuiet(account: Account, shard: Shard, since: bigint): Promise<boolean> {
  if (account.debits_pending !== 0n || account.credits_pending !== 0n) return false;
  return !(await openOf(shard, account.id, { timestamp_min: since })).some(isNoStop);
}

/**
 * Pending transfers of the account that are open. Balances do not show those of amount 0, and such a leg could be
 * posted no more once its account has gone.
 */
function openOf(
  shard: Shard,
  account: bigint,
  window: { readonly timestamp_min?: bigint; readonly timestamp_max?: bigint },
): Promise<Transfer[]> {
  const filter = { account_id: account, flags: TransferFilterFlags.open, limit: EVENTS_MAX, ...window };
  return shard.ask((ledger) => ledger.searchTransfers(filter));
}

/** It is no mover that has stopped the account. */
const isNoStop = ({ credit_account_id }: Transfer): boolean => !isMovesAccount(credit_account_id);

function closing(account: bigint, from: Shard, ledger: number): Omit<TransferInput, 'id'> {
  return {
    debit_account_id: account,
    credit_account_id: movesId(from.index, ledger),
    amount: 0n,
    ledger,
    code: RESERVED_CODE,
    flags: pending | closing_debit,
  };
}

/** Step 3. What the account had in debits comes back to it, and what it had in credits leaves. */
function leaving(account: Account, from: Shard, to: Shard, attempt: number): AnyTransferInput[] {
  const { id, ledger, flags, debits_posted, credits_posted } = account;
  const bridge = bridgeId(from.index, to.index, ledger);
  const common = { ledger, code: RESERVED_CODE };
  const debits = { ...common, id: outOf(id), debit_account_id: id, credit_account_id: bridge, amount: credits_posted };
  const back = { ...common, id: legOf(inOf(id)), debit_account_id: bridge, credit_account_id: id };
  const record: Partial<Transfer> & TransferInput = {
    ...{ ...common, id: movedOf(id), debit_account_id: bridge, credit_account_id: movesId(from.index, ledger) },
    ...{ amount: 0n, user_data_128: id, user_data_32: to.index + 1 },
  };
  const gone = closing(id, from, ledger);
  return [
    { id: goOnOf(id, attempt), pending_id: stopOf(id, attempt), flags: void_pending_transfer | linked } as VoidInput,
    ...inOrder(flags, { ...back, amount: debits_posted }, debits).map((one) => ({ ...one, flags: linked })),
    { ...gone, id: goneOf(id), flags: gone.flags! | linked },
    record,
  ];
}
