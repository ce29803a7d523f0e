/**
 * Looks at a folder in place of the files in it: the folder's times change with any name in it. One `stat` (2 us) says
 * so for all of them, and none of the files gets its own times read. That would make the file's next write slower:
 * since Linux 6.13 a write gives a file whose times somebody has read a new time of its own, which costs a durable
 * write of 84 us another 46 (docs/adr/0014-witness.md).
 */
import { type Stats, statSync } from 'node:fs';
import { storageError } from './errno.ts';
import type { Look } from './storage.ts';

/** A change that is younger may be followed by another one with the same time: ticks of a kernel last 10 ms at most. */
const TICK_MS = 50;
/** The same on file systems that count in seconds, or in two. */
const COARSE_TICK_MS = 2500;

export class FolderLook implements Look {
  readonly #path: string;
  /** The folder when its names were last found to be as they should; undefined: they may have changed unseen. */
  #confirmed: Stats | undefined;
  #latest: Stats | undefined;
  /** From before the latest look, milliseconds since the epoch. */
  #lookedAt = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Throws `disk_failed` and the like; not for a folder that is not there. */
  isSame(): boolean {
    this.#lookedAt = Date.now();
    const latest = this.#stat();
    this.#latest = latest;
    const known = this.#confirmed;
    if (latest === undefined || known === undefined) return false;
    return latest.mtimeMs === known.mtimeMs && latest.ino === known.ino && latest.dev === known.dev;
  }

  confirm(): void {
    const latest = this.#latest;
    const age = latest === undefined ? 0 : this.#lookedAt - latest.mtimeMs;
    const isSettled = latest !== undefined && age >= (latest.mtimeMs % 1000 === 0 ? COARSE_TICK_MS : TICK_MS);
    this.#confirmed = isSettled ? latest : undefined;
  }

  #stat(): Stats | undefined {
    try {
      return statSync(this.#path, { throwIfNoEntry: false });
    } catch (error) {
      throw storageError(`look at ${this.#path}`, error);
    }
  }
}
