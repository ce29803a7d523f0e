/** Numbers of 128 bits as two halves, the low one first. */
import { U64_MAX } from "./gen";

@inline export function isZero(lo: u64, hi: u64): bool {
  return (lo | hi) == 0;
}

@inline export function isMax(lo: u64, hi: u64): bool {
  return (lo & hi) == U64_MAX;
}

@inline export function equal(aLo: u64, aHi: u64, bLo: u64, bHi: u64): bool {
  return aLo == bLo && aHi == bHi;
}

@inline export function greater(aLo: u64, aHi: u64, bLo: u64, bHi: u64): bool {
  return aHi > bHi || (aHi == bHi && aLo > bLo);
}

/** a + b > 2^128 - 1 */
@inline export function sumOverflows(aLo: u64, aHi: u64, bLo: u64, bHi: u64): bool {
  const hi = aHi + bHi;
  return hi < aHi || hi + carryOf(aLo, bLo) < hi;
}

/** The carry of the low halves into the high half of their sum. */
@inline export function carryOf(aLo: u64, bLo: u64): u64 {
  return aLo + bLo < aLo ? 1 : 0;
}

/** The borrow of the low halves from the high half of a - b. */
@inline export function borrowOf(aLo: u64, bLo: u64): u64 {
  return aLo < bLo ? 1 : 0;
}

/** Adds to the number at `at`; whoever asks has seen that the sum does not overflow. */
@inline export function addTo(at: usize, lo: u64, hi: u64): void {
  const before = load<u64>(at);
  const beforeHigh = load<u64>(at, 8);
  const sumHigh = beforeHigh + hi + carryOf(before, lo);
  assert(sumHigh >= beforeHigh);
  store<u64>(at, before + lo);
  store<u64>(at, sumHigh, 8);
}

/** Takes from the number at `at`, which holds at least as much. */
@inline export function takeFrom(at: usize, lo: u64, hi: u64): void {
  const before = load<u64>(at);
  const beforeHigh = load<u64>(at, 8);
  const restHigh = beforeHigh - hi - borrowOf(before, lo);
  assert(restHigh <= beforeHigh);
  store<u64>(at, before - lo);
  store<u64>(at, restHigh, 8);
}
