/** The packages as strangers get them: packed by npm, and installed into a folder of their own. No network. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root: string = join(import.meta.dirname, '..', '..', '..');

export interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** `home`: the package's folder in the repository, such as `packages/server`. */
export function manifestOf(home: string): Manifest {
  return JSON.parse(readFileSync(join(root, home, 'package.json'), 'utf8')) as Manifest;
}

/** `folder`: where npm may keep what it wants to keep. */
function npm(cwd: string, folder: string, ...words: string[]): string {
  const cache = { npm_config_cache: join(folder, 'cache'), npm_config_offline: 'true' };
  return execFileSync('npm', [...words, '--silent', '--no-audit', '--no-fund'], {
    cwd,
    env: { ...process.env, ...cache },
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
}

/** Installs the core into `folder`, which is empty. Returns where it lies. */
export function installCore(folder: string): string {
  // What `prepack` does after the compiler, but not in the tree that other tests plant bugs in.
  const copy = join(folder, 'packed');
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly files: string[] };
  const whole = files.filter((name) => !/[!*]/.test(name));
  for (const name of ['package.json', join('dist', 'testing'), ...whole]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  execFileSync(process.execPath, [join(root, 'dist', 'scripts', 'pack.js'), copy]);
  const archive = npm(copy, folder, 'pack', '--ignore-scripts', '--pack-destination', folder).trim();
  npm(folder, folder, 'install', '--ignore-scripts', `./${archive}`);
  return join(folder, 'node_modules', 'tallystick');
}

/** Puts the server beside a core that is installed in `folder`, and links what it depends on from here. */
export function addServer(folder: string): void {
  const home = join('packages', 'server');
  const installed = join(folder, 'node_modules', '@tallystick', 'server');
  mkdirSync(installed, { recursive: true });
  cpSync(join(root, home, 'package.json'), join(installed, 'package.json'));
  // As `prepack` does, but not in the tree that other tests look at.
  cpSync(join(root, 'dist', home, 'src'), join(installed, 'dist'), { recursive: true });
  link(folder, Object.keys(manifestOf(home).dependencies!));
}

/** Links packages that are installed here into `folder`. */
export function link(folder: string, names: readonly string[]): void {
  for (const name of names) {
    const to = join(folder, 'node_modules', name);
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), to);
  }
}
