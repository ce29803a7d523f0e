/**
 * Snapshots: named sections of bytes as they were behind one op, so that recovery need not replay all of the journal.
 * Files `<op>.snap`, the two newest are kept. Losing all of them loses nothing but time.
 *
 *   ┌──────────────────────────────┬───────────┬───────────┬─── … ───┬────────────────────┐
 *   │ head: 64 bytes + JSON        │ section 0 │ section 1 │         │ crc32 of each MiB  │
 *   └──────────────────────────────┴───────────┴───────────┴─── … ───┴────────────────────┘
 *
 * All are whole blocks of 4,096 bytes. The last section may be one whose bytes come up while the others are written
 * (before-images): it starts on a whole MiB.
 */
import { assert } from '../base/index.ts';
import {
  SNAPSHOT_HEAD_MAGIC,
  SNAPSHOT_HEAD_SIZE,
  SNAPSHOT_HEAD_VERSION,
  SnapshotHeadOffset,
  TallystickError,
} from '../model/index.ts';
import { BLOCK_SIZE, crc32, type File, type Storage } from '../platform/index.ts';
import { readNumber, writeNumber } from './header.ts';
import type { Position } from './position.ts';
import { headText, type Placed, parseHeadText, type SnapshotText } from './snapshot-head.ts';

const CHUNK_SIZE = 1024 * 1024;
const HEAD_SIZE = BLOCK_SIZE;
/** Bytes that a writer works in. */
export const SNAPSHOT_STAGING_SIZE: number = 2 * CHUNK_SIZE + 64 * 1024;
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
  /** Bytes. */
  readonly size: number;
  /** Fills `target` with the bytes from byte `from` on. Called once for each byte, in order. */
  read(target: Uint8Array, from: number): void;
}

/** A section whose bytes come up while the others are written. */
export interface LateSection {
  readonly name: string;
  /** Its bytes come in pieces of that size, of which none spans two MiB. */
  readonly pieceSize: number;
  /** Fills `target` from its start with whole pieces, as many as there are and fit; returns their bytes. */
  take(target: Uint8Array): number;
  /** The other sections were read to their end: what `take` returns from now on until it returns 0 is the rest. */
  finished(): void;
}

const blocks = (size: number): number => Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE;

/**
 * Writes one snapshot: {@link step} by step until all of it is written, then {@link finish}. Several may be written and
 * not yet finished, in the order in which they began, with one staging.
 */
export class SnapshotWriter {
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #name: string;
  readonly #head: SnapshotHead;
  readonly #sections: readonly Section[];
  readonly #late: LateSection | undefined;
  readonly #placed: readonly Placed[];
  readonly #earlySize: number;
  readonly #checksums: number[] = [];
  readonly #staging: Uint8Array;
  readonly #file: File;
  #written = 0;
  /** The late section's next chunk, as far as it is filled, and the bytes of those before it. */
  readonly #lateStaging: Uint8Array;
  /** For the head and the table of checksums. */
  readonly #endStaging: Uint8Array;
  #lateFilled = 0;
  #lateWritten = 0;
  #isWritten = false;
  #finished = false;

  /** `staging`: {@link SNAPSHOT_STAGING_SIZE} bytes from the storage, for one writer at a time. */
  constructor(
    storage: Storage,
    folder: string,
    staging: Uint8Array,
    head: SnapshotHead,
    sections: readonly Section[],
    late?: LateSection,
  ) {
    this.#storage = storage;
    this.#folder = folder;
    this.#head = head;
    this.#sections = sections;
    this.#late = late;
    let at = 0;
    this.#placed = sections.map(({ name, size }) => {
      const placed = { name, at, size };
      at += blocks(size);
      return placed;
    });
    this.#earlySize = late === undefined ? at : Math.ceil(at / CHUNK_SIZE) * CHUNK_SIZE;
    this.#staging = staging.subarray(0, CHUNK_SIZE);
    this.#lateStaging = staging.subarray(CHUNK_SIZE, 2 * CHUNK_SIZE);
    this.#endStaging = staging.subarray(2 * CHUNK_SIZE);
    this.#name = `${String(head.position.op).padStart(16, '0')}.snap`;
    storage.makeFolder(folder);
    this.#file = storage.open(`${folder}/${this.#name}.draft`, { mode: 'create', direct: true });
  }

  /** Writes on, up to 1 MiB; false when all sections were read to their end and written. */
  step(): boolean {
    // The machine fills the late section, and may have to wait for room there.
    if (this.#takeLate()) return true;
    if (this.#written < this.#earlySize) {
      this.#chunk();
      if (this.#written === this.#earlySize) this.#late?.finished();
      return true;
    }
    if (!this.#isWritten && this.#lateFilled > 0) this.#writeLate(blocks(this.#lateFilled));
    this.#isWritten = true;
    return false;
  }

  /** Gives up; the draft is removed, or if the disk refuses that, too, by the next opening. */
  abandon(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#file.close();
    try {
      this.#storage.remove(`${this.#folder}/${this.#name}.draft`);
    } catch (error) {
      if (!(error instanceof TallystickError)) throw error;
    }
  }

  #chunk(): void {
    const start = this.#written;
    const size = Math.min(CHUNK_SIZE, this.#earlySize - start);
    const chunk = this.#staging.subarray(0, size);
    let filled = 0;
    for (const [index, { at, size: length }] of this.#placed.entries()) {
      const from = Math.max(start, at);
      const to = Math.min(start + size, at + length);
      if (from >= to) continue;
      chunk.fill(0, filled, from - start);
      filled = to - start;
      this.#sections[index]!.read(chunk.subarray(from - start, filled), from - at);
    }
    chunk.fill(0, filled);
    this.#checksums[start / CHUNK_SIZE] = crc32(chunk);
    this.#file.write(chunk, HEAD_SIZE + start);
    this.#written += size;
  }

  /** Takes what has come up; true if that made a chunk, which is written. */
  #takeLate(): boolean {
    if (this.#late === undefined || this.#isWritten) return false;
    this.#lateFilled += this.#late.take(this.#lateStaging.subarray(this.#lateFilled));
    if (this.#lateFilled + this.#late.pieceSize <= CHUNK_SIZE) return false;
    this.#writeLate(CHUNK_SIZE);
    this.#lateWritten += CHUNK_SIZE;
    this.#lateFilled = 0;
    return true;
  }

  #writeLate(size: number): void {
    const chunk = this.#lateStaging.subarray(0, size);
    chunk.fill(0, this.#lateFilled);
    const at = this.#earlySize + this.#lateWritten;
    this.#checksums[at / CHUNK_SIZE] = crc32(chunk);
    this.#file.write(chunk, HEAD_SIZE + at);
  }

  /** Makes what was written durable and the newest snapshot; the oldest ones go. */
  finish(): void {
    assert(this.#isWritten && !this.#finished, 'a snapshot is finished once, when all of it is written');
    const placed = [...this.#placed];
    if (this.#late !== undefined) {
      this.#lateWritten += this.#lateFilled;
      placed.push({ name: this.#late.name, at: this.#earlySize, size: this.#lateWritten });
    }
    const dataSize = this.#earlySize + blocks(this.#lateWritten);
    const table = this.#endStaging.subarray(HEAD_SIZE, HEAD_SIZE + blocks(this.#checksums.length * 4)).fill(0);
    assert(table.length >= this.#checksums.length * 4, 'the table of checksums fits');
    const tableView = new DataView(table.buffer, table.byteOffset);
    for (const [index, checksum] of this.#checksums.entries()) tableView.setUint32(index * 4, checksum, true);
    if (table.length > 0) this.#file.write(table, HEAD_SIZE + dataSize);
    const head = this.#endStaging.subarray(0, HEAD_SIZE).fill(0);
    encodeHead(head, this.#head, placed, dataSize);
    const view = new DataView(head.buffer, head.byteOffset);
    view.setUint32(SnapshotHeadOffset.table, crc32(table), true);
    view.setUint32(SnapshotHeadOffset.checksum, crc32(head.subarray(4)), true);
    this.#file.write(head, 0);
    this.#file.sync();
    this.#file.close();
    this.#storage.rename(`${this.#folder}/${this.#name}.draft`, `${this.#folder}/${this.#name}`);
    // From here on there is no draft, whatever becomes of the rest.
    this.#finished = true;
    this.#storage.syncFolder(this.#folder);
    const names = snapshotNames(this.#storage, this.#folder);
    for (const name of names.slice(0, -KEPT)) this.#storage.remove(`${this.#folder}/${name}`);
  }
}

/** Removes what a writer that died has left. */
export function removeDrafts(storage: Storage, folder: string): void {
  storage.makeFolder(folder);
  for (const name of storage.list(folder)) if (name.endsWith('.draft')) storage.remove(`${folder}/${name}`);
}

/**
 * Tries the snapshots of a ledger, newest first, until `load` takes one; returns it, closed, and the paths of those
 * that were damaged (a warning is due). `load` says whether it took it, or that it is `damaged`. Throws `format_newer`,
 * `format_foreign`, or what the storage throws.
 */
export function findSnapshot(
  storage: Storage,
  folder: string,
  ledgerId: bigint,
  load: (snapshot: Snapshot) => 'taken' | 'damaged' | 'passed',
): { readonly snapshot: Snapshot | undefined; readonly damaged: readonly string[] } {
  storage.makeFolder(folder);
  const damaged: string[] = [];
  for (const name of snapshotNames(storage, folder).toReversed()) {
    const path = `${folder}/${name}`;
    const snapshot = Snapshot.open(storage, path, ledgerId);
    let outcome: 'taken' | 'damaged' | 'passed' = 'damaged';
    try {
      if (snapshot !== undefined) outcome = load(snapshot);
    } finally {
      snapshot?.close();
    }
    if (outcome === 'taken') return { snapshot, damaged };
    if (outcome === 'damaged') damaged.push(path);
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

  /**
   * Hands out every section from its first byte to its last, in order, in pieces of up to 1 MiB whose checksums fit:
   * `bytes` lie at byte `from` of section `name`, and are good until `visit` returns. False when a checksum does not
   * fit: then what was handed out so far is worth nothing.
   */
  read(visit: (name: string, from: number, bytes: Uint8Array) => void): boolean {
    for (let start = 0; start < this.#dataSize; start += CHUNK_SIZE) {
      const chunk = this.#load(start / CHUNK_SIZE);
      if (chunk === undefined) return false;
      for (const { name, at, size } of this.#placed) {
        const from = Math.max(start, at);
        const to = Math.min(start + chunk.length, at + size);
        if (from < to) visit(name, from - at, chunk.subarray(from - start, to - start));
      }
    }
    return true;
  }

  /**
   * The offset of the first MiB whose checksum does not fit, or of what does not belong behind them all; undefined when
   * every byte is as it was written.
   */
  damagedAt(): number | undefined {
    for (let index = 0; index * CHUNK_SIZE < this.#dataSize; index++) {
      if (this.#load(index) === undefined) return this.#dataAt + index * CHUNK_SIZE;
    }
    const end = this.#dataAt + this.#dataSize + blocks(Math.ceil(this.#dataSize / CHUNK_SIZE) * 4);
    return this.#file.size() === end ? undefined : end;
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

interface Head extends SnapshotText {
  readonly size: number;
  readonly dataSize: number;
  readonly tableChecksum: number;
}

/** All but the checksums. */
function encodeHead(bytes: Uint8Array, head: SnapshotHead, sections: readonly Placed[], dataSize: number): void {
  const text = new TextEncoder().encode(headText({ ...head, sections }));
  assert(SNAPSHOT_HEAD_SIZE + text.length <= bytes.length, 'the head of a snapshot fits into a block');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(SnapshotHeadOffset.magic, SNAPSHOT_HEAD_MAGIC, true);
  view.setUint32(SnapshotHeadOffset.version, SNAPSHOT_HEAD_VERSION, true);
  view.setUint32(SnapshotHeadOffset.headSize, bytes.length, true);
  view.setUint32(SnapshotHeadOffset.textSize, text.length, true);
  writeNumber(view, SnapshotHeadOffset.dataSize, dataSize);
  bytes.set(text, SNAPSHOT_HEAD_SIZE);
}

/** Undefined when it is damaged. */
function readHead(file: File, staging: Uint8Array, ledgerId: bigint): Head | undefined {
  const view = new DataView(staging.buffer, staging.byteOffset);
  if (file.read(staging.subarray(0, BLOCK_SIZE), 0) < BLOCK_SIZE) return undefined;
  if (view.getUint32(SnapshotHeadOffset.magic, true) !== SNAPSHOT_HEAD_MAGIC) return undefined;
  const size = view.getUint32(SnapshotHeadOffset.headSize, true);
  if (size < BLOCK_SIZE || size > CHUNK_SIZE || size % BLOCK_SIZE !== 0) return undefined;
  if (file.read(staging.subarray(0, size), 0) < size) return undefined;
  if (view.getUint32(SnapshotHeadOffset.checksum, true) !== crc32(staging.subarray(4, size))) return undefined;
  const version = view.getUint32(SnapshotHeadOffset.version, true);
  if (version > SNAPSHOT_HEAD_VERSION) {
    throw new TallystickError(
      'format_newer',
      `${file.path} has format ${version}; this Tallystick reads up to ${SNAPSHOT_HEAD_VERSION}`,
    );
  }
  const dataSize = readNumber(view, SnapshotHeadOffset.dataSize);
  if (dataSize > file.size()) return undefined;
  const text = new TextDecoder().decode(
    staging.slice(SNAPSHOT_HEAD_SIZE, SNAPSHOT_HEAD_SIZE + view.getUint32(SnapshotHeadOffset.textSize, true)),
  );
  const head = parseHeadText(text, dataSize);
  if (head === undefined) return undefined;
  if (head.ledgerId !== ledgerId) {
    throw new TallystickError('format_foreign', `${file.path} belongs to another ledger`);
  }
  return { ...head, size, dataSize, tableChecksum: view.getUint32(SnapshotHeadOffset.table, true) };
}

/** The op that the snapshot of that name was taken behind. */
export function snapshotOp(name: string): number {
  return Number(name.slice(0, 16));
}

/** The names of a folder's snapshots, ascending by op. */
export function snapshotNames(storage: Storage, folder: string): string[] {
  return storage.list(folder).filter((name) => /^\d{16}\.snap$/.test(name));
}
