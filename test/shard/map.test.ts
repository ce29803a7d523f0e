import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Homes } from '../../src/shard/homes.ts';
import { rendezvous } from '../../src/shard/map.ts';

const U128 = fc.oneof(
  fc.bigInt(0n, 2n ** 128n - 1n),
  fc.bigInt(0n, 2n ** 32n - 1n),
  fc.nat({ max: 127 }).map((bit) => 1n << BigInt(bit)),
);

function wordsOf(account: bigint): Uint32Array {
  return Uint32Array.from([0n, 32n, 64n, 96n], (shift) => Number((account >> shift) & 0xffff_ffffn));
}

test('an account in memory has the shard that its id has', () => {
  fc.assert(
    fc.property(U128, fc.integer({ min: 1, max: 9 }), (account, shards) => {
      const words = wordsOf(account);
      assert.equal(new Homes(undefined, 1n, [shards]).shardOfWords(words, 0), rendezvous(shards)(account));
      const own = (id: bigint): number => Number(id % BigInt(shards));
      assert.equal(new Homes(own, 1n, [shards]).shardOfWords(words, 0), own(account));
    }),
    { numRuns: 2000 },
  );
});

test('accounts are spread evenly, and a shard more takes from all others alone', () => {
  const [three, four] = [rendezvous(3), rendezvous(4)];
  const counts = [0, 0, 0, 0];
  for (let account = 1n; account <= 20_000n; account++) {
    const now = four(account);
    counts[now]!++;
    if (now !== 3) assert.equal(now, three(account));
  }
  for (const count of counts) assert.ok(count > 4700 && count < 5300, String(counts));
});
