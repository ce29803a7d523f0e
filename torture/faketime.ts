/** Debian's libfaketime: where it lies, if it is to be had. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const PLACES = [
  '/usr/lib/x86_64-linux-gnu/faketime',
  '/usr/lib/aarch64-linux-gnu/faketime',
  '/usr/lib/faketime',
  '/usr/lib64/faketime',
];
const NAME = 'libfaketimeMT.so.1';

/** Its path; `$FAKETIME_LIBRARY` says it, or it is installed. */
export function installedFaketime(): string | undefined {
  const given = process.env.FAKETIME_LIBRARY;
  return [...(given === undefined ? [] : [given]), ...PLACES.map((place) => join(place, NAME))].find((path) =>
    existsSync(path),
  );
}

/** Installed, or Debian's package unpacked into `folder`. Undefined where that cannot be done. */
export function faketime(folder: string): string | undefined {
  const installed = installedFaketime();
  if (installed !== undefined) return installed;
  mkdirSync(folder, { recursive: true });
  try {
    const options = { cwd: folder, stdio: 'ignore', timeout: 60_000 } as const;
    execFileSync('apt-get', ['download', 'libfaketime'], options);
    const file = readdirSync(folder).find((name) => name.endsWith('.deb'))!;
    execFileSync('dpkg-deb', ['-x', file, '.'], options);
    const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith(NAME));
    return found === undefined ? undefined : join(folder, found);
  } catch {
    return undefined;
  }
}
