import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulateEveryStep } from './every-step.ts';

for (const seed of [1, 2]) {
  test(`a crash before every step that the disk takes, whatever of it is there afterwards, loses nothing (seed ${seed})`, async () => {
    const { counts } = await simulateEveryStep(seed);
    const before = [...counts]
      .filter(([what]) => what.startsWith('before '))
      .reduce((sum, [, count]) => sum + count, 0);
    assert.ok(before > 80, `${before} steps`);
    assert.ok(counts.get('a name is lost')! > 20 && counts.get('a write is torn')! > 20);
  });
}
