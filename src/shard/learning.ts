/**
 * What a router has to look up before it knows where accounts live, in a town that has grown: each account once. Those
 * that every epoch puts on the same shard are known without a look.
 */
import { type Account, type CreateAccountResult, CreateAccountStatus, TallystickError } from '../model/index.ts';
import { allOf } from './all-of.ts';
import { isStriped } from './ids.ts';
import type { Shard } from './shard.ts';
import type { Town } from './town.ts';

export class Learning {
  readonly #town: Town;
  /** Striped accounts that every shard has. */
  readonly #whole = new Set<bigint>();

  constructor(town: Town) {
    this.#town = town;
  }

  /** Resolves when it is known where these live; undefined if it is. */
  learn(accounts: Iterable<bigint>): Promise<void> | undefined {
    const { map } = this.#town;
    if (map.counts.length === 1) return undefined;
    const asked = new Set<bigint>();
    for (const account of accounts) {
      if (isStriped(account) ? !this.#whole.has(account) : !map.isKnown(account)) asked.add(account);
    }
    if (asked.size === 0) return undefined;
    const asking = [...asked].map((account) => (isStriped(account) ? this.#stripe(account) : this.#look(account)));
    return Promise.all(asking).then(() => undefined);
  }

  /** New accounts get their stubs where a later epoch wants them elsewhere; then it is known where all live. */
  async place(accounts: readonly Account[]): Promise<void> {
    const { map, shards } = this.#town;
    const stubs = new Map<number, Account[]>();
    for (const account of accounts) {
      const { id } = account;
      if (isStriped(id) || map.isKnown(id) || map.wanted(id) === map.base(id)) continue;
      const there = stubs.get(map.base(id));
      const stub = map.stub(account, map.wanted(id));
      if (there === undefined) stubs.set(map.base(id), [stub]);
      else there.push(stub);
    }
    await allOf(
      [...stubs].map(async ([base, all]) => {
        const results = await shards[base]!.ask((ledger) => ledger.createAccounts(all));
        for (const [index, { id, user_data_32 }] of all.entries()) {
          if (isThere(results[index]!)) map.place(id, user_data_32 - 1);
        }
      }),
    );
    await this.learn(accounts.map(({ id }) => id));
  }

  async #look(id: bigint): Promise<void> {
    const { map, shards } = this.#town;
    const base = map.base(id);
    const account = await shards[base]!.account(id);
    if (account !== undefined) map.place(id, map.stubbed(account) ?? base);
  }

  /** A router of an earlier epoch has made it on the shards that it knows. */
  async #stripe(id: bigint): Promise<void> {
    const { map, shards } = this.#town;
    const account = await shards[0]!.account(id);
    if (account === undefined) return;
    await Promise.all(shards.slice(map.counts[0]!).map((shard) => stripeOn(shard, [fresh(account)])));
    this.#whole.add(id);
  }
}

/** Opens parts of striped accounts that the first shard has. */
export async function stripeOn(shard: Shard, accounts: readonly Account[]): Promise<void> {
  const results = await shard.ask((ledger) => ledger.createAccounts(accounts));
  for (const [index, result] of results.entries()) {
    if (isThere(result)) continue;
    const why = CreateAccountStatus[result.status] ?? result.status;
    const { id } = accounts[index]!;
    throw new TallystickError('shards_damaged', `striped account ${id} differs on shard ${shard.index}: ${why}`);
  }
}

export function isThere({ status }: CreateAccountResult): boolean {
  return status === CreateAccountStatus.created || status === CreateAccountStatus.exists;
}

/** As it was when it was created. */
export function fresh(account: Account): Account {
  const none = { debits_pending: 0n, debits_posted: 0n, credits_pending: 0n, credits_posted: 0n };
  return { ...account, ...none, timestamp: 0n };
}
