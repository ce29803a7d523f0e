/** The discrete Fourier transform of any length, by its prime factors. */
export class Fft {
  readonly #size: number;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  constructor(size: number) {
    this.#size = size;
    this.#cos = Float64Array.from({ length: size }, (_, at) => Math.cos((2 * Math.PI * at) / size));
    this.#sin = Float64Array.from({ length: size }, (_, at) => -Math.sin((2 * Math.PI * at) / size));
  }

  /** Powers of the first `size / 2 + 1` frequencies of real numbers. */
  power(real: Float64Array): Float64Array {
    const [re, im] = this.#transform(real, 0, 1, this.#size);
    return Float64Array.from({ length: (this.#size >> 1) + 1 }, (_, at) => re[at]! ** 2 + im[at]! ** 2);
  }

  /** Of the `size` numbers from `from` on, `stride` apart: decimated by the smallest factor, then put together. */
  #transform(real: Float64Array, from: number, stride: number, size: number): [Float64Array, Float64Array] {
    const re = new Float64Array(size);
    const im = new Float64Array(size);
    if (size === 1) {
      re[0] = real[from]!;
      return [re, im];
    }
    const factor = smallestFactor(size);
    const part = size / factor;
    const parts = Array.from({ length: factor }, (_, at) =>
      this.#transform(real, from + at * stride, stride * factor, part),
    );
    const step = this.#size / size;
    for (let frequency = 0; frequency < size; frequency++) {
      let [sumRe, sumIm] = [0, 0];
      for (let at = 0; at < factor; at++) {
        const turn = ((at * frequency) % size) * step;
        const [cos, sin] = [this.#cos[turn]!, this.#sin[turn]!];
        const [partRe, partIm] = [parts[at]![0][frequency % part]!, parts[at]![1][frequency % part]!];
        sumRe += partRe * cos - partIm * sin;
        sumIm += partRe * sin + partIm * cos;
      }
      re[frequency] = sumRe;
      im[frequency] = sumIm;
    }
    return [re, im];
  }
}

function smallestFactor(size: number): number {
  for (let factor = 2; factor * factor <= size; factor++) if (size % factor === 0) return factor;
  return size;
}
