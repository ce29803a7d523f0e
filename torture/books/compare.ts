/** Books of one dialect, from a seed, and where the two readers of them differ. */
import { Random } from '../../testing/model/random.ts';
import { randomBook } from './journals.ts';
import { type Answer, ask, type Dialect, ours, same } from './tools.ts';

export interface Difference {
  readonly text: string;
  readonly theirs: Answer;
  readonly ours: Answer;
  readonly told: readonly string[];
}

export interface Comparison {
  same: number;
  /** By both. */
  refused: number;
  /** We refuse it, by a reason that the table in docs/guides/import.md has. */
  known: number;
  readonly differences: Difference[];
}

const BATCH = 100;

/** Reasons for which we refuse what the program takes: each is in the table of docs/guides/import.md. */
const KNOWN: { readonly [dialect in Dialect]: RegExp } = {
  beancount: /(?!)/,
  hledger: /moves other commodities|one decimal mark/,
  rules: /one decimal mark/,
  ledger: /a quotient whose decimals end|does not balance/,
};

export async function compareBooks(dialect: Dialect, seed: number, count: number, folder: string): Promise<Comparison> {
  const random = new Random(seed);
  const comparison: Comparison = { same: 0, refused: 0, known: 0, differences: [] };
  for (let done = 0; done < count; done += BATCH) {
    const books = Array.from({ length: Math.min(BATCH, count - done) }, () => randomBook(dialect, random));
    const answers = ask(dialect, books, folder);
    for (const [index, text] of books.entries()) {
      const theirs = answers[index];
      const { answer, told } = await ours(dialect, text);
      if (same(answer, theirs)) comparison[theirs === undefined ? 'refused' : 'same'] += 1;
      else if (answer === undefined && KNOWN[dialect].test(told.join('\n'))) comparison.known += 1;
      else comparison.differences.push({ text, theirs, ours: answer, told });
    }
  }
  return comparison;
}
