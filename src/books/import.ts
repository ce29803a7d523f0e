/**
 * A book into a ledger. Everything is read and checked before the first event is sent, names are saved before that too, and
 * importing the same book again changes nothing. Transactions added to a book are added to the ledger; one that was
 * changed is a new transaction, and the old one stays: `differences` shows it.
 */
import type { Ledger } from '../model/index.ts';
import { held } from './balances.ts';
import { type Book, type Format, type Problem, Problems, type Source } from './book.ts';
import { compare, format } from './decimal.ts';
import { BookError } from './errors.ts';
import { accountId, type Names } from './names.ts';
import { planImport } from './plan.ts';
import { guessFormat, type Read, readBook } from './read.ts';
import { type Counts, sendAccounts, sendChains } from './send.ts';
import { tally } from './tally.ts';

export interface ImportOptions {
  readonly ledger: Ledger;
  readonly text: string;
  /** Of the file: shown in messages, and where relative includes start. */
  readonly path: string;
  /** Guessed from the path and the text when it is not given. */
  readonly format?: Format | undefined;
  /** Finds what an `include` names. */
  readonly read: Read;
  /** What the folder's sidecar says; `NO_NAMES` for a new folder. */
  readonly names: Names;
  /** Makes the names durable; awaited before anything is sent. Not called when there is nothing new in them. */
  readonly save: (names: Names) => Promise<void> | void;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Progress {
  readonly stage: 'read' | 'send';
  /** Transactions. */
  readonly done: number;
  readonly total: number;
}

export interface Difference {
  readonly account: string;
  readonly commodity: string;
  readonly book: string;
  readonly ledger: string;
}

export interface ImportResult {
  readonly format: Format;
  readonly names: Names;
  readonly accounts: Counts;
  readonly transactions: Counts;
  readonly transfers: Counts;
  /** Warnings and notices; errors are thrown. */
  readonly problems: readonly Problem[];
  /**
   * When some transactions were new and others were there already: accounts that hold something else than this book alone
   * says. Either a transaction was edited, and the ledger holds both, or the folder has other books too.
   */
  readonly differences: readonly Difference[];
}

/**
 * @throws BookError (`book_invalid`) before anything is sent, when the book has errors.
 * @throws TallystickError `book_conflict` when the ledger holds something else under an id of this book.
 */
export async function importBook(options: ImportOptions): Promise<ImportResult> {
  const { ledger, text, path, read, names: known, save, onProgress } = options;
  const source: Source = { path, text };
  const chosen = options.format ?? guessFormat(source);
  const problems = new Problems();
  const book = await readBook(source, chosen, read, problems);
  const total = book.transactions.length;
  onProgress?.({ stage: 'read', done: total, total });
  const plan = planImport(book, known, problems);
  if (problems.errors.length > 0) throw new BookError(problems.errors);

  if (JSON.stringify(keyed(plan.names)) !== JSON.stringify(keyed(known))) await save(plan.names);
  const accounts = await sendAccounts(ledger, plan.accounts);
  const sent = await sendChains(ledger, plan.chains, (done) =>
    onProgress?.({ stage: 'send', done, total: plan.chains.length }),
  );
  // Part old and part new is a book that grew or was edited; a book that is all new, or all old, edited nothing.
  const mixed = sent.transactions.created > 0 && sent.transactions.existed > 0;
  const differences = mixed ? await compareWith(ledger, plan.names, book) : [];
  return { format: chosen, names: plan.names, accounts, ...sent, problems: problems.list, differences };
}

const keyed = ({ commodities, accounts }: Names): unknown => [
  commodities,
  accounts.map(({ name, commodity, digits }) => [name, commodity, digits]),
];

async function compareWith(ledger: Ledger, names: Names, book: Book): Promise<Difference[]> {
  const balances = tally(book.transactions);
  const ours = new Set(
    [...balances].flatMap(([account, byCommodity]) => [...byCommodity.keys()].map((c) => accountId(account, c))),
  );
  const rows = await held(
    ledger,
    names,
    names.accounts.filter(({ id }) => ours.has(id)),
  );
  return rows.flatMap(({ name, number }) => {
    const expected = balances.get(name.name)!.get(name.commodity)!;
    if (compare(number, expected) === 0) return [];
    return [{ account: name.name, commodity: name.commodity, book: format(expected), ledger: format(number) }];
  });
}
