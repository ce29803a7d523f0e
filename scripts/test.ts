/**
 * Runs every compiled test under dist/ with Node's own runner, one process a file.
 * `node dist/scripts/test.js [PART …]` keeps only the files whose path contains a PART.
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
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
/** Files that are named at the end, because they take longest: where a slow check is to be made faster. */
const SLOWEST = 12;

const stream = run({ files, concurrency: 2, timeout: FILE_MS_MAX });
/** Milliseconds by file: of its tests, one after the other. */
const spent = new Map<string, number>();
const ended = ({ file, nesting, details }: { file?: string; nesting: number; details: { duration_ms: number } }) => {
  // A file is itself a test in some versions of Node; its own time would count twice.
  if (nesting > 0 || file === undefined) return;
  spent.set(file, (spent.get(file) ?? 0) + details.duration_ms);
};
stream.on('test:pass', ended);
stream.on('test:fail', (event) => {
  ended(event);
  if (event.todo === undefined) process.exitCode = 1;
});
stream.on('end', () => {
  const slowest = [...spent].sort(([, one], [, other]) => other - one).slice(0, SLOWEST);
  const lines = slowest.map(([file, ms]) => `${(ms / 1000).toFixed(1).padStart(8)} s  ${relative(root, file)}`);
  console.log(`\nThe files that took longest:\n${lines.join('\n')}`);
});
stream.compose(new spec()).pipe(process.stdout);
