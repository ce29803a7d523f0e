/** `serve --services`: the package `@tallystick/services` adds paths to the HTTP door. */
import { existsSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';
import type { Loaded } from '../config/index.ts';
import type { StartServices } from '../serve/index.ts';

/** The package, as far as it is used here: the command line compiles without it. */
interface ServicesPackage {
  readonly startServices: StartServices;
}

/** Undefined where none is configured. Rejects with `package_missing`. */
export async function servicesOf({ configuration }: Loaded): Promise<StartServices | undefined> {
  if (configuration.services.length === 0) return undefined;
  return (await loadPackage()).startServices;
}

async function loadPackage(): Promise<ServicesPackage> {
  // In a checkout it is compiled beside us; elsewhere it is installed.
  const beside = new URL('../../../services/src/index.js', import.meta.url);
  try {
    return await import(existsSync(beside) ? beside.href : '@tallystick/services');
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TallystickError('package_missing', 'services are a package: npm install @tallystick/services lmdb', {
      cause,
    });
  }
}
