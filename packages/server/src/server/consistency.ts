/**
 * How a client of HTTP or gRPC says that a read may be a moment old, and hears how old: in a header, or in a call's
 * metadata. Which op the answer shows stands in the pin.
 */
import { invalid, named } from 'tallystick/internal/model';
import type { Served } from './served.ts';

export const CONSISTENCY_NAME = 'tallystick-consistency';
const AGE_NAME = 'tallystick-age-ms';

/** Throws `invalid_argument` for a word that is none. */
export function isStale(text: unknown, name: string = CONSISTENCY_NAME): boolean {
  if (text === undefined || text === 'linearizable') return false;
  if (text === 'stale') return true;
  throw invalid(`${name} must be linearizable or stale, not ${named(String(text))}`);
}

/** Milliseconds since this node was last known to have everything; 0 where there is no cluster. */
export function ageOf({ ageMs = 0 }: Served): { readonly [name: string]: string } {
  return { [AGE_NAME]: String(ageMs) };
}
