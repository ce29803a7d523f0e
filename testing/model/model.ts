/**
 * The reference model: what the ledger must answer, in plain bigints, by scanning lists. It shares nothing with the
 * machine but the meaning of the bytes, and is written to be read against the list of checks, not to be fast.
 *
 * Time. `apply` is told the timestamp of the request's last event; event i of n happens at `timestamp - n + 1 + i`. A
 * request never expires anything: expiry happens in `advance` alone, so a pending transfer can be past its timeout and
 * still hold its reservation, which is what a ledger looks like between the timeout and the pulse.
 */
import {
  type AccountStatus,
  accountFlag,
  accountStatus,
  changeType,
  filterFlag,
  op,
  queryFlag,
  SECOND,
  TIMESTAMP_MAX,
  type TransferStatus,
  transferFlag,
  transferStatus,
  U128_MAX,
} from './names.ts';
import { answerRead } from './reads.ts';
import {
  type Account,
  accountFilterLayout,
  accountLayout,
  balanceLayout,
  type ChangeEvent,
  changeEventLayout,
  changeEventsFilterLayout,
  decode,
  decodeIds,
  encode,
  type Layout,
  type QueryFilter,
  queryFilterLayout,
  type Result,
  resultLayout,
  type Transfer,
  transferLayout,
} from './records.ts';
import { placeOf, Scoped } from './scoped.ts';

const RESULTS_MAX = 8189n;
const CHANGE_EVENTS_MAX = 2730n;
/** Expiries that one pulse may carry out; each takes a timestamp. */
const PULSE_EVENTS = 8189;

/** Failures that another moment could have turned into success: their id is burnt. */
const transient: ReadonlySet<string> = new Set<TransferStatus>([
  'debit_account_not_found',
  'credit_account_not_found',
  'pending_transfer_not_found',
  'exceeds_credits',
  'exceeds_debits',
  'debit_account_already_closed',
  'credit_account_already_closed',
]);

/** How one event ended. `at` is set for `created` and `exists`: the timestamp of the object. */
interface Outcome<Status extends string> {
  readonly status: Status;
  readonly at?: bigint;
}

/** Something that moved or reserved money, with both accounts as it left them. */
interface Change {
  readonly timestamp: bigint;
  readonly type: bigint;
  readonly transfer: Transfer;
  readonly debit: Account;
  readonly credit: Account;
}

type PendingStatus = 'pending' | 'posted' | 'voided' | 'expired';

/** What a ledger must answer to a batch, given the batches before it. */
export class Model {
  /** The ledger's time: the newest timestamp given to anything. */
  now = 0n;
  readonly accounts: Scoped<Account> = new Scoped();
  readonly transfers: Scoped<Transfer> = new Scoped();
  /** By the id of the pending transfer. */
  readonly pendings: Scoped<PendingStatus> = new Scoped();
  readonly changes: Change[] = [];
  /** Of transfers that failed for a transient reason: {@link placeOf} their ids. */
  readonly burnt: Set<bigint> = new Set();

  readonly #accountTimes: Scoped<true> = new Scoped();
  readonly #transferTimes: Scoped<true> = new Scoped();
  /** What a stored transfer changed, other than by its expiry. */
  readonly #changeOf: WeakMap<Transfer, Change> = new WeakMap();
  /** When an account came to be as it is in a change. */
  readonly #timeOf: WeakMap<Account, bigint> = new WeakMap();
  /** Of the last event of whatever takes timestamps. */
  #stamped = 0n;
  #accountLast = 0n;
  #transferLast = 0n;

  /** One request: packed events in, packed reply out. `timestamp` is that of the last event; reads ignore it. */
  apply(operation: number, events: Uint8Array, timestamp: bigint): Uint8Array {
    if (timestamp > this.now) this.now = timestamp;
    if (operation === op.create_accounts || operation === op.create_transfers) this.#stamped = timestamp;
    this.ask();
    switch (operation) {
      case op.create_accounts: {
        const accounts = decode(accountLayout, events);
        const burn = (): void => {};
        return encode(
          resultLayout,
          this.#create(accounts, timestamp, accountFlag.imported, accountStatus, (a, at) => this.#account(a, at), burn),
        );
      }
      case op.create_transfers: {
        const transfers = decode(transferLayout, events);
        const burn = (id: bigint): unknown => this.burnt.add(placeOf(id));
        return encode(
          resultLayout,
          this.#create(
            transfers,
            timestamp,
            transferFlag.imported,
            transferStatus,
            (t, at) => this.#transfer(t, at),
            burn,
          ),
        );
      }
      case op.lookup_accounts:
        return encode(accountLayout, found(this.accounts, decodeIds(events)));
      case op.lookup_transfers:
        return encode(transferLayout, found(this.transfers, decodeIds(events)));
      case op.get_account_transfers:
        return packed(transferLayout, this.#accountTransfers(events));
      case op.get_account_balances:
        return this.#accountBalances(events);
      case op.query_accounts:
        return packed(accountLayout, query([...this.accounts.values()], only(decode(queryFilterLayout, events))));
      case op.query_transfers:
        return packed(transferLayout, query([...this.transfers.values()], only(decode(queryFilterLayout, events))));
      case op.get_change_events:
        return this.#changeEvents(events);
      default: {
        const read = answerRead(this, operation, events);
        if (read === undefined) throw new RangeError(`no such operation: ${operation}`);
        return read;
      }
    }
  }

  /**
   * Moves time forward, then expires whatever is due, first due first: each takes a timestamp, as a pulse for as many
   * as it may end takes them.
   */
  advance(nanoseconds: bigint): void {
    this.now += nanoseconds;
    const due = this.#due(this.now);
    if (due.length === 0) return;
    const first = this.#stamped < this.now ? this.now : this.#stamped + 1n;
    for (const [index, p] of due.entries()) this.#expire(p, first + BigInt(index));
    this.#stamped = first + BigInt(PULSE_EVENTS) - 1n;
  }

  /** Whoever asks, for whatever, hears what time the ledger has come to. */
  ask(): void {
    if (this.#stamped > this.now) this.now = this.#stamped;
  }

  /**
   * As a ledger does it on its own: ends up to `count` of those that have expired at `first`, each in a nanosecond of
   * its own.
   */
  pulse(first: bigint, count: number): void {
    this.#stamped = first + BigInt(count) - 1n;
    this.ask();
    for (const [index, p] of this.#due(first).slice(0, count).entries()) this.#expire(p, first + BigInt(index));
  }

  #due(now: bigint): Transfer[] {
    return [...this.transfers.values()]
      .filter((t) => this.pendings.get(t.id) === 'pending' && t.timeout > 0n && expiresAt(t) <= now)
      .sort((a, b) => compare(expiresAt(a), expiresAt(b)) || compare(a.timestamp, b.timestamp));
  }

  #expire(p: Transfer, timestamp: bigint): void {
    this.pendings.set(p.id, 'expired');
    const debit = releaseDebit(this.#accountOf(p.debit_account_id), p);
    const credit = releaseCredit(this.#accountOf(p.credit_account_id), p);
    this.#settle(timestamp, changeType.two_phase_expired, p, debit, credit);
  }

  // ---------------------------------------------------------------------------------------------- create: both kinds

  #create<Event extends { id: bigint; flags: bigint; timestamp: bigint }, Status extends string>(
    events: Event[],
    timestamp: bigint,
    importedFlag: bigint,
    numbers: Record<Status | Common, number>,
    one: (event: Event, at: bigint) => Outcome<Status | Common>,
    burn: (id: bigint) => void,
  ): Result[] {
    const count = events.length;
    const batchImported = count > 0 && ((events[0]?.flags ?? 0n) & importedFlag) !== 0n;
    const results: { timestamp: bigint; status: bigint }[] = [];
    let chain = -1; // index of the open chain's first event, -1: none
    let broken = false;

    events.forEach((event, index) => {
      const slot = timestamp - BigInt(count) + BigInt(index) + 1n;
      const linked = (event.flags & accountFlag.linked) !== 0n; // the same bit in both kinds
      const last = index === count - 1;
      if (linked && chain === -1) {
        chain = index;
        this.#open();
      }

      const outcome = ((): Outcome<Status | Common> => {
        if (linked && last) return { status: 'linked_event_chain_open' };
        if (broken) return { status: 'linked_event_failed' };
        const imported = (event.flags & importedFlag) !== 0n;
        if (imported && !batchImported) return { status: 'imported_event_not_expected' };
        if (!imported && batchImported) return { status: 'imported_event_expected' };
        if (imported) {
          if (!validTimestamp(event.timestamp)) return { status: 'imported_event_timestamp_out_of_range' };
          if (event.timestamp >= timestamp) return { status: 'imported_event_timestamp_must_not_advance' };
        } else if (event.timestamp !== 0n) {
          return { status: 'timestamp_must_be_zero' };
        }
        return one(event, slot);
      })();
      results.push({ timestamp: outcome.at ?? slot, status: BigInt(numbers[outcome.status]) });

      if (outcome.status !== 'created') {
        if (chain !== -1 && !broken) {
          broken = true;
          this.#discard();
          // What was provisionally created keeps the timestamp that it was given.
          for (let i = chain; i < index; i++) {
            const result = results[i];
            if (result) result.status = BigInt(numbers.linked_event_failed);
          }
        }
        // After the rollback: the burnt id outlives the chain.
        if (transient.has(outcome.status)) burn(event.id);
      }
      if (chain !== -1 && (!linked || last)) {
        if (!broken) this.#persist();
        chain = -1;
        broken = false;
      }
    });
    return results;
  }

  // ------------------------------------------------------------------------------------------------------- accounts

  #account(a: Account, slot: bigint): Outcome<AccountStatus> {
    const f = accountFlag;
    if (a.reserved !== 0n) return { status: 'reserved_field' };
    if (a.flags & f.padding) return { status: 'reserved_flag' };
    if (a.id === 0n) return { status: 'id_must_not_be_zero' };
    if (a.id === U128_MAX) return { status: 'id_must_not_be_int_max' };

    const e = this.accounts.get(a.id);
    if (e) {
      if (a.flags !== e.flags) return { status: 'exists_with_different_flags' };
      if (a.user_data_128 !== e.user_data_128) return { status: 'exists_with_different_user_data_128' };
      if (a.user_data_64 !== e.user_data_64) return { status: 'exists_with_different_user_data_64' };
      if (a.user_data_32 !== e.user_data_32) return { status: 'exists_with_different_user_data_32' };
      if (a.ledger !== e.ledger) return { status: 'exists_with_different_ledger' };
      if (a.code !== e.code) return { status: 'exists_with_different_code' };
      return { status: 'exists', at: e.timestamp };
    }

    if (a.flags & f.debits_must_not_exceed_credits && a.flags & f.credits_must_not_exceed_debits) {
      return { status: 'flags_are_mutually_exclusive' };
    }
    if (a.debits_pending !== 0n) return { status: 'debits_pending_must_be_zero' };
    if (a.debits_posted !== 0n) return { status: 'debits_posted_must_be_zero' };
    if (a.credits_pending !== 0n) return { status: 'credits_pending_must_be_zero' };
    if (a.credits_posted !== 0n) return { status: 'credits_posted_must_be_zero' };
    if (a.ledger === 0n) return { status: 'ledger_must_not_be_zero' };
    if (a.code === 0n) return { status: 'code_must_not_be_zero' };

    let timestamp = slot;
    if (a.flags & f.imported) {
      if (a.timestamp <= this.#accountLast || this.#transferTimes.has(a.timestamp)) {
        return { status: 'imported_event_timestamp_must_not_regress' };
      }
      timestamp = a.timestamp;
    }
    this.accounts.set(a.id, { ...a, timestamp });
    this.#accountTimes.set(timestamp, true);
    this.#accountLast = timestamp;
    return { status: 'created', at: timestamp };
  }

  // ------------------------------------------------------------------------------------------------------ transfers

  #transfer(t: Transfer, slot: bigint): Outcome<TransferStatus> {
    const f = transferFlag;
    if (t.flags & f.padding) return { status: 'reserved_flag' };
    if (t.id === 0n) return { status: 'id_must_not_be_zero' };
    if (t.id === U128_MAX) return { status: 'id_must_not_be_int_max' };
    const e = this.transfers.get(t.id);
    if (e) return this.#transferExists(t, e);
    if (this.burnt.has(placeOf(t.id))) return { status: 'id_already_failed' };
    if (t.flags & (f.post_pending_transfer | f.void_pending_transfer)) return this.#postOrVoid(t, slot);

    if (t.debit_account_id === 0n) return { status: 'debit_account_id_must_not_be_zero' };
    if (t.debit_account_id === U128_MAX) return { status: 'debit_account_id_must_not_be_int_max' };
    if (t.credit_account_id === 0n) return { status: 'credit_account_id_must_not_be_zero' };
    if (t.credit_account_id === U128_MAX) return { status: 'credit_account_id_must_not_be_int_max' };
    if (t.credit_account_id === t.debit_account_id) return { status: 'accounts_must_be_different' };
    if (t.pending_id !== 0n) return { status: 'pending_id_must_be_zero' };
    const pending = (t.flags & f.pending) !== 0n;
    if (!pending) {
      if (t.timeout !== 0n) return { status: 'timeout_reserved_for_pending_transfer' };
      if (t.flags & (f.closing_debit | f.closing_credit)) return { status: 'closing_transfer_must_be_pending' };
    }
    if (t.ledger === 0n) return { status: 'ledger_must_not_be_zero' };
    if (t.code === 0n) return { status: 'code_must_not_be_zero' };

    const dr = this.accounts.get(t.debit_account_id);
    if (!dr) return { status: 'debit_account_not_found' };
    const cr = this.accounts.get(t.credit_account_id);
    if (!cr) return { status: 'credit_account_not_found' };
    if (dr.ledger !== cr.ledger) return { status: 'accounts_must_have_the_same_ledger' };
    if (t.ledger !== dr.ledger) return { status: 'transfer_must_have_the_same_ledger_as_accounts' };

    let timestamp = slot;
    if (t.flags & f.imported) {
      if (this.#regresses(t.timestamp)) return { status: 'imported_event_timestamp_must_not_regress' };
      if (t.timestamp <= dr.timestamp) return { status: 'imported_event_timestamp_must_postdate_debit_account' };
      if (t.timestamp <= cr.timestamp) return { status: 'imported_event_timestamp_must_postdate_credit_account' };
      if (t.timeout !== 0n) return { status: 'imported_event_timeout_must_be_zero' };
      timestamp = t.timestamp;
    }
    if (dr.flags & accountFlag.closed) return { status: 'debit_account_already_closed' };
    if (cr.flags & accountFlag.closed) return { status: 'credit_account_already_closed' };

    let amount = t.amount;
    if (t.flags & f.balancing_debit) {
      amount = min(amount, max(0n, dr.credits_posted - (dr.debits_posted + dr.debits_pending)));
    }
    if (t.flags & f.balancing_credit) {
      amount = min(amount, max(0n, cr.debits_posted - (cr.credits_posted + cr.credits_pending)));
    }

    if (pending) {
      if (amount + dr.debits_pending > U128_MAX) return { status: 'overflows_debits_pending' };
      if (amount + cr.credits_pending > U128_MAX) return { status: 'overflows_credits_pending' };
    }
    if (amount + dr.debits_posted > U128_MAX) return { status: 'overflows_debits_posted' };
    if (amount + cr.credits_posted > U128_MAX) return { status: 'overflows_credits_posted' };
    if (amount + dr.debits_pending + dr.debits_posted > U128_MAX) return { status: 'overflows_debits' };
    if (amount + cr.credits_pending + cr.credits_posted > U128_MAX) return { status: 'overflows_credits' };
    if (timestamp + t.timeout * SECOND > TIMESTAMP_MAX) return { status: 'overflows_timeout' };

    if (dr.flags & accountFlag.debits_must_not_exceed_credits) {
      if (dr.debits_pending + dr.debits_posted + amount > dr.credits_posted) return { status: 'exceeds_credits' };
    }
    if (cr.flags & accountFlag.credits_must_not_exceed_debits) {
      if (cr.credits_pending + cr.credits_posted + amount > cr.debits_posted) return { status: 'exceeds_debits' };
    }

    const stored: Transfer = { ...t, amount, timestamp };
    this.#store(stored);
    let debit: Account = pending
      ? { ...dr, debits_pending: dr.debits_pending + amount }
      : { ...dr, debits_posted: dr.debits_posted + amount };
    let credit: Account = pending
      ? { ...cr, credits_pending: cr.credits_pending + amount }
      : { ...cr, credits_posted: cr.credits_posted + amount };
    if (t.flags & f.closing_debit) debit = { ...debit, flags: debit.flags | accountFlag.closed };
    if (t.flags & f.closing_credit) credit = { ...credit, flags: credit.flags | accountFlag.closed };
    if (pending) this.pendings.set(t.id, 'pending');
    const type = pending ? changeType.two_phase_pending : changeType.single_phase;
    this.#settle(timestamp, type, stored, debit, credit);
    return { status: 'created', at: timestamp };
  }

  #postOrVoid(t: Transfer, slot: bigint): Outcome<TransferStatus> {
    const f = transferFlag;
    const posting = (t.flags & f.post_pending_transfer) !== 0n;
    const voiding = (t.flags & f.void_pending_transfer) !== 0n;
    if (posting && voiding) return { status: 'flags_are_mutually_exclusive' };
    if (t.flags & (f.pending | f.balancing_debit | f.balancing_credit | f.closing_debit | f.closing_credit)) {
      return { status: 'flags_are_mutually_exclusive' };
    }
    if (t.pending_id === 0n) return { status: 'pending_id_must_not_be_zero' };
    if (t.pending_id === U128_MAX) return { status: 'pending_id_must_not_be_int_max' };
    if (t.pending_id === t.id) return { status: 'pending_id_must_be_different' };
    if (t.timeout !== 0n) return { status: 'timeout_reserved_for_pending_transfer' };

    const p = this.transfers.get(t.pending_id);
    if (!p) return { status: 'pending_transfer_not_found' };
    if (!(p.flags & f.pending)) return { status: 'pending_transfer_not_pending' };
    if (t.debit_account_id !== 0n && t.debit_account_id !== p.debit_account_id) {
      return { status: 'pending_transfer_has_different_debit_account_id' };
    }
    if (t.credit_account_id !== 0n && t.credit_account_id !== p.credit_account_id) {
      return { status: 'pending_transfer_has_different_credit_account_id' };
    }
    if (t.ledger !== 0n && t.ledger !== p.ledger) return { status: 'pending_transfer_has_different_ledger' };
    if (t.code !== 0n && t.code !== p.code) return { status: 'pending_transfer_has_different_code' };

    const whole = voiding ? 0n : U128_MAX; // how a request says "all of it"
    const amount = t.amount === whole ? p.amount : t.amount;
    if (amount > p.amount) return { status: 'exceeds_pending_transfer_amount' };
    if (voiding && amount < p.amount) return { status: 'pending_transfer_has_different_amount' };

    const status = this.pendings.get(p.id);
    if (status === 'posted') return { status: 'pending_transfer_already_posted' };
    if (status === 'voided') return { status: 'pending_transfer_already_voided' };
    if (status === 'expired') return { status: 'pending_transfer_expired' };
    if (p.timeout > 0n && expiresAt(p) <= slot) return { status: 'pending_transfer_expired' };

    let timestamp = slot;
    if (t.flags & f.imported) {
      if (this.#regresses(t.timestamp)) return { status: 'imported_event_timestamp_must_not_regress' };
      timestamp = t.timestamp;
    }
    const dr = this.#accountOf(p.debit_account_id);
    const cr = this.#accountOf(p.credit_account_id);
    if (posting && dr.flags & accountFlag.closed) return { status: 'debit_account_already_closed' };
    if (posting && cr.flags & accountFlag.closed) return { status: 'credit_account_already_closed' };

    const stored: Transfer = {
      ...t,
      debit_account_id: p.debit_account_id,
      credit_account_id: p.credit_account_id,
      amount,
      user_data_128: t.user_data_128 || p.user_data_128,
      user_data_64: t.user_data_64 || p.user_data_64,
      user_data_32: t.user_data_32 || p.user_data_32,
      ledger: p.ledger,
      code: p.code,
      timestamp,
    };
    this.#store(stored);
    this.pendings.set(p.id, posting ? 'posted' : 'voided');
    const type = posting ? changeType.two_phase_posted : changeType.two_phase_voided;
    if (voiding) {
      this.#settle(timestamp, type, stored, releaseDebit(dr, p), releaseCredit(cr, p));
    } else {
      const debit = {
        ...dr,
        debits_pending: dr.debits_pending - p.amount,
        debits_posted: dr.debits_posted + amount,
      };
      const credit = {
        ...cr,
        credits_pending: cr.credits_pending - p.amount,
        credits_posted: cr.credits_posted + amount,
      };
      this.#settle(timestamp, type, stored, debit, credit);
    }
    return { status: 'created', at: timestamp };
  }

  #transferExists(t: Transfer, e: Transfer): Outcome<TransferStatus> {
    const f = transferFlag;
    if (t.flags !== e.flags) return { status: 'exists_with_different_flags' };
    if (t.pending_id !== e.pending_id) return { status: 'exists_with_different_pending_id' };
    if (t.timeout !== e.timeout) return { status: 'exists_with_different_timeout' };
    const posting = (t.flags & f.post_pending_transfer) !== 0n;
    const voiding = (t.flags & f.void_pending_transfer) !== 0n;

    if (!posting && !voiding) {
      if (t.debit_account_id !== e.debit_account_id) return { status: 'exists_with_different_debit_account_id' };
      if (t.credit_account_id !== e.credit_account_id) return { status: 'exists_with_different_credit_account_id' };
      const balancing = (t.flags & (f.balancing_debit | f.balancing_credit)) !== 0n;
      if (balancing ? t.amount < e.amount : t.amount !== e.amount) return { status: 'exists_with_different_amount' };
      if (t.user_data_128 !== e.user_data_128) return { status: 'exists_with_different_user_data_128' };
      if (t.user_data_64 !== e.user_data_64) return { status: 'exists_with_different_user_data_64' };
      if (t.user_data_32 !== e.user_data_32) return { status: 'exists_with_different_user_data_32' };
      if (t.ledger !== e.ledger) return { status: 'exists_with_different_ledger' };
      if (t.code !== e.code) return { status: 'exists_with_different_code' };
      return { status: 'exists', at: e.timestamp };
    }

    const p = this.transfers.get(t.pending_id);
    if (!p) throw new Error(`transfer ${e.id} ends a pending transfer that is not there`);
    if (t.debit_account_id !== 0n && t.debit_account_id !== e.debit_account_id) {
      return { status: 'exists_with_different_debit_account_id' };
    }
    if (t.credit_account_id !== 0n && t.credit_account_id !== e.credit_account_id) {
      return { status: 'exists_with_different_credit_account_id' };
    }
    const whole = voiding ? 0n : U128_MAX;
    if ((t.amount === whole ? p.amount : t.amount) !== e.amount) return { status: 'exists_with_different_amount' };
    if ((t.user_data_128 || p.user_data_128) !== e.user_data_128) {
      return { status: 'exists_with_different_user_data_128' };
    }
    if ((t.user_data_64 || p.user_data_64) !== e.user_data_64) return { status: 'exists_with_different_user_data_64' };
    if ((t.user_data_32 || p.user_data_32) !== e.user_data_32) return { status: 'exists_with_different_user_data_32' };
    if (t.ledger !== 0n && t.ledger !== e.ledger) return { status: 'exists_with_different_ledger' };
    if (t.code !== 0n && t.code !== e.code) return { status: 'exists_with_different_code' };
    return { status: 'exists', at: e.timestamp };
  }

  #regresses(timestamp: bigint): boolean {
    return timestamp <= this.#transferLast || this.#accountTimes.has(timestamp);
  }

  #store(t: Transfer): void {
    this.transfers.set(t.id, t);
    this.#transferTimes.set(t.timestamp, true);
    this.#transferLast = t.timestamp;
  }

  #settle(timestamp: bigint, type: bigint, transfer: Transfer, debit: Account, credit: Account): void {
    this.accounts.set(debit.id, debit);
    this.accounts.set(credit.id, credit);
    const change = { timestamp, type, transfer, debit, credit };
    this.changes.push(change);
    if (type !== changeType.two_phase_expired) this.#changeOf.set(transfer, change);
  }

  #accountOf(id: bigint): Account {
    const account = this.accounts.get(id);
    if (!account) throw new Error(`account ${id} of a stored transfer is not there`);
    return account;
  }

  // --------------------------------------------------------------------------------------------------------- chains

  #mark = { changes: 0, accountLast: 0n, transferLast: 0n };

  get #scoped(): { open(): void; persist(): void; discard(): void }[] {
    return [this.accounts, this.transfers, this.pendings, this.#accountTimes, this.#transferTimes];
  }

  #open(): void {
    for (const map of this.#scoped) map.open();
    this.#mark = {
      changes: this.changes.length,
      accountLast: this.#accountLast,
      transferLast: this.#transferLast,
    };
  }

  #persist(): void {
    for (const map of this.#scoped) map.persist();
  }

  #discard(): void {
    for (const map of this.#scoped) map.discard();
    this.changes.length = this.#mark.changes;
    this.#accountLast = this.#mark.accountLast;
    this.#transferLast = this.#mark.transferLast;
  }

  // -------------------------------------------------------------------------------------------------------- queries

  #accountTransfers(events: Uint8Array): Transfer[] {
    const filter = only(decode(accountFilterLayout, events));
    if (filter.account_id === 0n || filter.account_id === U128_MAX) return [];
    if (!(filter.flags & (filterFlag.debits | filterFlag.credits))) return [];
    if (filter.flags & filterFlag.padding || filter.reserved !== 0n) return [];
    const hits = [...this.transfers.values()].filter(
      (t) =>
        ((filter.flags & filterFlag.debits && t.debit_account_id === filter.account_id) ||
          (filter.flags & filterFlag.credits && t.credit_account_id === filter.account_id)) &&
        matches(filter.user_data_128, t.user_data_128) &&
        matches(filter.user_data_64, t.user_data_64) &&
        matches(filter.user_data_32, t.user_data_32) &&
        matches(filter.code, t.code),
    );
    return page(hits, filter, (filter.flags & filterFlag.reversed) !== 0n, RESULTS_MAX);
  }

  #accountBalances(events: Uint8Array): Uint8Array {
    const id = only(decode(accountFilterLayout, events)).account_id;
    const account = this.accounts.get(id);
    if (!account || !(account.flags & accountFlag.history)) return new Uint8Array(0);
    const states = this.#accountTransfers(events).map((t) => {
      const change = this.#changeOf.get(t);
      if (!change) throw new Error(`transfer ${t.id} changed nothing`);
      const after = change.debit.id === id ? change.debit : change.credit;
      this.#timeOf.set(after, t.timestamp);
      return after;
    });
    return packed(balanceLayout, states, (after) => ({ ...after, timestamp: this.#timeOf.get(after) ?? 0n }));
  }

  #changeEvents(events: Uint8Array): Uint8Array {
    const filter = only(decode(changeEventsFilterLayout, events));
    if (filter.reserved !== 0n) return new Uint8Array(0);
    return packed(changeEventLayout, page(this.changes, filter, false, CHANGE_EVENTS_MAX), changeEvent);
  }
}

type Common =
  | 'created'
  | 'linked_event_failed'
  | 'linked_event_chain_open'
  | 'timestamp_must_be_zero'
  | 'imported_event_expected'
  | 'imported_event_not_expected'
  | 'imported_event_timestamp_out_of_range'
  | 'imported_event_timestamp_must_not_advance';

/** Records never change once they are made: each is encoded once for each layout. */
const encoded = new WeakMap<object, WeakMap<object, Uint8Array>>();

/** As `encode` of what `shape` makes of the records. */
function packed<T extends object, Field extends string>(
  layout: Layout<Field>,
  records: readonly T[],
  shape: (record: T) => Readonly<Record<Field, bigint>> = (record) => record as Readonly<Record<Field, bigint>>,
): Uint8Array {
  const known = encoded.get(layout) ?? new WeakMap<object, Uint8Array>();
  encoded.set(layout, known);
  const bytes = new Uint8Array(layout.size * records.length);
  for (const [index, record] of records.entries()) {
    const one = known.get(record) ?? encode(layout, [shape(record)]);
    known.set(record, one);
    bytes.set(one, index * layout.size);
  }
  return bytes;
}

function query<T extends Account | Transfer>(records: T[], filter: QueryFilter): T[] {
  if (filter.flags & queryFlag.padding || filter.reserved !== 0n) return [];
  const hits = records.filter(
    (record) =>
      matches(filter.user_data_128, record.user_data_128) &&
      matches(filter.user_data_64, record.user_data_64) &&
      matches(filter.user_data_32, record.user_data_32) &&
      matches(filter.ledger, record.ledger) &&
      matches(filter.code, record.code),
  );
  return page(hits, filter, (filter.flags & queryFlag.reversed) !== 0n, RESULTS_MAX);
}

/** What all queries share: the window of time, the order, the limit. An invalid window or no limit finds nothing. */
function page<T extends { timestamp: bigint }>(
  records: readonly T[],
  filter: { timestamp_min: bigint; timestamp_max: bigint; limit: bigint },
  reversed: boolean,
  most: bigint,
): T[] {
  const { timestamp_min: from, timestamp_max: to, limit } = filter;
  if (from !== 0n && !validTimestamp(from)) return [];
  if (to !== 0n && !validTimestamp(to)) return [];
  if (to !== 0n && from > to) return [];
  if (limit === 0n) return [];
  return records
    .filter((record) => record.timestamp >= from && (to === 0n || record.timestamp <= to))
    .sort((a, b) => (reversed ? compare(b.timestamp, a.timestamp) : compare(a.timestamp, b.timestamp)))
    .slice(0, Number(min(limit, most)));
}

function changeEvent({ timestamp, type, transfer: t, debit, credit }: Change): ChangeEvent {
  return {
    transfer_id: t.id,
    transfer_amount: t.amount,
    transfer_pending_id: t.pending_id,
    transfer_user_data_128: t.user_data_128,
    transfer_user_data_64: t.user_data_64,
    transfer_user_data_32: t.user_data_32,
    transfer_timeout: t.timeout,
    transfer_code: t.code,
    transfer_flags: t.flags,
    ledger: t.ledger,
    type,
    debit_account_id: debit.id,
    debit_account_debits_pending: debit.debits_pending,
    debit_account_debits_posted: debit.debits_posted,
    debit_account_credits_pending: debit.credits_pending,
    debit_account_credits_posted: debit.credits_posted,
    debit_account_user_data_128: debit.user_data_128,
    debit_account_user_data_64: debit.user_data_64,
    debit_account_user_data_32: debit.user_data_32,
    debit_account_code: debit.code,
    debit_account_flags: debit.flags,
    credit_account_id: credit.id,
    credit_account_debits_pending: credit.debits_pending,
    credit_account_debits_posted: credit.debits_posted,
    credit_account_credits_pending: credit.credits_pending,
    credit_account_credits_posted: credit.credits_posted,
    credit_account_user_data_128: credit.user_data_128,
    credit_account_user_data_64: credit.user_data_64,
    credit_account_user_data_32: credit.user_data_32,
    credit_account_code: credit.code,
    credit_account_flags: credit.flags,
    timestamp,
    transfer_timestamp: t.timestamp,
    debit_account_timestamp: debit.timestamp,
    credit_account_timestamp: credit.timestamp,
  };
}

/** The debit account without the reservation of `p`, and open again if it was `p` that closed it. */
function releaseDebit(account: Account, p: Transfer): Account {
  const reopened = p.flags & transferFlag.closing_debit ? account.flags & ~accountFlag.closed : account.flags;
  return { ...account, debits_pending: account.debits_pending - p.amount, flags: reopened };
}

function releaseCredit(account: Account, p: Transfer): Account {
  const reopened = p.flags & transferFlag.closing_credit ? account.flags & ~accountFlag.closed : account.flags;
  return { ...account, credits_pending: account.credits_pending - p.amount, flags: reopened };
}

function expiresAt(p: Transfer): bigint {
  return p.timestamp + p.timeout * SECOND;
}

function validTimestamp(timestamp: bigint): boolean {
  return timestamp >= 1n && timestamp <= TIMESTAMP_MAX;
}

function matches(wanted: bigint, value: bigint): boolean {
  return wanted === 0n || wanted === value;
}

function found<T>(map: Scoped<T>, ids: bigint[]): T[] {
  return ids.map((id) => map.get(id)).filter((record) => record !== undefined);
}

function only<T>(filters: T[]): T {
  const [filter] = filters;
  if (filter === undefined || filters.length !== 1) throw new RangeError(`one filter expected, ${filters.length} sent`);
  return filter;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
