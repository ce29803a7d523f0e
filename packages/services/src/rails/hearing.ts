/** What messages of a bank say, done: reports on payouts, and entries of statements and notifications. */
import { invalid, type Ledger, TallystickError, type Transfer } from 'tallystick/internal/model';
import { formatBase } from '../base/ids.ts';
import type { Records } from '../records/records.ts';
import { accountsIn, readCamt } from './camt.ts';
import { Entries, type Placed } from './entries.ts';
import { Files } from './files.ts';
import { isNacha, readNachaReturns } from './nacha.ts';
import { readPain002 } from './pain002.ts';
import { readPayout } from './payout-life.ts';
import { Queue } from './queue.ts';
import type { Entry, Rail, StatusLine, StatusReport } from './rail.ts';
import type { RailBooks } from './rail-books.ts';
import { Verdicts } from './verdicts.ts';
import { type Element, readXml } from './xml.ts';

/** What became of the entries of a document. */
export type Imported = { readonly [what in Placed]: number } & {
  /** In sentences: what was not booked, and why. */
  readonly problems: readonly string[];
};

/** A file that was refused because the bank has it already is not rejected: nothing is known of it but that. */
const KNOWN: ReadonlySet<string> = new Set(['DUPL', 'AM05', 'DU01', 'DU02', 'DU03', 'DU04']);

export class Hearing {
  readonly #ledger: Ledger;
  readonly #books: RailBooks;
  readonly #rail: Rail;
  readonly #files: Files;
  readonly #verdicts: Verdicts;
  readonly #entries: Entries;
  readonly #queue: Queue;

  constructor(ledger: Ledger, books: RailBooks, rail: Rail, records: Records) {
    this.#entries = new Entries(ledger, books, rail);
    this.#queue = new Queue(ledger, books, records);
    this.#ledger = ledger;
    this.#books = books;
    this.#rail = rail;
    this.#files = new Files(ledger, books);
    this.#verdicts = new Verdicts(ledger, books);
  }

  /** Resolves to what could not be done, in sentences. What cannot be read is set aside until somebody looks. */
  async hear(bytes: Uint8Array): Promise<readonly string[]> {
    try {
      return await this.#heard(bytes);
    } catch (error) {
      if (!(error instanceof TallystickError) || error.code !== 'invalid_argument') throw error;
      const id = await this.#queue.setAside(bytes, error.message);
      return [`${this.#rail.name}: a message was set aside as ${id}: ${error.message}`];
    }
  }

  async #heard(bytes: Uint8Array): Promise<readonly string[]> {
    if (isNacha(bytes)) return this.#returns(bytes);
    const document = await readXml(bytes);
    const kind = /(pain|camt|pacs)\.\d{3}/.exec(document.space)?.[0];
    if (kind === 'pain.002') return this.#report(readPain002(document));
    if (kind === 'camt.053' || kind === 'camt.054') return (await this.#statements(document)).problems;
    // The bank tells of a return, and books it in an entry: money follows the entry.
    if (kind === 'pacs.004' || kind === 'camt.052') return [];
    throw invalid(`a document of ${document.space === '' ? 'no namespace' : document.space} says nothing here`);
  }

  /** As {@link hear}, of a statement or a notification alone, with what became of its entries. */
  async import(bytes: Uint8Array): Promise<Imported> {
    const document = await readXml(bytes);
    if (!/camt\.05[34]/.test(document.space)) throw invalid('the document is neither a camt.053 nor a camt.054');
    return this.#statements(document);
  }

  /** Read as a whole before anything is booked. A bank may send those of accounts that are on no rail. */
  async #statements(document: Element): Promise<Imported> {
    const { own, name, asset } = this.#rail;
    if (!accountsIn(document).some((account) => account === own.iban || account === own.account)) {
      return { ...noneYet(), problems: [`${name}: the bank speaks of accounts that are none of this rail`] };
    }
    const statements = readCamt(document, asset).filter(({ account }) => [own.iban, own.account].includes(account));
    const placed = noneYet();
    const problems: string[] = [];
    for (const entry of statements.flatMap(({ entries }) => entries)) {
      const what = await this.#entry(entry);
      placed[what]++;
      const base = formatBase('ent', this.#entries.baseOf(entry));
      if (what === 'other') problems.push(`${base}: its reference was booked before, with another amount or side`);
    }
    return { ...placed, problems };
  }

  /** Its words are kept before it is booked, so that nobody finds money without them. */
  async #entry(entry: Entry): Promise<Placed> {
    await this.#queue.keepWords(this.#entries.baseOf(entry), entry);
    return this.#entries.book(entry);
  }

  /** All payouts of a file are accepted. */
  async taken(claims: readonly Transfer[]): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const { user_data_128: payout } of claims) {
      problems.push(...(await this.#line({ payout, says: 'accepted', reason: undefined })));
    }
    return problems;
  }

  /** What comes back on a rail of NACHA goes back to whoever paid, before the bank has booked it. */
  async #returns(bytes: Uint8Array): Promise<string[]> {
    const problems: string[] = [];
    for (const { sequence, reason } of readNachaReturns(bytes)) {
      const payout = await this.#files.payoutAt(this.#rail, sequence);
      const name = `${this.#rail.name}: trace ${sequence}`;
      if (payout === undefined) problems.push(`${name} has come back, which is none of ours`);
      else problems.push(...(await this.#line({ payout, says: 'rejected', reason })));
    }
    return problems;
  }

  async #report({ file, group, lines }: StatusReport): Promise<string[]> {
    const problems: string[] = [];
    for (const line of lines) problems.push(...(await this.#line(line)));
    if (lines.length > 0 || group === undefined || file === undefined) return problems;
    if (group.says === 'rejected' && KNOWN.has(group.reason ?? '')) return problems;
    const n = await this.#files.numberOf(this.#rail, file);
    if (n === undefined) return [`${this.#rail.name}: the bank speaks of a file that was never made`];
    for (const { user_data_128: payout } of await this.#files.claims(this.#rail, n)) {
      problems.push(...(await this.#line({ payout, ...group })));
    }
    return problems;
  }

  async #line({ payout, says, reason }: StatusLine): Promise<string[]> {
    if (says === 'pending' || (says === 'rejected' && KNOWN.has(reason ?? ''))) return [];
    const life = await readPayout(this.#ledger, [this.#rail], this.#books, payout).catch((error: unknown) => {
      if (error instanceof TallystickError && error.code === 'not_found') return undefined;
      throw error;
    });
    const name = formatBase('out', payout);
    if (life === undefined) return [`${this.#rail.name}: the bank speaks of ${name}, which is no payout of this rail`];
    const verdict = says === 'accepted' ? await this.#verdicts.accept(life) : await this.#verdicts.reject(life, reason);
    return verdict === 'done'
      ? []
      : [`${name}: the bank says ${says}, which contradicts what was booked; nothing moved`];
  }
}

const noneYet = (): { [what in Placed]: number } => ({
  settled: 0,
  returned: 0,
  received: 0,
  unmatched: 0,
  again: 0,
  other: 0,
});
