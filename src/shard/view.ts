/**
 * Transfers as their callers know them: what settlement adds is hidden, and in a bridge's place stands the account on
 * the other shard. The other half of a transfer is always there: a leg comes before its transfer.
 */
import { type Transfer, TransferFlags } from '../model/index.ts';
import { isEnding } from './checks.ts';
import { bridgeId, bridgeIn, chainOf, decisionOf, endedOf, isOfMove, legOf, sideOf } from './ids.ts';
import { isRecord } from './resolver.ts';
import { CREDIT_FLAGS } from './settle.ts';
import type { Shard } from './shard.ts';
import type { Town } from './town.ts';

const { pending, post_pending_transfer } = TransferFlags;

export class View {
  readonly #town: Town;

  constructor(town: Town) {
    this.#town = town;
  }

  /** A transfer found on the shard of its debit account; undefined for anything else, and for what is hidden. */
  async transfer(shard: Shard, found: Transfer): Promise<Transfer | undefined> {
    if (isOfMove(found)) return undefined;
    const side = sideOf(found);
    if (side === undefined) return isRecord(found) ? undefined : found;
    return side === 'debit' ? this.#debited(shard, found) : undefined;
  }

  /** A row of an account's history: the same, and what credits it from another shard, by this shard's time. */
  async row(shard: Shard, found: Transfer): Promise<Transfer | undefined> {
    if (sideOf(found) !== 'credit' || isOfMove(found)) return this.transfer(shard, found);
    const id = isEnding(found) ? found.pending_id : found.id;
    const record = await shard.transfer(chainOf(id));
    if (record !== undefined && isRecord(record)) {
      if (isEnding(found) || !(await this.#isDecided(record))) return undefined;
      return this.#credited(found, legOf(id));
    }
    if (!isEnding(found) && (found.flags & pending) === 0) return this.#credited(found, legOf(id));
    return this.#settled(shard, found, id);
  }

  async #debited(shard: Shard, found: Transfer): Promise<Transfer | undefined> {
    const id = isEnding(found) ? found.pending_id : found.id;
    const peer = this.#town.peer(bridgeIn(found)!.peer);
    const [leg, record] = await Promise.all([peer.transfer(legOf(id)), shard.transfer(chainOf(id))]);
    if (leg === undefined) return undefined;
    const { credit_account_id } = leg;
    const inChain = record !== undefined && isRecord(record);
    if (isEnding(found)) return inChain ? undefined : { ...found, credit_account_id };
    if (!inChain) return { ...found, credit_account_id, flags: found.flags | (leg.flags & CREDIT_FLAGS) };
    if (!(await this.#isDecided(record))) return undefined;
    return { ...found, credit_account_id, flags: found.flags & ~pending };
  }

  /** A leg of a chain, as the transfer that it belongs to. */
  async #credited(leg: Transfer, id: bigint): Promise<Transfer | undefined> {
    const debit = await this.#town.peer(bridgeIn(leg)!.peer).transfer(id);
    if (debit === undefined) return undefined;
    const { credit_account_id, timestamp } = leg;
    return { ...debit, credit_account_id, timestamp, flags: debit.flags & ~pending };
  }

  /** A leg of one transfer, or its end: `leg` is the leg's id. */
  async #settled(shard: Shard, found: Transfer, leg: bigint): Promise<Transfer | undefined> {
    const home = this.#town.peer(bridgeIn(found)!.peer);
    const id = legOf(leg);
    const transfer = await home.transfer(id);
    if (transfer?.credit_account_id !== bridgeId(home.index, shard.index, found.ledger)) return undefined;
    const { credit_account_id, timestamp } = found;
    const ends = isEnding(found);
    if ((transfer.flags & pending) === 0) {
      if (!ends || (found.flags & post_pending_transfer) === 0) return undefined;
      const flags = transfer.flags | ((await shard.transfer(leg))!.flags & CREDIT_FLAGS);
      return { ...transfer, credit_account_id, timestamp, flags };
    }
    if (!ends)
      return { ...transfer, credit_account_id, timestamp, flags: transfer.flags | (found.flags & CREDIT_FLAGS) };
    const record = await home.transfer(endedOf(id));
    const end = record === undefined ? undefined : await home.transfer(record.user_data_128);
    return end === undefined ? undefined : { ...end, credit_account_id, timestamp };
  }

  async #isDecided(record: Transfer): Promise<boolean> {
    const home = this.#town.peer(record.user_data_32 - 1);
    return (await home.transfer(decisionOf(record.user_data_128))) !== undefined;
  }
}
