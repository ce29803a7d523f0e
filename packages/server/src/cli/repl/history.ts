/**
 * Lines typed before, kept in a file that only its owner may read: amounts and account ids are nobody else's business.
 */
import { appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { DiskStorage } from 'tallystick/internal/platform';

/** Lines kept; the file may hold twice as many before it is cut. */
export const HISTORY_MAX = 1000;
const OWNER_ONLY = 0o600;

/** `$XDG_STATE_HOME/tallystick/history`, or `~/.tallystick_history` where there is no such folder. */
export function historyPath(environment: NodeJS.ProcessEnv = process.env): string {
  const state = environment.XDG_STATE_HOME;
  return state === undefined || state === ''
    ? join(homedir(), '.tallystick_history')
    : join(state, 'tallystick', 'history');
}

export class HistoryFile {
  readonly #path: string;
  #last: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Newest first, as readline wants them. A file that cannot be read is no history. */
  load(): string[] {
    try {
      if (!existsSync(this.#path)) return [];
      const lines = readFileSync(this.#path, 'utf8').split('\n').filter(Boolean);
      if (lines.length > 2 * HISTORY_MAX) {
        writeFileSync(this.#path, `${lines.slice(-HISTORY_MAX).join('\n')}\n`, { mode: OWNER_ONLY });
      }
      this.#last = lines.at(-1);
      return lines.slice(-HISTORY_MAX).reverse();
    } catch {
      return [];
    }
  }

  /** Remembers a line, unless it is the one before. Returns what went wrong, once; then it stays silent. */
  add(line: string): string | undefined {
    if (line.trim() === '' || line === this.#last || this.#failed) return undefined;
    this.#last = line;
    try {
      new DiskStorage().makeFolder(dirname(this.#path), 0o700);
      appendFileSync(this.#path, `${line}\n`, { mode: OWNER_ONLY });
      // It may have been made by somebody less careful.
      chmodSync(this.#path, OWNER_ONLY);
      return undefined;
    } catch (error) {
      this.#failed = true;
      return `The history cannot be kept: ${(error as Error).message}`;
    }
  }

  #failed = false;
}
