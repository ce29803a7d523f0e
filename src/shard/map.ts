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
  const seeds = Array.from({ length: shards }, (_, shard) => mixed(shard + 1, 0x9e37_79b9));
  return (account) => {
    const hash = hashOf(account);
    let [best, most] = [0, -1];
    for (let shard = 0; shard < shards; shard++) {
      const drawn = mixed(hash, seeds[shard]!);
      if (drawn > most) [best, most] = [shard, drawn];
    }
    return best;
  };
}

/** The same, and refuses a shard that there is not. */
export function checked(shardOf: ShardOf, shards: number): ShardOf {
  return (account) => {
    const shard = shardOf(account);
    if (Number.isInteger(shard) && shard >= 0 && shard < shards) return shard;
    throw invalid(`shardOf put account ${account} on shard ${shard}; there are shards 0 to ${shards - 1}`);
  };
}

function hashOf(account: bigint): number {
  let hash = 0x5368_6172;
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
