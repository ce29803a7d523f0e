/**
 * Files as the ledger needs them: positional, synchronous (agents own their threads), failing with typed errors.
 * Implemented by the disk, by memory, and by the simulator's lying disk.
 */
export interface File {
  readonly path: string;
  /** Reads up to `target.length` bytes from `position` (bytes); fewer only at the end of the file. Returns the count. */
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
  close(): void;
}

export interface OpenOptions {
  /** `read`: must exist. `write`: must exist, read and write. `create`: made empty if absent, read and write. */
  readonly mode: 'read' | 'write' | 'create';
  /** Every write waits for stable storage (O_DSYNC). */
  readonly durable?: boolean;
}

export interface Storage {
  open(path: string, options: OpenOptions): File;
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
}
