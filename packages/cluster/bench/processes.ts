/** What processes of this machine have used of its cores. */
import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second. */
const TICK_MS = 10;

/** Milliseconds of all cores, user and system, since that process began; `undefined` where the system has no /proc. */
export function cpuMs(pid: number): number | undefined {
  try {
    // The name in brackets may have spaces in it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return undefined;
  }
}
