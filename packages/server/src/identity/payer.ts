/** Who pays for a request: known callers by their subject, wherever they call from. */
import { crc32 } from 'tallystick/internal/platform';

/** The upper half of the numbers belongs to subjects; the lower half to connections. */
export const SUBJECTS: number = 2 ** 31;

/** Two callers that share a number share what one gets; nothing else comes of it. */
export function payerOf(owner: Uint8Array): number {
  return SUBJECTS + (crc32(owner) % SUBJECTS);
}
