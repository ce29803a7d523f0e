/** The rows that a search has found so far, in memory of its own that grows with them. */

const SIZE_FIRST = 4096;

export class Answer {
  /** Nothing as long as nothing is found: many searches may wait for their turn. */
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  words: Uint32Array = new Uint32Array(this.bytes.buffer);
  /** Bytes. */
  size = 0;
  rows = 0;

  /**
   * Makes room for one more row of `size` bytes and returns the byte where it begins. Views that were taken before may
   * be stale.
   */
  add(size: number): number {
    const at = this.size;
    if (at + size > this.bytes.length) this.#grow();
    this.size += size;
    this.rows++;
    return at;
  }

  /** Makes room for so many bytes at once, where it is known how many they may become. */
  reserve(size: number): void {
    if (this.bytes.length < size) this.#grow(size);
  }

  /** Adds the rows of 128 bytes that lie in the first `size` bytes. */
  append(rows: Uint8Array, size: number): void {
    while (this.size + size > this.bytes.length) this.#grow();
    this.bytes.set(rows.subarray(0, size), this.size);
    this.size += size;
    this.rows += size / 128;
  }

  /** Adds a row of 32 words from `word` on. */
  put(words: Uint32Array, word: number): void {
    const to = this.add(128) / 4;
    for (let at = 0; at < 32; at++) this.words[to + at] = words[word + at]!;
  }

  #grow(size: number = SIZE_FIRST): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 4, size));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
    this.words = new Uint32Array(larger.buffer);
  }
}
