/** What clients of a town of shards ask for, and what they heard. */
import { CreateTransferStatus, type Transfer, TransferFlags } from '../../src/model/index.ts';
import { stripedId } from '../../src/shard/index.ts';
import type { Random } from '../../testing/model/random.ts';

const {
  linked,
  pending,
  post_pending_transfer,
  void_pending_transfer,
  balancing_debit,
  balancing_credit,
  closing_debit,
  closing_credit,
} = TransferFlags;
const U128_MAX = 2n ** 128n - 1n;

export const LEDGERS: readonly number[] = [1, 2];
/** Accounts a currency, besides the striped one. The last of them are opened late, when the town may have grown. */
export const ACCOUNTS = 8;
const LATE = 2;
/** In an account's place: the striped one of its currency. */
const STRIPED = ACCOUNTS;
const LIMITED = 2;

export function accountId(ledger: number, index: number): bigint {
  return index === STRIPED ? stripedId(ledger) : BigInt(ledger * 100 + index + 1);
}

const BLANK: Transfer = {
  id: 0n,
  debit_account_id: 0n,
  credit_account_id: 0n,
  amount: 0n,
  pending_id: 0n,
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  timeout: 0,
  ledger: 0,
  code: 0,
  flags: 0,
  timestamp: 0n,
};

export interface OpenedAccount {
  readonly id: bigint;
  readonly ledger: number;
  readonly code: number;
  readonly flags: number;
}

/** Two of each currency may not be overdrawn, and one lies on every shard. */
export function accounts(): OpenedAccount[] {
  return LEDGERS.flatMap((ledger) =>
    Array.from({ length: ACCOUNTS + 1 }, (_, index) => ({
      id: accountId(ledger, index),
      ledger,
      code: 1,
      flags: index < 2 ? LIMITED : 0,
    })),
  );
}

/** Those that are there from the beginning, and those that are not. */
export function early(): OpenedAccount[] {
  return accounts().filter(({ id }) => !late().some((account) => account.id === id));
}

export function late(): OpenedAccount[] {
  const ids = new Set(
    LEDGERS.flatMap((ledger) => Array.from({ length: LATE }, (_, nth) => accountId(ledger, ACCOUNTS - 1 - nth))),
  );
  return accounts().filter(({ id }) => ids.has(id));
}

/** What the accounts that may not be overdrawn begin with. */
export function funds(): Transfer[] {
  return LEDGERS.flatMap((ledger) =>
    [0, 1].map((index) => ({
      ...BLANK,
      id: BigInt(ledger * 10 + index),
      debit_account_id: accountId(ledger, 2),
      credit_account_id: accountId(ledger, index),
      amount: 200n,
      ledger,
      code: 1,
    })),
  );
}

/** One request of a client: a few transfers, or a chain. */
export interface Wish {
  readonly events: readonly Transfer[];
  readonly chain: boolean;
}

export class Wishes {
  readonly #random: Random;
  #next = 1000n;
  /** Pending transfers that were asked for. */
  readonly #pendings: Transfer[] = [];
  readonly #closings: Transfer[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  draw(): Wish {
    if (this.#random.chance(0.15)) return { events: this.#chain(), chain: true };
    const events = Array.from({ length: this.#random.between(1, 3) }, () => this.#one());
    return { events, chain: false };
  }

  #chain(): Transfer[] {
    const length = this.#random.between(2, 4);
    return Array.from({ length }, (_, index) => ({ ...this.#plain(), flags: index < length - 1 ? linked : 0 }));
  }

  #one(): Transfer {
    const random = this.#random;
    const kind = random.below(20);
    if (kind < 4 && this.#pendings.length > 0) return this.#ending(random.pick(this.#pendings));
    if (kind < 5 && this.#closings.length > 0) {
      const { id } = random.pick(this.#closings);
      return { ...BLANK, id: this.#id(), pending_id: id, flags: void_pending_transfer };
    }
    if (kind < 9) {
      const made = { ...this.#plain(), flags: pending, timeout: random.pick([0, 5, 20, 60]) };
      this.#pendings.push(made);
      return made;
    }
    if (kind < 10) {
      const flags = pending | random.pick([closing_debit, closing_credit]);
      const made = { ...this.#plain('not'), amount: 0n, flags, timeout: random.pick([2, 10, 40]) };
      this.#closings.push(made);
      return made;
    }
    if (kind < 12) return { ...this.#plain('not'), flags: random.pick([balancing_debit, balancing_credit]) };
    return this.#plain();
  }

  #ending(of: Transfer): Transfer {
    const below = (n: number): number => this.#random.below(n);
    const event = { ...BLANK, id: this.#id(), pending_id: of.id };
    if (this.#random.chance(0.3)) return { ...event, flags: void_pending_transfer };
    const part = this.#random.chance(0.5) ? U128_MAX : BigInt(below(Number(of.amount) + 1));
    return { ...event, amount: part, flags: post_pending_transfer, user_data_32: below(3) };
  }

  /** What a striped account cannot do is asked of others. */
  #plain(striped: 'too' | 'not' = 'too'): Transfer {
    const random = this.#random;
    const ledger = random.pick(LEDGERS);
    const isLate = random.chance(0.1);
    const all = Array.from({ length: isLate ? ACCOUNTS : ACCOUNTS - LATE }, (_, index) => index);
    if (striped === 'too') all.push(STRIPED);
    const debit = random.pick(all);
    const credit = random.pick(all.filter((account) => account !== debit));
    return {
      ...BLANK,
      id: this.#id(),
      debit_account_id: accountId(ledger, debit),
      credit_account_id: accountId(ledger, credit),
      amount: BigInt(random.below(30)),
      user_data_32: random.below(3),
      ledger,
      code: random.between(1, 3),
    };
  }

  #id(): bigint {
    this.#next += 1n;
    return this.#next;
  }
}

/** Statuses that what clients ask for may get. */
export const EXPECTED: ReadonlySet<CreateTransferStatus> = new Set<CreateTransferStatus>([
  CreateTransferStatus.created,
  CreateTransferStatus.exists,
  CreateTransferStatus.linked_event_failed,
  CreateTransferStatus.id_already_failed,
  CreateTransferStatus.exceeds_credits,
  CreateTransferStatus.debit_account_not_found,
  CreateTransferStatus.credit_account_not_found,
  CreateTransferStatus.debit_account_already_closed,
  CreateTransferStatus.credit_account_already_closed,
  CreateTransferStatus.pending_transfer_not_found,
  CreateTransferStatus.pending_transfer_already_posted,
  CreateTransferStatus.pending_transfer_already_voided,
  CreateTransferStatus.pending_transfer_expired,
  // A transfer that moves only what is there is bounded by what is there when it is sent.
  CreateTransferStatus.exists_with_different_amount,
]);
