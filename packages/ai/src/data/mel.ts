/** Mel spectrograms, as librosa's `melspectrogram` computes them: Slaney's scale and norm, Hann, centred, reflected. */
import { Fft } from './fft.ts';

export interface MelOptions {
  readonly rate: number;
  /** Samples of a frame, and between two. */
  readonly window: number;
  readonly hop: number;
  readonly mels: number;
  /** Hertz. Default: 0, and half the rate. */
  readonly low?: number;
  readonly high?: number;
}

const HERTZ_A_MEL = 200 / 3;
const LOG_FROM = 1000;
const LOG_STEP = Math.log(6.4) / 27;

export class Mel {
  readonly #options: MelOptions;
  readonly #fft: Fft;
  readonly #hann: Float64Array;
  /** `mels` rows of `window / 2 + 1` weights. */
  readonly filters: Float64Array;

  constructor(options: MelOptions) {
    const { window } = options;
    this.#options = options;
    this.#fft = new Fft(window);
    this.#hann = Float64Array.from({ length: window }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / window));
    this.filters = filtersOf(options);
  }

  /** Frames of `samples`. */
  frames(samples: number): number {
    return Math.floor(samples / this.#options.hop) + 1;
  }

  /** `mels` rows of `frames` powers. Needs more than half a window of samples, for its ends are reflected. */
  spectrogram(samples: Float32Array): Float32Array {
    const { window, hop, mels } = this.#options;
    const frames = this.frames(samples.length);
    const bins = window / 2 + 1;
    const found = new Float32Array(mels * frames);
    const real = new Float64Array(window);
    for (let frame = 0; frame < frames; frame++) {
      const first = frame * hop - window / 2;
      for (let at = 0; at < window; at++) real[at] = this.#hann[at]! * samples[reflected(first + at, samples.length)]!;
      const power = this.#fft.power(real);
      for (let mel = 0; mel < mels; mel++) {
        let sum = 0;
        for (let bin = 0; bin < bins; bin++) sum += this.filters[mel * bins + bin]! * power[bin]!;
        found[mel * frames + frame] = sum;
      }
    }
    return found;
  }
}

/** Places before the start and behind the end, mirrored at the first and the last sample. */
function reflected(at: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = ((at % period) + period) % period;
  return within < length ? within : period - within;
}

function filtersOf({ rate, window, mels, low = 0, high = rate / 2 }: MelOptions): Float64Array {
  const bins = window / 2 + 1;
  const from = toMel(low);
  const step = (toMel(high) - from) / (mels + 1);
  const edges = Array.from({ length: mels + 2 }, (_, index) => toHertz(from + step * index));
  const filters = new Float64Array(mels * bins);
  for (let mel = 0; mel < mels; mel++) {
    const [left, middle, right] = [edges[mel]!, edges[mel + 1]!, edges[mel + 2]!];
    for (let bin = 0; bin < bins; bin++) {
      const hertz = (bin * rate) / window;
      const weight = Math.max(0, Math.min((hertz - left) / (middle - left), (right - hertz) / (right - middle)));
      filters[mel * bins + bin] = (2 * weight) / (right - left);
    }
  }
  return filters;
}

function toMel(hertz: number): number {
  return hertz < LOG_FROM ? hertz / HERTZ_A_MEL : LOG_FROM / HERTZ_A_MEL + Math.log(hertz / LOG_FROM) / LOG_STEP;
}

function toHertz(mel: number): number {
  const linear = LOG_FROM / HERTZ_A_MEL;
  return mel < linear ? mel * HERTZ_A_MEL : LOG_FROM * Math.exp(LOG_STEP * (mel - linear));
}
