/** Small files that other programs replace while we run: certificates, policies. */
import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Editors and orchestrators write several files one after the other: look when they have come to rest. */
const SETTLE_MS = 200;

export class WatchedFiles {
  readonly #paths: readonly string[];
  readonly #watchers: readonly FSWatcher[];
  #timer: NodeJS.Timeout | undefined;

  /** `changed` is called when something happened in the files' folders and no more does. Keeps no process alive. */
  constructor(paths: readonly string[], changed: () => void) {
    this.#paths = paths;
    // Folders, not files: a file that is replaced is another file.
    const folders = new Set(paths.map((path) => dirname(path)));
    this.#watchers = [...folders].map((folder) =>
      watch(folder, { persistent: false }, () => {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(changed, SETTLE_MS).unref();
      }),
    );
  }

  /** Contents in the order of the paths. Rejects with what the system says. */
  read(): Promise<Buffer[]> {
    return Promise.all(this.#paths.map((path) => readFile(path)));
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }
}
