import { TallystickError } from '../model/index.ts';
import type { File, OpenOptions, Storage } from './storage.ts';

const CHUNK_SIZE = 16_384;

/** Storage in this thread's memory: for `:memory:` ledgers and tests. Everything is as durable as the process. */
export class MemoryStorage implements Storage {
  readonly #contents: Map<string, MemoryContent>;

  constructor() {
    this.#contents = new Map();
  }

  /**
   * A storage with the same files, from now on independent of this one. Chunks are shared until either side writes
   * them.
   */
  fork(): MemoryStorage {
    const copy = new MemoryStorage();
    for (const [path, content] of this.#contents) copy.#contents.set(path, content.fork());
    return copy;
  }

  open(path: string, options: OpenOptions): MemoryFile {
    let content = this.#contents.get(path);
    if (content === undefined) {
      if (options.mode !== 'create') throw new TallystickError('not_found', `cannot open ${path}: no such file`);
      content = new MemoryContent();
      this.#contents.set(path, content);
    }
    const isNamed = (): boolean => this.#contents.get(path) === content;
    return new MemoryFile(path, content, options.mode !== 'read', isNamed);
  }

  exists(path: string): boolean {
    return this.#contents.has(path);
  }

  list(folder: string): string[] {
    const prefix = `${folder}/`;
    const names = new Set<string>();
    for (const path of this.#contents.keys()) {
      if (path.startsWith(prefix)) names.add(path.slice(prefix.length).split('/')[0]!);
    }
    return [...names].sort();
  }

  makeFolder(_folder: string): void {
    // A folder is the prefix of its files' paths: there is nothing to make.
  }

  remove(path: string): void {
    if (!this.#contents.delete(path)) throw new TallystickError('not_found', `cannot remove ${path}: no such file`);
  }

  rename(from: string, to: string): void {
    const content = this.#contents.get(from);
    if (content === undefined) throw new TallystickError('not_found', `cannot rename ${from}: no such file`);
    this.#contents.delete(from);
    this.#contents.set(to, content);
  }

  syncFolder(_folder: string): void {
    // Memory has no power to lose.
  }

  claim(path: string, bytes: Uint8Array): boolean {
    if (this.#contents.has(path)) return false;
    this.open(path, { mode: 'create' }).write(bytes, 0);
    return true;
  }

  buffer(size: number): Uint8Array {
    return new Uint8Array(size);
  }
}

/**
 * The bytes of one file, in chunks; a chunk that a fork shares is copied before it is written. A missing chunk is all
 * zero.
 */
class MemoryContent {
  size = 0;
  #chunks: (Uint8Array | undefined)[] = [];
  #owned: boolean[] = [];

  fork(): MemoryContent {
    const copy = new MemoryContent();
    copy.size = this.size;
    copy.#chunks = [...this.#chunks];
    copy.#owned = this.#owned.map(() => false);
    this.#owned = this.#owned.map(() => false);
    return copy;
  }

  read(target: Uint8Array, position: number): number {
    const count = Math.max(0, Math.min(target.length, this.size - position));
    for (let done = 0; done < count; ) {
      const chunk = this.#chunks[Math.floor((position + done) / CHUNK_SIZE)];
      const from = (position + done) % CHUNK_SIZE;
      const part = Math.min(count - done, CHUNK_SIZE - from);
      if (chunk === undefined) target.fill(0, done, done + part);
      else target.set(chunk.subarray(from, from + part), done);
      done += part;
    }
    return count;
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      const index = Math.floor((position + done) / CHUNK_SIZE);
      const from = (position + done) % CHUNK_SIZE;
      const part = Math.min(bytes.length - done, CHUNK_SIZE - from);
      const piece = bytes.subarray(done, done + part);
      if (this.#chunks[index] !== undefined || !isZero(piece)) this.#writable(index).set(piece, from);
      done += part;
    }
    this.size = Math.max(this.size, position + bytes.length);
  }

  /** The same for bytes that nobody changes any more: whole chunks are shared, not copied. */
  adopt(bytes: Uint8Array, position: number): void {
    const first = Math.ceil(position / CHUNK_SIZE);
    const end = Math.floor((position + bytes.length) / CHUNK_SIZE);
    if (first >= end) {
      this.write(bytes, position);
      return;
    }
    this.write(bytes.subarray(0, first * CHUNK_SIZE - position), position);
    for (let index = first; index < end; index++) {
      const from = index * CHUNK_SIZE - position;
      const piece = bytes.subarray(from, from + CHUNK_SIZE);
      const empty = this.#chunks[index] === undefined && isZero(piece);
      this.#chunks[index] = empty ? undefined : piece;
      this.#owned[index] = false;
    }
    this.write(bytes.subarray(end * CHUNK_SIZE - position), end * CHUNK_SIZE);
  }

  truncate(size: number): void {
    if (size < this.size) {
      const kept = Math.ceil(size / CHUNK_SIZE);
      this.#chunks.length = Math.min(this.#chunks.length, kept);
      this.#owned.length = this.#chunks.length;
      if (size % CHUNK_SIZE !== 0 && this.#chunks[kept - 1] !== undefined) {
        this.#writable(kept - 1).fill(0, size % CHUNK_SIZE);
      }
    }
    this.size = size;
  }

  #writable(index: number): Uint8Array {
    const chunk = this.#chunks[index];
    if (chunk !== undefined && this.#owned[index] === true) return chunk;
    const own = chunk === undefined ? new Uint8Array(CHUNK_SIZE) : chunk.slice();
    this.#chunks[index] = own;
    this.#owned[index] = true;
    return own;
  }
}

const ZEROS = new Uint8Array(CHUNK_SIZE);

/** Zeros written ahead need no memory. */
function isZero(piece: Uint8Array): boolean {
  return piece[0] === 0 && Buffer.compare(piece, ZEROS.subarray(0, piece.length)) === 0;
}

/** A file of a {@link MemoryStorage}. */
export class MemoryFile implements File {
  readonly path: string;
  readonly #content: MemoryContent;
  readonly #writable: boolean;
  readonly #isNamed: () => boolean;

  constructor(path: string, content: MemoryContent, writable: boolean, isNamed: () => boolean) {
    this.#isNamed = isNamed;
    this.path = path;
    this.#content = content;
    this.#writable = writable;
  }

  read(target: Uint8Array, position: number): number {
    return this.#content.read(target, position);
  }

  write(bytes: Uint8Array, position: number): void {
    this.#mayWrite();
    this.#content.write(bytes, position);
  }

  /** As `write`, of bytes that nobody changes any more. */
  adopt(bytes: Uint8Array, position: number): void {
    this.#mayWrite();
    this.#content.adopt(bytes, position);
  }

  writev(pieces: readonly Uint8Array[], position: number): void {
    let at = position;
    for (const piece of pieces) {
      this.write(piece, at);
      at += piece.length;
    }
  }

  sync(): void {
    // Memory has no power to lose.
  }

  size(): number {
    return this.#content.size;
  }

  truncate(size: number): void {
    this.#mayWrite();
    this.#content.truncate(size);
  }

  isNamed(): boolean {
    return this.#isNamed();
  }

  isGone(): boolean {
    return !this.isNamed();
  }

  close(): void {
    // Nothing is held.
  }

  #mayWrite(): void {
    if (!this.#writable) throw new TallystickError('not_writable', `cannot write ${this.path}: it was opened to read`);
  }
}
