/** A {@link FaultyStorage} asks here before each step, and hears what happens instead. */

/** One step that a disk takes. */
export interface Io {
  /** `look`: whether a file is there; `open`: of one that is. */
  readonly kind:
    | 'look'
    | 'create'
    | 'open'
    | 'read'
    | 'write'
    | 'sync'
    | 'truncate'
    | 'rename'
    | 'remove'
    | 'sync_folder';
  readonly path: string;
  /** Bytes; of reads, writes and truncations. */
  readonly position: number;
  readonly size: number;
}

export type IoFault =
  /** The power goes before the step. */
  | { readonly kind: 'power' }
  /** The step fails. Of a write, `part` (0 to 1) of the bytes have gone through. */
  | {
      readonly kind: 'error';
      readonly code: 'disk_full' | 'disk_failed';
      readonly errno: string;
      readonly part: number;
    }
  /**
   * A sync fails, and what it was to make durable stays in the page cache as if it were: later syncs do not try again.
   * Nothing of a direct write stays there.
   */
  | { readonly kind: 'sync_failed' }
  /** A sync, of a file or a folder, says that it was done and has done nothing. */
  | { readonly kind: 'lie' }
  /** A write says that it was done, can be read until the machine stops, and never reaches the disk. */
  | { readonly kind: 'lost' }
  /** A write lands so many bytes away from where it should. */
  | { readonly kind: 'misdirected'; readonly by: number }
  /** A read returns its bytes with this one inverted bit. */
  | { readonly kind: 'rot'; readonly bit: number };
