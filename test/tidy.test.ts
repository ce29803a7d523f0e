/** The code as text: what neither compiler nor linter sees. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const LINES_MAX = 300;

/** Longer than 300 lines, and why. */
const long: { readonly [path: string]: string } = {
  'bench/runs.ts': 'builds a world, asks it everything, prints one table',
  'packages/server/src/cli/repl/parser.test.ts': 'a table: what is understood, and what is refused',
  'packages/server/src/identity/security.test.ts': 'one issuer, and every credential that it could make',
  'src/journal/crash.test.ts': 'one set-up, tried in every way that a disk can fail',
  'src/journal/journal.ts': 'the writer and its staging buffer share every field',
  'src/journal/snapshots.ts': 'the format of a file: its writer and its reader side by side',
  'packages/server/src/observe/metrics.ts': 'a table',
  'src/model/errors.ts': 'a table',
  'src/model/schema-enums.ts': 'a table',
  'src/client/grpc-link.ts': 'one connection, from its first byte to the reason why it was lost',
  'src/client/session.ts': 'every way that a call can end shares its list of calls',
  'packages/server/src/server/msgpack/connection.ts': 'one connection, from its first byte to its last word',
  'packages/server/src/server/tcp/connection.ts': 'one connection, from its first byte to its last word',
  'testing/disk/faulty-storage.ts': 'one disk that fails in every way; tests only',
  'src/projector/history.test.ts': 'one world, asked everything',
  'src/books/import.test.ts': 'one story a format',
  'testing/conformance/client-suite.ts': 'one suite, told against any client',
  'testing/model/history-world.ts': 'a second implementation of what is found, in one piece so that it can be read',
  'testing/model/model.ts': 'a second implementation of the machine, in one piece so that it can be read',
  'testing/model/records.ts': 'a table',
  'testing/model/workload.ts': 'one generator, whose parts share the seed and what was made before',
};

const pure = /^src\/(base|model|machine|ring)\//;
const generated = /(^|\/)gen\/|(^|\/)gen\.ts$|\.gen\.ts$/;

function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (/(^|\/)(node_modules|dist)$|^(\.git|tmp)$|^tallystick-|\.tsbuildinfo$|^\.biome/.test(path)) return [];
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() ? [path] : [];
  });
}

const text = (path: string): string => readFileSync(join(root, path), 'utf8');
/** Comments become spaces, lines stay where they are. */
const code = (path: string): string =>
  text(path).replace(/\/\*[\s\S]*?\*\/|(?<!['":\w/])\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '));

const all = walk('').filter((path) => !/\.(png|gz|wasm|bin)$/.test(path));
const programs = all.filter((path) =>
  /^(src|testing|test|sim|bench|torture|scripts|examples|packages)\/.*\.ts$/.test(path),
);
const written = programs.filter((path) => !generated.test(path));

/** `path:line: text` of every line that matches. */
function found(paths: readonly string[], pattern: RegExp, read: (path: string) => string = code): string[] {
  return paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

test('the pure rooms have no clock and no randomness', () => {
  const files = programs.filter((path) => pure.test(path) && !path.endsWith('.test.ts'));
  assert.notEqual(files.length, 0);
  assert.deepEqual(found(files, /\bDate\b|\bMath\.random\b|\bperformance\.|\bcrypto\./), []);
});

test('helpers read and print dates, and never ask what time it is', () => {
  const files = programs.filter((path) => path.startsWith('src/helpers/') && !path.endsWith('.test.ts'));
  assert.notEqual(files.length, 0);
  assert.deepEqual(found(files, /\bDate\.now|\bnew Date\(\)|\bMath\.random\b|\bperformance\.|\bcrypto\./), []);
});

test('nothing is any', () => {
  assert.deepEqual(found(written, /[:<|&(,]\s*any\s*([;,)>\]|&=[]|$)|\bas any(?! \w)/), []);
});

test('nothing is left for later', () => {
  const words = ['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'];
  assert.deepEqual(
    found(
      all.filter((path) => path !== 'package-lock.json'),
      new RegExp(`\\b(${words.join('|')})\\b`),
      text,
    ),
    [],
  );
});

test('a file is one idea, most under 300 lines', () => {
  const lines = new Map(written.map((path) => [path, text(path).split('\n').length - 1]));
  const tooLong = [...lines].filter(([path, count]) => count > LINES_MAX && !(path in long));
  assert.deepEqual(tooLong, [], 'split it, or say why not in the list above');
  const listed = Object.keys(long).filter((path) => (lines.get(path) ?? 0) <= LINES_MAX);
  assert.deepEqual(listed, [], 'these have become short enough: take them off the list');
});

test('no file names a registry', () => {
  const hosts = [
    'npm' + 'js\\.(org|com)',
    'registry\\.\\w+\\.\\w+',
    'yarn' + 'pkg\\.',
    'npm\\.pkg\\.',
    'npm' + 'mirror\\.',
  ];
  assert.deepEqual(found(all, new RegExp(hosts.join('|')), text), []);
});

test('comments keep to 120 columns, as code does', () => {
  const comments = (path: string): string => text(path).replace(/^(?!\s*(\/\/|\/?\*)).*$/gm, '');
  assert.deepEqual(found(written, /^.{121,}$/, comments), []);
});

test('code keeps to 120 columns, where the formatter cannot break a line as well: messages, titles, templates', () => {
  const others = /^(scripts|examples|src\/shard|test\/(services|shard)|packages\/(?!server)[^/]+|.*\/identity)\//;
  const kept = written.filter((path) => !others.test(path));
  assert.ok(kept.length > 800, `${kept.length}`);
  // A pattern stands on a line of its own, and cannot be broken.
  assert.deepEqual(found(kept, /^(?!\s*\/).{121,}$/, text), []);
});

test('the script of the checks keeps to 120 columns, too', () => {
  assert.deepEqual(found(['.ci/run', '.ci/tools'], /^.{121,}$/, text), []);
});

test('kernels, which the formatter does not read, keep to 120 columns', () => {
  const kernels = written.filter((path) => path.includes('/kernel/'));
  assert.notEqual(kernels.length, 0);
  assert.deepEqual(found(kernels, /^.{121,}$/, text), []);
});

test('documents keep to 120 columns, except for tables and addresses', () => {
  const documents = all.filter((path) => path.endsWith('.md'));
  assert.notEqual(documents.length, 0);
  const withoutExceptions = (path: string): string =>
    text(path)
      .replace(/^ *\|.*$/gm, '')
      .replace(/\]\([^)\s]*\)|https?:\S+/g, '');
  assert.deepEqual(found(documents, /^.{121,}$/, withoutExceptions), []);
});

test('the changelog dates its releases and keeps its sections', () => {
  const headings = text('CHANGELOG.md').match(/^##+ .*$/gm) ?? [];
  assert.equal(headings[0], '## Unreleased');
  for (const heading of headings.slice(1)) {
    assert.match(heading, /^## \d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}$|^### (Safety|Performance|Features|Internals)$/);
  }
});

test('a test that is skipped says why', () => {
  const tests = programs.filter((path) => /^test(ing)?\//.test(path) || path.endsWith('.test.ts'));
  assert.deepEqual(found(tests, /\.(skip|todo|only)\(\s*['"`)]|\b(todo|only):\s*true|\bskip:\s*true/), []);
});

test('files have kebab-case names', () => {
  assert.deepEqual(
    programs.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.gen|\.d)?\.ts$/.test(basename(path))),
    [],
  );
});

test('every decision is numbered once and can be found from another document', () => {
  const documents = all.filter((path) => path.endsWith('.md'));
  const decisions = documents.filter((path) => path.startsWith('docs/adr/'));
  const numbers = decisions.map((path) => basename(path).slice(0, 4));
  assert.equal(new Set(numbers).size, numbers.length);
  for (const path of decisions) {
    assert.match(basename(path), /^\d{4}-[a-z0-9-]+\.md$/);
    const readers = documents.filter((other) => other !== path && text(other).includes(basename(path)));
    assert.notEqual(readers.length, 0, `nothing links to ${path}`);
  }
});

test('code speaks of decisions that exist', () => {
  const numbers = new Set(all.filter((path) => path.startsWith('docs/adr/')).map((path) => basename(path).slice(0, 4)));
  for (const path of programs) {
    for (const [, number] of text(path).matchAll(/docs\/adr\/(\d{4})/g)) {
      assert.ok(numbers.has(number!), `${path} speaks of ADR ${number}`);
    }
  }
});
