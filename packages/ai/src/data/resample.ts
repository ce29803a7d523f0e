/**
 * Another rate, by a sinc below a Kaiser window, with the edges of soxr's quality HQ: flat up to 91.3 % of the lower
 * rate's half, and 126 dB down from the half on. Each output sample is one of `to / gcd` phases of the filter, so the
 * filter is computed once a pair of rates.
 */

/** Zero crossings on each side, and the window's shape: what Kaiser's formulas give for these edges. */
const ZEROS = 95;
const BETA = 12.93;
/** The middle between the two edges. */
const ROLL_OFF = 0.9565;

interface Filter {
  readonly phases: number;
  readonly step: number;
  /** Taps before and behind the sample. */
  readonly half: number;
  readonly taps: Float64Array;
}

const filters = new Map<string, Filter>();

/** `round(length * to / from)` samples; the same ones on every machine whose `Math.sin` is the same. */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const filter = filterOf(from, to);
  const { phases, step, half, taps } = filter;
  const width = 2 * half;
  return Float32Array.from({ length: Math.round((samples.length * to) / from) }, (_, index) => {
    const at = index * step;
    const phase = at % phases;
    const first = (at - phase) / phases - half + 1;
    let sum = 0;
    const low = Math.max(0, -first);
    const high = Math.min(width, samples.length - first);
    for (let tap = low; tap < high; tap++) sum += samples[first + tap]! * taps[phase * width + tap]!;
    return sum;
  });
}

function filterOf(from: number, to: number): Filter {
  const key = `${from} ${to}`;
  const known = filters.get(key);
  if (known !== undefined) return known;
  const common = gcd(from, to);
  const phases = to / common;
  const reach = ZEROS / Math.min(1, to / from);
  const cut = Math.min(1, to / from) * ROLL_OFF;
  const half = Math.ceil(reach);
  const taps = new Float64Array(phases * 2 * half);
  for (let phase = 0; phase < phases; phase++) {
    let sum = 0;
    for (let tap = 0; tap < 2 * half; tap++) {
      const distance = tap - half + 1 - phase / phases;
      const value = cut * sinc(cut * distance) * kaiser(distance / reach);
      taps[phase * 2 * half + tap] = value;
      sum += value;
    }
    // Each phase passes a constant as it is.
    for (let tap = 0; tap < 2 * half; tap++) taps[phase * 2 * half + tap]! /= sum;
  }
  const filter = { phases, step: from / common, half, taps };
  filters.set(key, filter);
  return filter;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return x * x >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA);
}

/** The modified Bessel function of order zero, by its series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(one: number, other: number): number {
  return other === 0 ? one : gcd(other, one % other);
}
