/** The identity file and the pepper beside it, read and written by commands. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';
import { storageError } from 'tallystick/internal/platform';
import { EMPTY_IDENTITY_FILE, type IdentityFile, Registry } from '../../identity/index.ts';

const OWNER_ONLY = 0o600;

/** Throws `not_found` for one that is absent, and `configuration_invalid`. */
export function readIdentityFile(path: string): Registry {
  if (!existsSync(path)) {
    const next = '`tallystick identity create-key FILE --subject NAME` makes it.';
    throw new TallystickError('not_found', `There is no identity file at ${path}.`, { next });
  }
  try {
    return Registry.parse(readFileSync(path, 'utf8'), path);
  } catch (error) {
    throw error instanceof TallystickError ? error : storageError(`read ${path}`, error);
  }
}

export function readOrBegin(path: string): Registry {
  return existsSync(path) ? readIdentityFile(path) : new Registry(EMPTY_IDENTITY_FILE);
}

/** Whole or not at all, and durable when it returns: whoever was told that a key is revoked may rely on it. */
export function writeIdentityFile(path: string, file: IdentityFile): void {
  // What would not be read is not written.
  Registry.parse(JSON.stringify(file), path);
  writeWhole(path, `${JSON.stringify(file, undefined, 2)}\n`);
}

/** The secret that keys are hashed with; made when it is not there. */
export function pepperBeside(path: string): string {
  const beside = `${path}.pepper`;
  try {
    if (!existsSync(beside))
      writeFileSync(beside, `${randomBytes(32).toString('base64url')}\n`, { mode: OWNER_ONLY, flag: 'wx' });
    return readFileSync(beside, 'utf8').trim();
  } catch (error) {
    throw storageError(`read or make ${beside}`, error);
  }
}

function writeWhole(path: string, text: string): void {
  try {
    const file = openSync(`${path}.new`, 'w', OWNER_ONLY);
    writeSync(file, text);
    fsyncSync(file);
    closeSync(file);
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw storageError(`write ${path}`, error);
  }
}
