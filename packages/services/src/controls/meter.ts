/**
 * What a tenant uses, counted by the ledger: the chain of each payment that is made has one leg more, which moves one
 * unit in the tenant's book of meters. So it is counted if and only if the money moved. Where payments are paid for
 * before, the unit comes from an account that may not go below zero. A tenant is suspended by closing the account that
 * counts, so that no process overlooks it.
 *
 *   prepaid    may not go below zero: what was paid for ──1──> used     one or the other is a tenant's source
 *   postpaid   may go below zero                        ──1──> used
 *   used       one more for each payment; closed while the tenant is suspended
 */
import { type Account, AccountFlags, CreateTransferStatus, type Ledger } from 'tallystick/internal/model';
import type { Books } from '../base/books.ts';
import { Code } from '../base/codes.ts';
import { meaningOf, type RefusalCode } from '../base/outcomes.ts';
import type { Leg } from '../base/plan.ts';

export interface MeterRules {
  readonly prepaid: boolean;
}

export class Meter {
  readonly #books: Books;
  readonly #prepaid: boolean;
  #isOpen = false;

  constructor(books: Books, { prepaid }: MeterRules) {
    this.#books = books;
    this.#prepaid = prepaid;
  }

  /** Appends the leg that counts a payment. False: it must be asked for by {@link leg}, which opens the meter. */
  addLeg(legs: Leg[]): boolean {
    if (this.#isOpen) legs.push(this.#leg());
    return this.#isOpen;
  }

  /** The leg that counts a payment; its accounts are there when it resolves. */
  async leg(ledger: Ledger): Promise<Leg> {
    if (!this.#isOpen) await openMeter(ledger, this.#books);
    this.#isOpen = true;
    return this.#leg();
  }

  #leg(): Leg {
    const { usedId: credit, metersLedger } = this.#books;
    const debit = this.#prepaid ? this.#books.prepaidId : this.#books.postpaidId;
    return { control: 'meter', debit, credit, amount: 1n, ledger: metersLedger, code: Code.metered };
  }

  /** What a payment would hear; nothing is written. */
  async wouldRefuse(ledger: Ledger): Promise<RefusalCode | undefined> {
    const { prepaidId, usedId } = this.#books;
    const found = await ledger.lookupAccounts([prepaidId, usedId]);
    const used = found.find(({ id }) => id === usedId);
    if (isClosed(used)) return 'tenant_suspended';
    const left = found.find(({ id }) => id === prepaidId);
    const units = left === undefined ? 0n : left.credits_posted - left.debits_posted;
    if (!this.#prepaid || units > 0n) return undefined;
    return meaningOf(CreateTransferStatus.exceeds_credits, 'meter') as RefusalCode;
  }
}

/** A meter that is closed counts nothing more: its tenant is suspended. */
export function isClosed(used: Account | undefined): boolean {
  return used !== undefined && (used.flags & AccountFlags.closed) !== 0;
}

/** Opens the accounts of a tenant's meter, or finds them open. */
export async function openMeter(ledger: Ledger, books: Books): Promise<void> {
  const { metersLedger, prepaidId, postpaidId, usedId } = books;
  const flags = AccountFlags.debits_must_not_exceed_credits;
  await books.openControl(ledger, { id: prepaidId, ledger: metersLedger, flags });
  await books.openControl(ledger, { id: postpaidId, ledger: metersLedger });
  await books.openControl(ledger, { id: usedId, ledger: metersLedger });
}
