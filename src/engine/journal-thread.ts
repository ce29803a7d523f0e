/** The journal's thread. */
import { Fence, Journal } from '../journal/index.ts';
import { DiskStorage } from '../platform/index.ts';
import { JournalAgent } from './agents.ts';
import { Folders } from './builds.ts';
import { Word } from './memory.ts';
import { runThread, stopping, threadData, threadMemory, waitForCursor } from './thread.ts';
import type { ThreadData } from './threads.ts';

/** A caller that waits for its reply sends its next request within that time: not worth a sleep. */
const SPIN_MS = 0.03;

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
  });
  const agent = new JournalAgent(memory, journal);
  try {
    for (;;) {
      const seen = agent.position;
      if (agent.doWork()) continue;
      if (stopping(words)) break;
      if (journal.prepareAhead()) continue;
      waitForCursor(words, seen, Word.journalSleeps, data.wait, SPIN_MS);
    }
  } finally {
    journal.close();
  }
  return { kind: 'ended', position: journal.position };
});
