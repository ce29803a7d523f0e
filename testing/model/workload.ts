/**
 * Seeded streams of requests that get in each other's way: few accounts, few ids, chains that break, pendings that
 * expire before or after they are posted, retries, imports, limits, edges of every number, and reads of all of it. A
 * stream is a function of its seed alone: it never looks at a reply, so it can be replayed, cut short and thinned out.
 *
 * Every step brings its own time. After an `advance` the next request comes at least `SLACK` nanoseconds later, room
 * enough for the pulses to take their timestamps wherever a ledger likes to put them.
 */
import {
  accountFlag,
  filterFlag,
  op,
  queryFlag,
  SECOND,
  TIMESTAMP_MAX,
  transferFlag,
  U32_MAX,
  U64_MAX,
  U128_MAX,
} from './names.ts';
import { Random } from './random.ts';
import {
  type Account,
  accountFilterLayout,
  accountLayout,
  changeEventsFilterLayout,
  encode,
  encodeIds,
  queryFilterLayout,
  type Transfer,
  transferLayout,
} from './records.ts';

export interface RequestStep {
  readonly kind: 'request';
  readonly operation: number;
  readonly events: Uint8Array;
  /** Of the request's last event. */
  readonly timestamp: bigint;
}

export interface AdvanceStep {
  readonly kind: 'advance';
  readonly nanoseconds: bigint;
}

export type Step = RequestStep | AdvanceStep;

const SLACK = 1_000_000n;
const AFTER_ADVANCE: readonly bigint[] = [1n, SECOND / 2n, SECOND, 2n * SECOND, 3n * SECOND, 10n * SECOND];

/** What one seed likes to do: drawn once, so that different seeds live in different worlds. */
interface Taste {
  readonly accounts: number;
  readonly transfers: number;
  readonly ledgers: number;
  readonly idStyle: 'small' | 'high' | 'scattered' | 'mixed';
  readonly eventsMax: number;
  readonly limits: number;
  readonly history: number;
  readonly linked: number;
  readonly pending: number;
  readonly timeout: number;
  readonly ending: number;
  readonly balancing: number;
  readonly closing: number;
  readonly imported: number;
  readonly huge: number;
  readonly invalid: number;
  readonly retry: number;
  readonly reads: number;
  readonly advance: number;
  /** Drawn apart, so that the streams of seeds without them stay what they were. */
  readonly edges: number;
  /** How much more often the first accounts are used than the others: 0 not at all, 1 as words are. */
  readonly skew: number;
  readonly storms: number;
}

function taste(random: Random): Taste {
  const rate = (...rates: number[]): number => random.pick(rates);
  const accounts = random.pick([3, 6, 12, 24]);
  return {
    accounts,
    transfers: random.pick([100, 2000, 10_000]),
    ledgers: accounts === 3 ? 1 : random.pick([1, 1, 2, 3]),
    idStyle: random.pick(['small', 'high', 'scattered', 'mixed']),
    eventsMax: random.pick([1, 4, 12, 12, 40, 150]),
    limits: rate(0, 0.3, 0.8),
    history: rate(0.2, 0.8),
    linked: rate(0, 0.05, 0.15, 0.4),
    pending: rate(0.1, 0.4, 0.8),
    timeout: rate(0.2, 0.7),
    ending: rate(0.1, 0.3, 0.5),
    balancing: rate(0, 0.1, 0.4),
    closing: rate(0, 0, 0.01, 0.04),
    imported: rate(0, 0, 0.1, 0.4),
    huge: rate(0, 0, 0.01, 0.1),
    invalid: rate(0, 0.02, 0.1),
    retry: rate(0.02, 0.1, 0.3),
    reads: rate(0.2, 0.5),
    advance: rate(0.01, 0.05, 0.15),
    edges: 0,
    skew: 0,
    storms: 0,
  };
}

/** For ledgers on their own time. */
function extremes(seed: number): Pick<Taste, 'edges' | 'skew' | 'storms'> {
  const random = new Random(seed + 2 ** 33);
  return { edges: random.pick([0, 0.05, 0.5]), skew: random.pick([0, 1, 2]), storms: random.pick([0, 0.01, 0.05]) };
}

/** `requests` steps drawn from `seed`. */
export function workload(seed: number, requests: number): Step[] {
  const source = new Workload(seed);
  return Array.from({ length: requests }, () => source.next());
}

/** The stream itself, without an end. */
export class Workload {
  readonly #random: Random;
  readonly #taste: Taste;
  /** Newest time given to anything. */
  #now: bigint;
  #transferNext = 1;
  /** What was asked for, whether or not it was created. */
  readonly #sent: Transfer[] = [];
  readonly #pendings: Transfer[] = [];
  readonly #moments: bigint[] = [];
  readonly #accounts = new Map<number, Partial<Account>>();
  readonly #clock: (() => bigint) | undefined;

  /**
   * `clock`: the ledger's time, for a ledger that stamps requests itself; the times that steps bring are about right
   * then.
   */
  constructor(seed: number, clock?: () => bigint) {
    this.#random = new Random(seed);
    this.#taste = { ...taste(this.#random), ...(clock === undefined ? {} : extremes(seed)) };
    this.#clock = clock;
    // Far enough in the future, the longest timeouts run over the end of time.
    this.#now = this.#random.chance(0.15) ? TIMESTAMP_MAX - 4_000_000_000n * SECOND : 1_700_000_000n * SECOND;
  }

  next(): Step {
    const random = this.#random;
    if (this.#clock !== undefined) this.#now = this.#clock();
    if (this.#moments.length === 0) return this.#createAccounts(true);
    if (random.chance(this.#taste.advance)) return this.#advance();
    if (random.chance(this.#taste.reads)) return this.#read();
    return random.chance(0.12) ? this.#createAccounts(false) : this.#createTransfers();
  }

  // ----------------------------------------------------------------------------------------------------------- time

  #advance(): AdvanceStep {
    const nanoseconds = this.#random.pick(AFTER_ADVANCE);
    this.#now += nanoseconds + SLACK;
    return { kind: 'advance', nanoseconds };
  }

  #request(operation: number, events: Uint8Array, count: number): RequestStep {
    this.#now += BigInt(1000 + this.#random.below(100_000) + count);
    // Time also passes without a pulse: what is due then is past its timeout and still reserved.
    if (this.#random.chance(0.02)) this.#now += BigInt(this.#random.between(1, 3)) * SECOND;
    return { kind: 'request', operation, events, timestamp: this.#now };
  }

  // ------------------------------------------------------------------------------------------------------- accounts

  #accountId(index: number): bigint {
    return spread(index, this.#taste.idStyle);
  }

  #anyAccountId(): bigint {
    if (this.#random.chance(this.#taste.invalid / 4)) return this.#random.pick([0n, U128_MAX, 999_999n]);
    return this.#accountId(this.#random.between(1, this.#taste.accounts));
  }

  /** What the account of that number is to be: the same each time it is asked for. */
  #accountOf(index: number): Partial<Account> {
    const random = this.#random;
    let account = this.#accounts.get(index);
    if (account === undefined) {
      let flags = 0n;
      if (random.chance(this.#taste.limits)) {
        flags |= random.pick([accountFlag.debits_must_not_exceed_credits, accountFlag.credits_must_not_exceed_debits]);
      }
      if (random.chance(this.#taste.history)) flags |= accountFlag.history;
      if (random.chance(this.#taste.closing / 2)) flags |= accountFlag.closed;
      account = {
        id: this.#accountId(index),
        user_data_128: BigInt(random.below(3)) << BigInt(random.pick([0, 64])),
        user_data_64: BigInt(random.below(3)),
        user_data_32: BigInt(random.below(3)),
        ledger: BigInt(random.between(1, this.#taste.ledgers)),
        code: BigInt(random.between(1, 3)),
        flags,
      };
      this.#accounts.set(index, account);
    }
    return account;
  }

  #createAccounts(first: boolean): RequestStep {
    const random = this.#random;
    const count = first ? this.#taste.accounts : random.below(5);
    const imported = this.#imported();
    const events: Partial<Account>[] = [];
    for (let i = 0; i < count; i++) {
      let account = { ...this.#accountOf(first ? i + 1 : random.between(1, this.#taste.accounts + 8)) };
      if (!first && random.chance(0.3)) account = { ...account, ...this.#accountMutation() };
      if (imported) account = { ...account, flags: (account.flags ?? 0n) | accountFlag.imported };
      events.push(account);
    }
    this.#chain(events, count);
    const step = this.#request(op.create_accounts, new Uint8Array(0), count);
    if (imported) this.#stamp(events, step.timestamp, accountFlag.imported);
    return { ...step, events: this.#done(encode(accountLayout, events), step.timestamp, count) };
  }

  #accountMutation(): Partial<Account> {
    const random = this.#random;
    return random.pick<() => Partial<Account>>([
      () => ({ user_data_128: BigInt(random.below(3)) }),
      () => ({ user_data_64: U64_MAX }),
      () => ({ user_data_32: BigInt(random.below(3)) }),
      () => ({ ledger: BigInt(random.below(4)) }),
      () => ({ code: BigInt(random.below(4)) }),
      () => ({ flags: BigInt(random.below(64)) }),
      () => ({ flags: accountFlag.debits_must_not_exceed_credits | accountFlag.credits_must_not_exceed_debits }),
      () => ({ flags: 0x40n << BigInt(random.below(10)) }),
      () => ({ reserved: 1n }),
      () => ({ id: random.pick([0n, U128_MAX, 2n ** 64n, 1n << 127n, U128_MAX - 1n]) }),
      () => ({ debits_pending: 1n }),
      () => ({ debits_posted: 1n }),
      () => ({ credits_pending: U128_MAX }),
      () => ({ credits_posted: 1n }),
      () => ({ timestamp: random.pick([1n, this.#now]) }),
    ])();
  }

  // ------------------------------------------------------------------------------------------------------ transfers

  #transferId(): bigint {
    const random = this.#random;
    const reuse = random.chance(0.04) || this.#transferNext > this.#taste.transfers;
    const index = reuse
      ? random.between(1, Math.min(this.#transferNext + 2, this.#taste.transfers))
      : this.#transferNext++;
    return spread(index, this.#taste.idStyle);
  }

  #createTransfers(): RequestStep {
    const random = this.#random;
    if (this.#taste.storms > 0 && random.chance(this.#taste.storms)) return this.#storm();
    const count = random.chance(0.02) ? 0 : random.between(1, this.#taste.eventsMax);
    const imported = this.#imported();
    const events: Partial<Transfer>[] = [];
    for (let i = 0; i < count; i++) {
      let transfer: Partial<Transfer> = this.#transfer();
      if (random.chance(this.#taste.invalid)) transfer = { ...transfer, ...this.#transferMutation() };
      if (imported) {
        const timeout = random.chance(0.8) ? 0n : (transfer.timeout ?? 0n);
        transfer = { ...transfer, flags: (transfer.flags ?? 0n) | transferFlag.imported, timeout };
      }
      events.push(transfer);
    }
    this.#chain(events, count);
    const step = this.#request(op.create_transfers, new Uint8Array(0), count);
    if (imported) this.#stamp(events, step.timestamp, transferFlag.imported);
    for (const event of events) {
      const sent = { ...blank, ...event };
      this.#sent.push(sent);
      if (sent.flags & transferFlag.pending) this.#pendings.push(sent);
    }
    return { ...step, events: this.#done(encode(transferLayout, events), step.timestamp, count) };
  }

  /** Many that expire in the same moment, or in two that follow each other. */
  #storm(): RequestStep {
    const random = this.#random;
    const timeout = random.pick([1n, 1n, 2n]);
    const events: Partial<Transfer>[] = Array.from({ length: random.between(20, 400) }, () => {
      const debit = this.#anyAccount();
      return {
        id: this.#transferId(),
        debit_account_id: this.#accountId(debit),
        credit_account_id: this.#accountId(this.#partner(debit)),
        amount: BigInt(random.between(0, 3)),
        timeout: timeout + BigInt(random.below(2)),
        ledger: this.#accountOf(debit).ledger ?? 1n,
        code: 1n,
        flags: transferFlag.pending,
      };
    });
    for (const event of events) this.#pendings.push({ ...blank, ...event });
    const step = this.#request(op.create_transfers, new Uint8Array(0), events.length);
    return { ...step, events: this.#done(encode(transferLayout, events), step.timestamp, events.length) };
  }

  /** Its number: each as likely as the others, or the first ones far more. */
  #anyAccount(): number {
    const { accounts, skew } = this.#taste;
    if (skew === 0) return this.#random.between(1, accounts);
    const place = (this.#random.u32() / 2 ** 32) ** (1 + 2 * skew);
    return 1 + Math.floor(place * accounts);
  }

  #transfer(): Partial<Transfer> {
    const random = this.#random;
    if (this.#sent.length > 0 && random.chance(this.#taste.retry)) {
      const again = random.pick(this.#sent.slice(-200));
      const flags = again.flags & ~transferFlag.linked;
      const same = { ...again, flags, timestamp: 0n };
      return random.chance(0.5) ? same : { ...same, ...this.#transferMutation(), id: again.id };
    }
    if (this.#pendings.length > 0 && random.chance(this.#taste.ending)) return this.#ending();
    const debit = this.#anyAccount();
    const credit = random.chance(0.02) ? debit : this.#partner(debit);
    let flags = 0n;
    if (random.chance(this.#taste.pending)) flags |= transferFlag.pending;
    if (random.chance(this.#taste.balancing)) flags |= transferFlag.balancing_debit;
    if (random.chance(this.#taste.balancing)) flags |= transferFlag.balancing_credit;
    if (random.chance(this.#taste.closing)) flags |= transferFlag.closing_debit | transferFlag.pending;
    if (random.chance(this.#taste.closing)) flags |= transferFlag.closing_credit | transferFlag.pending;
    return {
      id: this.#transferId(),
      debit_account_id: this.#accountId(debit),
      credit_account_id: this.#accountId(credit),
      amount: this.#amount(),
      user_data_128: BigInt(random.below(3)),
      user_data_64: BigInt(random.below(3)),
      user_data_32: BigInt(random.below(3)),
      timeout: flags & transferFlag.pending && random.chance(this.#taste.timeout) ? this.#timeout() : 0n,
      ledger: random.chance(0.02) ? BigInt(random.below(4)) : (this.#accountOf(debit).ledger ?? 1n),
      code: BigInt(random.between(1, 3)),
      flags,
    };
  }

  /** Mostly an account on the same ledger. */
  #partner(debit: number): number {
    const ledger = this.#accountOf(debit).ledger;
    for (let tries = 0; tries < 6; tries++) {
      const credit = this.#anyAccount();
      if (credit !== debit && this.#accountOf(credit).ledger === ledger) return credit;
    }
    return (debit % this.#taste.accounts) + 1;
  }

  /** A post or a void, right or wrong, mostly of something recent. */
  #ending(): Partial<Transfer> {
    const random = this.#random;
    const p = random.pick(random.chance(0.8) ? this.#pendings.slice(-12) : this.#pendings);
    const posting = random.chance(0.6);
    const wrong = (right: bigint): bigint => {
      if (random.chance(0.7)) return 0n;
      return random.chance(0.9) ? right : right + 1n;
    };
    const whole = posting ? U128_MAX : 0n;
    const partial = p.amount > 0n ? p.amount / 2n : 0n;
    return {
      id: random.chance(0.01) ? p.id : this.#transferId(),
      debit_account_id: wrong(p.debit_account_id) & U128_MAX,
      credit_account_id: wrong(p.credit_account_id) & U128_MAX,
      amount: random.pick([whole, whole, whole, p.amount, partial, 0n, (p.amount + 1n) & U128_MAX]),
      pending_id: random.chance(0.97) ? p.id : random.pick([0n, U128_MAX, this.#transferId()]),
      user_data_128: BigInt(random.below(3)),
      user_data_64: BigInt(random.below(2)),
      user_data_32: BigInt(random.below(2)),
      timeout: random.chance(0.01) ? 1n : 0n,
      ledger: wrong(p.ledger) & U32_MAX,
      code: wrong(p.code) & 0xffffn,
      flags: posting ? transferFlag.post_pending_transfer : transferFlag.void_pending_transfer,
    };
  }

  #transferMutation(): Partial<Transfer> {
    const random = this.#random;
    return random.pick<() => Partial<Transfer>>([
      () => ({ id: random.pick([0n, U128_MAX, U128_MAX - 1n, 1n << 64n]) }),
      () => ({ debit_account_id: this.#anyAccountId() }),
      () => ({ debit_account_id: random.pick([0n, U128_MAX, 999_999n]) }),
      () => ({ credit_account_id: this.#anyAccountId() }),
      () => ({ credit_account_id: random.pick([0n, U128_MAX, 999_999n]) }),
      () => ({ amount: this.#amount() }),
      () => ({ pending_id: random.pick([0n, 1n, U128_MAX]) }),
      () => ({ user_data_128: random.pick([0n, 1n, U128_MAX]) }),
      () => ({ user_data_64: random.pick([0n, 1n, U64_MAX]) }),
      () => ({ user_data_32: random.pick([0n, 1n, U32_MAX]) }),
      () => ({ timeout: this.#timeout() }),
      () => ({ ledger: random.pick([0n, 1n, 2n, U32_MAX]) }),
      () => ({ code: random.pick([0n, 1n, 2n, 0xffffn]) }),
      () => ({ flags: BigInt(random.below(512)) & ~1n }),
      () => ({ flags: transferFlag.closing_debit }),
      () => ({ flags: transferFlag.post_pending_transfer | transferFlag.void_pending_transfer }),
      () => ({ flags: 0x200n << BigInt(random.below(7)) }),
      () => ({ timestamp: random.pick([1n, this.#now]) }),
    ])();
  }

  #amount(): bigint {
    const random = this.#random;
    // Near a power of two, where numbers are cut into words.
    if (this.#taste.edges > 0 && random.chance(this.#taste.edges)) {
      const edge =
        (1n << BigInt(random.pick([8, 16, 31, 32, 53, 63, 64, 96, 127, 128]))) + BigInt(random.between(-2, 1));
      return edge > U128_MAX ? U128_MAX : edge;
    }
    if (random.chance(this.#taste.huge)) {
      return random.pick([
        U128_MAX,
        U128_MAX - 1n,
        1n << 127n,
        (1n << 127n) - 1n,
        1n << 64n,
        U64_MAX,
        random.bits(128),
      ]);
    }
    if (random.chance(this.#taste.balancing / 2)) return U128_MAX;
    return random.chance(0.1) ? 0n : BigInt(random.between(1, 100));
  }

  #timeout(): bigint {
    return this.#random.pick([1n, 1n, 2n, 3n, 10n, 1_000_000n, U32_MAX]);
  }

  // ------------------------------------------------------------------------------------- what both kinds have in
  // common

  /** Links events: short chains mostly, now and then one over the whole request or one without an end. */
  #chain(events: { flags?: bigint }[], count: number): void {
    const random = this.#random;
    let left = count <= 20 && random.chance(this.#taste.linked / 10) ? count - 1 : 0;
    for (const [index, event] of events.entries()) {
      if (left === 0 && random.chance(this.#taste.linked)) left = random.between(1, 4);
      else if (left > 0) left--;
      const last = index === count - 1;
      if (left > 0 && (!last || random.chance(0.1))) event.flags = (event.flags ?? 0n) | accountFlag.linked;
    }
  }

  /** Importers begin with it: it must come before ordinary traffic. */
  #imported(): boolean {
    const early = this.#taste.imported > 0 && this.#sent.length < 30;
    return this.#random.chance(early ? 0.8 : this.#taste.imported);
  }

  /** Imported times: mostly rising in the gap before this request, sometimes far in the past or among what is there. */
  #stamp(events: { flags?: bigint; timestamp?: bigint }[], timestamp: bigint, flag: bigint): void {
    const random = this.#random;
    const before = (): bigint => timestamp - BigInt(events.length) - BigInt(random.below(900)) - 1n;
    const past = (): bigint => BigInt(random.between(1, 2000));
    const among = (): bigint => random.pick(this.#moments) - BigInt(random.below(20));
    let time = this.#moments.length === 0 || random.chance(0.6) ? before() : random.pick([past, among])();
    for (const event of events) {
      time += BigInt(random.pick([0, 1, 1, 2, 3, 9]));
      event.timestamp = time;
      if (!random.chance(this.#taste.invalid)) continue;
      if (random.chance(0.3)) event.flags = (event.flags ?? 0n) & ~flag;
      else event.timestamp = random.pick([0n, 1n, timestamp, timestamp + 1n, TIMESTAMP_MAX + 1n, U64_MAX]);
    }
  }

  /** Remembers a few of the request's moments, so that later windows of time begin and end where something happened. */
  #done(events: Uint8Array, timestamp: bigint, count: number): Uint8Array {
    this.#moments.push(timestamp - BigInt(this.#random.below(Math.max(count, 1))));
    return events;
  }

  // ---------------------------------------------------------------------------------------------------------- reads

  #read(): RequestStep {
    const random = this.#random;
    const ids = (one: () => bigint): Uint8Array => encodeIds(Array.from({ length: random.below(12) }, one));
    switch (random.below(7)) {
      case 0:
        return this.#request(
          op.lookup_accounts,
          ids(() => this.#anyAccountId()),
          0,
        );
      case 1:
        return this.#request(
          op.lookup_transfers,
          ids(() => (random.chance(0.05) ? random.pick([0n, U128_MAX]) : this.#knownTransferId())),
          0,
        );
      case 2:
        return this.#request(op.get_account_transfers, this.#accountFilter(), 0);
      case 3:
        return this.#request(op.get_account_balances, this.#accountFilter(), 0);
      case 4:
        return this.#request(op.query_accounts, this.#queryFilter(), 0);
      case 5:
        return this.#request(op.query_transfers, this.#queryFilter(), 0);
      default:
        return this.#request(op.get_change_events, this.#changeEventsFilter(), 0);
    }
  }

  #knownTransferId(): bigint {
    return spread(this.#random.between(1, this.#transferNext + 1), this.#taste.idStyle);
  }

  #window(): { timestamp_min: bigint; timestamp_max: bigint } {
    const random = this.#random;
    const end = (): bigint => {
      if (random.chance(0.03)) return random.pick([1n, TIMESTAMP_MAX, TIMESTAMP_MAX + 1n, U64_MAX]);
      return random.chance(0.5) ? 0n : random.pick(this.#moments) + BigInt(random.between(-2, 2));
    };
    const [from, to] = [end(), end()];
    if (from > to && to !== 0n && random.chance(0.9)) return { timestamp_min: to, timestamp_max: from };
    return { timestamp_min: from, timestamp_max: to };
  }

  #limit(most: bigint): bigint {
    return this.#random.pick([1n, 2n, 5n, 20n, most, most, most, this.#random.chance(0.2) ? 0n : most]);
  }

  /** Rarely what it should be: a predicate is mostly absent, since each one leaves little to find. */
  #predicate(values: readonly bigint[]): bigint {
    return this.#random.chance(0.88) ? 0n : this.#random.pick(values);
  }

  #accountFilter(): Uint8Array {
    const random = this.#random;
    const both = filterFlag.debits | filterFlag.credits;
    const flags = random.pick([both, both, filterFlag.debits, filterFlag.credits, 0n]);
    return encode(accountFilterLayout, [
      {
        account_id: this.#anyAccountId(),
        user_data_128: this.#predicate([1n, 2n, 3n]),
        user_data_64: this.#predicate([1n, 2n]),
        user_data_32: this.#predicate([1n, 2n]),
        code: this.#predicate([1n, 2n, 3n, 4n]),
        reserved: random.chance(0.02) ? 1n << BigInt(8 * random.below(58)) : 0n,
        ...this.#window(),
        limit: this.#limit(8189n),
        flags: flags | (random.chance(0.3) ? filterFlag.reversed : 0n) | (random.chance(0.02) ? 8n : 0n),
      },
    ]);
  }

  #queryFilter(): Uint8Array {
    const random = this.#random;
    return encode(queryFilterLayout, [
      {
        user_data_128: this.#predicate([1n, 2n, 1n << 64n]),
        user_data_64: this.#predicate([1n, 2n, U64_MAX]),
        user_data_32: this.#predicate([1n, 2n]),
        ledger: this.#predicate([1n, 2n, 3n]),
        code: this.#predicate([1n, 2n, 3n, 4n]),
        reserved: random.chance(0.02) ? 1n << BigInt(8 * random.below(6)) : 0n,
        ...this.#window(),
        limit: this.#limit(8189n),
        flags: (random.chance(0.3) ? queryFlag.reversed : 0n) | (random.chance(0.02) ? 2n : 0n),
      },
    ]);
  }

  #changeEventsFilter(): Uint8Array {
    const reserved = this.#random.chance(0.02) ? 1n << BigInt(8 * this.#random.below(44)) : 0n;
    return encode(changeEventsFilterLayout, [{ reserved, ...this.#window(), limit: this.#limit(2730n) }]);
  }
}

const blank: Transfer = {
  id: 0n,
  debit_account_id: 0n,
  credit_account_id: 0n,
  amount: 0n,
  pending_id: 0n,
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0n,
  timeout: 0n,
  ledger: 0n,
  code: 0n,
  flags: 0n,
  timestamp: 0n,
};

/** The id of number `index`: ids that differ in low bits only, in high bits only, or everywhere. */
function spread(index: number, style: Taste['idStyle']): bigint {
  const n = BigInt(index);
  switch (style) {
    case 'small':
      return n;
    case 'high':
      return n << 64n;
    case 'scattered':
      return (n * 0x9e3779b97f4a7c15f39cc0605cedc835n) & (U128_MAX >> 1n);
    case 'mixed':
      return index % 3 === 0 ? n : index % 3 === 1 ? n << 64n : (n << 64n) | n;
  }
}
