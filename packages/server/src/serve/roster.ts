/**
 * The identity file of a server: read at the start, and again when it changes. A file that cannot be used leaves what
 * was read before in force, and the problem is reported.
 */
import { readFileSync, statSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';
import { WatchedFiles } from 'tallystick/internal/platform';
import { Roster } from '../identity/index.ts';

/** A folder on a network may change without a word. */
const LOOK_MS = 30_000;
const OTHERS = 0o077;
const PEPPER_SIZE_MIN = 16;

/** What callers' keys are hashed with: as configured, or from the file that lies beside the identity file. */
export function pepperOf(file: string, configured: string | undefined): string {
  if (configured !== undefined) return configured;
  const path = `${file}.pepper`;
  const pepper = textOf(path).trim();
  if (process.platform !== 'win32' && (statSync(path).mode & OTHERS) !== 0) {
    throw invalid(`others may read ${path}: chmod go-rwx ${path}`);
  }
  if (pepper.length < PEPPER_SIZE_MIN) throw invalid(`${path} has fewer than ${PEPPER_SIZE_MIN} characters`);
  return pepper;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = (cause as Error).message;
    const next = '`tallystick identity create-key FILE` makes the identity file, and a pepper beside it.';
    throw new TallystickError('configuration_invalid', `identity.file: ${path} cannot be read: ${why}`, {
      cause,
      next,
    });
  }
}

function invalid(why: string): TallystickError {
  return new TallystickError('configuration_invalid', `identity.file: ${why}`);
}

export class WatchedRoster {
  readonly #path: string;
  readonly #files: WatchedFiles;
  readonly #timer: NodeJS.Timeout;
  readonly #changed: (roster: Roster) => void;
  readonly #report: (problem: TallystickError) => void;
  #text: string;
  roster: Roster;

  /** Throws `configuration_invalid`. */
  constructor(path: string, changed: (roster: Roster) => void, report: (problem: TallystickError) => void) {
    this.#path = path;
    this.#changed = changed;
    this.#report = report;
    this.#text = textOf(path);
    this.roster = Roster.parse(this.#text, path);
    this.#files = new WatchedFiles([path], () => void this.reload());
    this.#timer = setInterval(() => void this.reload(), LOOK_MS).unref();
  }

  async reload(): Promise<void> {
    try {
      const [bytes] = await this.#files.read();
      const text = bytes!.toString('utf8');
      if (text === this.#text) return;
      const roster = Roster.parse(text, this.#path);
      this.#text = text;
      this.roster = roster;
      this.#changed(roster);
    } catch (error) {
      const why =
        error instanceof TallystickError ? error : new TallystickError('configuration_invalid', String(error));
      this.#report(why);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#files.close();
  }
}
