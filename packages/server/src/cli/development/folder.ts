/**
 * The folder of keys for development: who may read what lies there is looked at, and private keys are for their owner
 * alone.
 */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TallystickError } from 'tallystick/internal/model';
import { storageError } from 'tallystick/internal/platform';

/** Bits of a mode that let others than the owner in. */
const OTHERS_READ = 0o077;
const OTHERS_WRITE = 0o022;

export class KeyFolder {
  readonly path: string;

  /** Makes the folder if it is absent. Throws `invalid_argument` if others may write in it. */
  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (hasMode(path, OTHERS_WRITE)) {
      throw refused(`others may write in ${path}, and could put keys of theirs there: chmod go-w ${path}`);
    }
  }

  at(name: string): string {
    return join(this.path, name);
  }

  /** Undefined if there is none. Throws `invalid_argument` for a private file that others may read. */
  read(name: string, isPrivate = false): string | undefined {
    const path = this.at(name);
    try {
      const text = readFileSync(path, 'utf8');
      if (isPrivate && hasMode(path, OTHERS_READ)) {
        throw refused(`others may read the private key ${path}: make a new one, or chmod go-rwx ${path}`);
      }
      return text;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error instanceof TallystickError ? error : storageError(`read ${path}`, error);
    }
  }

  /** Whole or not at all: a server that watches the file never reads half of it. Returns its path. */
  write(name: string, text: string, isPrivate = false): string {
    const path = this.at(name);
    try {
      writeFileSync(`${path}.new`, text, { mode: isPrivate ? 0o600 : 0o644 });
      renameSync(`${path}.new`, path);
    } catch (error) {
      throw storageError(`write ${path}`, error);
    }
    return path;
  }
}

/** Windows has no such modes. */
function hasMode(path: string, bits: number): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & bits) !== 0;
}

function refused(message: string): TallystickError {
  return new TallystickError('invalid_argument', message);
}
