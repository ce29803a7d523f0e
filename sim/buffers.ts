/** Memory for direct transfers, used again when the ledger that had it is gone: a seed opens hundreds. */
export class Buffers {
  readonly #free = new Map<number, Uint8Array[]>();
  readonly #taken: Uint8Array[] = [];

  /** Zeroed, `size` bytes. */
  readonly take = (size: number): Uint8Array => {
    const buffer = this.#free.get(size)?.pop()?.fill(0) ?? new Uint8Array(size);
    this.#taken.push(buffer);
    return buffer;
  };

  /** Nobody looks at any of it any more. */
  recycle(): void {
    for (const buffer of this.#taken) {
      const free = this.#free.get(buffer.length);
      if (free === undefined) this.#free.set(buffer.length, [buffer]);
      else free.push(buffer);
    }
    this.#taken.length = 0;
  }
}
