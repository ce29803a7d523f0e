/** Records in LMDB, the default: one folder, ordered keys, durable when `append` resolves. */
import { TallystickError } from 'tallystick/internal/model';
import type { RecordFilter, RecordInput, Records } from './records.ts';

const PRESENT = Buffer.from([1]);
const VERSIONS_MIN = 1;
const SIZE_MAX = 2 ** 40;

/** The package, as far as it is used here: it is asked for by name, so that who stores no words needs it not. */
type Lmdb = typeof import('lmdb');
type Table<Key extends import('lmdb').Key> = import('lmdb').Database<Buffer, Key>;

/** Key of a record that is open: found in order, and gone when the record is closed. */
type OpenKey = [tenant: number, kind: string, id: string];

interface Waiting {
  readonly batch: readonly RecordInput[];
  readonly resolve: (there: boolean[]) => void;
  readonly reject: (error: TallystickError) => void;
}

export class LmdbRecords implements Records {
  readonly #root: import('lmdb').RootDatabase;
  readonly #newest: Table<string>;
  readonly #open: Table<OpenKey>;
  readonly #waiting: Waiting[] = [];

  private constructor(lmdb: Lmdb, path: string) {
    this.#root = lmdb.open({ path, encoding: 'binary', maxDbs: 4, mapSize: SIZE_MAX, overlappingSync: true });
    this.#newest = this.#root.openDB({ name: 'newest', encoding: 'binary' });
    this.#open = this.#root.openDB({ name: 'open', encoding: 'binary' });
  }

  /** Rejects with `package_missing` where LMDB is not installed, and `disk_failed` where it cannot open the folder. */
  static async open(path: string): Promise<LmdbRecords> {
    const lmdb = await load();
    try {
      return new LmdbRecords(lmdb, path);
    } catch (cause) {
      throw new TallystickError('disk_failed', `${path} cannot be opened as LMDB: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  append(batch: readonly RecordInput[]): Promise<boolean[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      // Appends of the same turn share a transaction, and its wait for the disk.
      if (this.#waiting.length === 1) setImmediate(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    const together = this.#waiting.splice(0);
    if (together.length === 0) return;
    try {
      await this.#together(together);
    } catch {
      // Nothing of it is there; perhaps because of one.
      for (const one of together) {
        await this.#together([one]).catch((cause: Error) => {
          one.reject(new TallystickError('disk_failed', `the records were not written: ${cause.message}`, { cause }));
        });
      }
    }
  }

  async #together(all: readonly Waiting[]): Promise<void> {
    const there = await this.#root.transaction(() => {
      return all.map(({ batch }) => batch.map((record) => this.#write(record)));
    });
    await this.#root.flushed;
    for (const [index, { resolve }] of all.entries()) resolve(there[index]!);
  }

  #write(record: RecordInput): boolean {
    const stored = this.#newest.get(record.id);
    const before = stored === undefined ? undefined : decode(record.id, stored);
    if (before !== undefined && before.version >= record.version) return false;
    this.#newest.put(record.id, encode(record));
    const key: OpenKey = [record.tenant, record.kind, record.id];
    if (record.state === 'open') this.#open.put(key, PRESENT);
    else if (before?.state === 'open') this.#open.remove(key);
    return true;
  }

  async get(ids: readonly string[]): Promise<(RecordInput | undefined)[]> {
    return ids.map((id) => this.#one(id));
  }

  #one(id: string): RecordInput | undefined {
    const stored = this.#newest.get(id);
    return stored === undefined ? undefined : decode(id, stored);
  }

  async open({ tenant, kind, after = '', limit }: RecordFilter): Promise<RecordInput[]> {
    const start: OpenKey = [tenant, kind, after];
    const end = [tenant, `${kind}\0`] as unknown as OpenKey;
    const found: RecordInput[] = [];
    for (const [, , id] of this.#open.getKeys({ start, end })) {
      if (id === after) continue;
      if (found.length === limit) break;
      const record = this.#one(id);
      if (record !== undefined) found.push(record);
    }
    return found;
  }

  async close(): Promise<void> {
    await this.#flush();
    await this.#root.close();
  }
}

async function load(): Promise<Lmdb> {
  try {
    return await import('lmdb');
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TallystickError('package_missing', 'records need the package LMDB: npm install lmdb@3', { cause });
  }
}

/** A line of JSON with everything but the body, and the body. */
function encode({ body, id: _, ...head }: RecordInput): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}

/** Throws `disk_failed` for bytes that are no record: they come from a disk. */
function decode(id: string, stored: Buffer): RecordInput {
  const end = stored.indexOf(0x0a);
  try {
    const { version, kind, tenant, state } = JSON.parse(stored.toString('utf8', 0, end)) as RecordInput;
    if (!(version >= VERSIONS_MIN) || (state !== 'open' && state !== 'closed')) throw new Error('a field is missing');
    return { id, version, kind, tenant, state, body: Uint8Array.from(stored.subarray(end + 1)) };
  } catch (cause) {
    throw new TallystickError('disk_failed', `record ${id} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
