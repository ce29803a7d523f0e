import { Broken } from '../failure.ts';

export interface Found {
  /** Op before the requests that were in flight when it happened. */
  readonly before: number;
  /** Batches of them whose replies were heard. */
  readonly heard: number;
  /** Batches of them that were sent. */
  readonly sent: number;
  /** Op after recovery. */
  readonly after: number;
}

/**
 * A reply that was heard is a batch that is found; a batch that is found was sent. Returns how many of those sent were
 * found.
 */
export function durability({ before, heard, sent, after }: Found): number {
  const found = after - before;
  if (found < heard)
    throw new Broken('durability', `op ${before + heard} was acknowledged; the newest one found is ${after}`);
  if (found > sent) throw new Broken('durability', `op ${before + sent} was the last one sent; op ${after} was found`);
  return found;
}
