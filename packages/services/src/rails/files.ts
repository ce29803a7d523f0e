/**
 * Which payout is in which file, said by the ledger: a file is cut by one chain, whose first transfer is the file and
 * whose others each claim a payout for it. A payout is claimed once or cancelled once, under one id, so it is in one
 * file for ever; and a file's bytes follow from the chain and from the words of its payouts.
 *
 *   file    id of file n of the rail; `user_data_32` = n, `user_data_64` = payouts in all files before it
 *   claim   id of the payout's claim; `user_data_128` = the payout, `user_data_64` = n, `user_data_32` = its ordinal
 *
 * Both move nothing, from the rail's account of files.
 */
import { chain } from 'tallystick/internal/helpers';
import {
  AccountFilterFlags,
  type AnyTransferInput,
  CreateTransferStatus,
  type Ledger,
  TallystickError,
  type Transfer,
  TransferFlags,
} from 'tallystick/internal/model';
import { Code } from '../base/codes.ts';
import { legId } from '../base/ids.ts';
import { SEQUENCES, sequenceOf } from './nacha.ts';
import { fileBase } from './names.ts';
import type { Rail } from './rail.ts';
import type { RailBooks } from './rail-books.ts';

const { created, linked_event_failed } = CreateTransferStatus;

/** Payouts in a file, at most. */
export const FILE_MAX = 1000;

/** A file that was cut. */
export interface CutFile {
  readonly n: number;
  readonly base: bigint;
  /** Nanoseconds since the epoch, by the ledger's clock. */
  readonly at: bigint;
  /** Payouts in the order in which they stand in it. */
  readonly claims: readonly Transfer[];
}

export class Files {
  readonly #ledger: Ledger;
  readonly #books: RailBooks;

  constructor(ledger: Ledger, books: RailBooks) {
    this.#ledger = ledger;
    this.#books = books;
  }

  /**
   * Claims payouts for the next file. Undefined: somebody else has claimed or cancelled one of them, or cut that file:
   * look again.
   */
  async cut(rail: Rail, payouts: readonly bigint[]): Promise<number | undefined> {
    const last = await this.#last(rail);
    const [n, before] = last === undefined ? [1, 0n] : [last.user_data_32 + 1, last.user_data_64];
    const first = before + (last === undefined ? 0n : BigInt((await this.claims(rail, n - 1)).length));
    const nothing = this.#nothing(rail);
    const base = fileBase(this.#books.tenant, rail.name, n);
    const transfers: AnyTransferInput[] = [
      { ...nothing, id: legId(base, 1), code: Code.fileCut, user_data_128: base, user_data_64: first, user_data_32: n },
      ...payouts.map((payout, index) => ({
        ...nothing,
        id: this.#books.once('claim', payout),
        code: Code.payoutClaimed,
        user_data_128: payout,
        user_data_64: BigInt(n),
        user_data_32: Number(first) + index + 1,
      })),
    ];
    const results = await this.#ledger.createTransfers(chain(transfers));
    if (results.every(({ status }) => status === created)) return n;
    const why = results.find(({ status }) => status !== created && status !== linked_event_failed);
    const name = CreateTransferStatus[why?.status ?? linked_event_failed]!;
    if (name.startsWith('exists')) return undefined;
    throw new TallystickError('engine_failed', `a file of the rail ${rail.name} cannot be cut: ${name}`);
  }

  /** Cancels a payout that is in no file, and frees its money. False: it is in one, or was cancelled. */
  async cancel(rail: Rail, payout: bigint, hold: Transfer): Promise<boolean> {
    const results = await this.#ledger.createTransfers(
      chain([
        {
          ...this.#nothing(rail),
          id: this.#books.once('claim', payout),
          code: Code.payoutCancelled,
          user_data_128: payout,
        },
        {
          id: this.#books.once('cancelled', payout),
          debit_account_id: 0n,
          credit_account_id: 0n,
          amount: 0n,
          pending_id: hold.id,
          user_data_128: payout,
          ledger: hold.ledger,
          code: 0,
          flags: TransferFlags.void_pending_transfer,
        },
      ]),
    );
    return results.every(({ status }) => status === created);
  }

  #nothing(rail: Rail) {
    const { otherId, ledger } = this.#books;
    return { debit_account_id: this.#books.filesId(rail), credit_account_id: otherId, amount: 0n, ledger };
  }

  async #last(rail: Rail): Promise<Transfer | undefined> {
    const [last] = await this.#ledger.getAccountTransfers({
      account_id: this.#books.filesId(rail),
      code: Code.fileCut,
      limit: 1,
      flags: AccountFilterFlags.debits | AccountFilterFlags.reversed,
    });
    return last;
  }

  /** The claims of a file, in their order. */
  claims(rail: Rail, n: number): Promise<Transfer[]> {
    return this.#ledger.getAccountTransfers({
      account_id: this.#books.filesId(rail),
      code: Code.payoutClaimed,
      user_data_64: BigInt(n),
      limit: FILE_MAX,
      flags: AccountFilterFlags.debits,
    });
  }

  /** Undefined: there is no such file. */
  async file(rail: Rail, n: number): Promise<CutFile | undefined> {
    const base = fileBase(this.#books.tenant, rail.name, n);
    const [cut] = await this.#ledger.lookupTransfers([legId(base, 1)]);
    return cut && { n, base, at: cut.timestamp, claims: await this.claims(rail, n) };
  }

  /** The number of a file by its base; undefined: it is none of this rail's. */
  async numberOf(rail: Rail, base: bigint): Promise<number | undefined> {
    const [cut] = await this.#ledger.lookupTransfers([legId(base, 1)]);
    const isOurs = cut?.code === Code.fileCut && cut.debit_account_id === this.#books.filesId(rail);
    return isOurs ? cut.user_data_32 : undefined;
  }

  /** The newest payout whose trace number ends in these digits. */
  async payoutAt(rail: Rail, sequence: number): Promise<bigint | undefined> {
    const claims = { account_id: this.#books.filesId(rail), code: Code.payoutClaimed, limit: 1 };
    const { debits, reversed } = AccountFilterFlags;
    const [last] = await this.#ledger.getAccountTransfers({ ...claims, flags: debits | reversed });
    if (last === undefined) return undefined;
    const behind = sequenceOf(last.user_data_32 - sequence + SEQUENCES);
    const ordinal = last.user_data_32 - behind;
    if (ordinal < 1) return undefined;
    const [claim] = await this.#ledger.getAccountTransfers({ ...claims, user_data_32: ordinal, flags: debits });
    return claim?.user_data_128;
  }
}
