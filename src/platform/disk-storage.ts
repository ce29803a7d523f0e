import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { TallystickError } from '../model/index.ts';
import { alignedBytes } from './aligned.ts';
import { storageError } from './errno.ts';
import { FolderLook } from './folder-look.ts';
import type { File, OpenOptions, Storage } from './storage.ts';

/** Balances are their owner's alone, whatever the umask. */
const OWNER_ONLY = { file: 0o600, folder: 0o700 } as const;
const { O_CREAT, O_DSYNC, O_RDONLY, O_RDWR } = fs.constants;
/** Undefined where the system has none (macOS). */
const O_DIRECT = (fs.constants as { readonly O_DIRECT?: number }).O_DIRECT ?? 0;

/** Storage on the local file system, by blocking calls. Bytes may lie in shared memory. */
export class DiskStorage implements Storage {
  open(path: string, options: OpenOptions): File {
    let flags = options.mode === 'read' ? O_RDONLY : O_RDWR;
    if (options.mode === 'create') flags |= O_CREAT;
    if (options.durable === true) flags |= O_DSYNC;
    return attempt(`open ${path}`, () => {
      if (options.direct === true && O_DIRECT !== 0) {
        try {
          return new DiskFile(path, fs.openSync(path, flags | O_DIRECT, OWNER_ONLY.file));
        } catch (error) {
          // The file system has no direct transfers; the same writes through the page cache are as durable.
          if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
        }
      }
      return new DiskFile(path, fs.openSync(path, flags, OWNER_ONLY.file));
    });
  }

  exists(path: string): boolean {
    // Not `existsSync`: a file that could not be looked at is not a file that is absent.
    return attempt(`look for ${path}`, () => fs.statSync(path, { throwIfNoEntry: false }) !== undefined);
  }

  list(folder: string): string[] {
    return attempt(`list ${folder}`, () => fs.readdirSync(folder).sort());
  }

  /** `mode` is that of those that it creates. */
  makeFolder(folder: string, mode: number = OWNER_ONLY.folder): void {
    attempt(`create ${folder}`, () => {
      for (const made of makeFolders(folder, mode)) this.syncFolder(dirname(made));
    });
  }

  remove(path: string): void {
    attempt(`remove ${path}`, () => fs.unlinkSync(path));
  }

  rename(from: string, to: string): void {
    attempt(`rename ${from} to ${to}`, () => fs.renameSync(from, to));
  }

  syncFolder(folder: string): void {
    attempt(`sync ${folder}`, () => {
      const descriptor = fs.openSync(folder, O_RDONLY);
      try {
        fs.fsyncSync(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
    });
  }

  claim(path: string, bytes: Uint8Array): boolean {
    const draft = `${path}.${process.pid}.${process.hrtime.bigint()}`;
    return attempt(`create ${path}`, () => {
      try {
        const descriptor = fs.openSync(draft, 'wx', OWNER_ONLY.file);
        try {
          fs.writeFileSync(descriptor, bytes);
          fs.fsyncSync(descriptor);
        } finally {
          fs.closeSync(descriptor);
        }
        fs.linkSync(draft, path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
        throw error;
      } finally {
        fs.rmSync(draft, { force: true });
      }
      try {
        this.syncFolder(dirname(path));
      } catch (error) {
        // A caller that hears an error has claimed nothing.
        fs.rmSync(path, { force: true });
        throw error;
      }
      return true;
    });
  }

  look(folder: string): FolderLook {
    return new FolderLook(folder);
  }

  buffer(size: number): Uint8Array {
    return alignedBytes(size);
  }
}

/**
 * Creates a folder and its parents; returns those that were not there. Not `recursive`: Node 20 tries for ever where a
 * parent exists and takes no folders, as /proc does, and says ENOENT.
 */
function makeFolders(folder: string, mode: number): string[] {
  try {
    fs.mkdirSync(folder, mode);
    return [folder];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && fs.statSync(folder).isDirectory()) return [];
    const parent = dirname(folder);
    if (code !== 'ENOENT' || parent === folder) throw error;
    if (fs.existsSync(parent))
      throw new TallystickError('not_writable', `cannot create ${folder}: ${parent} takes no folders`, {
        cause: error,
      });
    const made = makeFolders(parent, mode);
    fs.mkdirSync(folder, mode);
    return [...made, folder];
  }
}

class DiskFile implements File {
  readonly path: string;
  /** -1: closed. */
  #descriptor: number;
  /** Which file it is, once somebody has asked. */
  #identity: fs.Stats | undefined;
  /** Looks at its folder, once somebody has asked. */
  #folder: FolderLook | undefined;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  read(target: Uint8Array, position: number): number {
    try {
      let done = 0;
      while (done < target.length) {
        const count = fs.readSync(this.#descriptor, target, done, target.length - done, position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    } catch (error) {
      throw storageError(`read ${this.path} at ${position}`, error);
    }
  }

  write(bytes: Uint8Array, position: number): void {
    try {
      let done = 0;
      while (done < bytes.length) {
        done += fs.writeSync(this.#descriptor, bytes, done, bytes.length - done, position + done);
      }
    } catch (error) {
      throw storageError(`write ${this.path} at ${position}`, error);
    }
  }

  writev(pieces: readonly Uint8Array[], position: number): void {
    try {
      let written = fs.writevSync(this.#descriptor, pieces, position);
      let at = position;
      for (const piece of pieces) {
        // A short write (a full disk, a signal) leaves the rest to plain writes.
        if (written < piece.length) this.write(piece.subarray(written), at + written);
        at += piece.length;
        written = Math.max(0, written - piece.length);
      }
    } catch (error) {
      throw storageError(`write ${this.path} at ${position}`, error);
    }
  }

  sync(): void {
    attempt(`sync ${this.path}`, () => fs.fsyncSync(this.#descriptor));
  }

  size(): number {
    return attempt(`look at ${this.path}`, () => fs.fstatSync(this.#descriptor).size);
  }

  truncate(size: number): void {
    attempt(`truncate ${this.path}`, () => fs.ftruncateSync(this.#descriptor, size));
  }

  isNamed(): boolean {
    return attempt(`look at ${this.path}`, () => {
      this.#identity ??= fs.fstatSync(this.#descriptor);
      const named = fs.statSync(this.path, { throwIfNoEntry: false });
      const { ino, dev } = this.#identity;
      return named !== undefined && named.ino === ino && named.dev === dev && named.nlink <= 1;
    });
  }

  isGone(): boolean {
    this.#folder ??= new FolderLook(dirname(this.path));
    if (this.#folder.isSame()) return false;
    if (!this.isNamed()) return true;
    this.#folder.confirm();
    return false;
  }

  /** Once: by then its number may be another file's. */
  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = -1;
    if (descriptor >= 0) attempt(`close ${this.path}`, () => fs.closeSync(descriptor));
  }
}

function attempt<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof TallystickError) throw error;
    throw storageError(what, error);
  }
}
