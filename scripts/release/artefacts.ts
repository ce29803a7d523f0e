/**
 * What a release is made of, from a tree that is built: the same tree gives the same bytes. Nothing in it has a time
 * but the commit's.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../packages/server/src/cli/release-files.ts';
import { licences } from './licences.ts';

const PACKAGES = ['server', 'cluster', 'services', 'ai'] as const;
const TREE = ['package.json', 'package-lock.json', 'proto', 'README.md', 'CHANGELOG.md', 'LICENSE'] as const;

export interface Build {
  /** The repository, built. */
  readonly root: string;
  /** Absent, or empty: gets the files. */
  readonly out: string;
  /** A folder for what is in between. */
  readonly scratch: string;
  /** Seconds since the epoch. */
  readonly committed: number;
  /** What makes of the compiler's output what is packed; left out: scripts/pack.ts, which takes minutes. */
  readonly prepare?: (tree: string) => void;
}

function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): string {
  return execFileSync(program, [...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, ...env },
  });
}

/** Writes archives of the packages, the chart, the SBOMs and the list of licences. */
export function writeArtefacts({ root, out, scratch, committed, prepare = minify(root) }: Build): void {
  mkdirSync(out, { recursive: true });
  // First: what may not be released is not built.
  writeFileSync(join(out, 'licences.json'), `${JSON.stringify(licences(root), null, 2)}\n`);
  const tree = join(scratch, 'tree');
  copyTree(root, tree);
  prepare(tree);
  const offline = { npm_config_cache: join(scratch, 'cache'), npm_config_offline: 'true' };
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', out];
  run('npm', pack, tree, offline);
  for (const name of PACKAGES) run('npm', pack, join(tree, 'packages', name), offline);
  writeChart(root, out, committed);
  for (const format of ['cyclonedx', 'spdx'] as const) {
    // With `--omit dev` npm 11 leaves out what a development dependency needs as well, such as commander.
    const words = ['sbom', '--sbom-format', format, '--package-lock-only'];
    const text = run('npm', words, tree, offline);
    writeFileSync(join(out, `sbom.${format}.json`), timeless(text, committed));
  }
}

/** What is packed, as `prepack` makes it, but not in the tree that others look at. */
function copyTree(root: string, tree: string): void {
  rmSync(tree, { recursive: true, force: true });
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly files: string[] };
  const whole = files.filter((name) => !/[!*]/.test(name));
  for (const name of new Set([...TREE, ...whole, join('dist', 'testing')])) {
    cpSync(join(root, name), join(tree, name), { recursive: true });
  }
  for (const name of PACKAGES) {
    const home = join('packages', name);
    for (const file of ['package.json', 'README.md', 'LICENSE']) {
      if (existsSync(join(root, home, file))) cpSync(join(root, home, file), join(tree, home, file));
    }
    cpSync(join(root, 'dist', home, 'src'), join(tree, home, 'dist'), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
}

const minify = (root: string) => (tree: string) =>
  void run(process.execPath, [join(root, 'dist', 'scripts', 'pack.js'), tree], root);

function writeChart(root: string, out: string, committed: number): void {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  const path = join(out, `tallystick-chart-${version}.tar`);
  const same = [
    '--sort=name',
    `--mtime=@${committed}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u=rwX,go=rX',
  ];
  run('tar', ['--create', '--format=ustar', ...same, '--file', path, 'tallystick'], join(root, 'deploy', 'helm'));
  run('gzip', ['--no-name', '--best', path], out);
  renameSync(`${path}.gz`, path.replace(/\.tar$/, '.tgz'));
}

/**
 * An SBOM has a random number and the time of its making: the number becomes a hash of the rest, the time that of the
 * commit.
 */
function timeless(text: string, committed: number): string {
  const time = new Date(committed * 1000).toISOString();
  const plain = text
    .replace(/"(timestamp|created)": "[^"]*"/g, `"$1": "${time}"`)
    .replace(/"serialNumber": "[^"]*"/, '"serialNumber": ""')
    .replace(/("documentNamespace": "[^"]*?)-?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"/, '$1"');
  const hash = sha256(Buffer.from(plain));
  const uuid = hash.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-5$3-8$4-$5');
  return plain.replace('"serialNumber": ""', `"serialNumber": "urn:uuid:${uuid}"`);
}
