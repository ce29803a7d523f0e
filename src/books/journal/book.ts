/** An hledger journal with all that it includes, balanced. */
import type { Book, Place, Problems, Source } from '../book.ts';
import { Balancer } from './balance.ts';
import { parseJournal } from './parser.ts';
import { copySettings, newSettings, type Settings } from './settings.ts';
import { parseTimedot } from './timedot.ts';

/** Finds the files that an include names; a pattern may name several. */
type Include = (pattern: string, from: Source) => Promise<readonly Source[]>;

export async function readJournal(
  source: Source,
  include: Include,
  problems: Problems,
  today: number | undefined,
): Promise<Book> {
  const settings = newSettings(today === undefined ? undefined : Math.floor(today / 10000), problems);
  const balancer = new Balancer(settings.conversions, problems);
  const parseFile = async (file: Source, own: Settings, above: readonly string[]): Promise<void> => {
    const trail = [...above, file.path];
    await parseJournal(file, own, problems, balancer, async (pattern: string, place: Place): Promise<void> => {
      const [, reader, path] = /^(?:(journal|j|hledger|timedot|timeclock|csv|tsv|ssv|rules):)?(.*)$/.exec(pattern)!;
      const files = (await include(path!, file)).filter((found) => found.path !== file.path || !/[*?[{]/.test(path!));
      if (files.length === 0) problems.tell('error', place, `no file is named "${path}"`);
      for (const included of files) {
        const kind = reader ?? /[.]([a-z]+)$/.exec(included.path)?.[1] ?? '';
        if (trail.includes(included.path)) problems.tell('error', place, `${included.path} includes itself`);
        else if (kind === 'timedot') parseTimedot(included, copySettings(own), problems, balancer);
        else if (/^(timeclock|csv|tsv|ssv|rules)$/.test(kind))
          problems.tell('error', place, `a ${kind} file is not read here: import what "hledger print" makes of it`);
        else await parseFile(included, copySettings(own), trail);
      }
    });
  };
  await parseFile(source, settings, []);
  return { transactions: balancer.finish(), problems: problems.list };
}
