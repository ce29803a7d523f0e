/** Where backups go that leave the machine: objects by name, in a folder (`file://`) or a bucket (`s3://`). */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TallystickError } from 'tallystick/internal/model';

export interface StoredObject {
  readonly name: string;
  readonly size: number;
}

/** Names are lower-case letters, digits, `-` and `/`. Methods reject with `unreachable`, `not_found` or `forbidden`. */
export interface ObjectStore {
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array>;
  /** Those whose name begins with `prefix`, in the order of their names. */
  list(prefix: string): Promise<StoredObject[]>;
  remove(name: string): Promise<void>;
}

export class FolderStore implements ObjectStore {
  readonly #folder: string;

  constructor(url: string) {
    this.#folder = fileURLToPath(url);
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#folder, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // Whoever lists meanwhile finds it whole or not at all.
    writeFileSync(`${path}.partial`, bytes, { mode: 0o600, flush: true });
    renameSync(`${path}.partial`, path);
  }

  async get(name: string): Promise<Uint8Array> {
    const path = join(this.#folder, name);
    if (!existsSync(path)) throw new TallystickError('not_found', `there is no ${path}`);
    return readFileSync(path);
  }

  async list(prefix: string): Promise<StoredObject[]> {
    const folder = join(this.#folder, dirname(`${prefix}x`));
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => !name.endsWith('.partial'))
      .map((name) => join(dirname(`${prefix}x`), name))
      .filter((name) => name.startsWith(prefix))
      .sort()
      .map((name) => ({ name, size: statSync(join(this.#folder, name)).size }));
  }

  async remove(name: string): Promise<void> {
    rmSync(join(this.#folder, name), { force: true });
  }
}
