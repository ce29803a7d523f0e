/** Hashes of u128 values given as two u64 halves. */
import { hash32 } from "../../base/kernel/hash";

/** The hash of a column whose value may be absent: 0 for 0. */
@inline export function hashOrNone(lo: u64, hi: u64): u32 {
  return (lo | hi) == 0 ? 0 : hash32(lo, hi);
}

/** 64 well-mixed bits, for the hash tables. */
@inline export function mix(lo: u64, hi: u64): u64 {
  let x = lo * 0x9e3779b97f4a7c15 + hi * 0xc2b2ae3d27d4eb4f;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93;
  x ^= x >> 32;
  return x;
}
