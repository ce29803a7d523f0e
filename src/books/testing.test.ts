/** What the tests of this room share: a book from text, and its balances as plain objects. */
import { type Format, Problems } from './book.ts';
import { format } from './decimal.ts';
import { readBook } from './read.ts';
import { tally } from './tally.ts';

export interface Readout {
  readonly balances: Record<string, Record<string, string>>;
  /** `severity line:column message`. */
  readonly problems: string[];
  readonly transactions: number;
  readonly postings: number;
}

/** Zero balances are left out; accounts and commodities are in order of their names. */
export async function readout(
  text: string,
  dialect: Format,
  files: Readonly<Record<string, string>> = {},
): Promise<Readout> {
  const problems = new Problems();
  const read = (path: string): { path: string; text: string }[] =>
    files[path] === undefined ? [] : [{ path, text: files[path] }];
  const book = await readBook({ path: 'book', text }, dialect, read, problems);
  const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);
  const balances = [...tally(book.transactions)].sort(byName).flatMap(([account, held]) => {
    const numbers = [...held].filter(([, number]) => number.mantissa !== 0n).sort(byName);
    return numbers.length === 0
      ? []
      : [[account, Object.fromEntries(numbers.map(([c, n]) => [c, format(n)]))] as const];
  });
  return {
    balances: Object.fromEntries(balances),
    problems: problems.list.map(
      ({ severity, place, message }) => `${severity} ${place.line}:${place.column} ${message}`,
    ),
    transactions: book.transactions.length,
    postings: [...book.transactions].reduce((sum, { postings }) => sum + postings.length, 0),
  };
}
