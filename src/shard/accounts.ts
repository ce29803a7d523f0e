/** Creates accounts, each on its shard. */
import { type Account, AccountFlags, type CreateAccountResult, TallystickError } from '../model/index.ts';
import { allOf } from './all-of.ts';
import type { Town } from './town.ts';

export class Accounts {
  readonly #town: Town;

  constructor(town: Town) {
    this.#town = town;
  }

  /** Throws for a request that cannot be done. */
  check(accounts: readonly Account[]): void {
    if (accounts.some(({ flags }) => (flags & AccountFlags.imported) !== 0)) throw noImports();
    for (const [index, { id, flags }] of accounts.entries()) {
      const shard = this.#town.shardOf(id);
      const next = accounts[index + 1];
      if ((flags & AccountFlags.linked) !== 0 && next !== undefined && this.#town.shardOf(next.id) !== shard) {
        throw new TallystickError(
          'invalid_argument',
          `accounts[${index}]: accounts of one chain must share a shard, for an account cannot be taken back`,
          { index },
        );
      }
    }
  }

  async create(accounts: readonly Account[]): Promise<CreateAccountResult[]> {
    const places = new Map<number, number[]>();
    for (const [place, { id }] of accounts.entries()) {
      const shard = this.#town.shardOf(id);
      const there = places.get(shard);
      if (there === undefined) places.set(shard, [place]);
      else there.push(place);
    }
    const results = new Array<CreateAccountResult>(accounts.length);
    await allOf(
      [...places].map(async ([shard, all]) => {
        const sent = all.map((place) => accounts[place]!);
        const answers = await this.#town.shards[shard]!.ask((ledger) => ledger.createAccounts(sent));
        for (const [index, place] of all.entries()) results[place] = answers[index]!;
      }),
    );
    return results;
  }
}

/** Imports come before everything else in a ledger, and a shard's first entry is its place in the map. */
export function noImports(): TallystickError {
  return new TallystickError('invalid_argument', 'a ledger made of shards takes no imported accounts or transfers');
}
