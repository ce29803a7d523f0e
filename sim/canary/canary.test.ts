import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bugs } from './bugs.ts';
import { find } from './find.ts';
import { replaced } from './plant.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** The others are found by `node dist/sim/canary/main.js`, which CI runs: together they take a minute. */
const quick = new Set([
  'ack-before-sync',
  'tail-cut-too-early',
  'run-index-stale',
  'rollback-forgets-balance',
  'name-not-settled',
  'superblock-believed',
]);

for (const bug of bugs.filter(({ name }) => quick.has(name))) {
  test(`the simulator finds that ${bug.what}`, async (t) => {
    const { found, line, seconds } = await find(bug, bug.seeds);
    assert.ok(found, `${bug.name} was not found in ${bug.seeds} seeds:\n${line}`);
    t.diagnostic(`${seconds.toFixed(1)} s: ${line}`);
  });
}

test('every bug can still be planted', () => {
  for (const bug of bugs) {
    const path = bug.file.endsWith('.ts') ? join(root, bug.file) : join(root, 'dist', bug.file);
    assert.notEqual(replaced(bug, readFileSync(path, 'utf8')), readFileSync(path, 'utf8'), bug.name);
  }
});

test('a bug that cannot be planted is an error, not a test that passes', () => {
  const bug = bugs[0]!;
  assert.equal(replaced(bug, `before ${bug.good} after`), `before ${bug.bad} after`);
  assert.throws(() => replaced(bug, 'the passage was rewritten'), /0 times/);
  assert.throws(() => replaced(bug, `${bug.good} ${bug.good}`), /2 times/);
});
