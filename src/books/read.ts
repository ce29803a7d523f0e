/** Which format a book is in, and its reader. */
import { readBeancount } from './beancount/book.ts';
import type { Book, Format, Problems, Source } from './book.ts';
import { readCsv } from './csv.ts';
import { readJournal } from './journal/book.ts';

/**
 * Finds what an include names: `path` is relative to the folder of `from`, and may be a pattern with `*`, `?` and `**`.
 * All files that fit, in order; none when there is no such file.
 */
export type Read = (path: string, from: string) => Promise<readonly Source[]> | readonly Source[];

export const FORMATS: readonly Format[] = ['beancount', 'hledger', 'ledger', 'csv'];

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
};

/** By the path's extension, else by what only one of the formats would say. */
export function guessFormat({ path, text }: Source): Format {
  const extension = /[.]([a-z]+)$/i.exec(path)?.[1]?.toLowerCase();
  const known = extension === undefined ? undefined : extensions[extension];
  if (known !== undefined) return known;
  if (/^\d{4}-\d\d-\d\d (open|balance|commodity|pad|txn|price) /m.test(text) || /^option "/m.test(text))
    return 'beancount';
  const header = text.slice(0, 1000).split('\n', 1)[0]!;
  if (/[,;\t]/.test(header) && /(^|[,;\t])"?date"?\s*([,;\t]|$)/i.test(header)) return 'csv';
  return 'hledger';
}

export async function readBook(source: Source, format: Format, read: Read, problems: Problems): Promise<Book> {
  const include = async (path: string, from: Source): Promise<readonly Source[]> => read(path, from.path);
  switch (format) {
    case 'beancount':
      return readBeancount(source, include, problems);
    case 'csv':
      return readCsv(source, problems);
    default:
      return readJournal(source, format, include, problems);
  }
}
