/**
 * Accounts of rails, whose ids follow from their names as all others do.
 *
 *   clearing   of a rail: what is on its way to the bank; what it owes to nobody when all files are settled
 *   suspense   of an asset: entries of banks that nobody could place yet
 *   nostro     our account at the bank, of the kind `bank`: named in the configuration
 *   files      of a rail, in the book of rails: transfers of nothing from it say which payout is in which file
 */
import {
  AccountFlags,
  type AccountInput,
  CreateAccountStatus,
  type Ledger,
  TallystickError,
} from 'tallystick/internal/model';
import { ControlBook, ledgerOf } from '../base/assets.ts';
import type { Books } from '../base/books.ts';
import { CLEARING, CONTROL, SUSPENSE } from '../base/codes.ts';
import { baseOf, legId } from '../base/ids.ts';
import type { Rail } from './rail.ts';

const { created, exists } = CreateAccountStatus;

export class RailBooks {
  readonly books: Books;
  readonly #ready = new Set<string>();

  constructor(books: Books) {
    this.books = books;
  }

  get tenant(): number {
    return this.books.tenant;
  }

  clearingId({ name, asset }: Pick<Rail, 'name' | 'asset'>): bigint {
    return this.books.idOf('operator', `${asset.code}/clearing/${name}`);
  }

  suspenseId({ asset }: Pick<Rail, 'asset'>): bigint {
    return this.books.idOf('operator', `${asset.code}/suspense`);
  }

  nostroId({ nostro, asset }: Pick<Rail, 'nostro' | 'asset'>): bigint {
    return this.books.accountId(nostro, asset);
  }

  filesId({ name }: Pick<Rail, 'name'>): bigint {
    return this.books.idOf('rail', name);
  }

  /** The other side of files, and of what happens to a payout once. */
  get otherId(): bigint {
    return this.books.idOf('operator', 'rails');
  }

  get onceId(): bigint {
    return this.books.idOf('operator', 'rails/once');
  }

  get ledger(): number {
    return ledgerOf(this.tenant, ControlBook.rails);
  }

  /** The id of what happens to a payout once: `what` names it. */
  once(what: 'claim' | 'accepted' | 'rejected' | 'cancelled' | 'cleared' | 'back', payout: bigint): bigint {
    return legId(baseOf(`payout-${what}`, this.tenant, payout.toString(16)), 1);
  }

  /** The base of a bank's entry on an account of ours. */
  entryBase(account: string, reference: string): bigint {
    return baseOf('entry', this.tenant, `${account}/${reference}`);
  }

  /** The rail's accounts are there when it resolves: made once for each process, and again harmlessly. */
  async prepare(ledger: Ledger, rail: Rail): Promise<void> {
    if (this.#ready.has(rail.name)) return;
    await this.books.prepare(ledger, rail.asset);
    await this.books.open(ledger, rail.nostro, rail.asset, 'bank');
    const book = this.books.ledgerOf(rail.asset);
    const flags = AccountFlags.history;
    const accounts: readonly AccountInput[] = [
      { id: this.clearingId(rail), ledger: book, code: CLEARING, flags },
      { id: this.suspenseId(rail), ledger: book, code: SUSPENSE, flags },
      { id: this.filesId(rail), ledger: this.ledger, code: CONTROL },
      { id: this.otherId, ledger: this.ledger, code: CONTROL },
      { id: this.onceId, ledger: this.ledger, code: CONTROL },
    ];
    const results = await ledger.createAccounts(accounts);
    const refused = results.find(({ status }) => status !== created && status !== exists);
    if (refused !== undefined) {
      const why = CreateAccountStatus[refused.status];
      throw new TallystickError('engine_failed', `an account of the rail ${rail.name} cannot be opened: ${why}`);
    }
    this.#ready.add(rail.name);
  }
}
