import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

test('a process that awaits close() lives until the ledger is closed', async () => {
  const child = join(import.meta.dirname, 'alive-child.js');
  const { stdout } = await promisify(execFile)(process.execPath, [child]);
  assert.equal(stdout.trim().split('\n').at(-1), '8');
});
