/** Creates accounts, each on its shard; striped ones on every shard, the first of which decides. */
import { type Account, AccountFlags, type CreateAccountResult, TallystickError } from '../model/index.ts';
import { allOf } from './all-of.ts';
import { isStriped } from './ids.ts';
import { isThere, type Learning, stripeOn } from './learning.ts';
import type { Shard } from './shard.ts';
import type { Town } from './town.ts';

const { imported, linked, closed, debits_must_not_exceed_credits, credits_must_not_exceed_debits } = AccountFlags;
/** What the parts of a striped account could not keep, for each knows its own balance alone. */
const UNSTRIPABLE = { debits_must_not_exceed_credits, credits_must_not_exceed_debits, closed };

export class Accounts {
  readonly #town: Town;
  readonly #learning: Learning;

  constructor(town: Town, learning: Learning) {
    this.#town = town;
    this.#learning = learning;
  }

  /** Throws for a request that cannot be done. */
  check(accounts: readonly Account[]): void {
    if (accounts.some(({ flags }) => (flags & imported) !== 0)) throw noImports();
    for (const [index, { id, flags }] of accounts.entries()) {
      const next = accounts[index + 1];
      if (isStriped(id)) refuseUnstripable(flags, index);
      if ((flags & linked) === 0 || next === undefined || this.#shareShard(id, next.id)) continue;
      throw new TallystickError(
        'invalid_argument',
        `accounts[${index}]: accounts of one chain must share a shard, for an account cannot be taken back`,
        { index },
      );
    }
  }

  #shareShard(one: bigint, other: bigint): boolean {
    if (isStriped(one) || isStriped(other)) return this.#town.shards.length === 1;
    const { map } = this.#town;
    return map.wanted(one) === map.wanted(other) && map.base(one) === map.base(other);
  }

  async create(accounts: readonly Account[]): Promise<CreateAccountResult[]> {
    // In a town that has not grown, what is asked keeps its place among calls.
    if (this.#town.map.counts.length > 1) await this.#learning.place(accounts);
    const results = new Array<CreateAccountResult>(accounts.length);
    const places = new Map<Shard, number[]>();
    for (const [place, { id }] of accounts.entries()) {
      const shard = this.#town.home(id);
      const there = places.get(shard);
      if (there === undefined) places.set(shard, [place]);
      else there.push(place);
    }
    await allOf(
      [...places].map(async ([shard, all]) => {
        const answers = await ask(
          shard,
          all.map((place) => accounts[place]!),
        );
        for (const [index, place] of all.entries()) results[place] = answers[index]!;
      }),
    );
    await this.#stripe(accounts.filter(({ id }, place) => isStriped(id) && isThere(results[place]!)));
    return results;
  }

  /** The first shard has them, with the fields that count from now on. */
  async #stripe(accounts: readonly Account[]): Promise<void> {
    if (accounts.length === 0) return;
    const [, ...others] = this.#town.shards;
    const sent = accounts.map((account) => ({ ...account, flags: account.flags & ~linked }));
    await allOf(others.map((shard) => stripeOn(shard, sent)));
  }
}

function ask(shard: Shard, accounts: readonly Account[]): Promise<CreateAccountResult[]> {
  return shard.ask((ledger) => ledger.createAccounts(accounts));
}

function refuseUnstripable(flags: number, index: number): void {
  for (const [name, flag] of Object.entries(UNSTRIPABLE)) {
    if ((flags & flag) === 0) continue;
    const why = `accounts[${index}]: a striped account cannot have \`${name}\`, for each shard knows its own part alone`;
    throw new TallystickError('invalid_argument', why, { index, field: `accounts[${index}].flags` });
  }
}

/** Imports come before everything else in a ledger, and a shard's first entry is its place in the map. */
export function noImports(): TallystickError {
  return new TallystickError('invalid_argument', 'a ledger made of shards takes no imported accounts or transfers');
}
