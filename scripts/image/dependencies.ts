/** The packages of others in the image: what ours depend on, and what they find if somebody installs it. */
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAllowed } from '../release/licences.ts';

/** Ours, by their folders in `packages`. */
export const PACKAGES = ['server', 'cluster', 'services', 'console'] as const;
/** Optional peers: tables in PostgreSQL, backups in buckets, words beside payments. */
const PEERS: readonly string[] = ['pg', 'aws4fetch', 'lmdb'];
/** Nobody reads them in an image. */
const LEFT_OUT = /[.](map|d\.[cm]?ts|md|markdown)$/;

interface Locked {
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The folders of packages, as paths from `root`, in order. `root` has been installed. */
export function dependenciesOf(root: string): readonly string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>;
  };
  const found = new Set<string>();
  const visit = (from: string, names: Iterable<string>): void => {
    for (const name of names) {
      const path = resolved(lock.packages, from, name);
      // Optional ones of other systems are in the lockfile and not on the disk.
      if (path === undefined || found.has(path) || !existsSync(join(root, path))) continue;
      if (!path.startsWith('node_modules/')) throw new Error(`${path} would not be found beside the other packages`);
      found.add(path);
      const { license } = lock.packages[path]!;
      if (!isAllowed(license ?? 'unknown'))
        throw new Error(`${path} has a licence that is not on the list: ${license}`);
      visit(path, namesIn(lock.packages[path]!));
    }
  };
  for (const name of PACKAGES) visit(`packages/${name}`, namesIn(lock.packages[`packages/${name}`]!));
  visit('', PEERS);
  return [...found].sort();
}

const namesIn = ({ dependencies, optionalDependencies }: Locked): string[] =>
  Object.keys({ ...dependencies, ...optionalDependencies });

/** Where Node finds a package that one at `from` asks for. */
function resolved(packages: Readonly<Record<string, Locked>>, from: string, name: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const path = join(at, 'node_modules', name);
    if (path in packages) return path;
    if (at === '') return undefined;
  }
}

export function copyDependencies(root: string, to: string): void {
  for (const path of dependenciesOf(root)) {
    cpSync(join(root, path), join(to, path), {
      recursive: true,
      // Packages inside a package come by themselves, if they are wanted.
      filter: (source) => !LEFT_OUT.test(source) && !source.slice(join(root, path).length).includes('node_modules'),
    });
  }
}
