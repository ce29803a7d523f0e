/** Memory seen in three ways. */
export class Cells {
  /** For replies without a record. */
  static readonly none: Cells = Cells.of(0);

  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** `u32[i]` lies at byte `4 * i`. */
  readonly u32: Uint32Array;

  protected constructor(buffer: ArrayBufferLike, at: number, size: number) {
    this.view = new DataView(buffer, at, size);
    this.bytes = new Uint8Array(buffer, at, size);
    this.u32 = new Uint32Array(buffer, at, Math.floor(size / 4));
  }

  /** Memory of its own, zero. */
  static of(size: number): Cells {
    return new Cells(new ArrayBuffer(size), 0, size);
  }

  /** The `size` bytes of a buffer from byte `at` on, which four divides; by default all of them. */
  static over(buffer: ArrayBufferLike, at = 0, size: number = buffer.byteLength - at): Cells {
    return new Cells(buffer, at, size);
  }

  /** Memory of its own with a copy of the bytes. */
  static copy(bytes: Uint8Array): Cells {
    const cells = Cells.of(bytes.length);
    cells.bytes.set(bytes);
    return cells;
  }
}
