/**
 * Runs every compiled test under dist/ with Node's own runner, one process a file.
 * `node dist/scripts/test.js [PART …]` keeps only the files whose path contains a PART.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const root = join(import.meta.dirname, '..');
const parts = process.argv.slice(2);
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .map((file) => join(root, file))
  .sort();

if (files.length === 0) {
  console.error(`no test file under ${root} matches ${parts.join(' ')}`);
  process.exit(1);
}

/** A test that waits for what never comes shall fail with its name, and not stop all that follow. */
const FILE_MS_MAX = 600_000;
const stream = run({ files, concurrency: 2, timeout: FILE_MS_MAX });
stream.on('test:fail', (event) => {
  if (event.todo === undefined) process.exitCode = 1;
});
stream.compose(new spec()).pipe(process.stdout);
