/**
 * Keeps so many requests in flight: each sender sends the next one as soon as its last one is answered.
 *
 *   sender 0  ─[ 0 ]──[ 3 ]─────[ 5 ]─
 *   sender 1  ──[ 1 ]────[ 4 ]──[ 6 ]─      latency: from sending (or, with a rate, from when it was
 *   sender 2  ───[ 2 ]──────────────[ 7 ]        due) to the durable reply
 */
import { setImmediate, setTimeout } from 'node:timers/promises';

export interface Pace {
  readonly senders: number;
  /** Each sender pauses so long after each answer; milliseconds. */
  readonly delay: number;
  /** One request is due every so many milliseconds, whether or not the earlier ones are answered. */
  readonly interval: number | undefined;
}

/** Below this a timer is too coarse; milliseconds. */
const TIMER_SLACK = 2;

/**
 * Calls `send` for 0..count-1, and `done` with each latency in milliseconds. Returns the milliseconds from the first
 * sending to the last answer. What `send` rejects with ends the run.
 */
export async function runSenders(
  count: number,
  pace: Pace,
  send: (index: number) => Promise<void>,
  done: (index: number, milliseconds: number) => void,
): Promise<number> {
  const start = performance.now();
  let next = 0;
  let failed = false;

  async function sender(): Promise<void> {
    while (next < count && !failed) {
      const index = next++;
      let from = performance.now();
      if (pace.interval !== undefined) {
        from = start + index * pace.interval;
        await until(from);
      }
      await send(index);
      done(index, performance.now() - from);
      if (pace.delay > 0) await setTimeout(pace.delay);
    }
  }

  try {
    await Promise.all(Array.from({ length: Math.min(pace.senders, count) }, sender));
  } catch (error) {
    failed = true;
    throw error;
  }
  return performance.now() - start;
}

async function until(due: number): Promise<void> {
  for (let left = due - performance.now(); left > 0; left = due - performance.now()) {
    if (left > TIMER_SLACK) await setTimeout(left - TIMER_SLACK);
    else await setImmediate();
  }
}
