/** Creates accounts, each on its shard; striped ones on every shard, the first of which decides. */
import {
  type Account,
  AccountFlags,
  type CreateAccountResult,
  CreateAccountStatus,
  TallystickError,
} from '../model/index.ts';
import { allOf } from './all-of.ts';
import { isStriped } from './ids.ts';
import type { Shard } from './shard.ts';
import type { Town } from './town.ts';

const { imported, linked, closed, debits_must_not_exceed_credits, credits_must_not_exceed_debits } = AccountFlags;
/** What the parts of a striped account could not keep, for each knows its own balance alone. */
const UNSTRIPABLE = { debits_must_not_exceed_credits, credits_must_not_exceed_debits, closed };

export class Accounts {
  readonly #town: Town;

  constructor(town: Town) {
    this.#town = town;
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
    return this.#town.shardOf(one) === this.#town.shardOf(other);
  }

  async create(accounts: readonly Account[]): Promise<CreateAccountResult[]> {
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
    await allOf(others.map((shard) => stripeOn(shard, accounts)));
  }
}

/** Opens parts of striped accounts that the first shard has. */
export async function stripeOn(shard: Shard, accounts: readonly Account[]): Promise<void> {
  const sent = accounts.map((account) => ({ ...account, flags: account.flags & ~linked }));
  for (const [index, result] of (await ask(shard, sent)).entries()) {
    if (isThere(result)) continue;
    const why = CreateAccountStatus[result.status] ?? result.status;
    const { id } = accounts[index]!;
    throw new TallystickError('shards_damaged', `striped account ${id} differs on shard ${shard.index}: ${why}`);
  }
}

function ask(shard: Shard, accounts: readonly Account[]): Promise<CreateAccountResult[]> {
  return shard.ask((ledger) => ledger.createAccounts(accounts));
}

function isThere({ status }: CreateAccountResult): boolean {
  return status === CreateAccountStatus.created || status === CreateAccountStatus.exists;
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
