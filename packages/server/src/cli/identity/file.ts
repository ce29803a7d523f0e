/** The identity file and the pepper beside it, read and written by commands. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';
import { storageError } from 'tallystick/internal/platform';
import { type IdentityFile, Roster } from '../../identity/index.ts';

const OWNER_ONLY = 0o600;
const WAIT_MS = 5000;
const AGAIN_MS = 20;

/** Throws `not_found` for one that is absent, and `configuration_invalid`. */
export function readIdentityFile(path: string): Roster {
  if (!existsSync(path)) {
    const next = '`tallystick identity create-key FILE --subject NAME` makes it.';
    throw new TallystickError('not_found', `There is no identity file at ${path}.`, { next });
  }
  try {
    return Roster.parse(readFileSync(path, 'utf8'), path);
  } catch (error) {
    throw error instanceof TallystickError ? error : storageError(`read ${path}`, error);
  }
}

/**
 * Writes what `act` makes of the file, whole or not at all, and durable when it returns: whoever was told that a key is
 * revoked may rely on it. Two commands change it one after the other: the draft of one keeps the other out.
 */
export function changeIdentityFile(path: string, act: (file: IdentityFile) => IdentityFile): IdentityFile {
  const draft = `${path}.new`;
  const descriptor = openDraft(draft);
  try {
    const next = act((existsSync(path) ? readIdentityFile(path) : new Roster()).file);
    // What would not be read is not written.
    Roster.parse(JSON.stringify(next), path);
    writeSync(descriptor, `${JSON.stringify(next, undefined, 2)}\n`);
    fsyncSync(descriptor);
    renameSync(draft, path);
    return next;
  } catch (error) {
    rmSync(draft, { force: true });
    throw error instanceof TallystickError ? error : storageError(`write ${path}`, error);
  } finally {
    closeSync(descriptor);
  }
}

function openDraft(draft: string): number {
  for (let waited = 0; ; waited += AGAIN_MS) {
    try {
      return openSync(draft, 'wx', OWNER_ONLY);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw storageError(`make ${draft}`, error);
      if (waited >= WAIT_MS) {
        const next = `If no such command runs, one was interrupted: remove ${draft}, and try again.`;
        throw new TallystickError('locked', `another command changes the file: ${draft} is there`, { next });
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_MS);
    }
  }
}

/** The secret that keys are hashed with; made when it is not there. */
export function pepperBeside(path: string): string {
  const beside = `${path}.pepper`;
  try {
    if (!existsSync(beside)) {
      writeFileSync(beside, `${randomBytes(32).toString('base64url')}\n`, { mode: OWNER_ONLY, flag: 'wx' });
    }
    return readFileSync(beside, 'utf8').trim();
  } catch (error) {
    throw storageError(`read or make ${beside}`, error);
  }
}
