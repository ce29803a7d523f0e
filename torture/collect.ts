/**
 * Collects garbage now. The memory of a ledger is shared memory, which the language's collector does not count: a
 * process that opens and closes hundreds of large ledgers, and makes little other garbage, would hold them all.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

export const collect: () => void = runInNewContext('gc') as () => void;
