/** Who pays for a request: known callers by their subject, wherever they call from. */
import { crc32 } from 'tallystick/internal/platform';

/** The upper half of the numbers belongs to subjects; the lower half to connections. */
export const SUBJECTS: number = 2 ** 31;

/** Two subjects that share a number share what one gets; nothing else comes of it. */
export function payerOf(subject: string): number {
  return SUBJECTS + (crc32(new TextEncoder().encode(subject)) % SUBJECTS);
}
