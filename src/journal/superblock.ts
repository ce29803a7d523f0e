/**
 * The identity of a ledger, and whether it was closed in order: the file `superblock`, two copies of 4,096 bytes,
 * written in turn so that one is always whole.
 */
import {
  SuperblockOffset as at,
  SUPERBLOCK_MAGIC,
  SUPERBLOCK_VERSION,
  SuperblockBit,
  TallystickError,
} from '../model/index.ts';
import { BLOCK_SIZE, crc32, type File, type Storage } from '../platform/index.ts';
import { readNumber, writeNumber } from './header.ts';
import type { Position } from './position.ts';

const USED_SIZE = 128;

/** The content of a superblock; see the getters of {@link Superblock}. */
export interface SuperblockContent {
  /** Grows with every write. */
  readonly sequence: number;
  readonly ledgerId: bigint;
  readonly created: bigint;
  readonly fence: bigint;
  readonly clean: Position | undefined;
  readonly open: boolean;
  readonly witnessed: boolean;
}

type Content = SuperblockContent;

export class Superblock {
  /** Byte offsets of copies that could not be read when it was opened; any deserves a warning. */
  readonly damagedCopies: readonly number[];
  readonly #file: File;
  #content: Content;

  private constructor(file: File, content: Content, damagedCopies: readonly number[]) {
    this.#file = file;
    this.#content = content;
    this.damagedCopies = damagedCopies;
  }

  static exists(storage: Storage, folder: string): boolean {
    return storage.exists(`${folder}/superblock`);
  }

  /**
   * Throws `format_foreign` when a folder without a superblock holds more than what making one may leave: a ledger
   * without a superblock is damaged, and other files are somebody else's.
   */
  static refuseStrange(storage: Storage, folder: string): void {
    const names = storage.list(folder);
    const strange = names.find((name) => !/^(writer-|superblock\.draft$|lost\+found$)/.test(name));
    // Another process may have made the ledger in this moment.
    if (strange === undefined || names.includes('superblock')) return;
    const shards = names.filter((name) => /^shard-\d+$/.test(name)).length;
    const why =
      shards > 0
        ? `${folder} is a folder of ${shards} shards: open it with shards: ${shards}, or --shards ${shards}`
        : `${folder} has no superblock and is not empty (${strange}): a new ledger wants an empty folder`;
    throw new TallystickError('format_foreign', why);
  }

  /** Makes a new ledger's. Throws what {@link refuseStrange} throws. */
  static create(
    storage: Storage,
    folder: string,
    ledger: { readonly ledgerId: bigint; readonly created: bigint },
  ): Superblock {
    Superblock.refuseStrange(storage, folder);
    const content: Content = { ...ledger, sequence: 1, fence: 0n, clean: undefined, open: false, witnessed: false };
    const path = `${folder}/superblock`;
    const draft = storage.open(`${path}.draft`, { mode: 'create' });
    try {
      draft.write(encode({ ...content, sequence: 0 }), 0);
      draft.write(encode(content), BLOCK_SIZE);
      draft.sync();
    } finally {
      draft.close();
    }
    storage.rename(`${path}.draft`, path);
    storage.syncFolder(folder);
    return new Superblock(storage.open(path, { mode: 'write', durable: true }), content, []);
  }

  /** Throws `not_found`, `format_newer`, `format_foreign` or `journal_corrupt` (both copies are damaged). */
  static open(storage: Storage, folder: string): Superblock {
    const file = storage.open(`${folder}/superblock`, { mode: 'write', durable: true });
    try {
      const { content, damaged } = readCopies(file);
      return new Superblock(file, content, damaged);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /**
   * The same for a reader that only looks, while a writer may be at work. `damaged`: byte offsets of copies that could
   * not be read.
   */
  static read(
    storage: Storage,
    folder: string,
  ): { readonly content: SuperblockContent; readonly damaged: readonly number[] } {
    const file = storage.open(`${folder}/superblock`, { mode: 'read' });
    try {
      return readCopies(file);
    } finally {
      file.close();
    }
  }

  /** 128 bits. */
  get ledgerId(): bigint {
    return this.#content.ledgerId;
  }

  /** Nanoseconds since the epoch. */
  get created(): bigint {
    return this.#content.created;
  }

  /** The highest token that a writer may have used. */
  get fence(): bigint {
    return this.#content.fence;
  }

  /**
   * Where the journal ended when the ledger was last closed in order; undefined when it never was. Later crashes do not
   * take it away: it must always be found.
   */
  get clean(): Position | undefined {
    return this.#content.clean;
  }

  /** A writer was at work and did not close: the journal may end anywhere behind {@link clean}. */
  get open(): boolean {
    return this.#content.open;
  }

  /** The ledger has a witness: without it nothing tells where the journal of a writer that did not close must end. */
  get witnessed(): boolean {
    return this.#content.witnessed;
  }

  /**
   * Records, before the first write, that a writer with this token is at work. Throws `fence_lost` when one with this
   * token or a newer one has been.
   */
  opened(fence: bigint): void {
    if (fence <= this.#content.fence) {
      throw new TallystickError(
        'fence_lost',
        `${this.#file.path} knows of writer ${this.#content.fence}, and this one is ${fence}: somebody else ` +
          'came first, or the file was read wrongly when this one asked',
      );
    }
    // A process that was killed may have left this copy in the page cache alone: the other one, on the disk, may not be
    // written over before this one is there.
    this.#put(this.#content);
    this.#write({ ...this.#content, fence, open: true });
  }

  /** Its path still names it, and nothing else does. */
  get isNamed(): boolean {
    return this.#file.isNamed();
  }

  /** Records, before the first batch is answered, that there is a witness. */
  hasWitness(): void {
    if (!this.#content.witnessed) this.#write({ ...this.#content, witnessed: true });
  }

  /**
   * Records that a loss was accepted: the journal ends at `position`, and what had been known to lie behind it is not
   * expected any more.
   */
  lost(position: Position): void {
    this.#write({ ...this.#content, clean: position });
  }

  /** Records that everything up to `position` is durable and no writer is at work. */
  closed(position: Position): void {
    this.#write({ ...this.#content, clean: position, open: false });
  }

  close(): void {
    this.#file.close();
  }

  #write(content: Content): void {
    const next = { ...content, sequence: this.#content.sequence + 1 };
    this.#put(next);
    this.#content = next;
  }

  #put(content: Content): void {
    this.#file.write(encode(content), (content.sequence % 2) * BLOCK_SIZE);
  }
}

/** The newest copy that is whole, and where those lie that are not. */
function readCopies(file: File): { content: Content; damaged: number[] } {
  const bytes = new Uint8Array(2 * BLOCK_SIZE);
  file.read(bytes, 0);
  const whole: Content[] = [];
  const damaged: number[] = [];
  for (const offset of [0, BLOCK_SIZE]) {
    const copy = decode(bytes.subarray(offset, offset + BLOCK_SIZE), file.path);
    if (copy === undefined) damaged.push(offset);
    else whole.push(copy);
  }
  const content = whole.sort((a, b) => b.sequence - a.sequence)[0];
  if (content !== undefined) return { content, damaged };
  throw isOurs(bytes)
    ? new TallystickError('journal_corrupt', `both copies of ${file.path} are damaged`)
    : new TallystickError('format_foreign', `${file.path} is not a superblock of Tallystick`);
}

function encode(content: Content): Uint8Array {
  const bytes = new Uint8Array(BLOCK_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(at.magic, SUPERBLOCK_MAGIC, true);
  view.setUint32(at.version, SUPERBLOCK_VERSION, true);
  writeNumber(view, at.sequence, content.sequence);
  view.setBigUint64(at.created, content.created, true);
  view.setBigUint64(at.ledgerId, BigInt.asUintN(64, content.ledgerId), true);
  view.setBigUint64(at.ledgerId + 8, content.ledgerId >> 64n, true);
  view.setBigUint64(at.fence, content.fence, true);
  view.setUint32(at.bits, flagsOf(content), true);
  if (content.clean !== undefined) {
    writeNumber(view, at.op, content.clean.op);
    writeNumber(view, at.cell, content.clean.cell);
    writeNumber(view, at.last, content.clean.last);
    view.setUint32(at.parent, content.clean.parent, true);
    view.setBigUint64(at.lastFence, content.clean.fence, true);
    view.setBigUint64(at.timestamp, content.clean.timestamp, true);
  }
  view.setUint32(at.checksum, crc32(bytes.subarray(4, USED_SIZE)), true);
  return bytes;
}

/** Undefined when the copy is damaged. */
function decode(bytes: Uint8Array, path: string): Content | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, BLOCK_SIZE);
  if (view.getUint32(at.magic, true) !== SUPERBLOCK_MAGIC) return undefined;
  if (view.getUint32(at.checksum, true) !== crc32(bytes.subarray(4, USED_SIZE))) return undefined;
  const version = view.getUint32(at.version, true);
  if (version > SUPERBLOCK_VERSION) {
    throw new TallystickError(
      'format_newer',
      `${path} has format ${version}; this Tallystick reads up to ${SUPERBLOCK_VERSION}`,
    );
  }
  const clean: Position = {
    op: readNumber(view, at.op),
    cell: readNumber(view, at.cell),
    last: readNumber(view, at.last),
    parent: view.getUint32(at.parent, true),
    fence: view.getBigUint64(at.lastFence, true),
    timestamp: view.getBigUint64(at.timestamp, true),
  };
  return {
    sequence: readNumber(view, at.sequence),
    created: view.getBigUint64(at.created, true),
    ledgerId: view.getBigUint64(at.ledgerId, true) | (view.getBigUint64(at.ledgerId + 8, true) << 64n),
    fence: view.getBigUint64(at.fence, true),
    clean: (view.getUint32(at.bits, true) & SuperblockBit.closed) !== 0 ? clean : undefined,
    open: (view.getUint32(at.bits, true) & SuperblockBit.open) !== 0,
    witnessed: (view.getUint32(at.bits, true) & SuperblockBit.witnessed) !== 0,
  };
}

function flagsOf({ clean, open, witnessed }: Content): number {
  return (
    (clean === undefined ? 0 : SuperblockBit.closed) |
    (open ? SuperblockBit.open : 0) |
    (witnessed ? SuperblockBit.witnessed : 0)
  );
}

function isOurs(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer);
  return (
    view.getUint32(at.magic, true) === SUPERBLOCK_MAGIC ||
    view.getUint32(BLOCK_SIZE + at.magic, true) === SUPERBLOCK_MAGIC
  );
}
