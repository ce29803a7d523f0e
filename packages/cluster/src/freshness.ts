/**
 * How long ago a node was last known to have everything that the stream had. A leader knows it of the moment at which
 * it sent what was stored since; a node that follows hears in every beat how far the stream is, and is that far sooner
 * or later. A beat's own way is not counted, and a beat of a leader that does not know yet that it is none misleads: an
 * age says how old an answer is likely to be, and proves nothing.
 */
const AGE_MS_MAX = 2 ** 32 - 1;

export class Freshness {
  #at: number = Number.NEGATIVE_INFINITY;
  /** The oldest beat that said more than was read by then. */
  #heard: { readonly sequence: number; readonly at: number } | undefined;

  /** Everything up to message `read` was read; somebody says at `now` that the stream has `sequence`. */
  hear(sequence: number, read: number, now: number): void {
    if (sequence <= read) this.#knew(now);
    else this.#heard ??= { sequence, at: now };
  }

  /** Everything up to message `read` was read. */
  read(read: number): void {
    if (this.#heard === undefined || this.#heard.sequence > read) return;
    this.#knew(this.#heard.at);
    this.#heard = undefined;
  }

  /** What was sent at `at` was stored right behind everything that this node has. */
  stored(at: number): void {
    this.#heard = undefined;
    this.#knew(at);
  }

  #knew(at: number): void {
    this.#at = Math.max(this.#at, at);
  }

  /** Milliseconds, a whole number; the largest u32 where nothing is known. */
  ageMs(now: number): number {
    return Math.min(AGE_MS_MAX, Math.max(0, Math.ceil(now - this.#at)));
  }
}
