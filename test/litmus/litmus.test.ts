import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomes } from './litmus.ts';

const moduleOf = (name: string): string => new URL(`./${name}.js`, import.meta.url).href;

async function only(name: string, rounds: number, allowed: readonly string[]): Promise<Map<string, number>> {
  const counts = await outcomes({ module: moduleOf(name), rounds });
  const forbidden = [...counts].filter(([outcome]) => !allowed.includes(outcome));
  assert.deepEqual(forbidden, [], `${name}: allowed are ${allowed.join(' and ')}`);
  return counts;
}

test('who sees the cursor sees what was written before it', async () => {
  const counts = await only('message', 20_000, ['0,0,0', '0,0,1', '0,1,0', '0,1,1']);
  assert.ok((counts.get('0,1,1') ?? 0) > 0, 'they met');
});

test('nobody sleeps through what is published', async () => {
  // Woken; or seen by the second look, whether or not the producer saw the sleeper.
  const counts = await only('sleep', 2000, ['1,1', '1,0', '0,0']);
  assert.ok((counts.get('1,1') ?? 0) + (counts.get('1,0') ?? 0) > 0, 'they met');
});

test('requests pass a small ring to two readers whole, in order, and stay until both have passed', async () => {
  await only('ring', 300, ['0,1,1']);
});
