/**
 * What a bank has booked, booked here: each entry once, under an id that follows from the bank's own reference, whether
 * it comes in a notification, in the statement of the day, or in both. What cannot be placed lies in suspense, which is
 * the queue for people: the ledger says what is in it.
 *
 *   debit, a payout of that amount     clearing ──> nostro     settled, once: it posts the payout if nobody has
 *   credit, a return of that payout    nostro   ──> payer      back, once
 *   credit, to an account by its name  nostro   ──> account
 *   anything else                      nostro <──> suspense    until somebody assigns it
 */
import { chain } from 'tallystick/internal/helpers';
import {
  type Account,
  type AnyTransferInput,
  CreateTransferStatus,
  type Ledger,
  TallystickError,
  type Transfer,
} from 'tallystick/internal/model';
import { Code, kindOfCode } from '../base/codes.ts';
import { legId } from '../base/ids.ts';
import { NAME_MAX } from '../base/shape.ts';
import { reasonBits } from './names.ts';
import { type PayoutLife, readPayout } from './payout-life.ts';
import type { Entry, Rail } from './rail.ts';
import type { RailBooks } from './rail-books.ts';
import { Verdicts } from './verdicts.ts';

const { created } = CreateTransferStatus;

/** What became of an entry. `other`: its reference was booked before, with another amount or side; nothing was done. */
export type Placed = 'settled' | 'returned' | 'received' | 'unmatched' | 'again' | 'other';

export class Entries {
  readonly #ledger: Ledger;
  readonly #books: RailBooks;
  readonly #rail: Rail;
  readonly #verdicts: Verdicts;

  constructor(ledger: Ledger, books: RailBooks, rail: Rail) {
    this.#ledger = ledger;
    this.#books = books;
    this.#rail = rail;
    this.#verdicts = new Verdicts(ledger, books);
  }

  /** The base of an entry: what people call it by, and what its transfers follow from. */
  baseOf(entry: Entry): bigint {
    return this.#books.entryBase(this.#rail.nostro, `${this.#rail.asset.code}/${entry.reference}`);
  }

  async book(entry: Entry): Promise<Placed> {
    const base = this.baseOf(entry);
    const before = await this.#ledger.lookupTransfers([legId(base, 1), legId(base, 2)]);
    if (before[0] !== undefined) return this.#isSame(before[0], entry) ? 'again' : 'other';
    const booking = await this.#chainOf(entry, base);
    if (booking !== undefined) {
      const results = await this.#ledger.createTransfers(chain(booking.transfers));
      if (results.every(({ status }) => status === created)) return booking.placed;
      const [money] = results;
      // Somebody else was faster with the very same entry.
      if (name(money!.status).startsWith('exists')) return this.book(entry);
    }
    return this.#suspend(entry, base);
  }

  #isSame({ amount, debit_account_id }: Transfer, { units, isCredit }: Entry): boolean {
    return amount === units && (debit_account_id === this.#books.nostroId(this.#rail)) === isCredit;
  }

  /** What an entry is, and what else must be true of it; undefined: nobody knows. */
  async #chainOf(
    entry: Entry,
    base: bigint,
  ): Promise<{ readonly placed: Placed; readonly transfers: readonly AnyTransferInput[] } | undefined> {
    const life = await this.#lifeOf(entry);
    if (life !== undefined && life.first.amount === entry.units) {
      if (!entry.isCredit) return this.#settling(life, entry, base);
      if (entry.isReturn) return this.#returning(life, entry, base);
    }
    if (!entry.isCredit || life !== undefined || entry.isReturn) return undefined;
    const payee = await this.#payeeOf(entry);
    if (payee === undefined) return undefined;
    return { placed: 'received', transfers: [this.#money(entry, base, { other: payee.id, code: Code.payIn })] };
  }

  async #lifeOf({ payout }: Entry): Promise<PayoutLife | undefined> {
    if (payout === undefined) return undefined;
    return readPayout(this.#ledger, [this.#rail], this.#books, payout).catch((error: unknown) => {
      if (error instanceof TallystickError && error.code === 'not_found') return undefined;
      throw error;
    });
  }

  /** That the bank has booked it says that it was accepted, whatever has become of the report. */
  async #settling(life: PayoutLife, entry: Entry, base: bigint) {
    if ((await this.#verdicts.accept(life)) !== 'done') return undefined;
    const other = this.#books.clearingId(this.#rail);
    const money = { ...this.#money(entry, base, { other, code: Code.payoutSettled }), user_data_128: life.payout };
    return { placed: 'settled' as const, transfers: [money, this.#verdicts.clearedSlot(life.payout)] };
  }

  async #returning(life: PayoutLife, entry: Entry, base: bigint) {
    if ((await this.#verdicts.accept(life)) !== 'done') return undefined;
    const other = life.first.debit_account_id;
    const money = { ...this.#money(entry, base, { other, code: Code.payoutReturned }), user_data_128: life.payout };
    const slot = this.#verdicts.backSlot(life.payout, entry.reason);
    return { placed: 'returned' as const, transfers: [money, slot] };
  }

  /** The account of ours whose name is, as it stands, a reference that whoever paid has given; of two, none. */
  async #payeeOf({ remittance }: Entry): Promise<Account | undefined> {
    const names = [...new Set(remittance)].filter((text) => text.length <= NAME_MAX && /^\S+$/.test(text));
    if (names.length === 0) return undefined;
    const { books } = this.#books;
    const found = await this.#ledger.lookupAccounts(names.map((one) => books.accountId(one, this.#rail.asset)));
    const ours = found.filter(({ code }) => ['customer', 'merchant'].includes(kindOfCode(code) ?? ''));
    return ours.length === 1 ? ours[0] : undefined;
  }

  /** Between our account at the bank and another one. */
  #money(
    { units, isCredit, day }: Entry,
    base: bigint,
    { other, code, leg = 1 }: { readonly other: bigint; readonly code: number; readonly leg?: number },
  ): AnyTransferInput {
    const nostro = this.#books.nostroId(this.#rail);
    return {
      id: legId(base, leg),
      debit_account_id: isCredit ? nostro : other,
      credit_account_id: isCredit ? other : nostro,
      amount: units,
      user_data_128: base,
      user_data_32: day,
      ledger: this.#books.books.ledgerOf(this.#rail.asset),
      code,
    };
  }

  /** Where the account that it was for cannot take it, the ledger has burnt the first id: the second is for this. */
  async #suspend(entry: Entry, base: bigint): Promise<Placed> {
    const other = this.#books.suspenseId(this.#rail);
    for (const leg of [1, 2]) {
      const money = this.#money(entry, base, { other, code: Code.payIn, leg });
      const transfer = { ...money, user_data_64: reasonBits(entry.reason) } as AnyTransferInput;
      const [result] = await this.#ledger.createTransfers([transfer]);
      if (result!.status === created) return 'unmatched';
      if (name(result!.status).startsWith('exists')) return 'again';
      if (result!.status !== CreateTransferStatus.id_already_failed) throw disagreement(result!.status);
    }
    throw disagreement(CreateTransferStatus.id_already_failed);
  }
}

const name = (status: CreateTransferStatus): string => CreateTransferStatus[status]!;

function disagreement(status: CreateTransferStatus): TallystickError {
  return new TallystickError('engine_failed', `an entry of a bank cannot be booked: the ledger says ${name(status)}`);
}
