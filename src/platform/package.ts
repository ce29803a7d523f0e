/** The package that this code belongs to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Its folder: dist/src/platform/package.js lies three folders below. */
export const packageRoot: string = join(import.meta.dirname, '..', '..', '..');

/** Such as `0.1.0`. */
export function version(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  return version;
}
