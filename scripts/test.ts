/**
 * Runs every compiled test under dist/ with Node's own runner, one process a file.
 * `node dist/scripts/test.js [PART …]` keeps only the files whose path contains a PART; `--short` leaves out the long
 * ones.
 *
 * A file whose tests failed because a wait ran out, and for no other reason, runs once more with nothing beside it, and
 * is named at the end. Whatever was found to be wrong stays found. dist/test-times.json has the milliseconds by file.
 */
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { LONG } from './long-tests.ts';
import { isLate, type TestFailure } from './test-failure.ts';

const root = join(import.meta.dirname, '..');
const isShort = process.argv.includes('--short');
const parts = process.argv.slice(2).filter((word) => word !== '--short');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => !(isShort && LONG.has(file.slice(0, -'.js'.length))))
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .map((file) => join(root, file))
  .sort();

const unknown = [...LONG].filter((file) => !existsSync(join(root, `${file}.js`)));
if (unknown.length > 0) {
  console.error(`scripts/long-tests.ts names files that are not there: ${unknown.join(', ')}`);
  process.exit(1);
}
if (files.length === 0) {
  console.error(`no test file under ${root} matches ${parts.join(' ')}`);
  process.exit(1);
}

/** A test that waits for what never comes shall fail with its name, and not stop all that follow. */
const FILE_MS_MAX = 600_000;
/** Files that are named at the end, because they take longest: where a slow check is to be made faster. */
const SLOWEST = 12;
/** Files that run a second time; more than these, and it is not the machine. */
const AGAIN_MAX = 5;

interface Ended {
  /** Milliseconds by file: of its tests, one after the other. */
  readonly spent: ReadonlyMap<string, number>;
  /** By file, whether all that failed in it was late. */
  readonly failed: ReadonlyMap<string, boolean>;
}

async function runAll(some: readonly string[], concurrency: number): Promise<Ended> {
  const stream = run({ files: [...some], concurrency, timeout: FILE_MS_MAX });
  const spent = new Map<string, number>();
  const failed = new Map<string, boolean>();
  const ended = ({ file, nesting, details }: { file?: string; nesting: number; details: { duration_ms: number } }) => {
    // A file is itself a test in some versions of Node; its own time would count twice.
    if (nesting > 0 || file === undefined) return;
    spent.set(file, (spent.get(file) ?? 0) + details.duration_ms);
  };
  stream.on('test:pass', ended);
  stream.on('test:fail', (event) => {
    ended(event);
    if (event.todo !== undefined) return;
    // A test that another module made has that module's name: which file to run again is not known.
    const { file = 'a file without a name' } = event;
    const canBeLate = some.includes(file) && isLate(event.details.error as TestFailure);
    failed.set(file, (failed.get(file) ?? true) && canBeLate);
  });
  stream.compose(new spec()).pipe(process.stdout, { end: false });
  await once(stream, 'end');
  return { spent, failed };
}

const { spent, failed } = await runAll(files, 2);
if (isShort) console.log(`\nLeft out as long; npm test runs them:\n${[...LONG].join('\n')}`);
const times = Object.fromEntries([...spent].map(([file, ms]) => [relative(root, file), Math.round(ms)]));
writeFileSync(join(root, 'test-times.json'), JSON.stringify(times, undefined, 2));
const slowest = [...spent].sort(([, one], [, other]) => other - one).slice(0, SLOWEST);
const lines = slowest.map(([file, ms]) => `${(ms / 1000).toFixed(1).padStart(8)} s  ${relative(root, file)}`);
console.log(`\nThe files that took longest:\n${lines.join('\n')}`);

const late = [...failed].filter(([, isOnlyLate]) => isOnlyLate).map(([file]) => file);
const isLost = late.length < failed.size || late.length > AGAIN_MAX;
if (isLost) process.exitCode = 1;
else if (late.length > 0) {
  console.log(`\nA wait ran out; alone, once more:\n${late.map((file) => relative(root, file)).join('\n')}`);
  const again = await runAll(late, 1);
  if (again.failed.size > 0) process.exitCode = 1;
  else console.log('\nEach of them passed alone: a wait in it is too short for a busy machine.');
}
