/**
 * Carries files to a bank and its messages home, a turn at a time. Nothing that is kept here is needed after a crash:
 * which payouts are open, which are in a file and which bytes a file has follows from the ledger and from the words.
 *
 *   1  hear     messages of the bank, each done and then confirmed
 *   2  cut      payouts that are in no file become the next one
 *   3  send     every file with a payout of which the bank has said nothing: again, under the same name
 */
import { queriedTransfersOf } from 'tallystick/internal/helpers';
import { type Ledger, type Transfer, TransferFlags } from 'tallystick/internal/model';
import { Code } from '../base/codes.ts';
import { baseOfLeg, formatBase, legId } from '../base/ids.ts';
import { type CutFile, FILE_MAX, Files } from './files.ts';
import { writeNacha } from './nacha.ts';
import { travelName } from './names.ts';
import { writePain001 } from './pain001.ts';
import type { PayoutWords } from './payout-words.ts';
import type { Bank, BankFile, Rail } from './rail.ts';
import type { RailBooks } from './rail-books.ts';

/** What a turn has done. */
export interface Turn {
  /** Messages of the bank that were done. */
  readonly heard: number;
  /** The file that was cut; undefined: nothing was to be sent. */
  readonly cut: number | undefined;
  /** Files that the bank has now, by number. */
  readonly sent: readonly number[];
  /** In sentences, for whoever watches: what was not done, and why. */
  readonly problems: readonly string[];
}

/** How a rail is worked. */
export interface CourierOptions {
  readonly ledger: Ledger;
  readonly books: RailBooks;
  readonly words: PayoutWords;
  readonly rail: Rail;
  readonly bank: Bank;
  /** Does what a message says; resolves to problems. */
  readonly hear: (message: Uint8Array) => Promise<readonly string[]>;
  /** The bank has taken payouts of a file for good; resolves to problems. */
  readonly taken: (claims: readonly Transfer[]) => Promise<readonly string[]>;
  /** Milliseconds after which a file that the bank has taken is sent again if it has said nothing of it. */
  readonly askAgainMs: number;
  /** Milliseconds since some moment. */
  readonly now: () => number;
}

const RACES_MAX = 8;

export class Courier {
  readonly #options: CourierOptions;
  readonly #files: Files;
  /** The payouts of holds that were neither posted nor voided when they were last looked at. */
  readonly #open = new Map<bigint, bigint>();
  #until = 0n;
  /** When the bank was last given a file, by number. */
  readonly #given = new Map<number, number>();

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#files = new Files(options.ledger, options.books);
  }

  /** Rejects as the ledger does: the next turn goes on where this one was. A bank that is gone is a problem. */
  async turn(): Promise<Turn> {
    const problems: string[] = [];
    const heard = await this.#hear(problems);
    await this.#look();
    const claims = await this.#claims();
    const cut = await this.#cut(claims, problems);
    if (cut !== undefined)
      for (const claim of await this.#files.claims(this.#options.rail, cut)) claims.set(claim.user_data_128, claim);
    const sent = await this.#send(claims, problems);
    return { heard, cut, sent, problems };
  }

  async #hear(problems: string[]): Promise<number> {
    const { bank, rail, hear } = this.#options;
    const messages = await bank.messages().catch((error: Error) => {
      problems.push(`${rail.name}: the bank's messages are not to be had: ${error.message}`);
      return [];
    });
    for (const { bytes } of messages) problems.push(...(await hear(bytes)));
    if (messages.length > 0) {
      // Whatever is told again is done again, to no effect.
      await bank.confirm(messages.map(({ id }) => id)).catch(() => undefined);
    }
    return messages.length;
  }

  /** Reads what is new of payouts: holds begin, posts and voids end them. */
  async #look(): Promise<void> {
    const { ledger, books, rail } = this.#options;
    const clearing = books.clearingId(rail);
    const filter = { ledger: books.books.ledgerOf(rail.asset), code: Code.payout, timestamp_min: this.#until };
    for await (const page of queriedTransfersOf(ledger, filter)) {
      for (const transfer of page) {
        this.#until = transfer.timestamp;
        if (transfer.credit_account_id !== clearing) continue;
        if ((transfer.flags & TransferFlags.pending) === 0) this.#open.delete(transfer.pending_id);
        else this.#open.set(transfer.id, transfer.user_data_128);
      }
    }
  }

  /** Of the open ones, those that are in a file. */
  async #claims(): Promise<Map<bigint, Transfer>> {
    const { ledger, books } = this.#options;
    const ids = [...this.#open.values()].map((payout) => books.once('claim', payout));
    const claims = new Map<bigint, Transfer>();
    for (let first = 0; first < ids.length; first += FILE_MAX) {
      for (const claim of await ledger.lookupTransfers(ids.slice(first, first + FILE_MAX))) {
        claims.set(claim.user_data_128, claim);
      }
    }
    return claims;
  }

  async #cut(claims: ReadonlyMap<bigint, Transfer>, problems: string[]): Promise<number | undefined> {
    for (let race = 0; race < RACES_MAX; race++) {
      const free = [...this.#open.values()].filter((payout) => !claims.has(payout)).slice(0, FILE_MAX);
      const ready = await this.#withWords(free, problems);
      if (ready.length === 0) return undefined;
      const n = await this.#files.cut(this.#options.rail, ready);
      if (n !== undefined) return n;
      // Somebody else was faster: what is claimed or cancelled by now is not asked for again.
      claims = await this.#claims();
    }
    return undefined;
  }

  /** Those of whom it is known whom they pay. The others stay held, and can be cancelled. */
  async #withWords(payouts: readonly bigint[], problems: string[]): Promise<bigint[]> {
    const firsts = await this.#firsts(payouts);
    const words = await this.#options.words.find(firsts);
    const ready: bigint[] = [];
    for (const [index, { payout }] of firsts.entries()) {
      if (words[index] !== undefined) ready.push(payout);
      else problems.push(`${formatBase('out', payout)}: whom it pays is not known any more; it stays held`);
    }
    return ready;
  }

  /** Payouts with the fingerprints of what was asked for. */
  async #firsts(payouts: readonly bigint[]): Promise<{ readonly payout: bigint; readonly fingerprint: bigint }[]> {
    if (payouts.length === 0) return [];
    const firsts = await this.#options.ledger.lookupTransfers(payouts.map((payout) => legId(payout, 1)));
    return firsts.map(({ id, user_data_64 }) => ({ payout: baseOfLeg(id), fingerprint: user_data_64 }));
  }

  async #send(claims: ReadonlyMap<bigint, Transfer>, problems: string[]): Promise<number[]> {
    const open = new Set(this.#open.values());
    const waiting = [...claims.values()].filter(
      ({ code, user_data_128 }) => code === Code.payoutClaimed && open.has(user_data_128),
    );
    const numbers = [...new Set(waiting.map(({ user_data_64 }) => Number(user_data_64)))].sort((a, b) => a - b);
    for (const n of this.#given.keys()) if (!numbers.includes(n)) this.#given.delete(n);
    const sent: number[] = [];
    for (const n of numbers) {
      const { now, askAgainMs } = this.#options;
      const given = this.#given.get(n);
      if (given !== undefined && now() - given < askAgainMs) continue;
      if (await this.#sendOne(n, problems)) sent.push(n);
    }
    return sent;
  }

  async #sendOne(n: number, problems: string[]): Promise<boolean> {
    const { rail, bank, now } = this.#options;
    const cut = await this.#files.file(rail, n);
    const file = cut && (await this.#made(cut));
    if (file === undefined) {
      problems.push(`${rail.name}: file ${n} cannot be made again: whom its payouts pay is not known any more`);
      return false;
    }
    try {
      // Whether it was taken now or before: the bank has it.
      await bank.send(file);
    } catch (error) {
      problems.push(`${rail.name}: nobody knows whether the bank has file ${n}: ${(error as Error).message}`);
      return false;
    }
    this.#given.set(n, now());
    // No report follows where NACHA is spoken: that the bank has taken the file is its word.
    if (rail.format === 'nacha') problems.push(...(await this.#options.taken(cut!.claims)));
    return true;
  }

  /** A file's bytes; undefined: the words of a payout are gone. */
  async #made({ base, at, claims, n }: CutFile): Promise<BankFile | undefined> {
    const { rail, words, ledger } = this.#options;
    const firsts = await ledger.lookupTransfers(claims.map(({ user_data_128 }) => legId(user_data_128, 1)));
    const prints = firsts.map(({ id, user_data_64 }) => ({ payout: baseOfLeg(id), fingerprint: user_data_64 }));
    const found = await words.find(prints);
    if (found.includes(undefined)) return undefined;
    const instructions = firsts.map(({ amount }, index) => ({
      payout: prints[index]!.payout,
      units: amount,
      words: found[index]!,
      ordinal: claims[index]!.user_data_32,
    }));
    const content = { file: base, at, instructions };
    const bytes = rail.format === 'nacha' ? writeNacha(rail, content, n) : writePain001(rail, content);
    return { name: travelName('fil', base), format: rail.format, bytes };
  }
}
