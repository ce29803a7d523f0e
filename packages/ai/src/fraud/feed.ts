/**
 * Follows the ledger's change feed: the only way in which features, holds and switches change. What the feed told
 * before a restart it tells again after it, so the state after a replay is the one before.
 */
import {
  ChangeEventOffset as At,
  type Cells,
  CHANGE_EVENT_SIZE,
  CHANGE_EVENTS_FILTER_SIZE,
  CHANGE_EVENTS_MAX,
  ChangeEventsFilterOffset,
  ChangeEventType,
  NO_CONTEXT,
  Operation,
  type Port,
  TransferFlags,
} from 'tallystick/internal';
import { AccountState, AMOUNT_MAX } from './account-state.ts';
import { decodeSwitch, ModelStates } from './control.ts';
import { Action, actionIn } from './decision.ts';
import type { Policy } from './policy.ts';

/** What is known of one ledger besides its accounts. */
export interface Followed {
  readonly policy: Policy;
  readonly models: ModelStates;
}

export class Feed {
  readonly accounts: AccountState = new AccountState();
  /** Pending transfers that await a review, and their ledgers. */
  readonly held: Map<bigint, number> = new Map();
  readonly ledgers: ReadonlyMap<number, Followed>;
  /** Timestamp of the newest event that was taken. */
  newest = 0n;
  /** Events that were taken. */
  events = 0;
  /** Why the feed cannot be read; undefined: it can. */
  failure: unknown;
  readonly #port: Port;
  readonly #moved: () => void;
  #pulling: Promise<void> | undefined;
  #wanted = false;

  /** `moved` is called after each page. */
  constructor(port: Port, policies: ReadonlyMap<number, Policy>, moved: () => void) {
    this.#port = port;
    this.#moved = moved;
    this.ledgers = new Map([...policies].map(([ledger, policy]) => [ledger, { policy, models: new ModelStates() }]));
  }

  /** Seconds since the epoch of the newest event. */
  get seconds(): number {
    return Number(this.newest) / 1e9;
  }

  /** Reads what is new; resolves once everything is taken that was there when it was called. */
  pull(): Promise<void> {
    this.#wanted = true;
    this.#pulling ??= this.#pullAll().finally(() => {
      this.#pulling = undefined;
    });
    return this.#pulling;
  }

  async #pullAll(): Promise<void> {
    try {
      while (this.#wanted) {
        this.#wanted = false;
        while ((await this.#page()) === CHANGE_EVENTS_MAX) {}
      }
      this.failure = undefined;
    } catch (error) {
      this.#wanted = false;
      this.failure = error;
    }
  }

  #page(): Promise<number> {
    const from = this.newest + 1n;
    return this.#port.request({
      operation: Operation.get_change_events,
      count: 1,
      write: (cells, at) => {
        cells.bytes.fill(0, at, at + CHANGE_EVENTS_FILTER_SIZE);
        cells.view.setBigUint64(at + ChangeEventsFilterOffset.timestamp_min, from, true);
        cells.view.setUint32(at + ChangeEventsFilterOffset.limit, CHANGE_EVENTS_MAX, true);
      },
      read: (cells, at, size) => {
        for (let event = at; event < at + size; event += CHANGE_EVENT_SIZE) this.#take(cells, event);
        if (size > 0) this.newest = cells.view.getBigUint64(at + size - CHANGE_EVENT_SIZE + At.timestamp, true);
        // At once: a request that is scored before the promise resolves would count these payments twice.
        this.#moved();
        return size / CHANGE_EVENT_SIZE;
      },
      context: NO_CONTEXT,
    });
  }

  #take(cells: Cells, at: number): void {
    const { view } = cells;
    this.events += 1;
    const followed = this.ledgers.get(view.getUint32(at + At.ledger, true));
    if (followed === undefined) return;
    const control = this.#control(cells, at, followed);
    if (control) return;
    this.#hold(cells, at);
    this.#count(cells, at);
  }

  /** Whether the event is a control transfer; then it is carried out. */
  #control(cells: Cells, at: number, { policy, models }: Followed): boolean {
    const { view } = cells;
    if (view.getUint16(at + At.transfer_code, true) !== policy.controlCode) return false;
    const [debit, credit] = policy.control;
    if (wide(cells, at + At.debit_account_id) !== debit || wide(cells, at + At.credit_account_id) !== credit)
      return false;
    const digest = wide(cells, at + At.transfer_user_data_128);
    const change = decodeSwitch(digest, view.getUint32(at + At.transfer_user_data_32, true));
    if (change !== undefined) models.apply(change);
    return true;
  }

  #hold(cells: Cells, at: number): void {
    const type = cells.view.getUint8(at + At.type);
    if (type === ChangeEventType.two_phase_pending) {
      if (actionIn(cells.view.getUint32(at + At.transfer_user_data_32, true)) !== Action.review) return;
      this.held.set(wide(cells, at + At.transfer_id), cells.view.getUint32(at + At.ledger, true));
    } else if (type === ChangeEventType.two_phase_expired) this.held.delete(wide(cells, at + At.transfer_id));
    else if (type !== ChangeEventType.single_phase) this.held.delete(wide(cells, at + At.transfer_pending_id));
  }

  /** Windows and habits count payments as they begin; balances follow every event. */
  #count(cells: Cells, at: number): void {
    const { view, u32 } = cells;
    const { accounts } = this;
    const payer = accounts.slotOf(u32, (at + At.debit_account_id) >>> 2);
    const payee = accounts.slotOf(u32, (at + At.credit_account_id) >>> 2);
    accounts.opened[payer] = secondsAt(view, at + At.debit_account_timestamp);
    accounts.opened[payee] = secondsAt(view, at + At.credit_account_timestamp);
    const type = view.getUint8(at + At.type);
    const begins = type === ChangeEventType.single_phase || type === ChangeEventType.two_phase_pending;
    const imported = (view.getUint16(at + At.transfer_flags, true) & TransferFlags.imported) !== 0;
    if (begins && !imported) {
      const seconds = secondsAt(view, at + At.timestamp);
      const act = actionIn(view.getUint32(at + At.transfer_user_data_32, true));
      if (act === Action.deny) accounts.attempt(payer, seconds);
      else accounts.pay(payer, payee, amountAt(view, at + At.transfer_amount), seconds);
    }
    accounts.balance[payer] = balanceAt(view, at + At.debit_account_debits_pending);
    accounts.balance[payee] = balanceAt(view, at + At.credit_account_debits_pending);
  }
}

/** A u128 as a number, at most {@link AMOUNT_MAX}. */
export function amountAt(view: DataView, at: number): number {
  const high = view.getUint32(at + 8, true) + view.getUint32(at + 12, true);
  if (high > 0) return AMOUNT_MAX;
  return Math.min(view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32, AMOUNT_MAX);
}

export function wide(cells: Cells, at: number): bigint {
  return cells.view.getBigUint64(at, true) | (cells.view.getBigUint64(at + 8, true) << 64n);
}

/** Four amounts from byte `at` on: debits pending and posted, credits pending and posted. */
function balanceAt(view: DataView, at: number): number {
  return amountAt(view, at + 48) - amountAt(view, at + 16) - amountAt(view, at);
}

function secondsAt(view: DataView, at: number): number {
  return (view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32) / 1e9;
}
