/**
 * What a release is made of, from a tree that is built: the same tree gives the same bytes. Nothing in it has a time
 * but the commit's.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../packages/server/src/cli/release-files.ts';
import { facts } from '../generate/deploy-facts.ts';
import { writeImage } from '../image/image.ts';
import { archiveLayout } from '../image/layout.ts';
import { buildSite } from '../site/build.ts';
import { licences } from './licences.ts';
import { SYFT_SBOM, syftLacks, syftSbom } from './syft.ts';

const PACKAGES = ['server', 'cluster', 'services', 'ai', 'console'] as const;
/** What its `prepack` copies besides. */
const CONSOLE_FILES = ['console.css', 'icon.svg'] as const;
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
  /** The parts of the image (scripts/image/base.ts); left out: no image. */
  readonly base?: string;
  /** Where the repository is published, which the packages name; left out: they name none. */
  readonly repository?: string;
  /** How hard gzip tries with the image, 1 to 9; left out: 9. */
  readonly level?: number;
}

function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): string {
  return execFileSync(program, [...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, ...env },
  });
}

/** Writes archives of the packages, the chart, the site, the image, the SBOMs and the list of licences. */
export function writeArtefacts(build: Build): void {
  const { root, out, scratch, committed } = build;
  mkdirSync(out, { recursive: true });
  // First: what may not be released is not built.
  writeFileSync(join(out, 'licences.json'), `${JSON.stringify(licences(root), null, 2)}\n`);
  const tree = writePackages(build);
  writeChart(root, out, committed);
  writeSite(root, out, scratch, committed);
  if (build.base !== undefined) writeImageArchive(build, build.base);
  for (const format of ['cyclonedx', 'spdx'] as const) {
    // With `--omit dev` npm 11 leaves out what a development dependency needs as well, such as commander.
    const words = ['sbom', '--sbom-format', format, '--package-lock-only'];
    const text = run('npm', words, tree, offline(scratch));
    writeFileSync(join(out, `sbom.${format}.json`), timeless(text, committed));
  }
  if (syftLacks === undefined) writeFileSync(join(out, SYFT_SBOM), timeless(syftSbom(tree), committed));
}

const offline = (scratch: string): NodeJS.ProcessEnv => ({
  npm_config_cache: join(scratch, 'cache'),
  npm_config_offline: 'true',
});

/** Writes archives of the packages, and returns the folder in which they were prepared. */
export function writePackages({ root, out, scratch, repository, prepare = minify(root) }: Build): string {
  const tree = join(scratch, 'tree');
  copyTree(root, tree);
  prepare(tree);
  if (repository !== undefined) {
    nameRepository(tree, repository);
    for (const name of PACKAGES) nameRepository(tree, repository, `packages/${name}`);
  }
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', out];
  run('npm', pack, tree, offline(scratch));
  for (const name of PACKAGES) run('npm', pack, join(tree, 'packages', name), offline(scratch));
  return tree;
}

/** Writes `repository`, `homepage` and `bugs` into the manifest of the package in `directory`. */
function nameRepository(tree: string, address: string, directory?: string): void {
  const path = join(tree, directory ?? '', 'package.json');
  const { name, version, description, ...rest } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const repository = { type: 'git', url: `git+${address}.git`, ...(directory === undefined ? {} : { directory }) };
  const named = { repository, homepage: `${address}#readme`, bugs: `${address}/issues` };
  writeFileSync(path, `${JSON.stringify({ name, version, description, ...named, ...rest }, null, 2)}\n`);
}

/** The image as one file, made of the packages in `out`. Returns the digest of its manifest. */
export function writeImageArchive({ root, out, scratch, committed, level }: Build, base: string): string {
  const layout = join(scratch, 'image');
  const work = join(scratch, 'image-work');
  mkdirSync(work);
  const digest = writeImage({ root, packages: out, base, scratch: work, out: layout, committed, level });
  archiveLayout(layout, join(out, `tallystick-image-${facts.version}.tar`), committed);
  return digest;
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
    for (const file of CONSOLE_FILES.filter(() => name === 'console')) {
      cpSync(join(root, home, 'src', 'app', file), join(tree, home, 'dist', 'app', file));
    }
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
}

const minify = (root: string) => (tree: string) =>
  void run(process.execPath, [join(root, 'dist', 'scripts', 'pack.js'), tree], root);

function writeChart(root: string, out: string, committed: number): void {
  writeArchive(join(out, `tallystick-chart-${facts.version}`), join(root, 'deploy', 'helm'), 'tallystick', committed);
}

function writeSite(root: string, out: string, scratch: string, committed: number): void {
  buildSite(root, join(scratch, 'site'));
  writeArchive(join(out, `tallystick-site-${facts.version}`), scratch, 'site', committed);
}

/** `name.tgz`, of one folder in another. */
function writeArchive(name: string, from: string, folder: string, committed: number): void {
  const path = `${name}.tar`;
  const same = [
    '--sort=name',
    `--mtime=@${committed}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u=rwX,go=rX',
  ];
  run('tar', ['--create', '--format=ustar', ...same, '--file', path, folder], from);
  run('gzip', ['--no-name', '--best', path], from);
  renameSync(`${path}.gz`, `${name}.tgz`);
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
