/** The journal of a ledger's folder with what watches over it: the witness, and the names of the files beside it. */
import { Journal, type JournalOptions, WITNESS_NAME, Witness } from '../journal/index.ts';
import type { File, Storage } from '../platform/index.ts';
import { Folders } from './builds.ts';
import type { EngineMemory } from './memory.ts';

/** For the writer that has just renewed the witness. Lets go of every file when one of them cannot be opened. */
export function openJournal(
  storage: Storage,
  path: string,
  memory: EngineMemory,
  options: Pick<JournalOptions, 'ledgerId' | 'fence' | 'position' | 'checkFence'>,
): Journal {
  const companions: File[] = [];
  let witness: Witness | undefined;
  try {
    for (const name of ['superblock', WITNESS_NAME]) companions.push(storage.open(`${path}/${name}`, { mode: 'read' }));
    witness = new Witness(storage, path, options.ledgerId, options.fence);
    return new Journal(storage, `${path}/${Folders.journal}`, memory.bytes, {
      ...options,
      sums: memory.liveSums(),
      companions,
      witness,
    });
  } catch (error) {
    witness?.close();
    for (const companion of companions) companion.close();
    throw error;
  }
}
