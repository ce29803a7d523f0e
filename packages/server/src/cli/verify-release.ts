/** `tallystick verify-release FOLDER --key FILE`. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';
import { plural } from './print.ts';
import { isReleaseKey, problemsOf, releasedIn } from './release-files.ts';

/** Returns the exit code: 1 if something is not as it was signed. Throws `invalid_argument` if `key` is no key. */
export function verifyRelease(folder: string, { key }: { readonly key: string }): number {
  const problems = problemsOf(folder, publicKey(key));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return 1;
  process.stdout.write(`${folder}: ${plural(releasedIn(folder).length, 'file')}, all as they were signed\n`);
  return 0;
}

function publicKey(path: string): KeyObject {
  try {
    const key = createPublicKey(readFileSync(path));
    if (isReleaseKey(key)) return key;
  } catch (cause) {
    throw new TallystickError('invalid_argument', `${path} is no public key in PEM`, { cause });
  }
  throw new TallystickError('invalid_argument', `${path} is a key of another kind than P-256 or ed25519`);
}
