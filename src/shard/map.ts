/** Which shard an account lives on. */
import { invalid } from '../model/index.ts';

/** The most shards of a map; a bridge's id has room for as many. */
export const SHARDS_MAX = 1024;

/** Says the shard of an account, from 0. It must say the same of the same account for ever. */
export type ShardOf = (account: bigint) => number;

/**
 * Rendezvous hashing: each shard draws a number for the account, and the highest has it. A shard more takes its share
 * from all the others, and nothing moves between those.
 */
export function rendezvous(shards: number): ShardOf {
  const draw = drawn(shards);
  return (account) => draw(hashOf(account));
}

/** An id that lies in memory, its lowest 32 bits first. */
export function idOfWords(words: Uint32Array, at: number): bigint {
  const high = (BigInt(words[at + 3]!) << 32n) | BigInt(words[at + 2]!);
  return (high << 64n) | (BigInt(words[at + 1]!) << 32n) | BigInt(words[at]!);
}

/** The same of a number: the id as it lies in memory. */
export function wordsOfId(id: bigint): Uint32Array {
  return Uint32Array.from({ length: 4 }, (_, word) => Number((id >> BigInt(32 * word)) & 0xffff_ffffn));
}

/** The shard that draws the highest number for a hash. */
export function drawn(shards: number): (hash: number) => number {
  const seeds = Array.from({ length: shards }, (_, shard) => mixed(shard + 1, 0x9e37_79b9));
  return (hash) => {
    let best = 0;
    let most = -1;
    for (let shard = 0; shard < shards; shard++) {
      const number = mixed(hash, seeds[shard]!);
      if (number > most) {
        best = shard;
        most = number;
      }
    }
    return best;
  };
}

/** Refuses a shard that there is not. */
export function checked(shard: number, account: bigint, shards: number): number {
  if (Number.isInteger(shard) && shard >= 0 && shard < shards) return shard;
  throw invalid(`shardOf put account ${account} on shard ${shard}; there are shards 0 to ${shards - 1}`);
}

const HASH_BEGIN = 0x5368_6172;

/** Of an id in memory: words above the highest that is not zero do not count. */
export function hashOfWords(words: Uint32Array, at: number): number {
  let last = 3;
  while (last > 0 && words[at + last] === 0) last--;
  let hash = HASH_BEGIN;
  for (let nth = 0; nth <= last; nth++) hash = mixed(hash, words[at + nth]!);
  return hash;
}

export function hashOf(account: bigint): number {
  let hash = HASH_BEGIN;
  for (let rest = account; ; rest >>= 32n) {
    hash = mixed(hash, Number(rest & 0xffff_ffffn));
    if (rest <= 0xffff_ffffn) return hash;
  }
}

/** The finalizer of MurmurHash3, over both. */
function mixed(a: number, b: number): number {
  let hash = (Math.imul(a, 0xcc9e_2d51) ^ b) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
