/**
 * A simulated bank: it takes files, accepts or rejects what is in them, books, returns late, and says so in messages as
 * banks send them. It is a function of what it was told, in order: no clock, no randomness, no files of its own.
 *
 *   who is paid                      what happens
 *   `Reject AC04`                    rejected in the report
 *   `Turn down AC04`                 accepted, and rejected on the day on which it would be booked
 *   `Return MD06`, `Return MD06 3`   accepted and booked, and returned the next day, or so many days later
 *   anybody else                     accepted, and booked on the next day that begins
 */
import { createHash } from 'node:crypto';
import { invalid } from 'tallystick/internal/model';
import { unitsOf } from '../base/assets.ts';
import { all, at, mustText, readXml, textAt } from '../rails/xml.ts';
import { type BankAccount, type BookedEntry, camt053, camt054, pain002, type Told } from './messages.ts';

/** A message in the mailbox. */
export interface Mail {
  readonly id: string;
  readonly bytes: Uint8Array;
}

interface Transfer {
  readonly endToEndId: string;
  readonly units: bigint;
  readonly party: string;
  readonly file: string;
  state: 'accepted' | 'booked' | 'rejected' | 'returned';
  /** The day on which it comes back; undefined: it does not. */
  returnOn?: number;
  readonly wish: { readonly verb: string; readonly code: string; readonly days: number } | undefined;
}

interface TakenFile {
  readonly hash: string;
  readonly transfers: readonly Transfer[];
}

const DAY_MS = 86_400_000;
const WISH = /^(Reject|Turn down|Return) ([A-Z0-9]{4})(?: (\d{1,3}))?$/;

export class SimulatedBank {
  readonly #account: BankAccount;
  readonly #files = new Map<string, TakenFile>();
  readonly #mail: Mail[] = [];
  /** Entries of the day, and the balance that it began with. */
  #today: BookedEntry[] = [];
  #opening = 0n;
  #balance: bigint;
  #day: number;
  #messages = 0;
  #entries = 0;

  /** `day`: 2026-12-01, in UTC. */
  constructor(account: BankAccount, balance: bigint, day: string) {
    this.#account = account;
    this.#balance = balance;
    this.#opening = balance;
    this.#day = Date.parse(`${day}T00:00:00Z`) / DAY_MS;
    if (!Number.isInteger(this.#day)) throw invalid(`${day} is no day such as 2026-12-01`);
  }

  get balance(): bigint {
    return this.#balance;
  }

  get day(): string {
    return new Date(this.#day * DAY_MS).toISOString().slice(0, 10);
  }

  /** Everybody who was paid, and what they got: to be compared with what should have been paid. */
  get paid(): ReadonlyMap<string, bigint> {
    const paid = new Map<string, bigint>();
    for (const { transfers } of this.#files.values()) {
      for (const { endToEndId, units, state } of transfers) {
        if (state === 'booked') paid.set(endToEndId, (paid.get(endToEndId) ?? 0n) + units);
      }
    }
    return paid;
  }

  /** Every transfer that it was ever given. */
  get transfers(): readonly { readonly endToEndId: string; readonly units: bigint; readonly state: string }[] {
    return [...this.#files.values()].flatMap(({ transfers }) => transfers);
  }

  /** Rejects with `invalid_argument` for what is no file of payouts, and for another file of a known name. */
  async receive(bytes: Uint8Array): Promise<'taken' | 'known'> {
    const { name, transfers } = await this.#read(bytes);
    const hash = createHash('sha256').update(bytes).digest('hex');
    const known = this.#files.get(name);
    if (known !== undefined) {
      if (known.hash !== hash) throw invalid(`the file ${name} was given before, with other bytes`);
      // As banks do: the second one is refused as a whole, and what became of the first is told again.
      this.#say(pain002(this.#header(), name, { status: 'RJCT', reason: 'DUPL' }, []));
      this.#report(name, known.transfers);
      return 'known';
    }
    this.#files.set(name, { hash, transfers });
    this.#report(name, transfers);
    return 'taken';
  }

  #report(name: string, transfers: readonly Transfer[]): void {
    const told = transfers.map(({ endToEndId, state, wish }): Told => {
      const isRejected = state === 'rejected';
      return { endToEndId, status: isRejected ? 'RJCT' : 'ACCP', reason: isRejected ? wish!.code : undefined };
    });
    const rejected = told.filter(({ status }) => status === 'RJCT').length;
    const status = rejected === 0 ? 'ACCP' : rejected === told.length ? 'RJCT' : 'PART';
    this.#say(pain002(this.#header(), name, { status, reason: undefined }, told));
  }

  async #read(bytes: Uint8Array): Promise<{ readonly name: string; readonly transfers: readonly Transfer[] }> {
    const document = await readXml(bytes);
    const initiation = at(document, 'CstmrCdtTrfInitn');
    const name = mustText(initiation, 'GrpHdr', 'MsgId');
    const batches = all(initiation, 'PmtInf');
    for (const batch of batches) {
      const iban = mustText(batch, 'DbtrAcct', 'Id', 'IBAN');
      if (iban !== this.#account.iban) throw invalid(`there is no account ${iban} at this bank`);
    }
    const transfers = batches.flatMap((batch) =>
      all(batch, 'CdtTrfTxInf').map((one): Transfer => {
        const party = mustText(one, 'Cdtr', 'Nm');
        const [, verb, code, days = '1'] = WISH.exec(party) ?? [];
        return {
          endToEndId: mustText(one, 'PmtId', 'EndToEndId'),
          units: unitsOf(textAt(one, 'Amt', 'InstdAmt'), this.#account.asset, 'InstdAmt'),
          party,
          file: name,
          state: verb === 'Reject' ? 'rejected' : 'accepted',
          wish: verb === undefined ? undefined : { verb, code: code!, days: Number(days) },
        };
      }),
    );
    const sum = transfers.reduce((total, { units }) => total + units, 0n);
    const control = unitsOf(mustText(initiation, 'GrpHdr', 'CtrlSum'), this.#account.asset, 'CtrlSum');
    if (sum !== control) throw invalid(`the control sum of ${name} is not the sum of its amounts`);
    return { name, transfers };
  }

  /** Ends so many days: books what was accepted, returns what is due, and closes each with a statement. */
  advance(days: number): void {
    for (let n = 0; n < days; n++) {
      for (const { transfers } of this.#files.values()) for (const one of transfers) this.#settle(one);
      const header = this.#header();
      this.#say(camt053(header, this.#account, this.day, { opening: this.#opening, entries: this.#today }));
      this.#day++;
      this.#today = [];
      this.#opening = this.#balance;
    }
  }

  #settle(transfer: Transfer): void {
    const { wish, units, endToEndId, party, file } = transfer;
    if (transfer.state === 'booked' && transfer.returnOn === this.#day) {
      transfer.state = 'returned';
      this.#book({ units, isCredit: true, endToEndId, party, returned: wish!.code, remittance: undefined });
    }
    if (transfer.state !== 'accepted') return;
    if (wish?.verb === 'Turn down') {
      transfer.state = 'rejected';
      const told: Told = { endToEndId, status: 'RJCT', reason: wish.code };
      this.#say(pain002(this.#header(), file, undefined, [told]));
      return;
    }
    transfer.state = 'booked';
    if (wish?.verb === 'Return') transfer.returnOn = this.#day + wish.days;
    this.#book({ units, isCredit: false, endToEndId, party, returned: undefined, remittance: undefined });
  }

  /** Money arrives from somebody else. `amount`: text such as 12.50. */
  credit(amount: string, reference: string, party: string): void {
    const units = unitsOf(amount, this.#account.asset, 'amount');
    this.#book({ units, isCredit: true, endToEndId: undefined, party, returned: undefined, remittance: reference });
  }

  #book(entry: Omit<BookedEntry, 'reference' | 'day'>): void {
    this.#balance += entry.isCredit ? entry.units : -entry.units;
    const booked = { ...entry, reference: `SIM-${++this.#entries}`, day: this.day };
    this.#today.push(booked);
    this.#say(camt054(this.#header(), this.#account, booked));
  }

  #header(): { readonly id: string; readonly at: string } {
    return { id: `SIM-MSG-${++this.#messages}`, at: `${this.day}T12:00:00Z` };
  }

  #say(bytes: Uint8Array): void {
    this.#mail.push({ id: String(this.#messages), bytes });
  }

  /** What was said and not confirmed, the oldest first. */
  messages(): readonly Mail[] {
    return [...this.#mail];
  }

  confirm(ids: readonly string[]): void {
    for (const id of ids) {
      const index = this.#mail.findIndex((mail) => mail.id === id);
      if (index >= 0) this.#mail.splice(index, 1);
    }
  }
}
