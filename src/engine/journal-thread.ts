/** The journal's thread. */
import { Fence, Journal } from '../journal/index.ts';
import { DiskStorage } from '../platform/index.ts';
import { ahead } from '../ring/index.ts';
import { JournalAgent } from './agents.ts';
import { Folders } from './builds.ts';
import { Word } from './memory.ts';
import { runThread, stopping, threadData, threadMemory, waitForCursor } from './thread.ts';
import type { ThreadData } from './threads.ts';

/** Callers that wait for a reply send their next requests within that time: not worth a sleep. */
const SPIN_MS = 0.15;
/** After a flush of more cells than that, batches are large, and the machine has better use for the processor. */
const SPIN_CELLS_MAX = 1024;
/** Nobody will miss the journal's thread for a moment after that. */
const IDLE_MS = 5;

runThread(() => {
  const data = threadData<ThreadData>();
  const memory = threadMemory(data);
  const { words } = memory;
  const storage = new DiskStorage();
  const fence = Fence.held(storage, data.path!, data.fence);
  const journal = new Journal(storage, `${data.path}/${Folders.journal}`, memory.bytes, {
    ledgerId: data.ledgerId,
    fence: data.fence,
    position: data.position,
    checkFence: () => fence.check(),
    sums: memory.liveSums(),
  });
  const agent = new JournalAgent(memory, journal);
  let flushed = 0;
  try {
    for (;;) {
      const before = agent.position;
      // Looked at first: what was published before the engine stopped is still to be passed.
      const ending = stopping(words);
      if (agent.doWork()) {
        flushed = ahead(before, agent.position);
        continue;
      }
      const seen = agent.position;
      if (ending) break;
      // Work ahead takes tenths of a millisecond: only when nobody has asked for anything for a while.
      if (waitForCursor(words, seen, Word.journalSleeps, data.wait, flushed < SPIN_CELLS_MAX ? SPIN_MS : 0, IDLE_MS))
        continue;
      while (Atomics.load(words, Word.cursor) === seen && !stopping(words) && journal.prepareAhead());
      waitForCursor(words, seen, Word.journalSleeps, data.wait, 0, 1000);
    }
  } finally {
    journal.close();
  }
  return { kind: 'ended', position: journal.position };
});
