/**
 * `npm run matrix`: the package as strangers get it. Packs core and server once, installs them into fresh folders, and
 * runs the programs of the README and of Start there, with every run-time, test runner, bundler and package manager of
 * scripts/matrix/tools.ts. Wants a package registry, some 2 GB of disk, and a quarter of an hour.
 *
 *   npm run matrix                  prints what came of it
 *   npm run matrix -- --record      and writes scripts/matrix/results/<date>-<commit>.json, from which `npm run docs`
 *                                   prints the table of docs/guides/packages.md
 *   npm run matrix -- --tools DIR    with the tools of this node_modules, instead of installing them
 *   npm run matrix -- webpack Bun   only rows whose name has one of these words
 *
 * Ends with 1 when a cell is not as its row says.
 */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { commit, machine } from '../../packages/server/src/benchmark/index.ts';
import { rows } from './rows.ts';
import { COLUMNS, type RowResult, serving, tryRow } from './run.ts';
import { Tools, wanted } from './tools.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { record: { type: 'boolean', default: false }, tools: { type: 'string' } },
});

function npm(cwd: string, ...words: string[]): string {
  const quiet = ['--loglevel=error', '--no-audit', '--no-fund'];
  return execFileSync('npm', [...words, ...quiet], { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
}

/** Puts what is in one node_modules into another. */
function link(from: string, to: string): void {
  for (const name of readdirSync(from).filter((each) => !each.startsWith('.') && each !== 'tallystick')) {
    symlinkSync(resolve(from, name), join(to, name));
  }
}

/** Packs, and installs: the core beside the tools, core and server in a folder of their own. */
function installed(folder: string): Tools {
  const pack = (...home: string[]): string =>
    join(
      folder,
      npm(root, 'pack', '--pack-destination', folder, ...home)
        .trim()
        .split('\n')
        .at(-1)!,
    );
  const core = pack();
  const server = pack('--workspace', 'packages/server');
  const [tried, served] = ['tools', 'server'].map((name) => {
    const path = join(folder, name);
    mkdirSync(path);
    writeFileSync(join(path, 'package.json'), '{ "private": true }');
    return path;
  }) as [string, string];
  npm(tried, 'install', '--ignore-scripts', core, ...(values.tools === undefined ? wanted : []));
  if (values.tools !== undefined) link(values.tools, join(tried, 'node_modules'));
  npm(served, 'install', '--ignore-scripts', core, server);
  return new Tools(tried, core, join(served, 'node_modules', 'tallystick', 'dist', 'src', 'bin.js'));
}

function line({ where, how, version, cells, unexpected }: RowResult): string {
  const said = COLUMNS.flatMap((column) => {
    const cell = cells[column];
    return cell === undefined ? [] : [`${column}: ${cell.ok ? 'yes' : cell.said}`];
  });
  return `${unexpected.length > 0 ? 'NOT AS SAID  ' : ''}${where} ${version}, ${how}: ${said.join(', ')}`;
}

const folder = mkdtempSync(join(tmpdir(), 'tallystick-matrix-'));
const results: RowResult[] = [];
let server: ChildProcess | undefined;
try {
  const tools = installed(folder);
  const [started, address] = await serving(tools.command);
  server = started;
  const chosen = rows.filter(
    ({ where }) => positionals.length === 0 || positionals.some((word) => where.includes(word)),
  );
  for (const row of chosen) {
    const result = tryRow(root, row, tools, address);
    results.push(result);
    console.log(line(result));
  }
} finally {
  server?.kill();
  rmSync(folder, { recursive: true, force: true });
}
if (results.length === 0 || results.some(({ unexpected }) => unexpected.length > 0)) process.exitCode = 1;
if (values.record) {
  const date = new Date().toISOString().slice(0, 10);
  const path = join(root, 'scripts', 'matrix', 'results', `${date}-${commit()}.json`);
  mkdirSync(join(path, '..'), { recursive: true });
  const text = {
    date,
    commit: commit(),
    machine: machine(),
    rows: results.map(({ unexpected: _unexpected, ...result }) => result),
  };
  writeFileSync(path, `${JSON.stringify(text, undefined, 2)}\n`);
  console.log(`wrote ${path}`);
}
