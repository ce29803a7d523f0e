/**
 * Entries that nobody could place: what lies in suspense and was not assigned. Somebody who knows whose the money is
 * assigns it, once; the entry's words, as far as the bank gave any, stand beside it.
 */
import { createHash } from 'node:crypto';
import { accountTransfersOf, chain } from 'tallystick/internal/helpers';
import {
  type AnyTransferInput,
  CreateTransferStatus,
  type Ledger,
  TallystickError,
  type Transfer,
} from 'tallystick/internal/model';
import { textOf } from '../base/assets.ts';
import { Code, kindOfCode } from '../base/codes.ts';
import { baseOf, baseOfLeg, formatBase, legId, parseBase } from '../base/ids.ts';
import { meaningOf, refusals } from '../base/outcomes.ts';
import type { Records } from '../records/records.ts';
import type { Entry, Rail } from './rail.ts';
import type { RailBooks } from './rail-books.ts';

/** An entry of a bank that waits for somebody who knows whose it is. */
export interface UnmatchedView {
  readonly id: string;
  readonly rail: string;
  readonly asset: string;
  /** It came in, or went out. */
  readonly side: 'credit' | 'debit';
  readonly amount: string;
  /** The bank's booking day, yyyymmdd. */
  readonly day: string;
  /** Whoever is on the other side, and what they wrote, as far as the bank says. */
  readonly party?: string;
  readonly remittance?: readonly string[];
  /** The account that it was assigned to. */
  readonly assigned?: string;
}

/** A message of a bank that nobody understands, as it came. */
export interface AsideView {
  readonly id: string;
  readonly why: string;
  readonly message: string;
}

const { created, exists, id_already_failed } = CreateTransferStatus;
const ATTEMPTS_MAX = 254;
/** An owner's base has 128 bits; so many are left of it. */
const OWNER_SHIFT = 64n;
const KIND = 'bank-entry';
const ASIDE = 'bank-message';
const ASIDE_MAX = 100;
const QUEUE_MAX = 1000;

export class Queue {
  readonly #ledger: Ledger;
  readonly #books: RailBooks;
  readonly #records: Records;

  constructor(ledger: Ledger, books: RailBooks, records: Records) {
    this.#ledger = ledger;
    this.#books = books;
    this.#records = records;
  }

  /** Durable when it resolves: before the entry is booked. */
  async keepWords(base: bigint, { party, remittance }: Entry): Promise<void> {
    const body = new TextEncoder().encode(JSON.stringify({ party, remittance }));
    const { tenant } = this.#books;
    await this.#records.append([{ id: this.#id(base), version: 1, kind: KIND, tenant, state: 'closed', body }]);
  }

  /** Keeps a message that nobody understands, under a name that follows from its bytes. */
  async setAside(bytes: Uint8Array, why: string): Promise<string> {
    const id = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
    const { tenant } = this.#books;
    const head = new TextEncoder().encode(`${why.replaceAll('\n', ' ')}\n`);
    const body = new Uint8Array([...head, ...bytes]);
    await this.#records.append([
      { id: `${tenant}/message/${id}`, version: 1, kind: ASIDE, tenant, state: 'open', body },
    ]);
    return id;
  }

  /** Messages that were set aside, each with the reason, 100 at most. */
  async aside(): Promise<readonly AsideView[]> {
    const { tenant } = this.#books;
    const records = await this.#records.open({ tenant, kind: ASIDE, limit: ASIDE_MAX });
    return records.map(({ id, body }) => {
      const text = new TextDecoder().decode(body);
      const end = text.indexOf('\n');
      return { id: id.split('/').at(-1)!, why: text.slice(0, end), message: text.slice(end + 1) };
    });
  }

  #id(base: bigint): string {
    return `${this.#books.tenant}/${formatBase('ent', base)}`;
  }

  /** Those that nobody has assigned, the oldest first, 1,000 at most. */
  async open(rail: Rail): Promise<UnmatchedView[]> {
    const suspense = this.#books.suspenseId(rail);
    const open = new Map<bigint, Transfer>();
    for await (const page of accountTransfersOf(this.#ledger, { account_id: suspense })) {
      for (const transfer of page) {
        if (transfer.code === Code.assigned) open.delete(transfer.user_data_128);
        else open.set(baseOfLeg(transfer.id), transfer);
      }
    }
    const found = [...open].slice(0, QUEUE_MAX);
    return Promise.all(found.map(([base, transfer]) => this.#view(rail, base, transfer)));
  }

  async #view(rail: Rail, base: bigint, transfer: Transfer, assigned?: string): Promise<UnmatchedView> {
    const [record] = await this.#records.get([this.#id(base)]);
    const isCredit = transfer.credit_account_id === this.#books.suspenseId(rail);
    return {
      id: formatBase('ent', base),
      rail: rail.name,
      asset: rail.asset.code,
      side: isCredit ? 'credit' : 'debit',
      amount: textOf(transfer.amount, rail.asset),
      day: String(transfer.user_data_32),
      ...(record === undefined ? {} : wordsOf(record.body)),
      ...(assigned === undefined ? {} : { assigned }),
    };
  }

  /**
   * Books an entry to an account, whole and once. Rejects with `not_found` for what is not in the queue, with
   * `request_reused` where it was assigned to another account, and with `invalid_argument` where the account cannot
   * take or give it.
   */
  async assign(rail: Rail, id: string, account: string): Promise<UnmatchedView> {
    const base = parseBase('ent', id, 'entry');
    const suspense = this.#books.suspenseId(rail);
    const there = await this.#ledger.lookupTransfers([legId(base, 1), legId(base, 2)]);
    const entry = there.find((one) => one.debit_account_id === suspense || one.credit_account_id === suspense);
    const target = await this.#books.books.find(this.#ledger, account, rail.asset);
    if (entry === undefined) throw new TallystickError('not_found', `${id} is not in the queue of ${rail.name}`);
    if (target === undefined || kindOfCode(target.code) === undefined) {
      throw new TallystickError('not_found', `${account} has no account in ${rail.asset.code}`);
    }
    const isCredit = entry.credit_account_id === suspense;
    await this.#move(base, entry, account, isCredit ? [suspense, target.id] : [target.id, suspense]);
    return this.#view(rail, base, entry, account);
  }

  /** One slot decides who has it. A refusal that may pass burns an id, so each attempt has its own. */
  async #move(base: bigint, entry: Transfer, account: string, sides: readonly [bigint, bigint]): Promise<void> {
    const { tenant, otherId, onceId, ledger } = this.#books;
    const slot: AnyTransferInput = {
      id: legId(baseOf('assigned', tenant, base.toString(16)), 1),
      debit_account_id: otherId,
      credit_account_id: onceId,
      amount: 0n,
      user_data_128: base,
      user_data_64: baseOf('owner', tenant, account) >> OWNER_SHIFT,
      ledger,
      code: Code.entryAssigned,
    };
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const money: AnyTransferInput = {
        id: legId(baseOf('assigned', tenant, `${base.toString(16)}/${account}`), attempt),
        debit_account_id: sides[0],
        credit_account_id: sides[1],
        amount: entry.amount,
        user_data_128: base,
        user_data_32: entry.user_data_32,
        ledger: entry.ledger,
        code: Code.assigned,
      };
      const [taken, moved] = await this.#ledger.createTransfers(chain([slot, money]));
      if (taken!.status === exists || moved!.status === created) return;
      if (CreateTransferStatus[taken!.status]!.startsWith('exists')) {
        throw new TallystickError('request_reused', 'the entry was assigned to another account before');
      }
      if (moved!.status !== id_already_failed) throw cannot(moved!.status);
    }
    throw cannot(id_already_failed);
  }
}

function cannot(status: CreateTransferStatus): TallystickError {
  const meaning = meaningOf(status, 'money');
  const isKnown = meaning !== 'unexpected' && meaning !== 'exists';
  const about = isKnown ? refusals[meaning].about : CreateTransferStatus[status]!;
  return new TallystickError('invalid_argument', `the entry cannot be assigned: ${about}`);
}

function wordsOf(body: Uint8Array): Pick<UnmatchedView, 'party' | 'remittance'> {
  try {
    const { party, remittance } = JSON.parse(new TextDecoder().decode(body)) as Pick<
      UnmatchedView,
      'party' | 'remittance'
    >;
    return {
      ...(typeof party === 'string' ? { party } : {}),
      ...(Array.isArray(remittance) ? { remittance: remittance.map(String) } : {}),
    };
  } catch {
    return {};
  }
}
