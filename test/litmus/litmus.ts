/**
 * Races, tried for real: actors in threads of their own meet at a barrier round after round on one piece of shared
 * memory, and what each of them saw is counted. A litmus test declares which outcomes may be; one that may not be, and
 * was, fails it.
 */
import { Worker } from 'node:worker_threads';

export interface Litmus {
  /**
   * Compiled module that exports `actors: Actor[]` (see below) and `words`, Int32 words of memory that a round gets.
   */
  readonly module: string;
  readonly rounds: number;
}

/**
 * One actor's part of a round; the number that it returns is its part of the outcome. Rounds' memories are zero at
 * first.
 */
export type Actor = (words: Int32Array, round: number) => number;

/** What an actor's module exports. */
export interface LitmusModule {
  readonly words: number;
  readonly actors: readonly Actor[];
  /**
   * Rounds between two meetings of the actors: many are fast, and let them drift apart; at one they begin every round
   * together.
   */
  readonly together: number;
}

/** How often each outcome was: the actors' numbers, joined by commas. */
export async function outcomes({ module, rounds }: Litmus): Promise<Map<string, number>> {
  const { words, actors } = (await import(module)) as LitmusModule;
  const memory = new SharedArrayBuffer((actors.length * 16 + rounds * words) * 4);
  const results = await Promise.all(
    actors.map(
      (_, index) =>
        new Promise<Int32Array>((resolve, reject) => {
          const worker = new Worker(new URL('./actor.js', import.meta.url), {
            workerData: { module, index, rounds, memory },
          });
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    ),
  );
  const counts = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    const outcome = results.map((result) => result[round]).join(',');
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return counts;
}
