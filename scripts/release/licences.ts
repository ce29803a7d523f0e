/** The licence of every package that users install with ours, and the list of those that we allow. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ALLOWED: readonly string[] = [
  ...['MIT', 'MIT/X11', 'Apache-2.0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0'],
  ...['Zlib', 'Unlicense'],
];

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

export interface Licence {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

/** Throws an error that names the packages whose licence is not allowed. */
export function licences(root: string): readonly Licence[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>;
  };
  const found = Object.entries(packages)
    .filter(([path, { dev, link }]) => path.includes('node_modules/') && dev !== true && link !== true)
    .map(([path, locked]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: locked.version ?? '',
      licence: locked.license ?? licenceIn(join(root, path)),
    }))
    .sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
  const strange = found.filter(({ licence }) => !isAllowed(licence));
  if (strange.length === 0) return found;
  const names = strange.map(({ name, version, licence }) => `${name}@${version} (${licence})`).join(', ');
  throw new Error(`licences that are not on the list in scripts/release/licences.ts: ${names}`);
}

/** One of several is enough if the author says `OR`, and with `AND` all are needed. */
export function isAllowed(licence: string): boolean {
  const all = (text: string): boolean => text.split(' AND ').every((one) => ALLOWED.includes(one));
  return licence.replace(/[()]/g, '').split(' OR ').some(all);
}

function licenceIn(folder: string): string {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return 'unknown';
  const { license } = JSON.parse(readFileSync(path, 'utf8')) as { readonly license?: unknown };
  return typeof license === 'string' ? license : 'unknown';
}
