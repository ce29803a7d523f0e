/**
 * The witness: a second place that says how far the journal reaches (docs/adr/0014-witness.md). The file `witness` has
 * two slots of 4,096 bytes. Before a batch
 * is answered, the journal's writer notes its place in one slot, through the page cache (2 us): a process that is
 * killed leaves an exact witness. Within
 * milliseconds the note is made durable, and the next one goes into the other slot, so that power never takes more than
 * the newest notes.
 */
import { assert } from '../base/index.ts';
import { WitnessOffset as at, TallystickError, WITNESS_MAGIC, WITNESS_VERSION } from '../model/index.ts';
import { BLOCK_SIZE, crc32, type File, type Storage } from '../platform/index.ts';
import { readNumber, writeNumber } from './header.ts';
import type { Position } from './position.ts';

/** The file's name, beside the superblock. */
export const WITNESS_NAME = 'witness';

/** Bytes of a slot that its checksum covers; the rest is zero. */
export const WITNESS_USED_SIZE = 112;
const USED_SIZE: number = WITNESS_USED_SIZE;
const SLOT_SIZE: number = BLOCK_SIZE;
const FILE_SIZE: number = 2 * SLOT_SIZE;
/** The content of a whole slot. */
export interface WitnessContent {
  /** Grows with every note. */
  readonly sequence: number;
  /** The token of the writer that noted it. */
  readonly token: bigint;
  /** Everything up to here was durable. */
  readonly position: Position;
}

export interface WitnessFound {
  /** The newest note; undefined when no slot is whole. */
  readonly content: WitnessContent | undefined;
  /** False: there is no such file. */
  readonly exists: boolean;
  /** Byte offsets of slots that are damaged. */
  readonly damaged: readonly number[];
}

/**
 * Reads the witness of the ledger in `folder`. Damage is returned; throws `format_newer`, `format_foreign` (another
 * ledger's), or what the storage throws.
 */
export function readWitness(storage: Storage, folder: string, ledgerId: bigint): WitnessFound {
  const path = `${folder}/${WITNESS_NAME}`;
  if (!storage.exists(path)) return { content: undefined, exists: false, damaged: [] };
  const bytes = new Uint8Array(FILE_SIZE);
  const file = storage.open(path, { mode: 'read' });
  try {
    file.read(bytes, 0);
  } finally {
    file.close();
  }
  const damaged: number[] = [];
  let content: WitnessContent | undefined;
  for (const offset of [0, SLOT_SIZE]) {
    const found = decode(bytes.subarray(offset, offset + SLOT_SIZE), ledgerId, path);
    if (found === undefined) damaged.push(offset);
    else if (content === undefined || found.sequence > content.sequence) content = found;
  }
  return { content, exists: true, damaged };
}

/**
 * Gives the ledger a new witness that says `position`, which is durable, for the writer with this token. It is a new
 * file under the old name, so that the late note of a writer that was replaced lands in a file without one. `known`:
 * what was there before.
 */
export function renewWitness(
  storage: Storage,
  folder: string,
  ledgerId: bigint,
  token: bigint,
  position: Position,
  known: WitnessContent | undefined,
): void {
  const path = `${folder}/${WITNESS_NAME}`;
  const bytes = new Uint8Array(FILE_SIZE);
  const sequence = (known?.sequence ?? 0) + 1;
  encode(bytes.subarray(0, SLOT_SIZE), ledgerId, { sequence, token, position });
  encode(bytes.subarray(SLOT_SIZE), ledgerId, { sequence: sequence + 1, token, position });
  const draft = storage.open(`${path}.draft`, { mode: 'create' });
  try {
    if (draft.size() > 0) draft.truncate(0);
    draft.write(bytes, 0);
    draft.sync();
  } finally {
    draft.close();
  }
  storage.rename(`${path}.draft`, path);
  storage.syncFolder(folder);
}

/** The witness as its writer has it: held by the thread that writes the journal. */
export class Witness {
  /** Through the page cache. */
  readonly #file: File;
  /** Each write is on stable storage when it returns. */
  readonly #durable: File;
  readonly #slot = new Uint8Array(USED_SIZE);
  readonly #view = new DataView(this.#slot.buffer);
  #sequence: number;
  #op: number;
  /** Where the next note goes; the other slot is durable. */
  #next: number;
  #isDurable = true;

  /**
   * The witness of the writer with this token, which has just renewed it. Throws `fence_lost` when a newer writer has
   * come, and `disk_failed` when the disk does not give back what it took.
   */
  constructor(storage: Storage, folder: string, ledgerId: bigint, token: bigint) {
    const { content } = readWitness(storage, folder, ledgerId);
    if (content?.token !== token) throw notOurs(`${folder}/${WITNESS_NAME}`, token, content);
    encode(this.#slot, ledgerId, content);
    this.#sequence = content.sequence;
    this.#op = content.position.op;
    this.#next = slotOf(content.sequence + 1);
    const path = `${folder}/${WITNESS_NAME}`;
    this.#file = storage.open(path, { mode: 'write' });
    try {
      this.#durable = storage.open(path, { mode: 'write', durable: true });
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  /** The last op noted. */
  get op(): number {
    return this.#op;
  }

  /**
   * Notes that the journal is durable up to a batch that was added behind the last one noted. `timestamp` in two
   * halves.
   */
  note(
    op: number,
    cell: number,
    last: number,
    parent: number,
    fence: bigint,
    timestampLow: number,
    timestampHigh: number,
  ): void {
    assert(op > this.#op, 'the witness goes forward');
    assert(cell > last, 'a batch ends behind its header');
    const view = this.#view;
    // Until a note is durable, the next one takes its place: the other slot must stay whole.
    if (this.#isDurable) this.#sequence++;
    else this.#sequence += 2;
    writeNumber(view, at.sequence, this.#sequence);
    writeNumber(view, at.op, op);
    writeNumber(view, at.cell, cell);
    writeNumber(view, at.last, last);
    view.setUint32(at.parent, parent, true);
    view.setBigUint64(at.lastFence, fence, true);
    view.setUint32(at.timestamp, timestampLow, true);
    view.setUint32(at.timestamp + 4, timestampHigh, true);
    view.setUint32(at.checksum, crc32(this.#slot.subarray(4)), true);
    assert(slotOf(this.#sequence) === this.#next, 'a note never lies over the durable one');
    this.#file.write(this.#slot, this.#next);
    this.#op = op;
    this.#isDurable = false;
  }

  /** Makes the newest note durable; false when it is. */
  settle(): boolean {
    if (this.#isDurable) return false;
    this.#durable.write(this.#slot, this.#next);
    this.#next = slotOf(this.#sequence + 1);
    this.#isDurable = true;
    return true;
  }

  close(): void {
    this.#file.close();
    this.#durable.close();
  }
}

/** Tokens grow, so only a higher one is another writer's: nobody but the disk brings back an older note, or none. */
function notOurs(path: string, token: bigint, found: WitnessContent | undefined): TallystickError {
  if (found !== undefined && found.token > token) {
    return new TallystickError(
      'fence_lost',
      `${path} is the one of writer ${found.token}, which has come after this one, ${token}`,
    );
  }
  return new TallystickError(
    'disk_failed',
    `${path} does not hold the note that writer ${token} has just made durable there: ` +
      (found === undefined ? 'no slot of it is whole' : `its newest note is of writer ${found.token}`),
  );
}

/** The byte offset of the slot that a note with this sequence goes to. */
function slotOf(sequence: number): number {
  return sequence % 2 === 0 ? SLOT_SIZE : 0;
}

function encode(bytes: Uint8Array, ledgerId: bigint, { sequence, token, position }: WitnessContent): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, USED_SIZE);
  view.setUint32(at.magic, WITNESS_MAGIC, true);
  view.setUint32(at.version, WITNESS_VERSION, true);
  writeNumber(view, at.sequence, sequence);
  view.setBigUint64(at.ledgerId, BigInt.asUintN(64, ledgerId), true);
  view.setBigUint64(at.ledgerId + 8, ledgerId >> 64n, true);
  view.setBigUint64(at.fence, token, true);
  writeNumber(view, at.op, position.op);
  writeNumber(view, at.cell, position.cell);
  writeNumber(view, at.last, position.last);
  view.setUint32(at.parent, position.parent, true);
  view.setBigUint64(at.lastFence, position.fence, true);
  view.setBigUint64(at.timestamp, position.timestamp, true);
  view.setUint32(at.checksum, crc32(bytes.subarray(4, USED_SIZE)), true);
}

/** Undefined when the slot is damaged. */
function decode(bytes: Uint8Array, ledgerId: bigint, path: string): WitnessContent | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, SLOT_SIZE);
  if (view.getUint32(at.magic, true) !== WITNESS_MAGIC) return undefined;
  if (view.getUint32(at.checksum, true) !== crc32(bytes.subarray(4, USED_SIZE))) return undefined;
  const version = view.getUint32(at.version, true);
  if (version > WITNESS_VERSION) {
    throw new TallystickError(
      'format_newer',
      `${path} has format ${version}; this Tallystick reads up to ${WITNESS_VERSION}`,
    );
  }
  const id = view.getBigUint64(at.ledgerId, true) | (view.getBigUint64(at.ledgerId + 8, true) << 64n);
  if (id !== ledgerId) throw new TallystickError('format_foreign', `${path} belongs to another ledger`);
  return {
    sequence: readNumber(view, at.sequence),
    token: view.getBigUint64(at.fence, true),
    position: {
      op: readNumber(view, at.op),
      cell: readNumber(view, at.cell),
      last: readNumber(view, at.last),
      parent: view.getUint32(at.parent, true),
      fence: view.getBigUint64(at.lastFence, true),
      timestamp: view.getBigUint64(at.timestamp, true),
    },
  };
}
