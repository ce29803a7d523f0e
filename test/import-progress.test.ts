/** How far an import is, for people at a terminal; a program at the other end of a pipe hears nothing of it. */
import './support/plain.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from './support/folders.ts';

const main = join(import.meta.dirname, '..', 'packages', 'server', 'src', 'cli', 'main.js');
const folder = temporaryFolder();
const TRANSACTIONS = 100_000;

const text = Array.from(
  { length: TRANSACTIONS },
  (_, at) => `2024-01-${10 + (at % 18)} bakery\n    Expenses:Food    1.50 EUR\n    Assets:Cash\n\n`,
).join('');
writeFileSync(join(folder, 'large.journal'), text);
writeFileSync(join(folder, 'small.journal'), text.slice(0, text.indexOf('\n\n') + 1));
// A bar appears after a second. This clock is three times as fast, so that a third of one is enough.
writeFileSync(
  join(folder, 'clock.mjs'),
  'const now = performance.now.bind(performance);\nperformance.now = () => 3 * now();\n',
);
const hurried = ['--import', './clock.mjs'];

/** `script` (util-linux) runs a command at a terminal of its own. */
const { status } = spawnSync('script', ['--version']);
const skip = status === 0 ? false : 'script, of util-linux, is not installed';
const options = { cwd: folder, encoding: 'utf8', timeout: 120_000 } as const;

/** What a person sees who imports with these words. */
function atTerminal(node: readonly string[], ...words: string[]): string {
  const line = [process.execPath, ...node, main, 'import', ...words].map((word) => `'${word}'`).join(' ');
  const { status: code, stdout } = spawnSync('script', ['-q', '-e', '-c', line, '/dev/null'], options);
  assert.equal(code, 0, stdout);
  return stdout;
}

test('at a terminal a large journal shows how many of its bytes are read', { skip }, () => {
  const shown = atTerminal(hurried, 'large.journal', '--dry-run');
  const drawn = [...shown.matchAll(/reading, bytes \S+ \d+% {2}(\d+)\/(\d+)/g)];
  assert.ok(drawn.length > 0, 'the bar is drawn');
  assert.ok(drawn.every(([, done, total]) => Number(done) <= Number(total) && Number(total) === text.length));
  assert.match(shown, /100,000 transactions; nothing was imported/);
});

test('a small one shows only what is sent', { skip }, () => {
  const shown = atTerminal([], 'small.journal', '--into', 'small');
  assert.doesNotMatch(shown, /reading, bytes/);
  assert.match(shown, /transactions \S+ \d+% {2}\d\/1/);
});

test('a pipe gets nothing but what was done', () => {
  const words = [main, 'import', 'large.journal', '--dry-run'];
  const { status: code, stdout, stderr } = spawnSync(process.execPath, words, options);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^2024-01-10 bakery\n/);
  assert.doesNotMatch(stdout, /reading|%/);
});
