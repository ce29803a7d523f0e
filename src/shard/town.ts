/** The shards of one map, and what every part of settlement needs of them. */
import {
  type Account,
  AccountFlags,
  type CreateTransferResult,
  CreateTransferStatus,
  TallystickError,
  type Transfer,
  type TransferInput,
} from '../model/index.ts';
import type { Homes } from './homes.ts';
import { bridgeId, isStriped, NOBODY, RESERVED_CODE, recordsId } from './ids.ts';
import { type Known, KnownAccounts } from './known.ts';
import type { Shard } from './shard.ts';
import type { ShardWorld } from './world.ts';

/** Accounts whose currency is remembered; then all are forgotten. */
const KNOWN_MAX = 1_000_000;

const LIMITED = AccountFlags.debits_must_not_exceed_credits | AccountFlags.credits_must_not_exceed_debits;

/** What says where a transfer is done. */
type Ends = Pick<Transfer, 'id' | 'debit_account_id' | 'credit_account_id'>;

/** Transfers between shards that this router has ended, since it began. */
export interface SettlementCounts {
  /** By its callers: moved, or refused. */
  settled: number;
  refused: number;
  /** By its resolver, for a router that did not end them. */
  posted: number;
  voided: number;
}

export class Town {
  readonly #shards: Shard[];
  /** Where accounts live. */
  readonly map: Homes;
  readonly world: ShardWorld;
  /** A leg whose transfer is on its way is left alone for so long, nanoseconds. */
  readonly patience: bigint;
  readonly counts: SettlementCounts = { settled: 0, refused: 0, posted: 0, voided: 0 };
  /** Accounts that this router has heard of. */
  readonly accounts: KnownAccounts = new KnownAccounts(KNOWN_MAX);
  readonly #bridges = new Map<bigint, Promise<void>>();

  /** The town has gone on without this router, which may do nothing any more. */
  #outdated: string | undefined;

  constructor(shards: readonly Shard[], map: Homes, world: ShardWorld, patience: bigint) {
    this.#shards = [...shards];
    this.map = map;
    this.world = world;
    this.patience = patience;
  }

  get shards(): readonly Shard[] {
    return this.#shards;
  }

  /** One shard more, in the epochs of the map. */
  grow(added: Shard, counts: readonly number[]): void {
    this.#shards.push(added);
    this.map.grow(counts);
  }

  /** `why`: as callers of this router hear it from now on, or that there is a shard of this number, from 1. */
  outdate(why: string | number): void {
    this.#outdated ??= typeof why === 'string' ? why : `the map has at least ${why} shards`;
  }

  /** Throws where the town has gone on without this router. */
  check(): void {
    if (this.#outdated === undefined) return;
    throw new TallystickError('shards_invalid', `${this.#outdated}, and this router knows ${this.#shards.length}`);
  }

  /** The shard on the other side of a bridge. Throws where only a later epoch knows it. */
  peer(index: number): Shard {
    const shard = this.#shards[index];
    if (shard === undefined) this.outdate(index + 1);
    this.check();
    return shard!;
  }

  /** A striped account has a home, too: the shard that is asked what never changes about it. */
  home(account: bigint): Shard {
    return this.#shards[isStriped(account) ? 0 : this.map.shardOf(account)]!;
  }

  /**
   * The shards of a transfer's debit and credit account. A striped account is where the other one is; between two of
   * them the chain's other accounts decide, or the transfer's id.
   */
  homes(event: Ends, chain: readonly Ends[] = [event]): [Shard, Shard] {
    const { debit_account_id: debit, credit_account_id: credit } = event;
    if (!isStriped(debit)) {
      const a = this.home(debit);
      return [a, isStriped(credit) ? a : this.home(credit)];
    }
    const b = isStriped(credit) ? this.#betweenStriped(chain) : this.home(credit);
    return [b, b];
  }

  /** The shards whose parts make an account's balances: all of them for a striped one. */
  shardsFor(account: bigint): readonly Shard[] {
    return isStriped(account) ? this.#shards : [this.home(account)];
  }

  /** The shards that know an account's history. */
  everFor(account: bigint): readonly Shard[] {
    return isStriped(account) ? this.#shards : this.map.allOf(account).map((shard) => this.#shards[shard]!);
  }

  hasMoved({ debit_account_id, credit_account_id }: Ends): boolean {
    return this.map.hasMoved(debit_account_id) || this.map.hasMoved(credit_account_id);
  }

  #betweenStriped(chain: readonly Ends[]): Shard {
    for (const { debit_account_id, credit_account_id } of chain) {
      if (!isStriped(debit_account_id)) return this.home(debit_account_id);
      if (!isStriped(credit_account_id)) return this.home(credit_account_id);
    }
    return this.#shards[this.map.stripeOf(chain[0]!.id)]!;
  }

  /** What is known of an account without asking. */
  remembered(account: bigint): Known | undefined {
    return this.accounts.get(account);
  }

  /** What never changes about an account; undefined if there is none. */
  async known(id: bigint): Promise<Known | undefined> {
    const known = this.accounts.get(id);
    if (known !== undefined) return known;
    const account = await this.home(id).account(id);
    if (account === undefined) return undefined;
    // A stub that came since we looked says nothing of the limits of its account.
    if (this.map.stubbed(account) !== undefined) return { ledger: account.ledger, limited: true };
    return this.remember(account);
  }

  remember({ id, ledger, flags }: Account): Known {
    const known = { ledger, limited: (flags & LIMITED) !== 0 };
    this.accounts.set(id, known);
    return known;
  }

  /** A transfer between shards has this result, for its caller. */
  counted(result: CreateTransferResult): CreateTransferResult {
    this.counts[isThere(result.status) ? 'settled' : 'refused']++;
    return result;
  }

  /** Both bridges between two shards, and the accounts of records beside them. */
  async connect(a: Shard, b: Shard, ledger: number): Promise<void> {
    await Promise.all([this.#bridge(a, b, ledger), this.#bridge(b, a, ledger)]);
  }

  #bridge(shard: Shard, peer: Shard, ledger: number): Promise<void> {
    const id = bridgeId(shard.index, peer.index, ledger);
    let opened = this.#bridges.get(id);
    if (opened === undefined) {
      const account = { ledger, code: RESERVED_CODE };
      const all = [shard.open({ id, ...account }), shard.open({ id: recordsId(shard.index, ledger), ...account })];
      opened = Promise.all(all).then(
        () => undefined,
        (error: unknown) => {
          this.#bridges.delete(id);
          throw error;
        },
      );
      this.#bridges.set(id, opened);
    }
    return opened;
  }
}

const { created, exists, id_already_failed } = CreateTransferStatus;

/** It is there, and it is what was sent. */
export function isThere(status: CreateTransferStatus): boolean {
  return status === created || status === exists;
}

/** Something is there under the id: this, or something else. */
export function isTaken(status: CreateTransferStatus): boolean {
  return CreateTransferStatus[status]?.startsWith('exists') === true;
}

const BURNING: ReadonlySet<CreateTransferStatus> = new Set([
  CreateTransferStatus.debit_account_not_found,
  CreateTransferStatus.credit_account_not_found,
  CreateTransferStatus.pending_transfer_not_found,
  CreateTransferStatus.exceeds_credits,
  CreateTransferStatus.exceeds_debits,
  CreateTransferStatus.debit_account_already_closed,
  CreateTransferStatus.credit_account_already_closed,
]);

/** After this answer no transfer can ever be created under the id: the ledger has burnt it. */
export function isBurnt(status: CreateTransferStatus): boolean {
  return status === id_already_failed || BURNING.has(status);
}

/**
 * Sees to it that no transfer is ever created under the id: this is how a settlement is given up. The ledger decides:
 * the answer is burnt (see {@link isBurnt}), or taken, and then the transfer is there.
 */
export function burn(shard: Shard, id: bigint, ledger: number): Promise<CreateTransferResult> {
  return shard.create(burnFor(shard, id, ledger));
}

/** The event that does so. */
export function burnFor(shard: Shard, id: bigint, ledger: number): TransferInput {
  const credit_account_id = recordsId(shard.index, ledger);
  return { id, debit_account_id: NOBODY, credit_account_id, amount: 0n, ledger, code: RESERVED_CODE };
}

/** The shard's own time, nanoseconds: nothing happens there any more at this moment or before. */
export async function timeOf(shard: Shard): Promise<bigint> {
  return (await shard.create({ id: 0n, amount: 0n })).timestamp;
}
