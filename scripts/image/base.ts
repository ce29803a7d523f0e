/**
 * What the image has besides our packages: Node, and the libraries that it is linked to. Node comes as the archive of a
 * package of npm, and is what `base.json` says, to the byte. The libraries are Debian's, of the release that the
 * machine has: apt verifies them, and the image says which versions it got.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';

export interface BaseParts {
  readonly node: { readonly package: string; readonly version: string; readonly integrity: string };
  readonly debian: readonly string[];
}

export const USER = 1000;
const LIBRARIES = join('usr', 'lib', 'x86_64-linux-gnu');
const PASSWD = `root:x:0:0:root:/:/nologin\ntallystick:x:${USER}:${USER}:tallystick:/:/nologin\n`;
const GROUP = `root:x:0:\ntallystick:x:${USER}:\n`;
const NAMES = 'hosts: files dns\n';

const root = join(import.meta.dirname, '..', '..', '..');
export const baseParts = JSON.parse(readFileSync(join(root, 'scripts', 'image', 'base.json'), 'utf8')) as BaseParts;

/** Gets the parts from their registries into a folder. Throws an error of npm or apt-get. */
export function fetchBase(folder: string): void {
  const { node, debian } = baseParts;
  mkdirSync(folder, { recursive: true });
  const run = (program: string, words: readonly string[]): void =>
    void execFileSync(program, [...words], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  run('npm', ['pack', '--silent', `${node.package}@${node.version}`]);
  run('apt-get', ['--quiet', 'download', ...debian]);
}

/** Why the parts in a folder cannot be had, or undefined. */
export function baseLacks(folder: string | undefined): string | undefined {
  if (folder === undefined || !existsSync(folder)) return 'IMAGE_BASE names no folder (npm run image fetches it)';
  const names = readdirSync(folder);
  const { node, debian } = baseParts;
  if (!names.includes(nodeArchive(node))) return `${folder} has no ${nodeArchive(node)}`;
  const absent = debian.find((name) => !names.some((file) => file.startsWith(`${name}_`)));
  return absent === undefined ? undefined : `${folder} has no package ${absent}`;
}

const nodeArchive = ({ package: name, version }: BaseParts['node']): string => `${name}-${version}.tgz`;

/** Lays the parts out as the root of a file system, in an empty folder. Returns the versions of the libraries. */
export function layOutBase(parts: string, to: string): readonly string[] {
  const { node, debian } = baseParts;
  const archive = join(parts, nodeArchive(node));
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== node.integrity) throw new Error(`${archive} is not what scripts/image/base.json says: ${found}`);
  const scratch = mkdtempSync(join(parts, 'unpacked-'));
  try {
    for (const folder of ['usr/bin', LIBRARIES, 'lib64', 'etc', 'var/lib/dpkg/status.d', 'tmp', 'ledger', 'order']) {
      mkdirSync(join(to, folder), { recursive: true });
    }
    execFileSync('tar', [
      '--extract',
      '--file',
      archive,
      '--directory',
      scratch,
      'package/bin/node',
      'package/LICENSE',
    ]);
    copyFileSync(join(scratch, 'package', 'bin', 'node'), join(to, 'usr', 'bin', 'node'));
    copyright(join(scratch, 'package', 'LICENSE'), to, 'node');
    const versions = debian.map((name) => layOutLibrary(name, parts, scratch, to));
    symlinkSync('usr/bin', join(to, 'bin'));
    symlinkSync('usr/lib', join(to, 'lib'));
    symlinkSync('/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', join(to, 'lib64', 'ld-linux-x86-64.so.2'));
    for (const [name, text] of Object.entries({ passwd: PASSWD, group: GROUP, 'nsswitch.conf': NAMES })) {
      writeFileSync(join(to, 'etc', name), text);
    }
    // Scanners want to know whose packages these are.
    copyFileSync('/etc/os-release', join(to, 'etc', 'os-release'));
    return versions;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function copyright(from: string, to: string, name: string): void {
  const folder = join(to, 'usr', 'share', 'doc', name);
  mkdirSync(folder, { recursive: true });
  cpSync(from, join(folder, 'copyright'), { dereference: true });
}

/** The shared libraries of a package, its licence, and what scanners read of it. Returns `NAME=VERSION`. */
function layOutLibrary(name: string, parts: string, scratch: string, to: string): string {
  const [file] = readdirSync(parts).filter((each) => each.startsWith(`${name}_`));
  const deb = join(parts, file!);
  const unpacked = join(scratch, name);
  execFileSync('dpkg-deb', ['--extract', deb, unpacked]);
  for (const folder of ['lib', 'usr/lib'].map((each) => join(unpacked, each, 'x86_64-linux-gnu'))) {
    if (!existsSync(folder)) continue;
    for (const library of readdirSync(folder).filter((each) => /\.so(\.\d+)*$/.test(each))) {
      // Under the name that programs ask for, and never twice.
      const path = join(to, LIBRARIES, library);
      const real = realpathSync(join(folder, library));
      if (basename(real) === library || !readdirSync(folder).includes(basename(real))) copyFileSync(real, path);
      else symlinkSync(basename(real), path);
    }
  }
  const documents = join(unpacked, 'usr', 'share', 'doc', name, 'copyright');
  if (existsSync(documents)) copyright(documents, to, name);
  const control = execFileSync('dpkg-deb', ['--field', deb], { encoding: 'utf8' });
  writeFileSync(join(to, 'var', 'lib', 'dpkg', 'status.d', name), control);
  return `${name}=${/^Version: (.*)$/m.exec(control)![1]!}`;
}
