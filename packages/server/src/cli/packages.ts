/** Packages of ours that a command loads when it is called: the command line compiles and runs without them. */
import { existsSync } from 'node:fs';
import { type ErrorCode, TallystickError } from 'tallystick/internal/model';

/** Rejects with `code` and the sentence `missing` where the package is not installed. */
export async function loadOurs<Package>(
  name: 'ai' | 'cluster' | 'console' | 'services',
  missing: string,
  code: ErrorCode = 'package_missing',
): Promise<Package> {
  // In a checkout it is compiled beside us; elsewhere it is installed.
  const beside = new URL(`../../../${name}/src/index.js`, import.meta.url);
  try {
    return (await import(existsSync(beside) ? beside.href : `@tallystick/${name}`)) as Package;
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TallystickError(code, missing, { cause });
  }
}
