/** The package as strangers get it: packed, unpacked into a folder of its own, and imported by its name. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { promises } from '../testing/index.ts';
import { temporaryFolder } from './support/folders.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = temporaryFolder();
const installed = join(folder, 'node_modules', 'tallystick');

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Packs the package and unpacks it there. No network: what it depends on is linked from here. */
function install(): void {
  const env = { ...process.env, npm_config_cache: join(folder, 'cache'), npm_config_offline: 'true' };
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed.trim()), '--strip-components=1', '-C', installed]);
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  for (const name of Object.keys(dependencies)) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
}

install();

const programs = readdirSync(installed, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.js'))
  .sort();

/** Files of the package that `entry` loads, and those that these load. */
function loadedBy(entry: string, loaded: Set<string> = new Set()): Set<string> {
  if (loaded.has(entry)) return loaded;
  loaded.add(entry);
  for (const [, path] of readFileSync(join(installed, entry), 'utf8').matchAll(
    /(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g,
  )) {
    loadedBy(relative(installed, join(installed, dirname(entry), path!)), loaded);
  }
  return loaded;
}

test('no test is packed, and no disk that lies', () => {
  assert.ok(programs.includes('dist/src/index.js'));
  assert.deepEqual(
    programs.filter((path) => /\.test\.|\/disk\/|faulty|history-world|workload/.test(path)),
    [],
  );
});

test("`import 'tallystick'` loads nothing that is made for tests", () => {
  const loaded = [...loadedBy('dist/src/index.js')];
  assert.ok(loaded.length > 100, `${loaded.length}`);
  assert.deepEqual(
    loaded.filter((path) => !path.startsWith('dist/src/')),
    [],
  );
});

test("`import 'tallystick/testing'` loads all that is packed of it, and nothing that is not", () => {
  const loaded = [...loadedBy('dist/testing/index.js')].filter((path) => path.startsWith('dist/testing/')).sort();
  assert.deepEqual(
    loaded,
    programs.filter((path) => path.startsWith('dist/testing/')),
  );
});

const MINE = `import { open, type Ledger } from 'tallystick';

/** A ledger of a stranger's own: ours, behind calls that it makes itself. */
export async function mine(): Promise<Ledger> {
  const ledger = await open(':memory:');
  return new Proxy(ledger, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
`;
const EIGHT_LINES = `import { conformance } from 'tallystick/testing';
import { mine } from './mine.js';

conformance({
  name: 'my ledger',
  open: mine,
  skip: [{ reason: 'it is never closed', promises: ['closing twice is closing once, and \`await using\` closes'] }],
});
`;

test("a stranger's ledger is told every promise in eight lines", () => {
  assert.equal(EIGHT_LINES.split('\n').length - 1, 8);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'mine.ts'), MINE);
  writeFileSync(join(folder, 'stranger.ts'), EIGHT_LINES);
  compile([join(folder, 'stranger.ts')]);
  const { status, stdout } = spawnSync(process.execPath, ['--test-reporter=tap', 'stranger.js'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  assert.equal(status, 0, stdout);
  const told = stdout.split('\n').filter((line) => /^ {4}ok \d+ - /.test(line));
  assert.equal(told.length, promises.length);
  assert.equal(told.filter((line) => line.endsWith('# SKIP it is never closed')).length, 1);
});

function compile(files: string[]): void {
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules', '@types')],
  });
  const { diagnostics } = program.emit();
  const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  assert.deepEqual(
    problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')),
    [],
  );
}
