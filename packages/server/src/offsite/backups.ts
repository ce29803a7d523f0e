/**
 * Backups in a store of objects. A backup is a list of files, each a list of chunks; a chunk that an earlier backup has
 * is not sent again.
 *
 *   chunks/HMAC             4 MiB of a file at most
 *   backups/OP-TIMESTAMP    the list, written last: what has no list is no backup
 */
import { closeSync, mkdirSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TallystickError } from 'tallystick/internal/model';
import { z } from 'zod';
import { SEAL_SIZE, type Seal } from './seal.ts';
import type { ObjectStore } from './store.ts';

const CHUNK_SIZE = 4 << 20;
const OP_DIGITS = 16;
const TIME_DIGITS = 20;
const CHUNKS = 'chunks/';
const BACKUPS = 'backups/';

export interface Contents {
  readonly version: 1;
  /** As 32 digits of hex. */
  readonly ledger_id: string;
  readonly op: number;
  /** Of the last batch, in nanoseconds. */
  readonly timestamp: string;
  /** Of what the ledger holds: the drill compares it. */
  readonly digest: string;
  readonly files: readonly StoredFile[];
}

interface StoredFile {
  readonly path: string;
  readonly size: number;
  readonly chunks: readonly string[];
}

const contentsSchema: z.ZodType<Contents> = z.strictObject({
  version: z.literal(1),
  ledger_id: z.string().regex(/^[0-9a-f]{32}$/),
  op: z.number().int().min(0),
  timestamp: z.string().regex(/^\d+$/),
  digest: z.string(),
  files: z.array(
    z.strictObject({
      // What a file is called is not taken for a way out of the folder.
      path: z.string().regex(/^(?!.*\.\.)\w[\w./-]*$/),
      size: z.number().int().min(0),
      chunks: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
    }),
  ),
});

/** What a backup is of. */
export type About = Pick<Contents, 'ledger_id' | 'op' | 'timestamp' | 'digest'>;

export interface StoredBackup {
  readonly name: string;
  readonly op: number;
  readonly timestamp: bigint;
}

export interface Written {
  readonly name: string;
  readonly bytes: number;
  /** Of chunks that were not there. */
  readonly bytesSent: number;
  readonly removed: number;
}

export class Backups {
  readonly #store: ObjectStore;
  readonly #seal: Seal;

  constructor(store: ObjectStore, seal: Seal) {
    this.#store = store;
    this.#seal = seal;
  }

  /** The oldest first. */
  async list(): Promise<StoredBackup[]> {
    const objects = await this.#store.list(BACKUPS);
    return objects.flatMap(({ name }) => {
      const found = /^backups\/(\d+)-(\d+)$/.exec(name);
      return found === null ? [] : [{ name, op: Number(found[1]), timestamp: BigInt(found[2]!) }];
    });
  }

  async read(name: string): Promise<Contents> {
    const bytes = this.#seal.open(name, await this.#store.get(name));
    return contentsSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  }

  /**
   * Sends the files in `folder`, a copy at which nobody works, and reads back what it has sent. Keeps the `keep` newest
   * backups. Rejects with `ledger_changed` if the store has backups of another ledger.
   */
  async write(folder: string, about: About, keep: number): Promise<Written> {
    const newest = (await this.list()).at(-1);
    const before = newest && (await this.read(newest.name));
    if (before !== undefined && before.ledger_id !== about.ledger_id) {
      throw new TallystickError('ledger_changed', `there are backups of the ledger ${before.ledger_id} there`);
    }
    const there = new Set((await this.#store.list(CHUNKS)).map(({ name }) => name));
    let bytes = 0;
    let bytesSent = 0;
    const files: StoredFile[] = [];
    for (const path of filesIn(folder)) {
      const chunks: string[] = [];
      for (const chunk of chunksOf(join(folder, path))) {
        const name = await this.#send(chunk, there);
        if (name.isNew) bytesSent += chunk.length;
        bytes += chunk.length;
        chunks.push(name.chunk);
      }
      files.push({ path, size: statSync(join(folder, path)).size, chunks });
    }
    const contents: Contents = { version: 1, ...about, files };
    const name = `${BACKUPS}${digits(about.op, OP_DIGITS)}-${digits(about.timestamp, TIME_DIGITS)}`;
    await this.#sealed(name, Buffer.from(JSON.stringify(contents)));
    await this.#complete(contents);
    return { name, bytes, bytesSent, removed: await this.#prune(keep) };
  }

  /** Writes the files of a backup into `folder`. Rejects with `journal_corrupt` for a chunk that is not what it was. */
  async fetch({ files }: Contents, folder: string, visit: (bytes: number) => void = () => {}): Promise<void> {
    for (const { path, size, chunks } of files) {
      const to = join(folder, path);
      mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
      const file = openSync(to, 'wx', 0o600);
      try {
        let at = 0;
        for (const chunk of chunks) {
          const bytes = await this.#chunk(chunk);
          writeSync(file, bytes, 0, bytes.length, at);
          at += bytes.length;
          visit(bytes.length);
        }
        if (at !== size) throw new TallystickError('journal_corrupt', `${path} has ${at} bytes, and ${size} were sent`);
      } finally {
        closeSync(file);
      }
    }
  }

  async #chunk(chunk: string): Promise<Uint8Array> {
    const name = CHUNKS + chunk;
    const bytes = this.#seal.open(name, await this.#store.get(name));
    if (this.#seal.nameOf(bytes) === chunk) return bytes;
    throw new TallystickError('journal_corrupt', `${name} holds other bytes than its name says`);
  }

  async #send(bytes: Uint8Array, there: Set<string>): Promise<{ chunk: string; isNew: boolean }> {
    const chunk = this.#seal.nameOf(bytes);
    const name = CHUNKS + chunk;
    if (there.has(name)) return { chunk, isNew: false };
    await this.#sealed(name, bytes);
    there.add(name);
    return { chunk, isNew: true };
  }

  /** Writes an object, and reads it back. */
  async #sealed(name: string, bytes: Uint8Array): Promise<void> {
    await this.#store.put(name, this.#seal.close(name, bytes));
    const back = this.#seal.open(name, await this.#store.get(name));
    if (Buffer.compare(back, bytes) !== 0) throw new TallystickError('disk_failed', `${name} is not what was written`);
  }

  /** Every chunk is there and has its size: also those that earlier backups have sent. */
  async #complete({ files }: Contents): Promise<void> {
    const sizes = new Map((await this.#store.list(CHUNKS)).map(({ name, size }) => [name, size]));
    for (const { path, size, chunks } of files) {
      for (const [index, chunk] of chunks.entries()) {
        const wanted = Math.min(CHUNK_SIZE, size - index * CHUNK_SIZE) + SEAL_SIZE;
        if (sizes.get(CHUNKS + chunk) === wanted) continue;
        throw new TallystickError(
          'disk_failed',
          `chunk ${index} of ${path} is not in the store: remove it, and try again`,
        );
      }
    }
  }

  /** Removes backups but the newest, and then the chunks that none of those left has. Returns how many backups. */
  async #prune(keep: number): Promise<number> {
    const all = await this.list();
    const old = all.slice(0, Math.max(0, all.length - keep));
    if (old.length === 0) return 0;
    for (const { name } of old) await this.#store.remove(name);
    const used = new Set<string>();
    for (const { name } of all.slice(old.length)) {
      for (const { chunks } of (await this.read(name)).files) for (const chunk of chunks) used.add(CHUNKS + chunk);
    }
    for (const { name } of await this.#store.list(CHUNKS)) if (!used.has(name)) await this.#store.remove(name);
    return old.length;
  }
}

const digits = (value: number | string, count: number): string => String(value).padStart(count, '0');

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
}

function* chunksOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    for (let at = 0; ; ) {
      const window = new Uint8Array(CHUNK_SIZE);
      const count = readSync(file, window, 0, CHUNK_SIZE, at);
      if (count === 0) return;
      at += count;
      yield window.subarray(0, count);
    }
  } finally {
    closeSync(file);
  }
}
