/**
 * Bytes in front of a disk's volatile cache: what programs see, what the platter holds, and the changes in between,
 * which a sync makes durable and a power cut decides over. Written without a line of the ledger's own storage, so
 * that a mistake there cannot hide here.
 */
import type { Random } from '../../testing/model/random.ts';

/** A disk writes so many bytes whole or not at all. */
export const SECTOR_SIZE = 512;

/** A write of `bytes`, or a truncation to `at`. */
interface Change {
  readonly at: number;
  readonly bytes: Buffer | undefined;
}

/** How a cut treats what was on its way: all of it lost, all of it kept, or each change for itself. */
export type Mood = 'lost' | 'kept' | 'mixed';

/** The fates of the changes that were on their way. */
export interface Fates {
  kept: number;
  lost: number;
  torn: number;
}

export class VolatileBytes {
  #seen: Content;
  #platter: Content;
  #pending: Change[] = [];
  /** Since the power went: programs that are not dead yet may see these, nobody will find them. */
  #tooLate: Change[] | undefined;

  constructor(capacity: number, size = 0) {
    this.#seen = new Content(capacity, size);
    this.#platter = new Content(capacity, size);
  }

  get size(): number {
    return this.#seen.size;
  }

  /** May be changed by later writes: copy it or send it away. */
  read(at: number, size: number): Buffer {
    return this.#seen.read(at, size);
  }

  /** `bytes` is copied. */
  write(at: number, bytes: Buffer): void {
    this.#change({ at, bytes: Buffer.from(bytes) });
  }

  truncate(size: number): void {
    this.#change({ at: size, bytes: undefined });
  }

  #change(change: Change): void {
    this.#seen.apply(change);
    (this.#tooLate ?? this.#pending).push(change);
  }

  /** All that was written becomes durable, unless the power is gone. */
  sync(): void {
    if (this.#tooLate !== undefined) return;
    for (const change of this.#pending) this.#platter.apply(change);
    this.#pending = [];
  }

  /** The power goes: nothing becomes durable any more. */
  freeze(): void {
    this.#tooLate ??= [];
  }

  /**
   * The power is back: what is found is what was durable, and of what was on its way whatever `mood` and `random`
   * leave of it.
   */
  restore(mood: Mood, random: Random, fates: Fates): void {
    for (const change of this.#pending) {
      const fate = this.#settle(change, mood, random);
      fates[fate]++;
    }
    for (const change of [...this.#pending, ...(this.#tooLate ?? [])]) this.#seen.forget(change, this.#platter);
    this.#pending = [];
    this.#tooLate = undefined;
  }

  #settle(change: Change, mood: Mood, random: Random): keyof Fates {
    const fate = mood === 'mixed' ? random.pick(['lost', 'kept', 'prefix', 'sectors'] as const) : mood;
    if (fate === 'lost') return 'lost';
    if (fate === 'kept' || change.bytes === undefined) {
      this.#platter.apply(change);
      return 'kept';
    }
    const sectors = sectorsOf(change.at, change.bytes);
    const count = random.below(sectors.length + 1);
    const left = fate === 'prefix' ? sectors.slice(0, count) : sectors.filter(() => random.chance(0.5));
    for (const sector of left) this.#platter.apply(sector);
    return left.length === 0 ? 'lost' : left.length === sectors.length ? 'kept' : 'torn';
  }
}

function sectorsOf(at: number, bytes: Buffer): Change[] {
  const sectors: Change[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, from + SECTOR_SIZE - ((at + from) % SECTOR_SIZE));
    sectors.push({ at: at + from, bytes: bytes.subarray(from, to) });
    from = to;
  }
  return sectors;
}

/** Bytes that grow; what lies behind `size` is zero. */
class Content {
  size: number;
  #bytes: Buffer;

  constructor(capacity: number, size: number) {
    this.#bytes = Buffer.alloc(capacity);
    this.size = size;
  }

  read(at: number, size: number): Buffer {
    return this.#bytes.subarray(Math.min(at, this.size), Math.min(at + size, this.size));
  }

  apply({ at, bytes }: Change): void {
    if (bytes === undefined) this.#resize(at);
    else {
      if (at + bytes.length > this.size) this.#resize(at + bytes.length);
      bytes.copy(this.#bytes, at);
    }
  }

  /** Makes what `change` touched the same as it is in `platter`. */
  forget({ at, bytes }: Change, platter: Content): void {
    this.#resize(platter.size);
    const from = Math.min(at, platter.size);
    const to = bytes === undefined ? platter.size : Math.min(at + bytes.length, platter.size);
    platter.#bytes.copy(this.#bytes, from, from, to);
  }

  #resize(size: number): void {
    if (size < this.size) this.#bytes.fill(0, size, this.size);
    if (size > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(size, this.#bytes.length * 2));
      this.#bytes.copy(grown);
      this.#bytes = grown;
    }
    this.size = size;
  }
}
