/** The package that this code belongs to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Its folder: dist/src/platform/package.js lies three folders below. A bundle in CommonJS has no `import.meta`, and no
 * package around it; it must load all the same.
 */
export const packageRoot: string = join(import.meta.dirname ?? '.', '..', '..', '..');

/** Such as `0.1.0`. */
export function version(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  return version;
}
