/** Small files of people, such as certificates, tokens and descriptions. */
import { readFileSync } from 'node:fs';

/** The whole text. Throws what the system says. */
export function readText(path: string): string {
  return readFileSync(path, 'utf8');
}
