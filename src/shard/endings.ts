/**
 * Posts and voids of a pending transfer `t` whose accounts live on two shards. The caller's own post or void on A,
 * where `t` is, is the commit point. A record goes with it, in one chain, so that everybody who knows `t` finds how it
 * ended; then the leg on B ends in the same way.
 */
import {
  type CreateTransferResult,
  CreateTransferStatus,
  TallystickError,
  type Transfer,
  TransferFlags,
} from '../model/index.ts';
import { bridgeIn, chainOf, endedOf, legOf, RESERVED_CODE, recordsId } from './ids.ts';
import { isClosedAccount } from './legs.ts';
import { isRecord, type Resolver } from './resolver.ts';
import type { Shard } from './shard.ts';
import { burn, isTaken, type Town, timeOf } from './town.ts';

const { linked, void_pending_transfer } = TransferFlags;

export class Endings {
  readonly #town: Town;
  readonly #resolver: Resolver;

  constructor(town: Town, resolver: Resolver) {
    this.#town = town;
    this.#resolver = resolver;
  }

  /** `target`: what the event would end, as it lies on shard `home`, between a caller's account and a bridge. */
  async end(event: Transfer, home: Shard, target: Transfer): Promise<CreateTransferResult> {
    const chain = await home.transfer(chainOf(target.id));
    if (chain !== undefined && isRecord(chain)) {
      return { status: CreateTransferStatus.pending_transfer_not_pending, timestamp: await timeOf(home) };
    }
    const other = this.#town.peer(bridgeIn(target)!.peer);
    const leg = await other.transfer(legOf(target.id));
    if (leg === undefined) {
      throw new TallystickError('shards_damaged', `transfer ${target.id} has no leg on shard ${other.index}`);
    }
    const credit = event.credit_account_id === leg.credit_account_id ? target.credit_account_id : undefined;
    const sent = { ...event, credit_account_id: credit ?? event.credit_account_id };
    if ((target.flags & TransferFlags.pending) === 0) return home.create(sent);
    await this.#town.connect(home, other, target.ledger);
    return (await this.#closed(sent, home, other, target, leg)) ?? this.#commit(sent, home, other, target, leg);
  }

  async #commit(
    sent: Transfer,
    home: Shard,
    other: Shard,
    target: Transfer,
    leg: Transfer,
  ): Promise<CreateTransferResult> {
    const [record, ended] = await home.chain([recordOf(sent, home, target), sent]);
    if (record!.status === CreateTransferStatus.linked_event_failed) return ended!;
    if (record!.status === CreateTransferStatus.created) {
      await this.#resolver.follow(other, leg, home, sent.id);
      return ended!;
    }
    const found = await home.transfer(endedOf(target.id));
    if (found === undefined || !isRecord(found)) {
      throw new TallystickError('shards_damaged', `something else has the id of the record of transfer ${target.id}`);
    }
    // It has ended before, so this creates nothing, and its status says how.
    const answer = await home.create(sent);
    await this.#resolver.follow(other, leg, home, found.user_data_128);
    return answer;
  }

  /** A post is refused where the credit account is closed: shard A cannot know, so its id is burnt there. */
  async #closed(
    sent: Transfer,
    home: Shard,
    other: Shard,
    target: Transfer,
    leg: Transfer,
  ): Promise<CreateTransferResult | undefined> {
    if ((sent.flags & void_pending_transfer) !== 0) return undefined;
    const [debit, credit, ended] = await Promise.all([
      home.account(target.debit_account_id),
      other.account(leg.credit_account_id),
      home.transfer(endedOf(target.id)),
    ]);
    if (credit === undefined || !isClosedAccount(credit.flags) || ended !== undefined) return undefined;
    if (debit !== undefined && isClosedAccount(debit.flags)) return undefined;
    const { status, timestamp } = await burn(home, sent.id, target.ledger);
    if (isTaken(status)) return home.create(sent);
    const { id_already_failed, credit_account_already_closed } = CreateTransferStatus;
    return { status: status === id_already_failed ? status : credit_account_already_closed, timestamp };
  }
}

function recordOf(sent: Transfer, home: Shard, { id, ledger, credit_account_id }: Transfer): Transfer {
  return {
    ...sent,
    id: endedOf(id),
    debit_account_id: credit_account_id,
    credit_account_id: recordsId(home.index, ledger),
    amount: 0n,
    pending_id: 0n,
    user_data_128: sent.id,
    user_data_64: 0n,
    user_data_32: 0,
    ledger,
    code: RESERVED_CODE,
    flags: linked,
    timeout: 0,
  };
}
