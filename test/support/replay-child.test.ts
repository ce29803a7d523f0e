import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { replayInChild } from './replay-parent.ts';

const module = join(import.meta.dirname, 'model-replay.js');
let folder = '';
let trace = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallystick-replay-'));
  trace = join(folder, 'trace.jsonl');
  const lookup = JSON.stringify({ op: 'lookup_accounts', events: [], results: [] });
  await writeFile(trace, `${Array.from({ length: 2000 }, () => lookup).join('\n')}\n{"op":"wait"}\n`);
});
after(() => rm(folder, { recursive: true }));

test('a child that is left alone replays the lines asked for, closes, and says so', async () => {
  const { errors, ...child } = await replayInChild({ module, folder, trace, from: 1999 });
  assert.deepEqual(child, { acknowledged: [1999, 2000, 2001], closed: true, code: 0, signal: null }, errors);
});

test('a child that is killed has acknowledged at least as many lines as asked for, and did not close', async () => {
  const child = await replayInChild({ module, folder, trace, killAfter: 20 });
  assert.equal(child.signal, 'SIGKILL', child.errors);
  assert.equal(child.closed, false);
  assert.ok(child.acknowledged.length >= 20);
  assert.deepEqual(
    child.acknowledged,
    child.acknowledged.map((_, index) => index + 1),
  );
});

test('a child without a ledger to open says why', async () => {
  const child = await replayInChild({ module: join(folder, 'nothing.js'), folder, trace });
  assert.equal(child.closed, false);
  assert.notEqual(child.code, 0);
  assert.match(child.errors, /nothing\.js/);
});
