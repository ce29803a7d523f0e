/**
 * Going to sleep while somebody publishes, as a thread of the engine does: it says that it sleeps, looks once more, and
 * waits. The producer publishes, then looks whether anybody sleeps. Words: 0 the cursor, 16 "sleeps".
 */
import type { Actor } from './litmus.ts';

export const words = 32;

/** 1: woke the sleeper. 0: saw nobody asleep. */
const producer: Actor = (memory, round) => {
  // From before the other's first step to behind its last.
  for (let pause = round % 60; pause > 0; pause--) Atomics.load(memory, 31);
  Atomics.store(memory, 0, 1);
  if (Atomics.load(memory, 16) === 0) return 0;
  Atomics.notify(memory, 0);
  return 1;
};

/** 0: did not need to wait. 1: waited, and was woken. 2: slept on although there was something. */
const sleeper: Actor = (memory) => {
  Atomics.store(memory, 16, 1);
  const how = Atomics.wait(memory, 0, 0, 1000);
  Atomics.store(memory, 16, 0);
  return how === 'not-equal' ? 0 : how === 'ok' ? 1 : 2;
};

export const together = 1;
export const actors: readonly Actor[] = [producer, sleeper];
