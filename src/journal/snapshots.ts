/**
 * Snapshots: named sections of bytes as they were behind one op, so that recovery need not replay all of the journal. Files `<op>.snap`, the two newest
 * are kept. Losing all of them loses nothing but time.
 *
 *   ┌──────────────────────────────┬───────────┬───────────┬─── … ───┬────────────────────┐
 *   │ head: 64 bytes + JSON        │ section 0 │ section 1 │         │ crc32 of each MiB  │  all in whole blocks of 4,096
 *   └──────────────────────────────┴───────────┴───────────┴─── … ───┴────────────────────┘
 *   head: 0 checksum of 4..head size · 4 magic "TLYP" · 8 version · 12 head size · 16 JSON size · 20 crc32 of the table · 24 data size (u64)
 */
import { assert } from '../base/index.ts';
import { TallystickError } from '../model/index.ts';
import { BLOCK_SIZE, crc32, type File, type Storage } from '../platform/index.ts';
import { readNumber, writeNumber } from './header.ts';
import type { Position } from './position.ts';

const MAGIC_SNAPSHOT = 0x50594c54;
const VERSION_SNAPSHOT = 1;
const CHUNK_SIZE = 1024 * 1024;
const FIXED_SIZE = 64;
const KEPT = 2;

export interface SnapshotHead {
  readonly ledgerId: bigint;
  /** The snapshot holds what is behind this op, which is durable. */
  readonly position: Position;
  /** Whatever the caller wants to have back with it: a short text. */
  readonly meta: string;
}

export interface Section {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Placed {
  readonly name: string;
  /** Byte of the data area. */
  readonly at: number;
  readonly size: number;
}

const blocks = (size: number): number => Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE;

/** Writes one snapshot, up to 1 MiB a {@link step}. The sections' bytes must not change until it is finished; that is the caller's to see to. */
export class SnapshotWriter {
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #name: string;
  readonly #sections: readonly Section[];
  readonly #placed: readonly Placed[];
  readonly #head: Uint8Array;
  readonly #dataSize: number;
  readonly #checksums: Uint32Array;
  readonly #staging: Uint8Array;
  readonly #file: File;
  #written = 0;
  #finished = false;

  constructor(storage: Storage, folder: string, head: SnapshotHead, sections: readonly Section[]) {
    this.#storage = storage;
    this.#folder = folder;
    this.#sections = sections;
    let at = 0;
    this.#placed = sections.map(({ name, bytes }) => {
      const placed = { name, at, size: bytes.length };
      at += blocks(bytes.length);
      return placed;
    });
    this.#dataSize = at;
    this.#head = encodeHead(head, this.#placed);
    this.#checksums = new Uint32Array(Math.ceil(at / CHUNK_SIZE));
    this.#staging = storage.buffer(CHUNK_SIZE);
    this.#name = `${String(head.position.op).padStart(16, '0')}.snap`;
    storage.makeFolder(folder);
    for (const name of storage.list(folder)) if (name.endsWith('.draft')) storage.remove(`${folder}/${name}`);
    this.#file = storage.open(`${folder}/${this.#name}.draft`, { mode: 'create', direct: true });
  }

  /** Writes on; false when the snapshot is whole, durable, and the oldest ones are gone. */
  step(): boolean {
    if (this.#finished) return false;
    if (this.#written < this.#dataSize) {
      this.#chunk();
      return true;
    }
    this.#finish();
    return false;
  }

  /** Gives up; the draft is removed. */
  abandon(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#file.close();
    this.#storage.remove(`${this.#folder}/${this.#name}.draft`);
  }

  #chunk(): void {
    const start = this.#written;
    const size = Math.min(CHUNK_SIZE, this.#dataSize - start);
    const chunk = this.#staging.subarray(0, size);
    chunk.fill(0);
    for (const [index, { at, size: length }] of this.#placed.entries()) {
      const from = Math.max(start, at);
      const to = Math.min(start + size, at + length);
      if (from < to) chunk.set(this.#sections[index]!.bytes.subarray(from - at, to - at), from - start);
    }
    this.#checksums[start / CHUNK_SIZE] = crc32(chunk);
    this.#file.write(chunk, this.#head.length + start);
    this.#written += size;
  }

  #finish(): void {
    const table = this.#storage.buffer(blocks(this.#checksums.length * 4));
    const tableView = new DataView(table.buffer, table.byteOffset);
    for (const [index, checksum] of this.#checksums.entries()) tableView.setUint32(index * 4, checksum, true);
    if (table.length > 0) this.#file.write(table, this.#head.length + this.#dataSize);
    const head = this.#storage.buffer(this.#head.length);
    head.set(this.#head);
    const view = new DataView(head.buffer, head.byteOffset);
    view.setUint32(20, crc32(table), true);
    view.setUint32(0, crc32(head.subarray(4)), true);
    this.#file.write(head, 0);
    this.#file.sync();
    this.#file.close();
    this.#storage.rename(`${this.#folder}/${this.#name}.draft`, `${this.#folder}/${this.#name}`);
    this.#storage.syncFolder(this.#folder);
    this.#finished = true;
    const names = snapshotNames(this.#storage, this.#folder);
    for (const name of names.slice(0, -KEPT)) this.#storage.remove(`${this.#folder}/${name}`);
  }
}

export interface FoundSnapshot {
  readonly snapshot: Snapshot | undefined;
  /** Paths of newer ones that are damaged; a count above 0 deserves a warning. */
  readonly damaged: readonly string[];
}

/** The newest snapshot that is whole, checked to its last byte. Throws `format_newer`, `format_foreign`, or what the storage throws. */
export function newestSnapshot(storage: Storage, folder: string, ledgerId: bigint): FoundSnapshot {
  storage.makeFolder(folder);
  const damaged: string[] = [];
  for (const name of snapshotNames(storage, folder).toReversed()) {
    const path = `${folder}/${name}`;
    const snapshot = Snapshot.open(storage, path, ledgerId);
    if (snapshot?.isWhole() === true) return { snapshot, damaged };
    snapshot?.close();
    damaged.push(path);
  }
  return { snapshot: undefined, damaged };
}

export class Snapshot {
  readonly path: string;
  readonly position: Position;
  readonly meta: string;
  /** Names and sizes (bytes) in the order of writing. */
  readonly sections: readonly { readonly name: string; readonly size: number }[];
  readonly #placed: readonly Placed[];
  readonly #file: File;
  readonly #dataAt: number;
  readonly #dataSize: number;
  readonly #checksums: DataView;
  readonly #staging: Uint8Array;

  private constructor(file: File, staging: Uint8Array, head: Head, checksums: DataView) {
    this.path = file.path;
    this.position = head.position;
    this.meta = head.meta;
    this.sections = head.sections;
    this.#placed = head.sections;
    this.#file = file;
    this.#dataAt = head.size;
    this.#dataSize = head.dataSize;
    this.#checksums = checksums;
    this.#staging = staging;
  }

  /** Undefined when its head or its table of checksums is damaged. */
  static open(storage: Storage, path: string, ledgerId: bigint): Snapshot | undefined {
    const file = storage.open(path, { mode: 'read', direct: true });
    try {
      const staging = storage.buffer(CHUNK_SIZE);
      const head = readHead(file, staging, ledgerId);
      if (head !== undefined) {
        const table = storage.buffer(blocks(Math.ceil(head.dataSize / CHUNK_SIZE) * 4));
        const size = table.length === 0 ? 0 : file.read(table, head.size + head.dataSize);
        if (size === table.length && crc32(table) === head.tableChecksum) {
          return new Snapshot(file, staging, head, new DataView(table.buffer, table.byteOffset));
        }
      }
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    return undefined;
  }

  isWhole(): boolean {
    for (let index = 0; index * CHUNK_SIZE < this.#dataSize; index++) if (this.#load(index) === undefined) return false;
    return true;
  }

  /** Fills `target`, which has the section's size. Throws `snapshot_corrupt` when the bytes are not those that were checked. */
  read(name: string, target: Uint8Array): void {
    const placed = this.#placed.find((section) => section.name === name);
    assert(placed !== undefined && placed.size === target.length, `the snapshot has a section ${name} of that size`);
    const { at, size } = placed;
    for (let index = Math.floor(at / CHUNK_SIZE); index * CHUNK_SIZE < at + size; index++) {
      const chunk = this.#load(index);
      if (chunk === undefined) {
        const position = this.#dataAt + index * CHUNK_SIZE;
        throw new TallystickError('snapshot_corrupt', `${this.path} is damaged at or after offset ${position}`);
      }
      const start = index * CHUNK_SIZE;
      const from = Math.max(start, at);
      const to = Math.min(start + chunk.length, at + size);
      target.set(chunk.subarray(from - start, to - start), from - at);
    }
  }

  close(): void {
    this.#file.close();
  }

  /** Undefined when the chunk is damaged. */
  #load(index: number): Uint8Array | undefined {
    const start = index * CHUNK_SIZE;
    const chunk = this.#staging.subarray(0, Math.min(CHUNK_SIZE, this.#dataSize - start));
    if (this.#file.read(chunk, this.#dataAt + start) !== chunk.length) return undefined;
    return crc32(chunk) === this.#checksums.getUint32(index * 4, true) ? chunk : undefined;
  }
}

interface Head {
  readonly size: number;
  readonly dataSize: number;
  readonly tableChecksum: number;
  readonly position: Position;
  readonly meta: string;
  readonly sections: readonly Placed[];
}

/** bigints are written as decimal text. */
interface HeadJson {
  readonly ledgerId: string;
  readonly position: Omit<Position, 'fence' | 'timestamp'> & { readonly fence: string; readonly timestamp: string };
  readonly meta: string;
  readonly sections: readonly Placed[];
}

/** Without the checksums, which are known last. */
function encodeHead(head: SnapshotHead, sections: readonly Placed[]): Uint8Array {
  const json: HeadJson = {
    ledgerId: String(head.ledgerId),
    position: { ...head.position, fence: String(head.position.fence), timestamp: String(head.position.timestamp) },
    meta: head.meta,
    sections,
  };
  const text = new TextEncoder().encode(JSON.stringify(json));
  const bytes = new Uint8Array(blocks(FIXED_SIZE + text.length));
  assert(bytes.length <= CHUNK_SIZE, 'the head of a snapshot fits into a chunk');
  const view = new DataView(bytes.buffer);
  view.setUint32(4, MAGIC_SNAPSHOT, true);
  view.setUint32(8, VERSION_SNAPSHOT, true);
  view.setUint32(12, bytes.length, true);
  view.setUint32(16, text.length, true);
  const last = sections.at(-1);
  writeNumber(view, 24, last === undefined ? 0 : last.at + blocks(last.size));
  bytes.set(text, FIXED_SIZE);
  return bytes;
}

/** Undefined when it is damaged. */
function readHead(file: File, staging: Uint8Array, ledgerId: bigint): Head | undefined {
  const view = new DataView(staging.buffer, staging.byteOffset);
  if (file.read(staging.subarray(0, BLOCK_SIZE), 0) < BLOCK_SIZE) return undefined;
  if (view.getUint32(4, true) !== MAGIC_SNAPSHOT) return undefined;
  const size = view.getUint32(12, true);
  if (size < BLOCK_SIZE || size > CHUNK_SIZE || size % BLOCK_SIZE !== 0) return undefined;
  if (file.read(staging.subarray(0, size), 0) < size) return undefined;
  if (view.getUint32(0, true) !== crc32(staging.subarray(4, size))) return undefined;
  const version = view.getUint32(8, true);
  if (version > VERSION_SNAPSHOT) {
    throw new TallystickError(
      'format_newer',
      `${file.path} has format ${version}; this Tallystick reads up to ${VERSION_SNAPSHOT}`,
    );
  }
  const text = new TextDecoder().decode(staging.slice(FIXED_SIZE, FIXED_SIZE + view.getUint32(16, true)));
  const json = JSON.parse(text) as HeadJson;
  if (BigInt(json.ledgerId) !== ledgerId) {
    throw new TallystickError('format_foreign', `${file.path} belongs to another ledger`);
  }
  const { position } = json;
  return {
    size,
    dataSize: readNumber(view, 24),
    tableChecksum: view.getUint32(20, true),
    position: { ...position, fence: BigInt(position.fence), timestamp: BigInt(position.timestamp) },
    meta: json.meta,
    sections: json.sections,
  };
}

/** Ascending by op. */
function snapshotNames(storage: Storage, folder: string): string[] {
  return storage.list(folder).filter((name) => /^\d{16}\.snap$/.test(name));
}
