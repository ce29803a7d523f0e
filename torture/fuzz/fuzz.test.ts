import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

test('bodies at every path of payments and of the gateway: no mistake of ours, and no money without a success', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'main.js'), '--services', '--seconds', '4', '--seed', '1'],
    { encoding: 'utf8', timeout: 120_000 },
  );
  assert.equal(status, 0, stdout + stderr);
  const lines = [...stdout.matchAll(/^POST (.+): (\d+) inputs, (\d+) kept, (\d+) blocks reached, 0 findings$/gm)];
  assert.equal(lines.length, 25, stdout);
});

test('two seconds of fuzzing find nothing, and follow what they reach', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'main.js'), '--seconds', '2'],
    {
      encoding: 'utf8',
      timeout: 120_000,
    },
  );
  assert.equal(status, 0, stdout + stderr);
  const lines = [...stdout.matchAll(/^(.+): (\d+) inputs, (\d+) kept, (\d+) blocks reached, 0 findings$/gm)];
  assert.equal(lines.length, 8, stdout);
  for (const [line, , , kept] of lines) assert.ok(Number(kept) > 0, line);
});
