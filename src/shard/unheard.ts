/**
 * What a router does that has not heard of a move. It asks the shard that the account has left, where the account is
 * closed; but what is sent again may have been done where the account lives now, and may yet be done there for another
 * router. So before anybody hears that an event was refused for such a reason, the router asks the shards whether its
 * accounts have moved, and then does the event where they live.
 */
import {
  type Account,
  type Cells,
  type CreateTransferResult,
  CreateTransferStatus,
  decodeTransfer,
  TallystickError,
  TRANSFER_SIZE,
  type Transfer,
  TransferFlags,
} from '../model/index.ts';
import { allOf } from './all-of.ts';
import { isStriped } from './ids.ts';
import { isClosedAccount } from './legs.ts';
import { flagsAt, putResult, statusIn, WORDS } from './lying.ts';
import type { Moves } from './moves.ts';
import type { Shard } from './shard.ts';
import type { Town } from './town.ts';

const { id_already_failed } = CreateTransferStatus;

/** What shards say of an event whose accounts they know otherwise than the router does. */
const SUSPECT: ReadonlySet<CreateTransferStatus> = new Set([
  CreateTransferStatus.debit_account_already_closed,
  CreateTransferStatus.credit_account_already_closed,
  CreateTransferStatus.exists_with_different_flags,
  CreateTransferStatus.exists_with_different_debit_account_id,
  CreateTransferStatus.exists_with_different_credit_account_id,
  id_already_failed,
]);

export class Unheard {
  readonly #town: Town;
  readonly #moves: Moves;

  constructor(town: Town, moves: Moves) {
    this.#town = town;
    this.#moves = moves;
  }

  /** Does those of a request's events again, by `create`, whose accounts turn out to live elsewhere. */
  async again(
    cells: Cells,
    reply: Cells,
    count: number,
    create: (events: readonly Transfer[]) => Promise<CreateTransferResult[]>,
  ): Promise<void> {
    if (this.#town.shards.length === 1) return;
    const units: Promise<void>[] = [];
    for (let from = 0, to = 0; from < count; from = to) {
      let suspect = false;
      let linked = true;
      for (; linked && to < count; to++) {
        suspect ||= SUSPECT.has(statusIn(reply.u32, to));
        linked = (flagsAt(cells.u32, to * WORDS) & TransferFlags.linked) !== 0;
      }
      if (suspect) units.push(this.#again(cells, reply, [from, to], create));
    }
    await allOf(units);
  }

  /** One event, or those of a chain. */
  async #again(
    cells: Cells,
    reply: Cells,
    [from, to]: readonly [number, number],
    create: (events: readonly Transfer[]) => Promise<CreateTransferResult[]>,
  ): Promise<void> {
    const events = Array.from({ length: to - from }, (_, nth) => decodeTransfer(cells, (from + nth) * TRANSFER_SIZE));
    const accounts = events.flatMap(({ debit_account_id, credit_account_id }) => [debit_account_id, credit_account_id]);
    let results: readonly CreateTransferResult[] = events.map((_, nth) => ({
      status: statusIn(reply.u32, from + nth),
      timestamp: 0n,
    }));
    for (let known = 0; results.some(({ status }) => SUSPECT.has(status)); ) {
      const steps = await this.#steps(accounts);
      if (steps <= known) return;
      known = steps;
      try {
        results = await create(events);
      } catch (error) {
        // Where its accounts live now such a chain cannot be done, so nobody has.
        if (error instanceof TallystickError && error.code === 'invalid_argument') return;
        throw error;
      }
      // Refused before, where the account was or here, so for good: the first answer says why.
      if (results.some(({ status }) => status === id_already_failed)) continue;
      for (const [nth, result] of results.entries()) putResult(reply, from + nth, result);
    }
  }

  /** An account that has moved is closed where it was, with nothing left: what is found so is looked up again. */
  async lookup(
    accounts: readonly Account[],
    lookup: (ids: readonly bigint[]) => Promise<Account[]>,
  ): Promise<Account[]> {
    const closed = accounts.filter(({ flags }) => isClosedAccount(flags)).map(({ id }) => id);
    let found = accounts;
    for (let known = this.#stepsOf(closed); closed.length > 0; ) {
      const steps = await this.#steps(closed);
      if (steps <= known) break;
      known = steps;
      const now = new Map((await lookup(closed)).map((account) => [account.id, account]));
      found = found.map((account) => now.get(account.id) ?? account);
    }
    return [...found];
  }

  /** How often the accounts have moved, as their shards know it. */
  async #steps(accounts: readonly bigint[]): Promise<number> {
    const movable = accounts.filter((account) => account !== 0n && !isStriped(account));
    const shards = new Set<Shard>(movable.map((account) => this.#town.home(account)));
    await allOf([...shards].map((shard) => this.#moves.look(shard)));
    return this.#stepsOf(accounts);
  }

  #stepsOf(accounts: readonly bigint[]): number {
    return accounts.reduce((sum, account) => sum + this.#town.map.steps(account).length, 0);
  }
}
