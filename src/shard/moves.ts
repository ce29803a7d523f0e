/**
 * Accounts that have moved, as the shards that they left know them. Each router reads those records when it begins and
 * on every sweep, and finishes a move that its mover has left behind the decision.
 *
 *   old shard   `movedOf(account)`, a record to `movesId`: the account has gone to the shard in `user_data_32`
 *               `outOf`, and the leg of `inOf`: what it had, as credits and as debits
 *   new shard   the leg of `outOf`, and `inOf`: the same, so that its balances are what they were
 */
import {
  AccountFlags,
  type AnyTransferInput,
  EVENTS_MAX,
  TallystickError,
  type Transfer,
  TransferFlags,
  type TransferInput,
} from '../model/index.ts';
import { allOf } from './all-of.ts';
import { bridgeId, goneOf, goOnOf, inOf, isMovesAccount, legOf, outOf, RESERVED_CODE } from './ids.ts';
import { isRecord } from './resolver.ts';
import type { Shard } from './shard.ts';
import type { Town } from './town.ts';

const { linked, void_pending_transfer } = TransferFlags;

/** How far a shard's records have been read. */
interface Cursor {
  accounts: bigint;
  readonly transfers: Map<bigint, bigint>;
  /** Records of accounts that have left, which this router has not seen arrive. */
  readonly left: Map<bigint, Transfer>;
  /** Stopped for a move, which has neither been decided nor given up. */
  readonly stopped: Map<bigint, Transfer>;
}

export class Moves {
  readonly #town: Town;
  readonly #cursors = new Map<Shard, Cursor>();
  readonly #reading = new Map<Shard, Promise<void>>();

  constructor(town: Town) {
    this.#town = town;
  }

  /** Reads what is new on every shard. */
  refresh(): Promise<void> {
    return allOf(this.#town.shards.map((shard) => this.look(shard)));
  }

  /** Reads which accounts have left a shard since the last time. */
  async look(shard: Shard): Promise<void> {
    // Whoever asks while others read wants what comes after them, too.
    await this.#reading.get(shard)?.catch(() => undefined);
    let reading = this.#reading.get(shard);
    if (reading === undefined) {
      reading = this.#look(shard).finally(() => this.#reading.delete(shard));
      this.#reading.set(shard, reading);
    }
    return reading;
  }

  async #look(shard: Shard): Promise<void> {
    const cursor = this.#cursorOf(shard);
    try {
      await this.#read(shard, cursor);
    } finally {
      for (const [id, record] of cursor.left) {
        await this.#know(shard, record);
        cursor.left.delete(id);
      }
    }
  }

  #cursorOf(shard: Shard): Cursor {
    let cursor = this.#cursors.get(shard);
    if (cursor === undefined) {
      cursor = { accounts: 0n, transfers: new Map(), left: new Map(), stopped: new Map() };
      this.#cursors.set(shard, cursor);
    }
    return cursor;
  }

  /** Stops that nobody goes on with, older than `patience`: their accounts go on here. */
  async giveUp(): Promise<void> {
    const { world, patience } = this.#town;
    for (const [shard, { stopped }] of this.#cursors) {
      for (const stop of stopped.values()) {
        if (world.now() < stop.timestamp + patience) continue;
        await shard.create(goOnFor(stop));
      }
    }
  }

  async #read(shard: Shard, cursor: Cursor): Promise<void> {
    await this.#readAccounts(shard, cursor);
    for (const [account, until] of cursor.transfers) {
      let last = until;
      for (;;) {
        const filter = { account_id: account, timestamp_min: last + 1n };
        const page = await shard.ask((ledger) => ledger.getAccountTransfers(filter));
        for (const row of page) {
          if (isRecord(row)) cursor.left.set(row.id, row);
          else if ((row.flags & void_pending_transfer) !== 0) cursor.stopped.delete(row.pending_id);
          else if (row.id !== goneOf(row.debit_account_id)) cursor.stopped.set(row.id, row);
        }
        last = page.at(-1)?.timestamp ?? last;
        if (page.length < EVENTS_MAX) break;
      }
      cursor.transfers.set(account, last);
    }
  }

  async #readAccounts(shard: Shard, cursor: Cursor): Promise<void> {
    for (;;) {
      const filter = { code: RESERVED_CODE, timestamp_min: cursor.accounts };
      const page = await shard.ask((ledger) => ledger.queryAccounts(filter));
      for (const { id } of page) if (isMovesAccount(id)) cursor.transfers.set(id, 0n);
      const last = page.at(-1);
      if (last !== undefined) cursor.accounts = last.timestamp + 1n;
      if (page.length < EVENTS_MAX) return;
    }
  }

  async #know(from: Shard, { user_data_128: account, user_data_32, timestamp, ledger }: Transfer): Promise<void> {
    const to = this.#town.shards[user_data_32 - 1];
    // A later epoch has that shard; the sweep will find out.
    if (to === undefined) return this.#town.outdate(user_data_32);
    const arrived = await this.#finish(account, from, to, ledger);
    this.#town.map.moved(account, { from: from.index, to: to.index, left: timestamp, arrived: arrived.timestamp });
  }

  /** What the account had arrives on its new shard, once. */
  async #finish(account: bigint, from: Shard, to: Shard, ledger: number): Promise<Transfer> {
    const there = await to.transfer(legOf(outOf(account)));
    if (there !== undefined) return there;
    await this.#town.connect(from, to, ledger);
    const [out, back, row] = await Promise.all([
      from.transfer(outOf(account)),
      from.transfer(legOf(inOf(account))),
      to.account(account),
    ]);
    if (out === undefined || back === undefined || row === undefined) throw damaged(account, to);
    const bridge = bridgeId(to.index, from.index, ledger);
    const common = { ledger, code: RESERVED_CODE };
    const credits = { ...common, id: legOf(out.id), debit_account_id: bridge, credit_account_id: account };
    const debits = { ...common, id: inOf(account), debit_account_id: account, credit_account_id: bridge };
    await to.chain(inOrder(row.flags, { ...credits, amount: out.amount }, { ...debits, amount: back.amount }));
    const arrived = await to.transfer(legOf(out.id));
    if (arrived === undefined) throw damaged(account, to);
    return arrived;
  }
}

/** What lets a stopped account go on. */
export function goOnFor({ id, debit_account_id, user_data_32 }: Transfer): AnyTransferInput {
  return { id: goOnOf(debit_account_id, user_data_32), pending_id: id, flags: void_pending_transfer };
}

/** A chain in which the account's limit allows both: what fills it comes first. The last is not linked. */
export function inOrder(flags: number, credits: TransferInput, debits: TransferInput): TransferInput[] {
  const both = (flags & AccountFlags.credits_must_not_exceed_debits) === 0 ? [credits, debits] : [debits, credits];
  return [{ ...both[0]!, flags: linked }, both[1]!];
}

function damaged(account: bigint, to: Shard): TallystickError {
  const why = `account ${account} has left for shard ${to.index}, and what it had cannot arrive there`;
  return new TallystickError('shards_damaged', why);
}
