import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulateEveryStep } from './every-step.ts';

for (const seed of [1, 2]) {
  test(`a crash before every step of the disk, whatever is there then, loses nothing (seed ${seed})`, async () => {
    const { counts } = await simulateEveryStep(seed);
    const before = [...counts]
      .filter(([what]) => what.startsWith('before '))
      .reduce((sum, [, count]) => sum + count, 0);
    assert.ok(before > 80, `${before} steps`);
    for (const fate of ['a name is lost', 'a write is torn', 'killed, recovery dies, all writes are torn'])
      assert.ok(counts.get(fate)! > 20, fate);
  });
}
