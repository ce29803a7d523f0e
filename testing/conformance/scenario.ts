/**
 * Small stories that any ledger can be told: tables of events with the status that each must get.
 * Time is told, too, where a ledger lets us: a request's first event happens one microsecond after what came before.
 */
import assert from 'node:assert/strict';
import type { ReplayPort } from '../../src/model/index.ts';
import { type AccountStatus, accountStatus, op, SECOND, type TransferStatus, transferStatus } from '../model/names.ts';
import {
  type Account,
  type AccountFilter,
  accountFilterLayout,
  accountLayout,
  type Balance,
  balanceLayout,
  type ChangeEvent,
  type ChangeEventsFilter,
  changeEventLayout,
  changeEventsFilterLayout,
  decode,
  encode,
  encodeIds,
  type QueryFilter,
  queryFilterLayout,
  resultLayout,
  type Transfer,
  transferLayout,
} from '../model/records.ts';

/** Nanoseconds between what came before and the first event of a request. */
const GAP = 1000n;

/** By a clock of its own, a ledger may notice a timeout that much later. */
const SLACK = 300_000_000n;

/** An account on ledger 1 with code 1. */
export function account(id: bigint, rest: Partial<Account> = {}): Partial<Account> {
  return { id, ledger: 1n, code: 1n, ...rest };
}

/** A transfer on ledger 1 with code 1. */
export function transfer(
  id: bigint,
  debit: bigint,
  credit: bigint,
  amount: bigint,
  rest: Partial<Transfer> = {},
): Partial<Transfer> {
  return { id, debit_account_id: debit, credit_account_id: credit, amount, ledger: 1n, code: 1n, ...rest };
}

/** A post or void: nothing but ids, amount and flags, so that the rest is taken from the pending transfer. */
export function ending(
  id: bigint,
  pending: bigint,
  amount: bigint,
  flags: bigint,
  rest: Partial<Transfer> = {},
): Partial<Transfer> {
  return { id, pending_id: pending, amount, flags, ...rest };
}

export class Teller {
  readonly #port: ReplayPort;
  readonly #told: boolean;
  /** The newest time told; by the ledger's own clock, that of the newest event. */
  now: bigint;

  /** `told`: requests are told their time. Otherwise the ledger has a clock of its own. */
  constructor(port: ReplayPort, told = true) {
    this.#port = port;
    this.#told = told;
    this.now = told ? 1_700_000_000n * SECOND : 0n;
  }

  /** The first event of the next request happens at `slot`. */
  startAt(slot: bigint): void {
    assert.ok(this.#told && slot > this.now + GAP, 'time is told, and does not go back');
    this.now = slot - GAP - 1n;
  }

  /** Creates accounts, each to end as said; returns the timestamps of the results. */
  async accounts(...rows: (readonly [Partial<Account>, AccountStatus])[]): Promise<bigint[]> {
    const events = encode(
      accountLayout,
      rows.map(([event]) => event),
    );
    const statuses = rows.map(([, status]) => status);
    return this.#create(op.create_accounts, events, statuses, accountStatus);
  }

  /** Creates transfers, each to end as said; returns the timestamps of the results. */
  async transfers(...rows: (readonly [Partial<Transfer>, TransferStatus])[]): Promise<bigint[]> {
    const events = encode(
      transferLayout,
      rows.map(([event]) => event),
    );
    const statuses = rows.map(([, status]) => status);
    return this.#create(op.create_transfers, events, statuses, transferStatus);
  }

  async #create<Status extends string>(
    operation: number,
    events: Uint8Array,
    statuses: readonly Status[],
    numbers: Readonly<Record<Status, number>>,
  ): Promise<bigint[]> {
    if (this.#told) this.now += GAP + BigInt(statuses.length);
    const results = decode(resultLayout, await this.#request(operation, events));
    if (!this.#told) for (const { timestamp } of results) if (timestamp > this.now) this.now = timestamp;
    const names = Object.fromEntries(Object.entries(numbers).map(([name, number]) => [Number(number), name]));
    assert.deepEqual(
      results.map((result) => names[Number(result.status)] ?? result.status),
      statuses,
    );
    return results.map((result) => result.timestamp);
  }

  /** Moves time forward and lets what is due expire. The next request comes a millisecond later. */
  async advance(nanoseconds: bigint): Promise<void> {
    await this.#port.advance(this.#told ? nanoseconds : nanoseconds + SLACK);
    if (this.#told) this.now += nanoseconds + 1_000_000n;
  }

  async account(id: bigint): Promise<Account> {
    const [found] = await this.lookupAccounts(id);
    assert.ok(found, `account ${id} is there`);
    return found;
  }

  /** debits_pending, debits_posted, credits_pending, credits_posted. */
  async balances(id: bigint): Promise<bigint[]> {
    const { debits_pending, debits_posted, credits_pending, credits_posted } = await this.account(id);
    return [debits_pending, debits_posted, credits_pending, credits_posted];
  }

  async transfer(id: bigint): Promise<Transfer> {
    const [found] = await this.lookupTransfers(id);
    assert.ok(found, `transfer ${id} is there`);
    return found;
  }

  async lookupAccounts(...ids: bigint[]): Promise<Account[]> {
    return decode(accountLayout, await this.#read(op.lookup_accounts, encodeIds(ids)));
  }

  async lookupTransfers(...ids: bigint[]): Promise<Transfer[]> {
    return decode(transferLayout, await this.#read(op.lookup_transfers, encodeIds(ids)));
  }

  async accountTransfers(filter: Partial<AccountFilter>): Promise<Transfer[]> {
    return decode(transferLayout, await this.#read(op.get_account_transfers, encode(accountFilterLayout, [filter])));
  }

  async accountBalances(filter: Partial<AccountFilter>): Promise<Balance[]> {
    return decode(balanceLayout, await this.#read(op.get_account_balances, encode(accountFilterLayout, [filter])));
  }

  async queryAccounts(filter: Partial<QueryFilter>): Promise<Account[]> {
    return decode(accountLayout, await this.#read(op.query_accounts, encode(queryFilterLayout, [filter])));
  }

  async queryTransfers(filter: Partial<QueryFilter>): Promise<Transfer[]> {
    return decode(transferLayout, await this.#read(op.query_transfers, encode(queryFilterLayout, [filter])));
  }

  async changeEvents(filter: Partial<ChangeEventsFilter>): Promise<ChangeEvent[]> {
    return decode(
      changeEventLayout,
      await this.#read(op.get_change_events, encode(changeEventsFilterLayout, [filter])),
    );
  }

  /** Reads happen a nanosecond later, too. */
  async #read(operation: number, events: Uint8Array): Promise<Uint8Array> {
    if (this.#told) this.now += 1n;
    return this.#request(operation, events);
  }

  #request(operation: number, events: Uint8Array): Promise<Uint8Array> {
    return this.#port.request(operation, events, this.#told ? this.now : undefined);
  }
}
