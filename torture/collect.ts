/**
 * Collects garbage. The memory of a ledger is shared memory, which the language's collector does not count: a process
 * that opens and closes hundreds of large ledgers, and makes little other garbage, would hold them all. A turn of the
 * event loop comes first, because a ledger in this thread has asked for one and is held until it comes; promises alone
 * never let it.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

const gc = runInNewContext('gc') as () => void;

export async function collect(): Promise<void> {
  await turn();
  gc();
}
