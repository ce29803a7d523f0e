/** The suite told to ledgers of others: what is broken is named, what is excused is said, and an excuse is checked. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { conformance, promises } from '../../testing/index.ts';

const stranger = join(import.meta.dirname, 'stranger.js');

/** Lines of the test protocol, about promises alone. */
function told(...args: string[]): Promise<string[]> {
  return new Promise((resolve) => {
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    execFile(process.execPath, ['--test-reporter=tap', stranger, ...args], { env, timeout: 120_000 }, (_, stdout) =>
      resolve(stdout.split('\n').flatMap((line) => /^ {4}((not )?ok \d+ - .*)$/.exec(line)?.[1] ?? [])),
    );
  });
}

test('a promise is one test, by its name, and names are told apart', () => {
  assert.ok(promises.length > 60, `${promises.length}`);
  assert.equal(new Set(promises).size, promises.length);
});

test('a ledger that keeps every promise passes each; those that tell the time skip with the reason', async () => {
  const lines = await told();
  assert.equal(lines.length, promises.length);
  assert.deepEqual(
    lines.filter((line) => line.startsWith('not ok')),
    [],
  );
  const skipped = lines.filter((line) => line.includes('# SKIP'));
  assert.ok(skipped.length >= 5 && skipped.length <= 10, skipped.join('\n'));
  for (const line of skipped) assert.match(line, /# SKIP it tells each request its time/);
});

test('a ledger that breaks a promise fails that one', async () => {
  const broken = (await told('forgets-order')).filter((line) => line.startsWith('not ok'));
  assert.deepEqual(
    broken.map((line) => line.replace(/^not ok \d+ - /, '')),
    [
      'a lookup answers in the order asked, twice what is asked twice, and leaves out what is not there',
      'calls take effect in the order in which they were made, and each is answered for itself',
    ],
  );
});

test('what a ledger is excused from is not run, and its reason is printed', async () => {
  const lines = await told('forgets-order', 'excused');
  assert.deepEqual(
    lines.filter((line) => line.startsWith('not ok')),
    [],
  );
  assert.equal(lines.filter((line) => line.endsWith('# SKIP its index is sorted')).length, 2);
});

test('an excuse needs a reason, and a promise that there is', () => {
  const open = (): never => assert.fail('nothing is opened');
  const excused = (reason: string, promise: string) => (): void =>
    conformance({ name: 'never told', open, skip: [{ reason, promises: [promise] }] });
  assert.throws(excused('', promises[0]!), { code: 'invalid_argument', message: /skipped for a reason/ });
  assert.throws(excused(' ', promises[0]!), { code: 'invalid_argument' });
  assert.throws(excused('it is slow', 'it is fast'), {
    code: 'invalid_argument',
    message: /no ledger promises that "it is fast"/,
  });
});
