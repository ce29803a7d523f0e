/**
 * A book into a ledger. Everything is read and checked before the first event is sent, names are saved before that too,
 * and importing the same book again changes nothing. Transactions added to a book are added to the ledger; one that was
 * changed is a new transaction, and the old one stays: `differences` shows it.
 */
import type { Ledger } from '../model/index.ts';
import { held } from './balances.ts';
import { type Book, type BookTransaction, type Format, type Problem, Problems, type Source } from './book.ts';
import { fitting } from './chains.ts';
import { compare, format } from './decimal.ts';
import { BookError, BookStopped } from './errors.ts';
import { accountId, type Names } from './names.ts';
import { type Plan, planImport } from './plan.ts';
import { guessFormat, type Read, type ReadOptions, readBook } from './read.ts';
import { type Counts, sendAccounts, sendChains } from './send.ts';
import { checkSums, type Sum, sumsOf } from './sums.ts';
import { tally } from './tally.ts';
import type { Transactions } from './transactions.ts';

export interface ImportOptions {
  /** Or opens it: called when the book is known to be good, so that a refused one leaves no new ledger behind. */
  readonly ledger: Ledger | (() => Promise<Ledger>);
  readonly text: string;
  /** Of the file: shown in messages, and where relative includes start. */
  readonly path: string;
  /** Bytes of the file, for progress; the characters of its text where nothing is said. */
  readonly size?: number | undefined;
  /** False imports a book whose balance assertions do not hold, where its own program would stop. */
  readonly assertions?: boolean | undefined;
  /** Imports a book without what its own program would run and we do not. */
  readonly partial?: boolean | undefined;
  /** What the book does not say itself. */
  readonly reading?: ReadOptions | undefined;
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

/**
 * While a book is read, bytes of its files, to which those that are included come as they are found; then transactions.
 */
export interface Progress {
  readonly stage: 'read' | 'send';
  readonly done: number;
  readonly total: number;
}

/** What an import would do, as {@link previewBook} tells it. */
export interface Preview {
  readonly format: Format;
  readonly transactions: Transactions;
  readonly accounts: number;
  readonly problems: readonly Problem[];
}

export type PreviewOptions = Omit<ImportOptions, 'ledger' | 'save'>;

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
   * When some transactions were new and others were there already: accounts that hold something else than this book
   * alone says. Either a transaction was edited, and the ledger holds both, or the folder has other books too.
   */
  readonly differences: readonly Difference[];
}

/**
 * @throws BookError (`book_invalid`) before anything is sent, when the book has errors. @throws BookStopped
 * (`book_invalid`) before anything is sent, where its own program would stop, or do more than we do. @throws
 * TallystickError `book_conflict` when the ledger holds something else under an id of this book.
 */
export async function importBook(options: ImportOptions): Promise<ImportResult> {
  const { names: known, save, onProgress } = options;
  const { format: chosen, book, plan, sums, problems } = await prepare(options);
  const ledger = typeof options.ledger === 'function' ? await options.ledger() : options.ledger;
  await checkSums(ledger, plan.chains, sums, plan.names, problems);
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

/**
 * Reads and checks a book as an import does, and changes nothing. @throws as {@link importBook}, but for what only the
 * ledger knows.
 */
export async function previewBook(options: PreviewOptions): Promise<Preview> {
  const { format: chosen, book, plan, problems } = await prepare(options);
  return {
    format: chosen,
    transactions: book.transactions,
    accounts: plan.accounts.length,
    problems: problems.list,
  };
}

interface Prepared {
  readonly format: Format;
  readonly book: Book;
  readonly plan: Plan;
  readonly sums: ReadonlyMap<bigint, Sum>;
  readonly problems: Problems;
}

async function prepare(options: PreviewOptions): Promise<Prepared> {
  const { text, path, size, read, names: known, onProgress } = options;
  const source: Source = { path, text, size };
  const chosen = options.format ?? guessFormat(source);
  const problems = new Problems(onProgress && ((done, total) => onProgress({ stage: 'read', done, total })));
  const book = await readBook(source, chosen, read, problems, options.reading);
  const plan = planImport(book, known, problems);
  const sums = problems.errors.length === 0 ? sumsOf(plan.chains) : new Map<bigint, Sum>();
  await checkSums(undefined, plan.chains, sums, plan.names, problems);
  if (problems.errors.length > 0) throw new BookError(problems.errors);
  stop(problems, options);
  return { format: chosen, book, plan, sums, problems };
}

function stop({ list }: Problems, { assertions = true, partial = false }: PreviewOptions): void {
  const left = list.filter((problem) => problem.partial === true);
  if (left.length > 0 && !partial) throw new BookStopped('partial', left, list);
  const failed = list.filter((problem) => problem.assertion === true);
  if (failed.length > 0 && assertions) throw new BookStopped('assertions', failed, list);
}

const keyed = ({ commodities, accounts }: Names): unknown => [
  commodities,
  accounts.map(({ name, commodity, digits }) => [name, commodity, digits]),
];

function* fitted(
  transactions: Iterable<BookTransaction>,
  scales: ReadonlyMap<string, number>,
): Generator<Pick<BookTransaction, 'postings'>, void> {
  for (const { postings } of transactions) {
    yield {
      postings: postings.map((posting) => ({
        ...posting,
        number: fitting(posting.number, scales.get(posting.commodity)!),
      })),
    };
  }
}

async function compareWith(ledger: Ledger, names: Names, book: Book): Promise<Difference[]> {
  const scales = new Map(names.commodities.map(({ name, scale }) => [name, scale]));
  const balances = tally(fitted(book.transactions, scales));
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
