/** Worlds of payments, by seed: nothing is found in them, and a planted bug is, by the checker that is named. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rails } from '../../packages/services/test/rails-world.ts';
import { commands, tenants, time } from '../../packages/services/test/worlds.ts';

const SEEDS = Number(process.env.SEEDS ?? 12);
const seeds = Array.from({ length: SEEDS }, (_, seed) => seed);

for (const [name, world] of Object.entries({ commands, tenants, time, rails })) {
  test(`world ${name}: nothing is found`, async () => {
    for (const seed of seeds) assert.deepEqual(await world(seed), [], `seed ${seed}`);
  });
}

const planted = [
  ['commands', 'outcome', (seed: number) => commands(seed, 'a second life')],
  ['tenants', 'foreign', (seed: number) => tenants(seed, 'one tenant for all')],
  ['time', 'limits', (seed: number) => time(seed, 'a limit for each process')],
  // Each by its own: what the bank was given, whom a payout says it paid, and what the account at the bank has.
  ['rails', 'bank', (seed: number) => rails(seed, 'paid again')],
  ['rails', 'status', (seed: number) => rails(seed, 'rejected and posted')],
  ['rails', 'payer', (seed: number) => rails(seed, 'returned twice')],
  ['rails', 'nostro', (seed: number) => rails(seed, 'booked twice')],
] as const;

for (const [name, checker, world] of planted) {
  test(`world ${name}: the planted bug is found by the checker of ${checker}`, async () => {
    let found: readonly string[] = [];
    for (let seed = 0; seed < SEEDS && found.length === 0; seed++) found = await world(seed);
    // A wrong payment is seen by several: the bank, whoever paid, and the account at the bank.
    const isIts = (sentence: string): boolean => sentence.startsWith(checker);
    assert.ok(found.some(isIts) && (name === 'rails' || found.every(isIts)), found.join('; '));
  });
}
