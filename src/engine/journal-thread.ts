/** The journal's thread. */
import { Fence } from '../journal/index.ts';
import { DiskStorage } from '../platform/index.ts';
import { ahead } from '../ring/index.ts';
import type { JournalData } from './agent-thread.ts';
import { JournalAgent } from './agents.ts';
import { Word } from './memory.ts';
import { openJournal } from './open-journal.ts';
import { beat, runThread, stopping, threadData, threadMemory, waitForCursor } from './thread.ts';

/** Callers that wait for a reply send their next requests within that time: not worth a sleep. */
const SPIN_MS = 0.15;
/** After a flush of more cells than that, batches are large, and the machine has better use for the processor. */
const SPIN_CELLS_MAX = 1024;
/** After so long without a flush its witness is made durable: a write of a block, during which a request would wait. */
const SETTLE_IDLE_MS = 2;
/**
 * The same where requests come by way of a network: they are further apart, and the next one would wait for that write.
 */
const SETTLE_RESTING_MS = 20;
/** While flushes follow one another, the witness is made durable that often. */
const SETTLE_BUSY_MS = 10;
/**
 * Where requests come by way of a network, what was written is read back into the cache after so long: batches are
 * further apart, and reading between two of them takes the processor and the disk from the next one.
 */
const WARM_RESTING_MS = 100;
/** Nobody will miss the journal's thread for a moment after that, counted from when the witness was durable. */
const AHEAD_IDLE_MS = 3;

runThread(() => {
  const data = threadData<JournalData>();
  const memory = threadMemory(data);
  const { words } = memory;
  const storage = new DiskStorage();
  const fence = Fence.held(storage, data.path, data.fence);
  const journal = openJournal(storage, data.path, memory, {
    ledgerId: data.ledgerId,
    fence: data.fence,
    position: data.position,
    checkFence: () => fence.check(),
  });
  const agent = new JournalAgent(memory, journal);
  const rests = data.wait === 'resting';
  const settleIdleMs = rests ? SETTLE_RESTING_MS : SETTLE_IDLE_MS;
  let flushed = 0;
  let settledAt = performance.now();
  const settle = (): void => {
    agent.settle();
    settledAt = performance.now();
  };
  try {
    for (;;) {
      beat(words, Word.journalBeats);
      const before = agent.position;
      // Looked at first: what was published before the engine stopped is still to be passed.
      const ending = stopping(words);
      if (agent.doWork()) {
        flushed = ahead(before, agent.position);
        if (performance.now() - settledAt > SETTLE_BUSY_MS) settle();
        continue;
      }
      const seen = agent.position;
      if (ending) break;
      const spin = flushed < SPIN_CELLS_MAX && !rests ? SPIN_MS : 0;
      if (waitForCursor(words, seen, Word.journalSleeps, data.wait, spin, settleIdleMs)) continue;
      settle();
      // Work ahead takes tenths of a millisecond: only when nobody has asked for anything for a while.
      if (waitForCursor(words, seen, Word.journalSleeps, data.wait, 0, AHEAD_IDLE_MS)) continue;
      const workAhead = (warm: boolean): void => {
        while (Atomics.load(words, Word.cursor) === seen && !stopping(words) && journal.prepareAhead(warm)) {
          beat(words, Word.journalBeats);
        }
      };
      workAhead(!rests);
      if (rests && waitForCursor(words, seen, Word.journalSleeps, data.wait, 0, WARM_RESTING_MS)) continue;
      if (rests) workAhead(true);
      waitForCursor(words, seen, Word.journalSleeps, data.wait, 0, 1000);
    }
  } finally {
    journal.close();
  }
  return { kind: 'ended', position: journal.position };
});
