/** The thread we run on, as the system sees it. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Lets other threads go first (nice 0..19) where the system can do that for one thread, which is Linux; elsewhere
 * nothing happens: it is only about who waits when processors are short.
 */
export function yieldToOthers(nice: number): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (Number.isInteger(thread)) setPriority(thread, nice);
  } catch {
    // No /proc, or no permission: as fast as before.
  }
}
