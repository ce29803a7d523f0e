/**
 * Which account a transfer touches: uniform, zipfian or latest, drawn in constant time.
 *
 * The zipfian (theta 0.99, as YCSB after Gray et al., "Quickly Generating Billion-Record Synthetic Databases") is drawn
 * from an alias table (Walker, Vose): one multiplication and two loads instead of a power for every draw, and exact
 * rather than approximate.
 */
import { assert } from 'tallystick/internal/base';
import type { Distribution } from './names.ts';

export const ZIPFIAN_THETA = 0.99;
/** Words of a slot: the share (of 2^32) that stays, what the slot stands for, what its rest stands for. */
export const SLOT_WORDS = 3;
const TWO_32 = 2 ** 32;

/** One slot for each account, or undefined where the slot itself is the account: uniform needs no table. */
export function slotsOf(distribution: Distribution, count: number, seed: number): Uint32Array | undefined {
  switch (distribution) {
    case 'uniform':
      return undefined;
    case 'zipfian': {
      // Popular accounts must not stand together, so that caches have no easy life.
      const order = shuffled(count, seed);
      return aliasSlots(zipfianWeights(count), (rank) => order[rank]!);
    }
    case 'latest':
      return aliasSlots(zipfianWeights(count), (rank) => count - 1 - rank);
  }
}

/** `weights[rank]` is the weight of `target(rank)`. */
export function aliasSlots(weights: Float64Array, target: (rank: number) => number): Uint32Array {
  const count = weights.length;
  assert(count > 0);
  let total = 0;
  for (const weight of weights) total += weight;
  const scaled = weights.map((weight) => (weight / total) * count);

  const small: number[] = [];
  const large: number[] = [];
  for (let rank = 0; rank < count; rank++) (scaled[rank]! < 1 ? small : large).push(rank);
  const alias = new Uint32Array(count).map((_, rank) => rank);
  while (small.length > 0 && large.length > 0) {
    const less = small.pop()!;
    const more = large[large.length - 1]!;
    alias[less] = more;
    scaled[more] = scaled[more]! - (1 - scaled[less]!);
    if (scaled[more]! < 1) small.push(large.pop()!);
  }

  // What rounding left over stands for itself alone: its alias is itself.
  const slots = new Uint32Array(SLOT_WORDS * count);
  for (let rank = 0; rank < count; rank++) {
    slots[SLOT_WORDS * rank] = Math.min(TWO_32 - 1, Math.round(scaled[rank]! * TWO_32));
    slots[SLOT_WORDS * rank + 1] = target(rank);
    slots[SLOT_WORDS * rank + 2] = target(alias[rank]!);
  }
  return slots;
}

/** Weights of the ranks 0..count-1: 1 / (rank + 1)^theta. */
export function zipfianWeights(count: number, theta: number = ZIPFIAN_THETA): Float64Array {
  const weights = new Float64Array(count);
  for (let rank = 0; rank < count; rank++) weights[rank] = (rank + 1) ** -theta;
  return weights;
}

/** A permutation of 0..count-1 (Fisher-Yates). */
function shuffled(count: number, seed: number): Uint32Array {
  const order = new Uint32Array(count).map((_, index) => index);
  for (let index = count - 1; index > 0; index--) {
    const other = Math.floor((mix32(seed ^ mix32(index)) / TWO_32) * (index + 1));
    const swap = order[index]!;
    order[index] = order[other]!;
    order[other] = swap;
  }
  return order;
}

/**
 * A bijection of 32 bits whose every output bit depends on every input bit (the "lowbias32" constants of Wellons' hash
 * prospector).
 */
export function mix32(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0_aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a_2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** 2^16 samples of 1 + exponential(mean), at the midpoints of equal shares; index it with 16 random bits. */
export function exponentialTable(mean: number): Uint32Array {
  const count = 2 ** 16;
  return new Uint32Array(count).map((_, index) => 1 + Math.floor(-mean * Math.log((index + 0.5) / count)));
}
