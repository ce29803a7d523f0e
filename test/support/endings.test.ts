import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

test('a file ends, although its test has failed and left a server open', async () => {
  const { NODE_TEST_CONTEXT: _inside, ...env } = process.env;
  const file = join(import.meta.dirname, 'left-open.js');
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  try {
    const [code] = await once(child, 'close', { signal: AbortSignal.timeout(60_000) });
    assert.equal(code, 1, said);
    assert.match(said, /fails with a server open/);
  } finally {
    child.kill('SIGKILL');
  }
});
