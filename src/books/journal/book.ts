/** A journal with all that it includes, balanced. */
import type { Book, Format, Place, Problems, Source } from '../book.ts';
import { balanceJournal } from './balance.ts';
import { copySettings, newSettings, parseJournal, type Settings } from './parser.ts';
import type { JournalTransaction } from './syntax.ts';

/** Finds the files that an include names; a pattern may name several. */
type Include = (pattern: string, from: Source) => Promise<readonly Source[]>;

export async function readJournal(
  source: Source,
  dialect: Format,
  include: Include,
  problems: Problems,
): Promise<Book> {
  const transactions: JournalTransaction[] = [];
  const parseFile = async (file: Source, settings: Settings, above: readonly string[]): Promise<void> => {
    const trail = [...above, file.path];
    await parseJournal(file, settings, problems, transactions, async (pattern: string, place: Place): Promise<void> => {
      const files = await include(pattern, file);
      if (files.length === 0) problems.tell('error', place, `no file is named "${pattern}"`);
      for (const included of files) {
        if (trail.includes(included.path)) problems.tell('error', place, `${included.path} includes itself`);
        else await parseFile(included, dialect === 'hledger' ? copySettings(settings) : settings, trail);
      }
    });
  };
  await parseFile(source, newSettings(dialect, problems), []);
  return { transactions: balanceJournal(transactions, dialect, problems), problems: problems.list };
}
