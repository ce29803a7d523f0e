/**
 * The machine's image: accounts and pending transfers as they were behind one batch. Read at leisure while no thread
 * changes them, or by another thread while the machine goes on; the protocol and why it holds are in kernel/image.ts.
 */
import { assert, type SharedMemory } from '../base/index.ts';
import {
  ACCOUNT_SIZE,
  AccountOffset,
  BEFORE_SIZE,
  BeforeOffset,
  BeforeSection,
  IMAGE_WORD_SIZE,
  ImageWord,
  PENDING_SIZE,
  STATE_SIZE,
  StateOffset,
} from '../model/index.ts';
import type { MachineLayout } from './layout.ts';

const EVERYTHING = 0xffff_ffff | 0;

/** The head of an image. The bytes stay where they are. */
export interface ImageHead {
  /** A copy of the state block. */
  readonly state: Uint8Array;
  readonly accountsSize: number;
  readonly pendingsSize: number;
}

/** A part of an image, by the name that a snapshot gives it. */
export interface ImageSection {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /**
   * Fills `target` with the bytes from byte `from` of the section on. Of an image that is being followed: once, in the
   * order of sections and bytes.
   */
  read(target: Uint8Array, from: number): void;
}

/** The image of what is in the memory now. */
export function imageHead(memory: SharedMemory, layout: MachineLayout): ImageHead {
  const u32 = new Uint32Array(memory.buffer, layout.state, STATE_SIZE / 4);
  return {
    state: new Uint8Array(memory.buffer, layout.state, STATE_SIZE).slice(),
    accountsSize: (u32[StateOffset.accountsCount / 4]! + 1) * ACCOUNT_SIZE,
    pendingsSize: (u32[StateOffset.pendingsCount / 4]! + 1) * PENDING_SIZE,
  };
}

/** Whether a reader still reads the image that was opened last. */
export function imageIsOpen(memory: SharedMemory, layout: MachineLayout): boolean {
  return Atomics.load(new Int32Array(memory.buffer, layout.image, IMAGE_WORD_SIZE / 4), ImageWord.open) === 1;
}

/** Blocks until the builder has taken a before-image, or for `milliseconds`. */
export function waitForBefores(memory: SharedMemory, layout: MachineLayout, milliseconds: number): void {
  const words = new Int32Array(memory.buffer, layout.image, IMAGE_WORD_SIZE / 4);
  const taken = Atomics.load(words, ImageWord.taken);
  const room = 2 ** layout.sizes.log2Befores - ((Atomics.load(words, ImageWord.tail) - taken) | 0);
  if (room <= 0) Atomics.wait(words, ImageWord.taken, taken, milliseconds);
}

/** Reads an image. */
export class ImageReader {
  readonly sections: readonly ImageSection[];
  /** Bytes of a before-image: {@link takeBefores} never cuts one in two. */
  readonly beforeSize: number = BEFORE_SIZE;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #befores: number;
  readonly #beforesCount: number;
  /** The address that was read last. */
  #next = 0;

  /**
   * `followed`: the machine opened it and goes on changing the memory. Else nothing may change before the last byte is
   * read.
   */
  constructor(memory: SharedMemory, layout: MachineLayout, head: ImageHead, followed: boolean) {
    this.#words = new Int32Array(memory.buffer, layout.image, IMAGE_WORD_SIZE / 4);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#befores = layout.befores;
    this.#beforesCount = 2 ** layout.sizes.log2Befores;
    const { state, accountsSize, pendingsSize } = head;
    const rows = (name: string, start: number, size: number): ImageSection => ({
      name,
      size,
      read: (target, from) => {
        const at = start + from;
        target.set(this.#bytes.subarray(at, at + target.length));
        if (followed) this.#copied(at, at + target.length);
      },
    });
    this.sections = [
      {
        name: 'state',
        size: state.length,
        read: (target, from) => target.set(state.subarray(from, from + target.length)),
      },
      rows('accounts', layout.accounts, accountsSize),
      rows('pendings', layout.pendings, pendingsSize),
    ];
  }

  #copied(from: number, to: number): void {
    assert(from >= this.#next, 'an image that is followed is read in order');
    this.#next = to;
    Atomics.store(this.#words, ImageWord.saved, to | 0);
  }

  /**
   * Every section was read: rows that change from now on need no keeping. What is in the ring then must still be taken.
   */
  finished(): void {
    Atomics.store(this.#words, ImageWord.saved, EVERYTHING);
  }

  /** Moves the before-images that there are, as far as they fit, to the start of `target`; returns their bytes. */
  takeBefores(target: Uint8Array): number {
    const taken = Atomics.load(this.#words, ImageWord.taken);
    const waiting = (Atomics.load(this.#words, ImageWord.tail) - taken) | 0;
    const count = Math.min(waiting, Math.floor(target.length / BEFORE_SIZE));
    if (count === 0) return 0;
    const first = (taken >>> 0) % this.#beforesCount;
    const upToEnd = Math.min(count, this.#beforesCount - first);
    const at = this.#befores + first * BEFORE_SIZE;
    target.set(this.#bytes.subarray(at, at + upToEnd * BEFORE_SIZE));
    const rest = (count - upToEnd) * BEFORE_SIZE;
    target.set(this.#bytes.subarray(this.#befores, this.#befores + rest), upToEnd * BEFORE_SIZE);
    Atomics.store(this.#words, ImageWord.taken, (taken + count) | 0);
    Atomics.notify(this.#words, ImageWord.taken);
    return count * BEFORE_SIZE;
  }

  /** Lets the machine open another one. */
  close(): void {
    this.finished();
    Atomics.store(this.#words, ImageWord.taken, Atomics.load(this.#words, ImageWord.tail));
    Atomics.notify(this.#words, ImageWord.taken);
    Atomics.store(this.#words, ImageWord.open, 0);
  }
}

/**
 * Lays before-images, read back from a snapshot, over the sections in memory. False when one lies outside of them: then
 * the bytes are no before-images.
 */
export function applyBefores(bytes: Uint8Array, layout: MachineLayout, head: ImageHead, befores: Uint8Array): boolean {
  const view = new DataView(befores.buffer, befores.byteOffset, befores.byteLength);
  for (let at = 0; at + BEFORE_SIZE <= befores.length; at += BEFORE_SIZE) {
    const offset = view.getUint32(at + BeforeOffset.offset, true);
    const was = befores.subarray(at + BeforeOffset.bytes, at + BEFORE_SIZE);
    if (view.getUint16(at + BeforeOffset.section, true) === BeforeSection.accounts) {
      if (offset + ACCOUNT_SIZE > head.accountsSize) return false;
      const row = layout.accounts + offset;
      bytes.set(was, row + AccountOffset.debits_pending);
      bytes[row + AccountOffset.flags] = befores[at + BeforeOffset.flags]!;
      bytes[row + AccountOffset.flags + 1] = befores[at + BeforeOffset.flags + 1]!;
    } else {
      if (offset + was.length > head.pendingsSize) return false;
      bytes.set(was, layout.pendings + offset);
    }
  }
  return true;
}
