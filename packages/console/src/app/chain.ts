/**
 * The linked chain that a transfer came in. Events of a chain follow one another without a gap in the ledger's time,
 * one nanosecond each, and all but the last are `linked`.
 */
import { ask } from './api.ts';
import type { Transfer } from './records.ts';

const AROUND = 64n;

export async function chainOf(transfer: Transfer, signal: AbortSignal): Promise<readonly Transfer[]> {
  if (transfer.flags.includes('imported')) return [transfer];
  const at = BigInt(transfer.timestamp);
  const filter = { timestamp_min: String(at - AROUND), timestamp_max: String(at + AROUND), limit: 200 };
  return linkedTo(transfer, await ask<Transfer[]>('v1/query_transfers', { body: [filter], signal }));
}

/** `around`: the oldest first, the transfer among them. */
export function linkedTo(transfer: Transfer, around: readonly Transfer[]): readonly Transfer[] {
  const place = around.findIndex(({ id }) => id === transfer.id);
  if (place === -1) return [transfer];
  const follows = (i: number): boolean =>
    BigInt(around[i]!.timestamp) - BigInt(around[i - 1]!.timestamp) === 1n && around[i - 1]!.flags.includes('linked');
  let first = place;
  while (first > 0 && follows(first)) first -= 1;
  let last = place;
  while (last + 1 < around.length && follows(last + 1)) last += 1;
  return around.slice(first, last + 1);
}
