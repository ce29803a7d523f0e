/** Which format a book is in, and its reader. */
import { readBeancount } from './beancount/book.ts';
import type { Book, Format, Problems, Source } from './book.ts';
import { type CsvOptions, readCsv } from './csv.ts';
import { readJournal } from './journal/book.ts';
import { readLedger } from './ledger/book.ts';
import { type RulesOptions, readRules } from './rules/book.ts';

/**
 * Finds what an include names: `path` is relative to the folder of `from`, and may be a pattern with `*`, `?` and `**`.
 * All files that fit, in order; none when there is no such file. UTF-8, where `encoding` says nothing else.
 */
export type Read = (path: string, from: string, encoding?: string) => Promise<readonly Source[]> | readonly Source[];

export const FORMATS: readonly Format[] = ['beancount', 'hledger', 'ledger', 'csv', 'rules'];

const extensions: Readonly<Record<string, Format>> = {
  beancount: 'beancount',
  bean: 'beancount',
  bc: 'beancount',
  journal: 'hledger',
  hledger: 'hledger',
  j: 'hledger',
  ledger: 'ledger',
  dat: 'ledger',
  csv: 'csv',
  tsv: 'csv',
  ssv: 'csv',
  rules: 'rules',
};

/** Does the path end as books do? */
export const isBookName = (path: string): boolean =>
  /^(timedot|timeclock)$/.test(extensionOf(path) ?? '') || extensions[extensionOf(path) ?? ''] !== undefined;

const extensionOf = (path: string): string | undefined => /[.]([a-z]+)$/i.exec(path)?.[1]?.toLowerCase();

/** By the path's extension, else by what only one of the formats would say. */
export function guessFormat({ path, text }: Source): Format {
  const extension = extensionOf(path);
  const known = extension === undefined ? undefined : extensions[extension];
  if (known !== undefined) return known;
  if (/^\d{4}-\d\d-\d\d (open|balance|commodity|pad|txn|price) /m.test(text) || /^option "/m.test(text))
    return 'beancount';
  const header = text.slice(0, 1000).split('\n', 1)[0]!;
  if (/[,;\t]/.test(header) && /(^|[,;\t])"?date"?\s*([,;\t]|$)/i.test(header)) return 'csv';
  return 'hledger';
}

/** What a book does not say itself. */
export interface ReadOptions extends CsvOptions, RulesOptions {
  /** The calendar's day, as 20241231, which tells the year of dates without one. Left out, they are refused. */
  readonly today?: number | undefined;
}

export async function readBook(
  source: Source,
  format: Format,
  read: Read,
  problems: Problems,
  options: ReadOptions = {},
): Promise<Book> {
  const include = async (path: string, from: Source): Promise<readonly Source[]> => read(path, from.path);
  switch (format) {
    case 'beancount':
      return readBeancount(source, include, problems);
    case 'csv':
      return readCsv(source, problems, options);
    case 'rules': {
      const table = async (path: string, encoding: string | undefined): Promise<readonly Source[]> =>
        read(path, source.path, encoding ?? 'utf-8');
      return readRules(source, include, table, problems, options);
    }
    case 'ledger':
      return readLedger(source, include, problems, options.today);
    default:
      return readJournal(source, include, problems, options.today);
  }
}
