/** The builder's thread. */
import { yieldToOthers } from '../platform/index.ts';
import type { BuilderData } from './agent-thread.ts';
import { BuilderAgent } from './builder-agent.ts';
import { endThread, Word } from './memory.ts';
import { beat, failing, runThread, threadData, threadMemory } from './thread.ts';

/** The builder has a whole generation's time for each; machine and journal hold up callers. */
const NICE = 10;
/** Before it looks again whether the journal has what a task speaks of. */
const JOURNAL_WAIT_MS = 2;

runThread(() => {
  yieldToOthers(NICE);
  const data = threadData<BuilderData>();
  const memory = threadMemory(data);
  const { words } = memory;
  const agent = new BuilderAgent(memory, data);
  try {
    for (;;) {
      beat(words, Word.builderBeats);
      const seen = Atomics.load(words, Word.sealed);
      const ended = Atomics.load(words, Word.machineEnded) === 1;
      if (failing(words)) break;
      if (agent.doWork()) continue;
      if (agent.waiting > 0) Atomics.wait(words, Word.journaled, Atomics.load(words, Word.journaled), JOURNAL_WAIT_MS);
      else if (ended) break;
      else agent.rest(seen);
    }
  } finally {
    agent.close();
    endThread(words, 'builder');
  }
  return { kind: 'ended' };
});
