/**
 * A disk that does what disks do: it loses what was not synced, tears and reorders it, fills up, fails, flips bits and
 * lies about syncs. Files live in two memory storages, as programs see them and as the platter holds them; what is
 * between the two is pending, and a crash decides over it.
 */
import { assert } from '../../src/base/index.ts';
import { TallystickError } from '../../src/model/index.ts';
import {
  BLOCK_SIZE,
  type File,
  type MemoryFile,
  MemoryStorage,
  type OpenOptions,
  type Storage,
} from '../../src/platform/index.ts';
import type { Io, IoFault } from './io-fault.ts';

/** A disk writes so many bytes whole or not at all. */
const SECTOR_SIZE = 512;

/** Thrown by every call once the power is gone. */
export class PowerLost extends Error {
  override readonly name = 'PowerLost';
}

/** Numbers in [0, 1), the same ones for the same seed. */
export type Random = () => number;

interface PendingWrite {
  readonly inode: string;
  readonly position: number;
  /** Undefined: the file was truncated to `position`. */
  readonly bytes: Uint8Array | undefined;
}

interface NameChange {
  readonly path: string;
  readonly inode: string | undefined;
}

export class FaultyStorage implements Storage {
  /** Bytes that writes have carried so far. */
  bytesWritten = 0;
  /**
   * Where {@link buffer} takes zeroed memory from, if not from the system. What comes out of a crash or a fork has the
   * same source.
   */
  buffers: ((size: number) => Uint8Array) | undefined;
  /** Asked before every step. What comes out of a crash or a fork has none. */
  faults: ((io: Io) => IoFault | undefined) | undefined;
  /** False: direct transfers go through the page cache, as on a file system that has none. */
  direct = true;
  /** Syncs (of files, folders and durable writes) so far. */
  syncs = 0;
  readonly #open = new Set<File>();
  #names = new Map<string, string>();
  #durableNames = new Map<string, string>();
  #current = new MemoryStorage();
  #durable = new MemoryStorage();
  #writes: PendingWrite[] = [];
  /** Steps of name changes: a rename is one step of two. */
  #renames: NameChange[][] = [];
  #inodes = 0;
  #limit = Number.POSITIVE_INFINITY;
  #atLimit: 'power' | 'disk_full' | 'disk_failed' = 'power';
  #powerLost = false;
  #lies = 0;

  /**
   * The write that would carry byte number `bytes` (counted from now) stops before it: the power goes, or the disk is
   * full or broken from there on.
   */
  failAfter(bytes: number, how: 'power' | 'disk_full' | 'disk_failed'): void {
    this.#limit = this.bytesWritten + bytes;
    this.#atLimit = how;
  }

  /** The disk works again. */
  repair(): void {
    this.#limit = Number.POSITIVE_INFINITY;
    this.faults = undefined;
  }

  /** The next `count` syncs of files return without having done anything. */
  lie(count: number): void {
    this.#lies = count;
  }

  /** Inverts one bit of what is stored. */
  flip(path: string, bit: number): void {
    const position = Math.floor(bit / 8);
    const byte = new Uint8Array(1);
    for (const [storage, names] of [
      [this.#current, this.#names],
      [this.#durable, this.#durableNames],
    ] as const) {
      const inode = names.get(path);
      if (inode === undefined) continue;
      const file = storage.open(inode, { mode: 'write' });
      assert(file.read(byte, position) === 1, 'the bit lies within the file');
      byte[0]! ^= 1 << (bit % 8);
      file.write(byte, position);
    }
  }

  /**
   * The disk after the power fails now. Pending writes are kept, lost, torn at any byte or by sectors; pending renames
   * happened up to some moment.
   */
  crash(random: Random): FaultyStorage {
    const kept = Math.floor(random() * (this.#renames.length + 1));
    return this.#crashed(
      (change) => change < kept,
      (write, file) => {
        const fate = random();
        if (fate < 0.25) return;
        if (write.bytes === undefined) file.truncate(write.position);
        else if (fate < 0.5) file.adopt(write.bytes, write.position);
        else if (fate < 0.75)
          file.write(write.bytes.subarray(0, Math.floor(random() * write.bytes.length)), write.position);
        else writeSomeSectors(file, write.bytes, write.position, random);
      },
    );
  }

  /** Steps that a crash decides over: writes, then changes of names. */
  get pending(): { readonly writes: number; readonly names: number } {
    return { writes: this.#writes.length, names: this.#renames.length };
  }

  /**
   * The disk after the power fails now, if the caller decides about every pending step: whether a change of names
   * happened, and how much of a write (0 to 1) reached the disk, from its start.
   */
  crashWith(names: (change: number) => boolean, writes: (write: number) => number): FaultyStorage {
    return this.#crashed(names, (write, file, index) => {
      const share = writes(index);
      if (share === 0) return;
      if (write.bytes === undefined) file.truncate(write.position);
      else file.write(write.bytes.subarray(0, Math.ceil(share * write.bytes.length)), write.position);
    });
  }

  #crashed(
    happened: (change: number) => boolean,
    fate: (write: PendingWrite, file: MemoryFile, index: number) => void,
  ): FaultyStorage {
    const after = new FaultyStorage();
    after.buffers = this.buffers;
    after.direct = this.direct;
    const names = new Map(this.#durableNames);
    for (const [index, changes] of this.#renames.entries())
      if (happened(index)) for (const change of changes) applyName(names, change);
    const platter = this.#durable.fork();
    for (const [index, write] of this.#writes.entries())
      fate(write, platter.open(write.inode, { mode: 'create' }), index);
    after.#names = names;
    after.#durableNames = new Map(names);
    after.#current = platter.fork();
    after.#durable = platter;
    after.#inodes = this.#inodes;
    for (const inode of names.values()) {
      // A file whose name survived without its bytes is empty.
      after.#current.open(inode, { mode: 'create' });
      after.#durable.open(inode, { mode: 'create' });
    }
    return after;
  }

  /**
   * The disk as the next process finds it if this one was killed and the machine lives on: everything that was written,
   * synced or not. A later {@link crash} may still take away unsynced bytes.
   */
  restart(): FaultyStorage {
    const after = this.fork();
    after.#durableNames = new Map(this.#durableNames);
    after.#durable = this.#durable.fork();
    after.#writes = [...this.#writes];
    after.#renames = [...this.#renames];
    return after;
  }

  /** The same files, from now on independent of this storage, everything synced. */
  fork(): FaultyStorage {
    const copy = new FaultyStorage();
    copy.buffers = this.buffers;
    copy.direct = this.direct;
    copy.#names = new Map(this.#names);
    copy.#durableNames = new Map(this.#names);
    copy.#current = this.#current.fork();
    copy.#durable = this.#current.fork();
    copy.#inodes = this.#inodes;
    return copy;
  }

  open(path: string, options: OpenOptions): File {
    this.#mayAct();
    let inode = this.#names.get(path);
    this.#step(inode === undefined ? 'create' : 'open', path);
    if (inode === undefined) {
      if (options.mode !== 'create') throw new TallystickError('not_found', `cannot open ${path}: no such file`);
      inode = `${this.#inodes++}`;
      this.#change([{ path, inode }]);
      this.#durable.open(inode, { mode: 'create' });
    }
    const file = this.#current.open(inode, { mode: options.mode === 'read' ? 'read' : 'create' });
    const opened = new FaultyFile(path, inode, file, options, this);
    this.#open.add(opened);
    return opened;
  }

  /** Paths of the files that nobody has closed yet. */
  get openFiles(): string[] {
    return [...this.#open].map(({ path }) => path);
  }

  /** For this storage's files. */
  closed(file: File): void {
    this.#open.delete(file);
  }

  exists(path: string): boolean {
    this.#mayAct();
    this.#step('look', path);
    return this.#names.has(path);
  }

  /** For this storage's files. */
  isNamed(path: string, inode: string): boolean {
    this.#mayAct();
    this.#step('look', path);
    return this.#names.get(path) === inode;
  }

  list(folder: string): string[] {
    this.#mayAct();
    const prefix = `${folder}/`;
    const inside = [...this.#names.keys()].filter((path) => path.startsWith(prefix));
    return [...new Set(inside.map((path) => path.slice(prefix.length).split('/')[0]!))].sort();
  }

  makeFolder(_folder: string): void {
    this.#mayAct();
  }

  remove(path: string): void {
    this.#mayAct();
    this.#step('remove', path);
    if (!this.#names.has(path)) throw new TallystickError('not_found', `cannot remove ${path}: no such file`);
    this.#change([{ path, inode: undefined }]);
  }

  rename(from: string, to: string): void {
    this.#mayAct();
    this.#step('rename', to);
    const inode = this.#names.get(from);
    if (inode === undefined) throw new TallystickError('not_found', `cannot rename ${from}: no such file`);
    this.#change([
      { path: from, inode: undefined },
      { path: to, inode },
    ]);
  }

  syncFolder(folder: string): void {
    this.#mayAct();
    this.syncs++;
    if (this.#step('sync_folder', folder)?.kind === 'lie') return;
    // Names in other folders are not durable by that: some file systems do it, and none promises it.
    const here = ({ path }: NameChange): boolean => folderOf(path) === folder;
    for (const step of this.#renames)
      for (const change of step) if (here(change)) applyName(this.#durableNames, change);
    this.#renames = this.#renames.filter((step) => !step.every(here));
  }

  claim(path: string, bytes: Uint8Array): boolean {
    if (this.exists(path)) return false;
    const file = this.open(`${path}.draft`, { mode: 'create', durable: true });
    try {
      file.write(bytes, 0);
    } finally {
      file.close();
    }
    this.rename(`${path}.draft`, path);
    try {
      this.syncFolder(folderOf(path));
    } catch (error) {
      if (error instanceof TallystickError) this.#change([{ path, inode: undefined }]);
      throw error;
    }
    return true;
  }

  buffer(size: number): Uint8Array {
    return this.buffers?.(size) ?? new Uint8Array(size);
  }

  /** For this storage's files. */
  readFrom(file: File, path: string, target: Uint8Array, position: number): number {
    const fault = this.#step('read', path, position, target.length);
    const count = file.read(target, position);
    if (fault?.kind === 'rot' && count > 0) target[Math.floor(fault.bit / 8) % count]! ^= 1 << (fault.bit % 8);
    return count;
  }

  /** For this storage's files. */
  writeTo(inode: string, file: MemoryFile, path: string, bytes: Uint8Array, position: number): void {
    this.#mayAct();
    const fault = this.#step('write', path, position, bytes.length, true);
    const share = fault?.kind === 'error' ? Math.floor(bytes.length * fault.part) : bytes.length;
    const part = bytes.subarray(0, Math.min(share, this.#limit - this.bytesWritten));
    const at = fault?.kind === 'misdirected' ? Math.max(0, position + fault.by) : position;
    this.bytesWritten += part.length;
    if (part.length > 0) {
      const own = part.slice();
      file.adopt(own, at);
      if (fault?.kind !== 'lost') this.#writes.push({ inode, position: at, bytes: own });
    }
    if (part.length === bytes.length) return;
    if (fault?.kind === 'error') throw failed(fault.code, `write ${path} at ${position}`, fault.errno);
    if (this.#atLimit === 'power') this.#losePower(`writing ${path}`);
    throw failed(this.#atLimit as 'disk_full' | 'disk_failed', `write ${path} at ${position}`, 'the test says so');
  }

  /** For this storage's files. */
  truncateTo(inode: string, file: File, path: string, size: number): void {
    this.#mayAct();
    this.#step('truncate', path, size);
    file.truncate(size);
    this.#writes.push({ inode, position: size, bytes: undefined });
  }

  /** For this storage's files. `direct`: what waits went past the page cache. */
  settle(inode: string, path: string, direct: boolean): void {
    this.#mayAct();
    this.syncs++;
    const fault = this.#step('sync', path);
    if (fault?.kind === 'sync_failed') {
      // The cache calls its pages clean; a device may still do what it was told.
      if (!direct || !this.direct) this.#writes = this.#writes.filter((write) => write.inode !== inode);
      throw failed('disk_failed', `sync ${path}`, 'EIO');
    }
    if (fault?.kind === 'lie') return;
    if (this.#lies > 0) {
      this.#lies--;
      return;
    }
    const file = this.#durable.open(inode, { mode: 'create' });
    for (const write of this.#writes) {
      if (write.inode !== inode) continue;
      if (write.bytes === undefined) file.truncate(write.position);
      else file.adopt(write.bytes, write.position);
    }
    this.#writes = this.#writes.filter((write) => write.inode !== inode);
  }

  /** Asks what happens; a write's own errors are left to the write. */
  #step(kind: Io['kind'], path: string, position = 0, size = 0, write = false): IoFault | undefined {
    const fault = this.faults?.({ kind, path, position, size });
    if (fault?.kind === 'power') this.#losePower(`at ${kind} of ${path}`);
    if (fault?.kind === 'error' && !write) throw failed(fault.code, `${kind} ${path}`, fault.errno);
    return fault;
  }

  #losePower(when: string): never {
    this.#powerLost = true;
    throw new PowerLost(`the power went while ${when}`);
  }

  #change(step: NameChange[]): void {
    for (const change of step) applyName(this.#names, change);
    this.#renames.push(step);
  }

  #mayAct(): void {
    if (this.#powerLost) throw new PowerLost('the power is gone');
  }
}

class FaultyFile implements File {
  readonly path: string;
  readonly #inode: string;
  readonly #file: MemoryFile;
  readonly #options: OpenOptions;
  readonly #storage: FaultyStorage;

  constructor(path: string, inode: string, file: MemoryFile, options: OpenOptions, storage: FaultyStorage) {
    this.path = path;
    this.#inode = inode;
    this.#file = file;
    this.#options = options;
    this.#storage = storage;
  }

  read(target: Uint8Array, position: number): number {
    this.#aligned(target, position);
    return this.#storage.readFrom(this.#file, this.path, target, position);
  }

  write(bytes: Uint8Array, position: number): void {
    this.writev([bytes], position);
  }

  writev(pieces: readonly Uint8Array[], position: number): void {
    if (this.#options.mode === 'read') throw new TallystickError('not_writable', `${this.path} was opened to read`);
    let at = position;
    for (const piece of pieces) {
      this.#aligned(piece, at);
      this.#storage.writeTo(this.#inode, this.#file, this.path, piece, at);
      at += piece.length;
    }
    if (this.#options.durable === true) this.sync();
  }

  sync(): void {
    this.#storage.settle(this.#inode, this.path, this.#options.direct === true);
  }

  size(): number {
    return this.#file.size();
  }

  truncate(size: number): void {
    this.#storage.truncateTo(this.#inode, this.#file, this.path, size);
  }

  isNamed(): boolean {
    return this.#storage.isNamed(this.path, this.#inode);
  }

  isGone(): boolean {
    return !this.isNamed();
  }

  close(): void {
    this.#file.close();
    this.#storage.closed(this);
  }

  #aligned(bytes: Uint8Array, position: number): void {
    if (this.#options.direct !== true) return;
    assert((bytes.byteOffset | bytes.length | position) % BLOCK_SIZE === 0, 'direct transfers are of whole blocks');
  }
}

function failed(code: 'disk_full' | 'disk_failed', what: string, errno: string): TallystickError {
  return new TallystickError(code, `cannot ${what}: ${errno}`);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function applyName(names: Map<string, string>, change: NameChange): void {
  if (change.inode === undefined) names.delete(change.path);
  else names.set(change.path, change.inode);
}

function writeSomeSectors(file: File, bytes: Uint8Array, position: number, random: Random): void {
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + SECTOR_SIZE - ((position + at) % SECTOR_SIZE));
    if (random() < 0.5) file.write(bytes.subarray(at, end), position + at);
    at = end;
  }
}
