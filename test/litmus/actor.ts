/** One actor of a litmus test: a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import type { LitmusModule } from './litmus.ts';

const { module, index, rounds, memory } = workerData as {
  readonly module: string;
  readonly index: number;
  readonly rounds: number;
  readonly memory: SharedArrayBuffer;
};
const { words, actors, together } = (await import(module)) as LitmusModule;
const act = actors[index]!;
/** How many rounds each actor has begun, on a cache line of its own. */
const begun = new Int32Array(memory, 0, actors.length * 16);
const results = new Int32Array(rounds);

for (let round = 0; round < rounds; round++) {
  if (round % together === 0) meet(round / together + 1);
  results[round] = act(new Int32Array(memory, (begun.length + round * words) * 4, words), round);
}
parentPort!.postMessage(results);

/** Returns when everybody is here. */
function meet(number: number): void {
  Atomics.store(begun, index * 16, number);
  for (let other = 0; other < actors.length; other++) {
    for (let tries = 0; Atomics.load(begun, other * 16) < number; tries++) {
      // Two cores, and perhaps three threads: let the late one run.
      if (tries > 2000) Atomics.wait(begun, other * 16, number - 1, 1);
    }
  }
}
