/** A Ledger journal with all that it includes. */
import type { Book, Problems, Source } from '../book.ts';
import { Parser } from './parser.ts';
import type { Include as IncludeLine, Reading } from './reading.ts';
import { Session } from './session.ts';

/** Finds the files that an include names; a pattern may name several. */
type Include = (pattern: string, from: Source) => Promise<readonly Source[]>;

export async function readLedger(
  source: Source,
  include: Include,
  problems: Problems,
  today: number | undefined,
): Promise<Book> {
  const session = new Session(problems, today);
  const open: string[] = [];
  const read = async (file: Source, above: Reading | undefined): Promise<void> => {
    open.push(file.path);
    await new Parser(file, session, includeLine, above).parse();
    open.pop();
  };
  const includeLine: IncludeLine = async (path, parser, place) => {
    const files = (await include(path, parser.source)).filter((file) => file.path !== parser.source.path);
    if (files.length === 0) problems.tell('error', place, `no file is named "${path}"`);
    for (const file of files) {
      if (open.includes(file.path)) problems.tell('error', place, `${file.path} includes itself`);
      else await read(file, parser);
    }
  };
  await read(source, undefined);
  const transactions = session.booked.sorted();
  const used = new Set(transactions.pairs.map(({ commodity }) => commodity));
  return { transactions, problems: problems.list, units: session.commodities.unitsOf(used) };
}
