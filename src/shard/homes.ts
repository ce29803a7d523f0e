/**
 * Which shard an account lives on. The map of the first epoch says it, or the caller's own, but for
 *
 *   placed   accounts that a later epoch puts elsewhere and that were created since: a stub on the first epoch's shard,
 *            closed for ever, names the shard. It is that shard's ledger that decides: whoever creates the account
 *            there, because it knows no later epoch, is refused by the stub, or the account stays where it was created
 *   moved    accounts that an operator has moved: a record on each shard that they left names the next one
 */
import { type Account, AccountFlags } from '../model/index.ts';
import { RESERVED_CODE } from './ids.ts';
import { checked, drawn, hashOf, hashOfWords, idOfWords, rendezvous, type ShardOf } from './map.ts';

/** Placed accounts that are remembered, twice. */
const PLACED_MAX = 1_000_000;

/** In a shard's place: the account has moved, so its transfers are looked at closely. */
export const MOVED = -1;

/** One step of an account from shard to shard. */
export interface Step {
  readonly from: number;
  readonly to: number;
  /** Time of the last that the old shard knows of it, by that shard. */
  readonly left: bigint;
  /** Time of the first that the new shard knows of it, by that one. */
  readonly arrived: bigint;
}

export class Homes {
  readonly #own: ShardOf | undefined;
  readonly #town: bigint;
  /** Shards of each epoch, the first one first. */
  #counts: readonly number[];
  #draws: readonly ((hash: number) => number)[];
  #placed = new Map<bigint, number>();
  /** Those that were remembered before: a request never finds that what it learnt is forgotten. */
  #before = new Map<bigint, number>();
  readonly #moved = new Map<bigint, Step[]>();
  /** The shard of a transfer between two striped accounts; no later epoch changes it. */
  readonly stripeOf: (transfer: bigint) => number;

  /** `own`: the caller's own map, if there is one. `town`: as shards know it. */
  constructor(own: ShardOf | undefined, town: bigint, counts: readonly number[]) {
    this.#own = own;
    this.#town = town;
    this.#counts = counts;
    this.#draws = counts.map(drawn);
    this.stripeOf = rendezvous(counts[0]!);
  }

  get counts(): readonly number[] {
    return this.#counts;
  }

  /** A later epoch has so many shards. */
  grow(counts: readonly number[]): void {
    this.#counts = counts;
    this.#draws = counts.map(drawn);
  }

  /** The shard where the account lives, as far as is known: see {@link isKnown}. */
  shardOf(account: bigint): number {
    const steps = this.#moved.get(account);
    return steps === undefined ? this.#first(account) : steps.at(-1)!.to;
  }

  /** The same of an id in memory, or {@link MOVED}. */
  shardOfWords(words: Uint32Array, at: number): number {
    if (this.#own === undefined && this.#moved.size === 0) {
      const hash = hashOfWords(words, at);
      const shard = this.#draws[0]!(hash);
      if (this.#draws.every((draw) => draw(hash) === shard)) return shard;
    }
    const account = idOfWords(words, at);
    return this.#moved.has(account) ? MOVED : this.#first(account);
  }

  /** Every shard where the account has lived, the last one last. */
  allOf(account: bigint): number[] {
    return [this.#first(account), ...this.steps(account).map(({ to }) => to)];
  }

  steps(account: bigint): readonly Step[] {
    return this.#moved.get(account) ?? [];
  }

  hasMoved(account: bigint): boolean {
    return this.#moved.has(account);
  }

  get movedCount(): number {
    return this.#moved.size;
  }

  /** Where the account lived before it moved, or lives. */
  #first(account: bigint): number {
    return this.#remembered(account) ?? this.base(account);
  }

  /** The shard that says whether a later epoch has placed the account elsewhere. */
  base(account: bigint): number {
    if (this.#own !== undefined) return checked(this.#own(account), account, this.#counts.at(-1)!);
    return this.#draws[0]!(hashOf(account));
  }

  /** Where a new account of this id goes. */
  wanted(account: bigint): number {
    return this.#own === undefined ? this.#draws.at(-1)!(hashOf(account)) : this.base(account);
  }

  /** False: some later epoch puts it elsewhere, and nobody has looked whether it was created before. */
  isKnown(account: bigint): boolean {
    if (this.#own !== undefined || this.#draws.length === 1) return true;
    const hash = hashOf(account);
    const shard = this.#draws[0]!(hash);
    return this.#draws.every((draw) => draw(hash) === shard) || this.#remembered(account) !== undefined;
  }

  #remembered(account: bigint): number | undefined {
    if (this.#draws.length === 1) return undefined;
    return this.#placed.get(account) ?? this.#before.get(account);
  }

  /** The account lives on this shard. */
  place(account: bigint, shard: number): void {
    if (this.#placed.size >= PLACED_MAX) {
      this.#before = this.#placed;
      this.#placed = new Map();
    }
    this.#placed.set(account, shard);
  }

  moved(account: bigint, step: Step): void {
    const steps = this.#moved.get(account) ?? [];
    if (steps.some(({ from }) => from === step.from)) return;
    steps.push(step);
    const first = this.#first(account);
    // Steps are read shard by shard: each begins where the one before it ends.
    const ordered: Step[] = [];
    for (let at = first; ; ) {
      const next = steps.find(({ from }) => from === at);
      if (next === undefined) break;
      ordered.push(next);
      at = next.to;
    }
    this.#moved.set(account, ordered.length === steps.length ? ordered : steps);
  }

  /** What stands in the place of an account on its base, where it lives on `shard`. */
  stub({ id, ledger }: Account, shard: number): Account {
    return { ...BLANK, id, ledger, user_data_128: this.#town, user_data_32: shard + 1 };
  }

  /** The shard that such a stub names; undefined for any other account. */
  stubbed({ code, flags, user_data_128, user_data_32 }: Account): number | undefined {
    const is = code === RESERVED_CODE && (flags & AccountFlags.closed) !== 0 && user_data_128 === this.#town;
    return is && user_data_32 > 0 ? user_data_32 - 1 : undefined;
  }
}

const BLANK: Account = {
  id: 0n,
  debits_pending: 0n,
  debits_posted: 0n,
  credits_pending: 0n,
  credits_posted: 0n,
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  reserved: 0,
  ledger: 0,
  code: RESERVED_CODE,
  flags: AccountFlags.closed,
  timestamp: 0n,
};
