import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulateEveryError } from './every-error.ts';

test('whichever step of a disk fails, alone or with all that follow, it is named, and nothing is lost', async () => {
  const { counts } = await simulateEveryError(1);
  for (const [what, least] of [
    ['eio at a step', 100],
    ['eio at a step and all that follow', 100],
    ['enospc at a step and all that follow', 30],
    ['emfile at a step', 30],
    ['sync_failed at a step', 20],
    ['look_failed at a step', 50],
  ] as const)
    assert.ok(counts.get(what)! > least, `${what}: ${counts.get(what)}`);
});
