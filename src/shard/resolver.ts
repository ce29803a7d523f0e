/**
 * Ends legs that nobody ends: their router died, or heard no answer. Any number of resolvers may run at once, beside
 * any number of routers: each only asks what the ledger of the leg's home has decided, or has it decide.
 */
import { type Transfer, TransferFlags } from '../model/index.ts';
import { bridgeId, bridgeIn, chainOf, decisionOf, endedOf, isReserved, legOf, sideOf } from './ids.ts';
import { type PostData, postLeg, voidLeg } from './legs.ts';
import type { Shard } from './shard.ts';
import { burn, isTaken, type Town, timeOf } from './town.ts';

const SECOND = 1_000_000_000n;

/** `burn`: have it decided, then void it; `ask`: its transfer is pending itself, and only its end tells. */
export type Way = 'post' | 'void' | 'burn' | 'open' | 'ask';

/** `open`: not decided yet. `held`: decided, and its account is closed. */
export type Outcome = 'posted' | 'voided' | 'open' | 'held';

export class Resolver {
  readonly #town: Town;

  constructor(town: Town) {
    this.#town = town;
  }

  /** Ends a leg if it is decided. `force`: has it decided now, however young it is. */
  async decide(shard: Shard, leg: Transfer, force: boolean): Promise<Outcome> {
    const record = await shard.transfer(chainOf(leg.id));
    if (record !== undefined && isRecord(record)) return this.#decideChain(shard, leg, record, force);
    const home = this.#town.peer(bridgeIn(leg)!.peer);
    const id = legOf(leg.id);
    let transfer = await home.transfer(id);
    let way = this.wayOf(shard, leg, transfer, force);
    if (way === 'burn' && isTaken((await burn(home, id, leg.ledger)).status)) {
      transfer = await home.transfer(id);
      way = this.wayOf(shard, leg, transfer, force);
    }
    if (way === 'open') return 'open';
    if (way === 'post') return postLeg(shard, leg, transfer!.amount);
    if (way === 'ask') return this.#decidePending(shard, leg, home, transfer!);
    await voidLeg(shard, leg.id);
    return 'voided';
  }

  /** How a leg that belongs to no chain is ended, where this is its transfer on its home. */
  wayOf(shard: Shard, leg: Transfer, transfer: Transfer | undefined, force: boolean): Way {
    // A caller's own pending transfer: its leg on the other shard asks for it.
    if (sideOf(leg) !== 'credit') return 'open';
    if (transfer === undefined) return force || !this.isYoung(leg) ? 'burn' : 'open';
    const { peer } = bridgeIn(leg)!;
    if (transfer.credit_account_id !== bridgeId(peer, shard.index, leg.ledger)) return 'void';
    return (transfer.flags & TransferFlags.pending) === 0 ? 'post' : 'ask';
  }

  /** The caller's own pending transfer: whoever ended it has left a record beside the end. */
  async #decidePending(shard: Shard, leg: Transfer, home: Shard, transfer: Transfer): Promise<Outcome> {
    let record = await home.transfer(endedOf(transfer.id));
    if (record === undefined) {
      if (!(await this.#isOver(home, transfer))) return 'open';
      record = await home.transfer(endedOf(transfer.id));
    }
    if (record === undefined || !isRecord(record)) {
      await voidLeg(shard, leg.id);
      return 'voided';
    }
    return this.follow(shard, leg, home, record.user_data_128);
  }

  /** Does to a leg what the caller's post or void `id` did to its pending transfer at home. */
  async follow(shard: Shard, leg: Transfer, home: Shard, id: bigint): Promise<Outcome> {
    const end = await home.transfer(id);
    if (end !== undefined && (end.flags & TransferFlags.post_pending_transfer) !== 0) {
      const { user_data_128, user_data_64, user_data_32 } = end;
      const data: PostData = { user_data_128, user_data_64, user_data_32 };
      return postLeg(shard, leg, end.amount, data);
    }
    await voidLeg(shard, leg.id);
    return 'voided';
  }

  /** By its own ledger's clock it has expired, so nothing can end it any more: times there only rise. */
  async #isOver(home: Shard, transfer: Transfer): Promise<boolean> {
    if (transfer.timeout === 0) return false;
    const expires = transfer.timestamp + BigInt(transfer.timeout) * SECOND;
    if (this.#town.world.now() < expires) return false;
    return (await timeOf(home)) >= expires;
  }

  /** All of a chain's legs, on all shards, are ended by one decision on the home of its first transfer. */
  async #decideChain(shard: Shard, leg: Transfer, record: Transfer, force: boolean): Promise<Outcome> {
    const home = this.#town.peer(record.user_data_32 - 1);
    const decision = decisionOf(record.user_data_128);
    if ((await home.transfer(decision)) === undefined) {
      if (!force && this.isYoung(leg)) return 'open';
      const { status } = await burn(home, decision, leg.ledger);
      if (!isTaken(status)) {
        await voidLeg(shard, leg.id);
        return 'voided';
      }
    }
    return postLeg(shard, leg, leg.amount);
  }

  /** Its router may still be at work on it. */
  isYoung({ timestamp }: Transfer): boolean {
    return this.#town.world.now() < timestamp + this.#town.patience;
  }
}

/** It only says something: no caller can make such a transfer. */
export function isRecord({ debit_account_id, credit_account_id }: Transfer): boolean {
  return isReserved(debit_account_id) && isReserved(credit_account_id);
}
