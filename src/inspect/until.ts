/** Where a copy of a ledger ends, if not at its end. */
import type { Position } from '../journal/index.ts';
import { TallystickError } from '../model/index.ts';

/** Behind that batch, or behind the last one that is not newer than that time, in nanoseconds since the epoch. */
export type Until = { readonly op: number } | { readonly timestamp: bigint };

export function isWithin(until: Until | undefined, { op, timestamp }: Position): boolean {
  if (until === undefined) return true;
  return 'op' in until ? op <= until.op : timestamp <= until.timestamp;
}

/** Throws `invalid_argument` if the ledger in `folder` ends before the op that was asked for. */
export function checkReached(until: Until | undefined, { op }: Position, folder: string): void {
  if (until === undefined || !('op' in until) || op === until.op) return;
  throw new TallystickError('invalid_argument', `the ledger in ${folder} has no op ${until.op}: it ends at ${op}`);
}
