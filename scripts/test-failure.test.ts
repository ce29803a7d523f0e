import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, test } from 'node:test';
import { isLate, type TestFailure } from './test-failure.ts';

const BODIES = {
  'a wait ran out': `const e = new Error('30 s'); e.name = 'TimeoutError'; throw e;`,
  'a client waited in vain': `throw Object.assign(new Error('no answer'), { code: 'timed_out' });`,
  'an assertion failed': `assert.equal(1, 2);`,
  'a promise was broken beside a wait': `throw new Error('lost, then a timeout');`,
  'nothing was thrown but a text': `throw 'TimeoutError';`,
};
const LATE = new Set(['a wait ran out', 'a client waited in vain', 'never ends']);

test('only a wait that ran out is late, as Node tells it of another process', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-late-'));
  const lines = Object.entries(BODIES).map(([name, body]) => `test(${JSON.stringify(name)}, () => { ${body} });`);
  lines.push(`test('never ends', { timeout: 20 }, () => new Promise((done) => setTimeout(done, 500)));`);
  const file = join(folder, 'some.test.mjs');
  writeFileSync(file, ["import assert from 'node:assert';", "import { test } from 'node:test';", ...lines].join('\n'));
  // Node's runner refuses to run inside of a test that it runs.
  delete process.env.NODE_TEST_CONTEXT;
  const late: string[] = [];
  const lost: string[] = [];
  try {
    const stream = run({ files: [file], concurrency: 1 });
    stream.on('test:fail', ({ name, details }) => (isLate(details.error as TestFailure) ? late : lost).push(name));
    for await (const _ of stream);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const names = new Set([...late, ...lost].filter((name) => name in BODIES || name === 'never ends'));
  assert.deepEqual(names, new Set([...Object.keys(BODIES), 'never ends']));
  assert.deepEqual(new Set(late.filter((name) => names.has(name))), LATE);
  assert.ok(
    lost.every((name) => names.has(name)),
    `a file is no failure of its own: ${lost}`,
  );
});

test('a file whose process ends before its tests is no late one', () => {
  assert.equal(isLate({ failureType: 'testCodeFailure', cause: 'test failed' }), false);
});
