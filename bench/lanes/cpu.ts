/**
 * How much of the processors others took while something was measured: figures taken beside them are not the ledger's
 * alone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds of one tick of /proc/stat. */
const TICK_MS = 10;

/**
 * Milliseconds that all processors were busy since the start, the host's share included; interrupts are left out, as
 * the disk's are our own.
 */
function busyMs(): number {
  try {
    const [user, nice, system, , , , , steal] = readFileSync('/proc/stat', 'utf8')
      .split('\n')[0]!
      .split(/\s+/)
      .slice(1)
      .map(Number);
    return (user! + nice! + system! + steal!) * TICK_MS;
  } catch {
    return 0;
  }
}

const ownMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/**
 * Starts to watch; the function returned says how many processors others kept busy since. 0 where the system does not
 * tell.
 */
export function watchOthers(): () => number {
  const [busy, own, began] = [busyMs(), ownMs(), performance.now()];
  return () => Math.max(0, busyMs() - busy - (ownMs() - own)) / (performance.now() - began);
}

/**
 * Seconds that the threads of this process were ready and had no processor, since the start; 0 where the system does
 * not tell.
 */
function waitedS(): number {
  try {
    const threads = readdirSync('/proc/self/task');
    const nanoseconds = threads.map((thread) => {
      return Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ')[1]);
    });
    return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e9;
  } catch {
    return 0;
  }
}

/**
 * Starts to watch; the function returned says for how many seconds of each second threads of ours waited for a
 * processor.
 */
export function watchOwn(): () => number {
  const [waited, began] = [waitedS(), performance.now()];
  return () => ((waitedS() - waited) / (performance.now() - began)) * 1000;
}

/** Waits until this process does next to nothing: what a flood left behind for the builder is done, and read back. */
export async function settled(): Promise<void> {
  for (let patience = 0; patience < 60; patience++) {
    const own = ownMs();
    await sleep(250);
    if (ownMs() - own < 10) return;
  }
}
