/**
 * A client's memory of the transfers that it sent, to ask a killed ledger for every one of them: with its amounts,
 * once, and with balances that are the sum. It uses nothing of the ledger except the types.
 */
import { type Account, type AccountInput, amount_max, type Transfer, type TransferInput } from '../src/index.ts';
import { transferFlag } from '../testing/model/names.ts';
import type { Random } from '../testing/model/random.ts';

/** A transfer as it will be stored, if it is. */
export interface Expected {
  readonly id: bigint;
  readonly debit_account_id: bigint;
  readonly credit_account_id: bigint;
  readonly amount: bigint;
  readonly pending_id: bigint;
  readonly user_data_128: bigint;
  readonly flags: number;
  /** The amount of the pending transfer that it ends; zero otherwise. */
  readonly reserved: bigint;
}

/** One request, all of it or nothing. */
export interface Sent {
  readonly door: string;
  readonly inputs: readonly TransferInput[];
  readonly expected: readonly Expected[];
}

interface Balances {
  debits_pending: bigint;
  debits_posted: bigint;
  credits_pending: bigint;
  credits_posted: bigint;
}

/** With an amount, also where a void would not need it. */
type Said = TransferInput & { readonly amount: bigint };

/** The ledger said what it may not say. */
export class Wrong extends Error {
  override readonly name = 'Wrong';
}

const PENDING = Number(transferFlag.pending);
const POST = Number(transferFlag.post_pending_transfer);
const VOID = Number(transferFlag.void_pending_transfer);
const LINKED = Number(transferFlag.linked);
/** Pending transfers that wait to be ended; more are not begun. */
const OPEN_MAX = 200;

/** What the client sends. */
export interface MemoryOptions {
  readonly accounts?: number;
  /** Whether requests have chains. */
  readonly linked?: boolean;
}

export class ClientMemory {
  /** Accounts 1 to this. */
  readonly accounts: number;
  /** Every transfer that is there for sure. */
  readonly known: Map<bigint, Expected> = new Map();
  /** Acknowledged since they were last asked for. */
  readonly acknowledged: Sent[] = [];
  /** Sent, and nobody knows what became of them. */
  readonly unknown: Sent[] = [];
  readonly #random: Random;
  /** Whether requests have chains. */
  readonly #linked: boolean;
  readonly #balances: Balances[];
  readonly #open: Expected[] = [];
  #id = 1n;

  constructor(random: Random, { accounts = 8, linked = true }: MemoryOptions = {}) {
    this.#random = random;
    this.#linked = linked;
    this.accounts = accounts;
    this.#balances = Array.from({ length: accounts + 1 }, () => ({
      debits_pending: 0n,
      debits_posted: 0n,
      credits_pending: 0n,
      credits_posted: 0n,
    }));
  }

  get accountIds(): bigint[] {
    return Array.from({ length: this.accounts }, (_, index) => BigInt(index + 1));
  }

  get accountInputs(): AccountInput[] {
    return this.accountIds.map((id) => ({ id, ledger: 1, code: 1 }));
  }

  /** The next request of a door: plain transfers, chains, pending ones and what ends them. */
  next(door: string): Sent {
    const random = this.#random;
    const inputs: TransferInput[] = [];
    const expected: Expected[] = [];
    const count = random.pick([1, 1, 1, 2, 5, 20, 60]);
    while (inputs.length < count) {
      const ended = this.#open.length > 0 && random.chance(0.3) ? this.#takeOpen() : undefined;
      const one = ended === undefined ? this.#begun() : this.#ending(ended);
      // A chain must be closed within the request.
      const linked = this.#linked && inputs.length + 1 < count && random.chance(0.15) ? LINKED : 0;
      inputs.push({ ...one.input, flags: (one.input.flags ?? 0) | linked });
      expected.push({ ...one.expected, flags: one.expected.flags | linked });
    }
    return { door, inputs, expected };
  }

  /** The answer has come: created, all of it. */
  answered(sent: Sent): void {
    this.acknowledged.push(sent);
    this.#settle(sent);
  }

  /** No answer has come, and none will. */
  lost(sent: Sent): void {
    this.unknown.push(sent);
  }

  /** A request that was unknown is in the ledger, which has said so: from now on it is told like any other. */
  found(sent: Sent): void {
    this.unknown.splice(this.unknown.indexOf(sent), 1);
    this.acknowledged.push(sent);
    this.#settle(sent);
  }

  #settle(sent: Sent): void {
    for (const transfer of sent.expected) {
      this.known.set(transfer.id, transfer);
      this.#apply(transfer);
      if ((transfer.flags & PENDING) !== 0) this.#open.push(transfer);
    }
  }

  /** Throws {@link Wrong} unless the ledger's accounts are what the known transfers make of them. */
  checkAccounts(accounts: readonly Account[]): void {
    if (accounts.length !== this.accounts) throw new Wrong(`${accounts.length} of ${this.accounts} accounts are there`);
    for (const account of accounts) {
      for (const [name, value] of Object.entries(this.#balances[Number(account.id)]!) as [keyof Balances, bigint][]) {
        if (account[name] !== value) {
          throw new Wrong(`account ${account.id} has ${name} ${account[name]}; the transfers sum to ${value}`);
        }
      }
    }
  }

  #takeOpen(): Expected {
    const index = this.#random.below(this.#open.length);
    const taken = this.#open[index]!;
    this.#open[index] = this.#open.at(-1)!;
    this.#open.pop();
    return taken;
  }

  #amount(): bigint {
    return this.#random.chance(0.1) ? this.#random.bits(96) : BigInt(this.#random.between(1, 1_000_000));
  }

  #begun(): { input: Said; expected: Expected } {
    const random = this.#random;
    const debit = random.between(1, this.accounts);
    const credit = ((debit - 1 + random.between(1, this.accounts - 1)) % this.accounts) + 1;
    const expected: Expected = {
      id: this.#id++,
      debit_account_id: BigInt(debit),
      credit_account_id: BigInt(credit),
      amount: this.#amount(),
      pending_id: 0n,
      user_data_128: random.bits(128),
      flags: this.#open.length < OPEN_MAX && random.chance(0.25) ? PENDING : 0,
      reserved: 0n,
    };
    const { reserved: _, ...input } = expected;
    return { input: { ...input, ledger: 1, code: 1 }, expected };
  }

  #ending(pending: Expected): { input: Said; expected: Expected } {
    const random = this.#random;
    const id = this.#id++;
    const reserved = pending.amount;
    const posts = random.chance(0.6);
    const whole = random.chance(0.5);
    const amount = posts && !whole ? pending.amount / 2n : pending.amount;
    const flags = posts ? POST : VOID;
    const user_data_128 = pending.user_data_128;
    const given = posts && whole ? amount_max : posts ? amount : 0n;
    return {
      input: { id, amount: given, pending_id: pending.id, flags, ledger: 1, code: 1 },
      expected: { ...pending, id, amount, pending_id: pending.id, user_data_128, flags, reserved },
    };
  }

  #apply({ debit_account_id, credit_account_id, amount, flags, reserved }: Expected): void {
    const debit = this.#balances[Number(debit_account_id)]!;
    const credit = this.#balances[Number(credit_account_id)]!;
    debit.debits_pending -= reserved;
    credit.credits_pending -= reserved;
    if ((flags & PENDING) !== 0) {
      debit.debits_pending += amount;
      credit.credits_pending += amount;
    } else if ((flags & VOID) === 0) {
      debit.debits_posted += amount;
      credit.credits_posted += amount;
    }
  }
}

/** Throws {@link Wrong} unless the ledger's transfer is the one that was sent. */
export function checkTransfer(found: Transfer, expected: Expected): void {
  for (const name of [
    'id',
    'debit_account_id',
    'credit_account_id',
    'amount',
    'pending_id',
    'user_data_128',
    'flags',
  ] as const) {
    if (found[name] !== expected[name]) {
      throw new Wrong(`transfer ${expected.id} has ${name} ${found[name]}; it was sent with ${expected[name]}`);
    }
  }
}
