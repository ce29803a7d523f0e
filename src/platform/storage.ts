/**
 * Files as the ledger needs them: positional, synchronous (agents own their threads), failing with a `TallystickError`
 * whose code is disk_full, disk_failed, not_writable or not_found. Implemented by the disk, by memory, and by a disk
 * that lies (tests, simulator).
 */
export interface File {
  readonly path: string;
  /**
   * Reads up to `target.length` bytes from `position` (bytes); fewer only at the end of the file. Returns the count.
   */
  read(target: Uint8Array, position: number): number;
  /** Writes all of `bytes` at `position`. On a durable file it returns when the bytes are on stable storage. */
  write(bytes: Uint8Array, position: number): void;
  /** Writes the pieces one after another from `position`: one system call, one sync on a durable file. */
  writev(pieces: readonly Uint8Array[], position: number): void;
  /** Makes everything written so far durable. */
  sync(): void;
  /** Bytes. */
  size(): number;
  truncate(size: number): void;
  /**
   * Whether its path still names this file, and nothing else does: false once it was removed, renamed, replaced or
   * linked.
   */
  isNamed(): boolean;
  /**
   * Whether it was removed, renamed or replaced; cheaper than {@link isNamed}, which also sees a second name elsewhere
   * and a file that lies over this one.
   */
  isGone(): boolean;
  close(): void;
}

/** Position, length and memory of a direct transfer are multiples of it. */
export const BLOCK_SIZE = 4096;

export interface OpenOptions {
  /** `read`: must exist. `write`: must exist, read and write. `create`: made empty if absent, read and write. */
  readonly mode: 'read' | 'write' | 'create';
  /** Every write waits for stable storage (O_DSYNC). */
  readonly durable?: boolean;
  /**
   * Go past the page cache where the file system can (O_DIRECT), else quietly through it. Every position and length
   * must then be a multiple of {@link BLOCK_SIZE}, and the bytes must come from {@link Storage.buffer} at an offset
   * that is one too.
   */
  readonly direct?: boolean;
}

/** Looks at a folder, whose times change with any name in it. */
export interface Look {
  /**
   * Whether it is certainly the same folder as when it was confirmed, with the same names. If not, the caller looks at
   * the names that matter, and confirms.
   */
  isSame(): boolean;
  /** Names were found to be as they should since the last {@link isSame}. */
  confirm(): void;
}

export interface Storage {
  open(path: string, options: OpenOptions): File;
  /** False when there is certainly none. */
  exists(path: string): boolean;
  /** Names (not paths) in a folder, sorted. */
  list(folder: string): string[];
  /** Creates the folder and its parents. */
  makeFolder(folder: string): void;
  remove(path: string): void;
  /** Replaces `to` if it exists. Durable only after `syncFolder` of the parent. */
  rename(from: string, to: string): void;
  /** Makes creations, renames and removals in the folder durable. */
  syncFolder(folder: string): void;
  /**
   * Creates `path` with these bytes, whole and durable, or returns false because it exists. Of many who try at once, in
   * any process, one succeeds.
   */
  claim(path: string, bytes: Uint8Array): boolean;
  /** Looks at a folder in place of files in it; left out where a folder does not tell of them. */
  look?(folder: string): Look;
  /** Zeroed memory of `size` bytes for direct transfers. */
  buffer(size: number): Uint8Array;
}
