/** The package as strangers get it: packed, unpacked into a folder of its own, and imported by its name. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { promises } from '../testing/index.ts';
import { temporaryFolder } from './support/folders.ts';
import { addServer, installCore, manifestOf } from './support/packages.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = temporaryFolder();
const installed = installCore(folder);

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

/** Runs a program of one line there. What Node itself warns of is not asked. */
function run(line: string, type: 'module' | 'commonjs'): string {
  const words = ['--no-warnings', `--input-type=${type}`, '--eval', line];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

const doors = Object.keys(manifestOf('.').exports)
  .filter((door) => !door.includes('*'))
  .map((door) => door.replace('.', 'tallystick'));

test('installing the core brings one package', () => {
  const { packages } = JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, unknown>>;
  };
  assert.deepEqual(Object.keys(packages), ['node_modules/tallystick']);
  assert.equal('dependencies' in manifestOf('.'), false);
});

test('every door loads without any other package, imported and required', () => {
  assert.ok(doors.length > 5);
  for (const door of doors) {
    const imported = run(`import * as it from '${door}'; console.log(Object.keys(it).length)`, 'module');
    // `module.exports` is what newer versions of Node add to it.
    const count = "Object.keys(it).filter((name) => name !== '__esModule' && name !== 'module.exports').length";
    const required = run(`const it = require('${door}'); console.log(${count})`, 'commonjs');
    assert.notEqual(imported, '0', door);
    assert.equal(required, imported, door);
  }
});

test('the core has at most 3 MB, and no source maps without their sources', () => {
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).map((name) => join(installed, name));
  const bytes = files.reduce((all, path) => all + (statSync(path).isFile() ? statSync(path).size : 0), 0);
  assert.ok(bytes > 1_000_000 && bytes <= 3_000_000, `${bytes} bytes`);
  assert.deepEqual(
    files.filter((path) => path.endsWith('.map')),
    [],
  );
  const maps = programs.filter((path) => readFileSync(join(installed, path), 'utf8').includes('//# sourceMappingURL'));
  assert.deepEqual(maps, []);
});

test('Node loads one core, and what cannot load modules has its own', async () => {
  // Jest asks for `require` alone, Node for `module-sync` first.
  for (const door of ['index', 'client', 'helpers/index']) {
    const there = `./node_modules/tallystick/dist/src/${door}.cjs`;
    const name = door === 'index' ? 'tallystick' : `tallystick/${door.replace('/index', '')}`;
    const same = `Object.keys(it).filter((n) => n !== 'module.exports' && n !== '__esModule').sort().join()`;
    const modules = run(`import * as it from '${name}'; console.log(${same})`, 'module');
    assert.equal(run(`const it = require('${there}'); console.log(${same})`, 'commonjs'), modules);
    assert.match(run(`console.log(require.resolve('${name}'))`, 'commonjs'), /\.js$/);
  }
  const program = `const { open } = require('./node_modules/tallystick/dist/src/index.cjs');
    open('./commonjs').then(async (ledger) => {
      await ledger.createAccounts([{ id: 1n, ledger: 1, code: 1 }]);
      console.log((await ledger.lookupAccounts([1n])).length);
      await ledger.close();
    });`;
  assert.equal(run(program, 'commonjs'), '1');
});

test('every package is built before it is packed, bears its licence, and says no more of itself than is so', () => {
  const licence = readFileSync(join(root, 'LICENSE'), 'utf8');
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name));
  for (const home of ['.', ...packages]) {
    assert.equal(readFileSync(join(root, home, 'LICENSE'), 'utf8'), licence, home);
    const manifest = JSON.parse(readFileSync(join(root, home, 'package.json'), 'utf8')) as {
      readonly license: string;
      readonly scripts: Readonly<Record<string, string>>;
    };
    assert.equal(manifest.license, 'Apache-2.0', home);
    assert.match(manifest.scripts.prepack!, /run build && /, home);
    // The repository has no public address yet: a field that names one would send people to nothing.
    for (const field of ['repository', 'homepage', 'bugs']) assert.equal(field in manifest, false, `${home}: ${field}`);
  }
});

test('importing the core names no package but Node', () => {
  for (const path of loadedBy('dist/src/index.js')) {
    const text = readFileSync(join(installed, path), 'utf8');
    for (const [, name] of text.matchAll(/^(?:import|export)\b[^;]*?from\s*['"]([^.'"][^'"]*)['"]/gm)) {
      assert.match(name!, /^node:/, path);
    }
  }
});

test('what needs another package says which, with the line that installs it', () => {
  const said = (module: string, act: string): string =>
    run(`import * as it from '${module}'; ${act}.catch(({ code, message }) => console.log(code, message))`, 'module');
  const wanted = said('tallystick/internal/trace', "it.traced({ side: 'client' })");
  assert.match(wanted, /^package_missing .*: npm install @opentelemetry\/api@1$/);
  const book = (text: string): string =>
    `it.previewBook({ path: 'a.journal', text: '${text}', read: async () => [], names: it.NO_NAMES })`;
  const sale = '2024-01-01 sale\\n  x  1 EUR\\n  z\\n';
  assert.equal(said('tallystick/books', book(sale)), '');
  assert.match(
    said('tallystick/books', book(`alias /x/ = y\\n\\n${sale}`)),
    /^package_missing .*: npm install re2js@2$/,
  );
});

test('the command line says what to install, and runs once it is', () => {
  const command = join(folder, 'node_modules', '.bin', 'tallystick');
  const called = (...words: string[]) => spawnSync(command, words, { cwd: folder, encoding: 'utf8' });
  const { version } = manifestOf('.');
  const missing = called('--version');
  assert.equal(missing.status, 2);
  assert.equal(missing.stdout, '');
  assert.match(missing.stderr, new RegExp(`^error package_missing: .*: npm install @tallystick/server@${version}\n`));
  addServer(folder);
  const there = called('--version');
  assert.equal(there.stderr, '');
  assert.equal(there.stdout.trim(), version);
  assert.equal(called('init', 'shop').status, 0);
  assert.equal(called('inspect', 'shop').status, 0);
  // `demo` imports the book that comes with the package.
  assert.equal(called('import', join(installed, 'examples', 'books', 'bakery.beancount'), '--into', 'demo').status, 0);
});

test('the demo of the README finishes where nothing but packages is installed, and leaves nothing', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(installed, 'dist', 'src', 'bin.js'), 'demo'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 240_000,
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /bakery\.beancount: \d+ transactions became/);
  assert.match(stdout, /found again field by field: nothing is lost/);
  assert.match(stdout, /equal on each of \d+ ledgers/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('tallystick-demo')),
    [],
  );
});

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
